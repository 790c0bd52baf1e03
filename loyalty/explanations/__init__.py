"""Discounts, points and limits in the reader's words: how an amount came about, and why there is none."""

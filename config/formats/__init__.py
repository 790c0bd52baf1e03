"""Dates and times where ours differ from what Django writes in a language."""

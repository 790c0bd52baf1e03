"""Amounts and numbers as staff type them into the window."""

from config.ui.amounts import UNREADABLE, amount_text, percent_text, read_amount, read_id, read_number

__all__ = ["UNREADABLE", "amount_text", "percent_text", "read_amount", "read_id", "read_number"]

"""Digits as every keyboard has them: full-width, Arabic, Devanagari and others mean what ours do."""

import unicodedata


def with_plain_digits(text: str) -> str:
    """The text with 0 to 9 in the place of other decimal digits; nothing else changes."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text)

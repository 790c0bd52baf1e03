"""What a client is found by: the spellings of name and e-mail, and pieces of three characters.

An index over the pieces finds any part of a name, a phone or an e-mail without an extension of PostgreSQL:
what holds the word holds all of its pieces.
"""

from chains.folding import spellings
from clients.phones import digits_of

#: Characters in a piece; a shorter word has none.
PIECE = 3


def pieces(*texts: str) -> list[str]:
    """Every run of three characters within the words of the texts."""
    words = {word for text in texts for word in text.split()}
    return sorted({word[start : start + PIECE] for word in words for start in range(len(word) - PIECE + 1)})


def search_columns(*, name: str, phone: str, email: str) -> dict[str, str | list[str]]:
    """The columns that searching a client needs, written with every change of what they are made of."""
    found_by = spellings(name, email)
    return {"spellings": found_by, "search_grams": pieces(found_by, digits_of(phone))}

"""What a client is found by: the spellings of name and e-mail, and pieces of three characters.

An index over the pieces finds any part of a name, a phone or an e-mail without an extension of PostgreSQL:
what holds the word holds all of its pieces. A word that is shorter than a piece is found where a word begins with it.
"""

from chains.folding import spellings
from clients.phones import digits_of

#: Characters in a piece; the beginning of a word is a shorter one.
PIECE = 3


def pieces(*texts: str) -> list[str]:
    """Every run of three characters within the words of the texts, and their first one and two."""
    words = {word for text in texts for word in text.split()}
    beginnings = {word[:length] for word in words for length in range(1, PIECE)}
    return sorted(beginnings.union(*map(_runs, words)))


def pieces_of_word(word: str) -> list[str]:
    """What is looked for in the place of the word: all that it holds, or itself where that is less than a piece."""
    return sorted(_runs(word)) or [word]


def _runs(word: str) -> set[str]:
    return {word[start : start + PIECE] for start in range(len(word) - PIECE + 1)}


def search_columns(*, name: str, phone: str, email: str) -> dict[str, str | list[str]]:
    """The columns that searching a client needs, written with every change of what they are made of."""
    found_by = spellings(name, email)
    return {"spellings": found_by, "search_grams": pieces(found_by, digits_of(phone))}

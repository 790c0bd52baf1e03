"""What a client is found by: names without case and accents, and pieces of three characters.

An index over the pieces finds any part of a name, a phone or an e-mail without an extension of PostgreSQL:
what holds the word holds all of its pieces.
"""

import re
import unicodedata

#: Characters in a piece; a shorter word has none.
PIECE = 3
LONGEST_NAME = 200


def folded(text: str) -> str:
    """The text as it is compared: without case, accents and needless spaces."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(plain.casefold().split())


def digits_of(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def pieces(*texts: str) -> list[str]:
    """Every run of three characters within the words of the texts."""
    words = {word for text in texts for word in text.split()}
    return sorted({word[start : start + PIECE] for word in words for start in range(len(word) - PIECE + 1)})


def search_columns(*, name: str, phone: str, email: str) -> dict[str, str | list[str]]:
    """The columns that searching a client needs, written with every change of what they are made of."""
    return {
        "name_folded": folded(name)[:LONGEST_NAME],
        "search_grams": pieces(folded(name), digits_of(phone), folded(email)),
    }

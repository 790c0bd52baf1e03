"""Names as they are compared, searched and sorted: one folding for clients and for everything else that has a name.

Two forms come of a name. The *folded* one sorts: ``Łukasz O’Brien-Kjær`` is ``lukasz obrien kjaer``. Its *spellings*
are found: a name is there as it is folded and in the other ways that people type it, so Müller is found by ``muller``
and ``mueller``, Дмитрий by ``dmitriy``, ``dmitry`` and its own letters. What is typed is spelled in the same ways.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, reduce
from operator import and_, or_
from typing import Any

from anyascii import anyascii
from django.db import models
from django.db.models import Q

from config.ui.digits import with_plain_digits

#: So much of a folded name sorts; what comes after it decides nothing.
LONGEST_FOLDED = 200
#: So much of the number of a card or the like is told apart.
LONGEST_NUMBER = 80

_APOSTROPHES = "'’‘‛ʼʻʹʽʾʿ`´′＇՚׳ꞌ"
_HYPHENS = "-‐‑‒–—―−﹘﹣－־᠆⁃⸗゠\N{SOFT HYPHEN}"
_SEPARATORS = ',;/\\()[]{}<>"“”„«»‹›|·・،⁄'
#: Apostrophes and hyphens join the parts of a word, however they are typed; the separators part words like a space.
_JOINTS = str.maketrans(
    {**dict.fromkeys(_APOSTROPHES, "'"), **dict.fromkeys(_HYPHENS, "-"), **dict.fromkeys(_SEPARATORS, " ")}
)
_JOINT = re.compile(r"['-]+")
_ALEF = "\N{ARABIC LETTER ALEF}"
#: Marks that make another letter of a Japanese one, and no accent.
_VOICED = "\u3099\u309a"
_NOT_PLAIN = re.compile(r"[^0-9a-z]")


# A word in the ways that it is typed
# ----------------------------------------------------------------------------


def _without_accents(word: str) -> str:
    """By its bare letters: ü is u, ё is е, й is и."""
    letters = unicodedata.normalize("NFKD", word)
    bare = "".join(each for each in letters if each in _VOICED or not unicodedata.combining(each))
    return _latin(unicodedata.normalize("NFC", bare))


_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "ё": "yo"})


def _spelled_out(word: str) -> str:
    """With accents as letters: ü is ue, ё is yo, й is y."""
    return _latin(unicodedata.normalize("NFC", word).translate(_SPELLED_OUT))


#: How Cyrillic and Greek names are mostly written in Latin letters, where that is not letter by letter.
_USUAL = tuple(
    (re.compile(pattern), latin)
    for pattern, latin in (
        (r"(?:ий|ый)$", "y"),
        (r"[иь]я", "ia"),
        ("кс", "x"),
        ("дж", "j"),
        ("х", "h"),
        ("щ", "sch"),
        ("ου", "ou"),
        (r"αυ(?=[θκξπστφχψ]|$)", "af"),
        (r"ευ(?=[θκξπστφχψ]|$)", "ef"),
        ("αυ", "av"),
        ("ευ", "ev"),
        (r"γ(?=[γξχ])", "n"),
        (r"^μπ", "b"),
        (r"^ντ", "d"),
    )
)


def _as_usual(word: str) -> str:
    """With the groups of letters that are written together: Дмитрий is dmitry, Παπαδοπούλου is papadopoulou."""
    bare = word.translate(_WITHOUT_TONOS)
    for pattern, latin in _USUAL:
        bare = pattern.sub(latin, bare)
    return _latin(bare)


_WITHOUT_TONOS = str.maketrans("άέήίόύώϊΐϋΰς", "αεηιουωιιυυσ")
_WAYS: tuple[Callable[[str], str], ...] = (_without_accents, _spelled_out, _as_usual)


def _latin(word: str) -> str:
    """The word in plain letters; one that has none in them stays as it is, as far as it is seen."""
    return "".join(map(_letter, word)) or "".join(filter(str.isalnum, word))


@lru_cache(maxsize=4096)
def _letter(letter: str) -> str:
    """A letter or digit in plain Latin ones; signs and pictures stay, what is not seen goes."""
    category = unicodedata.category(letter)
    if category[0] in "MCZ":
        # Vowels of the scripts of India are marks.
        return _NOT_PLAIN.sub("", anyascii(letter).lower()) if category == "Mc" or letter in _VOWEL_SIGNS else ""
    if category[0] not in "LN":
        return letter
    plain = "a" if letter == _ALEF else anyascii(letter).lower()
    return _NOT_PLAIN.sub("", plain) if plain or category == "Lm" else letter


#: Marks that stand for a vowel, of which accents are none: those of U+0900 to U+0DFF and of Thai, Lao and Khmer.
_VOWEL_SIGNS = frozenset(
    chr(code)
    for first, last in ((0x0900, 0x0DFF), (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))
    for code in range(first, last + 1)
    if unicodedata.category(chr(code)) == "Mn" and not unicodedata.combining(chr(code))
)


def _spelled(word: str) -> list[str]:
    """All ways to type the word, the folded one first; none of what is not seen."""
    ways = [word] if word.isascii() else [way(word) for way in _WAYS]
    return [each for each in dict.fromkeys(ways) if each]


# A text
# ----------------------------------------------------------------------------


def _words(text: str) -> list[str]:
    """The words of a text, in small letters, their parts joined by ``'`` and ``-``."""
    plain = unicodedata.normalize("NFKC", text.translate(_JOINTS)).casefold()
    return unicodedata.normalize("NFC", plain).translate(_JOINTS).split()


def folded(text: str) -> str:
    """The text as it sorts: plain Latin letters, without case, accents, apostrophes and needless spaces."""
    parts = [part for word in _words(text) for part in word.replace("'", "").split("-")]
    return " ".join(filter(None, (_without_accents(part) for part in parts)))


def spellings(*texts: str) -> str:
    """Every word of the texts in every way that it is typed, whole and in its parts, one space between them."""
    return " ".join(dict.fromkeys(spelling for text in texts for word in _words(text) for spelling in _all_of(word)))


def _all_of(word: str) -> Iterator[str]:
    for part in (_JOINT.sub("", word), *_JOINT.split(word)):
        yield from _spelled(part)


def ways_to_find(text: str) -> list[list[tuple[str, ...]]]:
    """For each word of the text the ways to find it; a way is one word, or parts that are all there."""
    return [ways for word in _words(text) if (ways := _ways(word))]


def _ways(word: str) -> list[tuple[str, ...]]:
    whole: list[tuple[str, ...]] = [(spelling,) for spelling in _spelled(_JOINT.sub("", word))]
    parts = [part for part in _JOINT.split(word) if part]
    if len(parts) < 2:
        return whole
    in_parts = dict.fromkeys(tuple(filter(None, map(way, parts))) for way in _WAYS)
    return [*whole, *filter(None, in_parts)]


def finding(text: str, *columns: str) -> Q:
    """What has every word of the text in one of the columns of spellings; a text without a word finds nothing."""
    return find_by(text, lambda part: _any(Q(**{f"{column}__contains": part}) for column in columns))


def find_by(text: str, holding: Callable[[str], Q]) -> Q:
    """The same where ``holding`` says how a part of a word is looked for."""
    ways = ways_to_find(text)
    return _all(_any(_all(map(holding, way)) for way in each) for each in ways) if ways else Q(pk__in=())


def is_found(text: str, name: str) -> bool:
    """Whether a name that is at hand has every word of the text."""
    there, ways = spellings(name), ways_to_find(text)
    return bool(ways) and all(any(all(part in there for part in way) for way in each) for each in ways)


def _all(conditions: Iterable[Q]) -> Q:
    return reduce(and_, conditions, Q())


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions)


def folded_number(text: str) -> str:
    """A number of a card as it is compared: spaces, hyphens, letter case and the keyboard of digits do not matter."""
    plain = unicodedata.normalize("NFKC", text.translate(_JOINTS)).casefold()
    kept = "".join(each for each in plain if each != "-" and unicodedata.category(each)[0] not in "CZ")
    return with_plain_digits(kept)[:LONGEST_NUMBER]


# Columns
# ----------------------------------------------------------------------------
# Both are written with the row, whoever writes it: only ``update`` and ``update_fields`` have to name them.


class FoldedField(models.CharField[str, str]):
    """A name as it sorts, by the order of its bytes, so that every PostgreSQL sorts alike."""

    def __init__(self, *, of: str = "name", **kwargs: Any) -> None:
        self.of = of
        super().__init__(**{"max_length": LONGEST_FOLDED, "editable": False, "db_collation": "C", **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = folded(getattr(model_instance, self.of))[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value


class SpellingsField(models.TextField[str, str]):
    """A name in every way that it is looked for."""

    def __init__(self, *, of: str = "name", **kwargs: Any) -> None:
        self.of = of
        super().__init__(**{"editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = spellings(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, value)
        return value

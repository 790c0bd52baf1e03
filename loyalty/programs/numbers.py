"""The numbers of what is known by its code, such as gift cards: as they are generated and shown (docs/rules.md, 12)."""

from __future__ import annotations

import secrets

from chains.folding import folded_number

#: Letters and digits of which none is taken for another: no 0 O, 1 I L, 2 Z, 5 S, 8 B.
ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"
LENGTH = 16
GROUP = 4
#: Stands for what is not shown of a number.
MASK = "····"


def new_number() -> str:
    """A number that nobody can guess, in groups of four."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def grouped(signs: str) -> str:
    return " ".join(signs[start : start + GROUP] for start in range(0, len(signs), GROUP))


def masked(number: str) -> str:
    """The code for those who may not see codes: its first four signs, and of a short one no more than half."""
    return f"{signs_shown(number).upper()} {MASK}".strip()


def shown(number: str, *, in_full: bool) -> str:
    """A number that was typed, in full or masked; blank where none was."""
    return number if in_full or not number else masked(number)


def kept_or_typed(number: str, typed: str) -> str:
    """The number after a field was sent; one that stands there masked stays."""
    return number if number and typed == masked(number) else typed


def signs_shown(number: str) -> str:
    """What everybody sees of a code, as it is compared."""
    signs = folded_number(number)
    return signs[: min(GROUP, len(signs) // 2)]


def typed_number(text: str) -> str:
    """A number as it was typed, without what stands around it; empty where spaces and hyphens are all there is."""
    return text.strip() if folded_number(text) else ""

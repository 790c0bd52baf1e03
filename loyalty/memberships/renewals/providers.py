"""What a payment provider does for renewals, and the one for practice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True)
class Asked:
    """An amount that is asked for: ``key`` makes it one charge, however often it is asked for."""

    key: str
    token: str
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Answer:
    """What a provider said of a charge; ``amount`` and ``currency`` are what it took, of one that was paid."""

    is_paid: bool
    amount: Decimal = Decimal(0)
    currency: str = ""
    text: str = ""

    def is_of(self, asked: Asked) -> bool:
        """Whether it says what was asked: an amount that nobody asked for ends no charge."""
        return not self.is_paid or (self.amount, self.currency) == (asked.amount, asked.currency)


class NoAnswer(Exception):
    """It is not known whether the provider took the amount."""


class Provider(Protocol):
    """Takes money by a method that a guest left with it. It keeps keys: the second charge of one is the first."""

    def charge(self, asked: Asked) -> Answer:
        """Take the amount, or say what came of it before. Raises ``NoAnswer``."""

    def ask(self, asked: Asked) -> Answer | None:
        """What came of a charge by its key; None where it was never asked for. Raises ``NoAnswer``."""


class PracticeCard(StrEnum):
    """The cards of the practice provider: no money moves by any of them."""

    PAYS = "practice_pays"
    REFUSES = "practice_refuses"
    SILENT = "practice_silent"


class Practice:
    """Answers as its card says: pays, refuses, or is silent at first and says later, asked by the key, that it paid."""

    def charge(self, asked: Asked) -> Answer:
        if asked.token == PracticeCard.SILENT:
            raise NoAnswer
        if asked.token == PracticeCard.PAYS:
            return Answer(is_paid=True, amount=asked.amount, currency=asked.currency)
        return Answer(is_paid=False)

    def ask(self, asked: Asked) -> Answer | None:
        if asked.token == PracticeCard.SILENT:
            return Answer(is_paid=True, amount=asked.amount, currency=asked.currency)
        return None


PRACTICE = "practice"

#: The providers of this installation, by the name that a renewal keeps.
PROVIDERS: Mapping[str, Provider] = {PRACTICE: Practice()}

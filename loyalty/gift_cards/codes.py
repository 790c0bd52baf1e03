"""A gift card found by its code, wherever one can be tried; wrong tries are limited (docs/rules.md, section 12)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.devices import network_of
from chains.limits import Limit, TooManyTries, give_back, take
from chains.models import Chain, User, WrongTry
from chains.refusals import Code, Refusal
from loyalty.gift_cards.models import GiftCard

WITHIN = timedelta(minutes=10)
OF_A_USER = Limit(5, WITHIN)
#: All desks of a salon may share one address, and none is to keep the others from their work.
OF_AN_ADDRESS = Limit(30, WITHIN)


def find_by_code(
    chain: Chain, code: str, *, user: User, address: str, at: datetime, among: Q | None = None
) -> GiftCard:
    """The gift card of this code, however it was typed: spaces, hyphens, letter case and digits do not matter.

    ``among`` says which cards may be found; any other is as unknown as none. Called outside of any transaction that
    may be rolled back, so that the try stays counted.
    Refuses ``gift_card_unknown`` for every code that finds none, in one sentence, and for any after too many wrong
    ones, with how long to wait.
    """
    too_many = _("Too many wrong codes. Wait %(wait)s, then type it again.")
    tries = _take(user, address, at, Code.GIFT_CARD_UNKNOWN, too_many, "code")
    found = chain.gift_cards.numbered(code).filter(among or Q()).select_related("gift_card_type", "holder").first()
    if found is None:
        raise Refusal(
            Code.GIFT_CARD_UNKNOWN,
            _("The chain has no gift card of this code. Type it again, as it stands on the card."),
            field="code",
        )
    give_back(tries)
    return found


@contextmanager
def numbers_tried(*, user: User, address: str, at: datetime, field: str) -> Iterator[None]:
    """Numbers typed for cards that are sold: whoever is told that one is taken has learned a code.

    So each ``gift_card_number_taken`` of what is done within counts as a wrong code, and after too many of those
    nothing is done, with the same refusal at ``field``. Like a code, it is counted outside of what is rolled back.
    """
    too_many = _("Too many wrong codes. Wait %(wait)s, then save again, or leave it blank for a new number.")
    tries, is_wrong = _take(user, address, at, Code.GIFT_CARD_NUMBER_TAKEN, too_many, field), False
    try:
        yield
    except Refusal as refusal:
        is_wrong = refusal.code == Code.GIFT_CARD_NUMBER_TAKEN
        raise
    finally:
        if not is_wrong:
            give_back(tries)


def _take(user: User, address: str, at: datetime, code: Code, too_many: str | Promise, field: str) -> list[WrongTry]:
    limits = {
        f"gift card code of user {user.pk}": OF_A_USER,
        f"gift card code from {network_of(address)}": OF_AN_ADDRESS,
    }
    try:
        return take(limits, at=at)
    except TooManyTries as many:
        raise Refusal(code, too_many, field=field, params={"wait": many.in_words}) from None

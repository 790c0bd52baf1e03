"""Codes of gift cards and numbers of memberships: whoever knows one may use it, so wrong tries are limited.

See docs/rules.md, section 12. Whatever a code was typed for, wrong ones are counted together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.devices import network_of
from chains.limits import Limit, TooManyTries, count_again, give_back, take
from chains.models import User, WrongTry
from chains.refusals import Code, Refusal

WITHIN = timedelta(minutes=10)
OF_A_USER = Limit(5, WITHIN)
#: All desks of a salon may share one address, and none is to keep the others from their work.
OF_AN_ADDRESS = Limit(30, WITHIN)

#: What tells that somebody else has a number.
_TAKEN = {Code.GIFT_CARD_NUMBER_TAKEN, Code.MEMBERSHIP_NUMBER_TAKEN}


def first_of_code(*among: QuerySet[Any], unknown: Refusal, user: User, address: str, at: datetime) -> Any:
    """The first that one of these finds, each of a code that was typed; any other is as unknown as none.

    Called outside of any transaction that may be rolled back, so that the try stays counted. Refuses ``unknown`` for
    every code that finds none, and with its code after too many wrong ones, with how long to wait.
    """
    too_many = _("Too many wrong codes. Wait %(wait)s, then type it again.")
    tries = _take(user, address, at, unknown.code, too_many, unknown.field or "")
    found = next((each for rows in among for each in rows[:1]), None)
    if found is None:
        raise unknown
    give_back(tries)
    return found


@contextmanager
def numbers_tried(
    *, user: User, address: str, at: datetime, taken: Callable[[], int], code: str, field: str
) -> Iterator[None]:
    """Numbers typed for what is sold: whoever is told that one is taken has learned a code.

    So where one within is refused, each that is ``taken`` counts as a wrong code, and after too many of those nothing
    is done, with the refusal ``code`` at ``field``. Like codes, they are counted outside of what is rolled back.
    """
    too_many = _("Too many wrong codes. Wait %(wait)s, then save again, or leave it blank for a new number.")
    tries, wrong = _take(user, address, at, Code(code), too_many, field), 0
    try:
        yield
    except Refusal as refusal:
        wrong = taken() if refusal.code in _TAKEN else 0
        raise
    finally:
        if wrong:
            count_again(tries, wrong - 1)
        else:
            give_back(tries)


def _take(user: User, address: str, at: datetime, code: str, too_many: str | Promise, field: str) -> list[WrongTry]:
    limits = {
        f"code of user {user.pk}": OF_A_USER,
        f"code from {network_of(address)}": OF_AN_ADDRESS,
    }
    try:
        return take(limits, at=at)
    except TooManyTries as many:
        raise Refusal(Code(code), too_many, field=field, params={"wait": many.in_words}) from None

"""Wrong tries of passwords and codes are counted here, and bounded: in PostgreSQL, for all web processes alike."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import ngettext

from chains.models import WrongTry

#: The longest that any limit looks back, after which a try is deleted, so many at once.
LONGEST = timedelta(hours=1)
_DELETED_AT_ONCE = 200
_LOCK = 31_003


@dataclass(frozen=True)
class Limit:
    """So many wrong tries within a time."""

    tries: int
    within: timedelta


class TooManyTries(Exception):
    """Nothing is looked at until the wait is over."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait

    @property
    def in_words(self) -> str:
        seconds = max(1, math.ceil(self.wait.total_seconds()))
        if seconds <= 60:
            return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
        minutes = math.ceil(seconds / 60)
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


@transaction.atomic
def take(limits: Mapping[str, Limit], *, at: datetime) -> list[WrongTry]:
    """Count a try before it is looked at, so that many at once do not slip through; ``give_back`` one that was right.

    ``limits`` says against what it counts. Raises ``TooManyTries`` where one is full, and counts nothing then.
    """
    counted = dict(sorted((hashlib.sha256(name.encode()).hexdigest(), limit) for name, limit in limits.items()))
    _lock(counted)
    waits = [wait for wait in (_wait(digest, limit, at) for digest, limit in counted.items()) if wait]
    if waits:
        raise TooManyTries(max(waits))
    _delete_past(at)
    return WrongTry.objects.bulk_create(WrongTry(counted=digest, tried_at=at) for digest in counted)


def count_again(tries: list[WrongTry], times: int) -> None:
    """Count a try that was taken so many times more, whatever the limits: what was learned at once counts each."""
    more = (WrongTry(counted=each.counted, tried_at=each.tried_at) for each in tries for _time in range(times))
    WrongTry.objects.bulk_create(more)


def give_back(tries: list[WrongTry]) -> None:
    WrongTry.objects.filter(pk__in=[each.pk for each in tries]).delete()


def _lock(counted: Mapping[str, Limit]) -> None:
    with connection.cursor() as cursor:
        for digest in counted:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, digest])


def _wait(digest: str, limit: Limit, at: datetime) -> timedelta | None:
    """How long until the oldest of the tries that fill the limit no longer counts."""
    recent = WrongTry.objects.filter(counted=digest, tried_at__gt=at - limit.within).order_by("-tried_at", "-pk")
    tries = list(recent.values_list("tried_at", flat=True)[: limit.tries])
    return tries[-1] + limit.within - at if len(tries) == limit.tries else None


def _delete_past(at: datetime) -> None:
    past = WrongTry.objects.filter(tried_at__lt=at - LONGEST).select_for_update(skip_locked=True)
    WrongTry.objects.filter(pk__in=list(past.values_list("pk", flat=True)[:_DELETED_AT_ONCE])).delete()

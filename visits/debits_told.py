"""What became of the debits of appointments, as the day tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import F
from django.utils.translation import gettext as _

from chains.models import Chain
from loyalty.explanations.reasons import in_words
from loyalty.rules.plan import Status
from loyalty.rules.why import Reason, Why
from visits.models import Debit, Visit


@dataclass(frozen=True)
class ToldDebit:
    """Whether memberships were debited for all lines of an appointment that ask for it; in words, with why not."""

    is_debited: bool
    in_words: str


def told_debits(chain: Chain, visits: Iterable[Visit]) -> Mapping[int, ToldDebit]:
    """By visit, of those that are not arrived and were decided on for the start that they have; one query."""
    waiting = [visit.pk for visit in visits if visit.status != Status.ARRIVED]
    debits = Debit.objects.filter(visit__in=waiting, starts_at=F("visit__starts_at")).order_by("visit", "line")
    told: dict[int, ToldDebit] = {}
    for debit in debits if waiting else ():
        if debit.visit_id not in told or told[debit.visit_id].is_debited:
            told[debit.visit_id] = _told(debit, chain)
    return told


def _told(debit: Debit, chain: Chain) -> ToldDebit:
    kept = dict(debit.why)
    why = Why(Reason(str(kept.pop("reason"))), kept)
    if why.is_given:
        return ToldDebit(True, _("debited"))
    return ToldDebit(False, _("not debited: %(why)s") % {"why": in_words(why, chain)})

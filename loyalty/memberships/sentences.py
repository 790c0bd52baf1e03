"""A membership type in whole sentences."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chains.models import Chain
from config.ui.figures import format_money
from loyalty.memberships.models import MembershipTypeTerms
from loyalty.memberships.words import counters_in_words, hours_in_words
from loyalty.programs.differences import ProgramNames
from loyalty.programs.periods import period_in_words
from loyalty.rules.terms import Begins

#: By what it begins with: how long it covers, and the same without end.
_TIMES = {
    Begins.PURCHASE: (gettext_lazy("within %(period)s of the sale"), gettext_lazy("from the sale on without end")),
    Begins.FIRST_USE: (
        gettext_lazy("within %(period)s of the first use"),
        gettext_lazy("from the first use on without end"),
    ),
    Begins.DATE: (
        gettext_lazy("within %(period)s of a day given at the sale"),
        gettext_lazy("from a day given at the sale on without end"),
    ),
}


def membership_type_in_sentences(terms: MembershipTypeTerms, chain: Chain) -> list[str]:
    """What it covers, how long, for how much and how long it may be frozen; for whom and where; when."""
    names = ProgramNames(chain)
    where = _("all locations") if terms.locations is None else names.of("locations", terms.locations)
    first = _("%(covers)s, %(time)s, for %(price)s; %(freezing)s.") % {
        "covers": capfirst(counters_in_words(terms.counters, names)),
        "time": time_in_words(terms),
        "price": format_money(terms.price, chain.currency),
        "freezing": _freezing(terms),
    }
    who = _("It covers for whoever brings its code, at %(locations)s.")
    if terms.named:
        who = _("It covers for its owner alone, without a code, at %(locations)s.")
    return [first, *_begins_within(terms), who % {"locations": where}, *_hours(terms)]


def time_in_words(terms: MembershipTypeTerms) -> str:
    """How long it covers and from when on, to stand within a sentence."""
    with_end, without_end = _TIMES[Begins(terms.begins)]
    return str(with_end) % {"period": lasts_in_words(terms)} if terms.lasts_count else str(without_end)


def lasts_in_words(terms: MembershipTypeTerms) -> str:
    return period_in_words(terms.lasts_count, terms.lasts_unit) if terms.lasts_count else _("without end")


def _freezing(terms: MembershipTypeTerms) -> str:
    if not terms.freeze_days:
        return _("cannot be frozen")
    sentence = ngettext("may be frozen for %(count)s day", "may be frozen for %(count)s days", terms.freeze_days)
    return sentence % {"count": terms.freeze_days}


def _begins_within(terms: MembershipTypeTerms) -> Iterator[str]:
    if terms.begins_within_count:
        period = period_in_words(terms.begins_within_count, terms.begins_within_unit)
        yield _("Without a use it begins by itself %(period)s after the sale.") % {"period": period}


def _hours(terms: MembershipTypeTerms) -> Iterator[str]:
    if terms.hours:
        yield _("It covers visits that begin then: %(hours)s.") % {"hours": hours_in_words(terms.hours)}

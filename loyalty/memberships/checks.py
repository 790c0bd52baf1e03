"""What the terms of a membership type cannot be, whoever writes them; sentences stand by the column they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from chains.catalog.kinds import ItemKind
from loyalty.memberships.counters import hours_of, only_added_to
from loyalty.programs.checks import amount_mistake, check_columns, locations_mistake, period_mistake
from loyalty.rules.terms import Begins

if TYPE_CHECKING:
    from loyalty.memberships.models import MembershipTypeTerms

#: More counters than a page shows well.
MOST_COUNTERS = 20
#: More uses than anybody counts down.
MOST_USES = 9999
#: What stands beside a number that is less than any can be.
TOO_SMALL = {
    "lasts_count": _lazy("Type a number from 1."),
    "begins_within_count": _lazy("Type a number from 1."),
    "freeze_days": _lazy("Type 0 or more; 0 is not at all."),
    "tells_days_before": _lazy("Type a number from 1, or leave it blank."),
    "tells_uses_left": _lazy("Type a number from 1, or leave it blank."),
}


def check_terms(terms: MembershipTypeTerms, wrong: frozenset[str] = frozenset()) -> None:
    """Raise ``ValidationError`` by column where the terms contradict themselves, the currency or what was sold."""
    check_columns(terms, CHECKS, LOOKS_AT, wrong)


def _price(terms: MembershipTypeTerms) -> str:
    if terms.renews and not terms.price:
        return _("Type a price above zero: it is charged for each period.")
    return amount_mistake(terms.price, terms.membership_type.chain.places)


def _counters(terms: MembershipTypeTerms) -> str:
    if not terms.counters:
        return _("Say at least one service that it covers.")
    if len(terms.counters) > MOST_COUNTERS:
        return _("Make at most %(most)s counters.") % {"most": MOST_COUNTERS}
    for kept in terms.counters:
        if not kept["services"] and not kept["categories"]:
            return _("Say which services each counter covers.")
        if kept["count"] is not None and not 1 <= kept["count"] <= MOST_USES:
            return _("Type a number of visits from 1 to %(most)s.") % {"most": MOST_USES}
    return _known_services(terms) or _changed_counters(terms)


def _known_services(terms: MembershipTypeTerms) -> str:
    chain = terms.membership_type.chain
    services = {pk for kept in terms.counters for pk in kept["services"]}
    categories = {pk for kept in terms.counters for pk in kept["categories"]}
    known = chain.items.filter(pk__in=services, kind=ItemKind.SERVICE).count()
    if known != len(services) or chain.categories.filter(pk__in=categories).count() != len(categories):
        return _("Choose services of this chain.")
    return ""


def _changed_counters(terms: MembershipTypeTerms) -> str:
    before = terms.membership_type.terms
    if before is None or before.counters == terms.counters or not terms.membership_type.is_sold:
        return ""
    if only_added_to(before.counters, terms.counters):
        return ""
    return _(
        "Memberships of this type were sold. Services may be added where there are several, and counts changed for new "
        "sales; nothing is taken away. Duplicate the type for anything else."
    )


def _lasts(terms: MembershipTypeTerms) -> str:
    if terms.renews and not terms.lasts_count:
        return _("Say how long a period lasts: it is paid anew at its end.")
    return period_mistake(terms.lasts_count, terms.lasts_unit)


def _begins_within(terms: MembershipTypeTerms) -> str:
    if terms.begins_within_count and terms.begins != Begins.FIRST_USE:
        return _("Only a membership that begins at the first use may begin by itself.")
    return period_mistake(terms.begins_within_count, terms.begins_within_unit)


def _hours(terms: MembershipTypeTerms) -> str:
    for kept in terms.hours:
        hours = hours_of(kept)
        if not hours.weekdays:
            return _("Choose at least one day of the week.")
        if hours.until is not None and hours.until <= hours.since:
            return _("The end must be later than the beginning.")
    return ""


CHECKS: Mapping[str, Callable[[Any], str]] = {
    "price": _price,
    "counters": _counters,
    "lasts_count": _lasts,
    "begins_within_count": _begins_within,
    "hours": _hours,
    "locations": lambda terms: locations_mistake(terms.locations, terms.membership_type.chain),
    "online_price": lambda terms: (
        amount_mistake(terms.online_price, terms.membership_type.chain.places) if terms.online_price is not None else ""
    ),
}
LOOKS_AT = {
    "price": ("renews",),
    "lasts_count": ("lasts_unit", "renews"),
    "begins_within_count": ("begins_within_unit", "begins"),
}

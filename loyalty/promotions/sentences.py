"""A promotion in whole sentences, as an administrator would tell it to the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chains.models import Chain
from config.ui.figures import format_money, format_number
from loyalty.programs.differences import ProgramNames
from loyalty.programs.periods import period_in_words
from loyalty.promotions.fields import counts_visits, gives_points, has_rules, is_free_units
from loyalty.promotions.models import PromotionTerms, rules_of
from loyalty.promotions.words import figure_in_words
from loyalty.rules.terms import KINDS, PickedBy, PromotionKind, ScopeMode, Source, Unit

EVERY = {
    1: gettext_lazy("every visit"),
    2: gettext_lazy("every second visit"),
    3: gettext_lazy("every third visit"),
    4: gettext_lazy("every fourth visit"),
    5: gettext_lazy("every fifth visit"),
    6: gettext_lazy("every sixth visit"),
    7: gettext_lazy("every seventh visit"),
    8: gettext_lazy("every eighth visit"),
    9: gettext_lazy("every ninth visit"),
    10: gettext_lazy("every tenth visit"),
}

#: What the value of a tier grows with, by the figure that picks it.
GROWS_WITH = {
    PickedBy.HISTORY_SOLD: gettext_lazy("what was sold to the guest in the visits before"),
    PickedBy.HISTORY_PAID: gettext_lazy("what the guest paid in the visits before"),
    PickedBy.HISTORY_VISITS: gettext_lazy("the number of the guest's visits before"),
    PickedBy.VISIT_SOLD: gettext_lazy("what is sold in the visit itself"),
    PickedBy.VISIT_PAID: gettext_lazy("what is paid in the visit itself"),
}


def in_sentences(
    terms: PromotionTerms, chain: Chain, names: ProgramNames | None = None, *, is_of_referral: bool = False
) -> list[str]:
    """What a promotion does, to whom, how often, for how long, where and on what; terms that were never saved too.

    ``is_of_referral``: the referral program gives it, to the invited guest or to the inviter.
    """
    names = names or ProgramNames(chain)
    if is_of_referral:
        return [
            what_it_gives_for_an_invitation(terms, chain),
            *burning_in_words(terms),
            *_where(terms, names),
            *_when(terms),
            *_on_what(terms, names),
        ]
    found = [what_it_gives(terms, chain, _only_service(terms, names))]
    if has_rules(terms.kind):
        found.append(_tiers(terms, chain))
    if KINDS[PromotionKind(terms.kind)].picked_by not in (PickedBy.NOTHING, PickedBy.VISIT_SOLD, PickedBy.VISIT_PAID):
        found += _history(terms, names)
    if terms.limit:
        sentence = ngettext("One card uses it once at most.", "One card uses it %(times)s times at most.", terms.limit)
        found.append(sentence % {"times": terms.limit})
    found += burning_in_words(terms)
    return [*found, *_where(terms, names), *_when(terms), *_on_what(terms, names)]


def _only_service(terms: PromotionTerms, names: ProgramNames) -> str:
    """The name of the one service that it is about; empty where it is about several, or a category."""
    is_one = terms.service_mode == ScopeMode.LISTED and len(terms.services) == 1 and not terms.service_categories
    return names.of("services", terms.services) if is_one else ""


def what_it_gives(terms: PromotionTerms, chain: Chain, service: str = "") -> str:
    """The first sentence: "Every third visit gives 5 % of what the guest paid, in points."."""
    if is_free_units(terms.kind):
        units = int(terms.value)
        if service:
            return ngettext(
                "After each %(service)s that the guest paid for, the next %(service)s is free.",
                "After every %(units)s units of %(service)s that the guest paid for, the next %(service)s is free.",
                units,
            ) % {"units": units, "service": service} + _every_free(terms)
        return ngettext(
            "After each unit that the guest paid for, the next one is free.",
            "After every %(units)s units that the guest paid for, the next one is free.",
            units,
        ) % {"units": units} + _every_free(terms)
    every = capfirst(every_in_words(terms.every))
    return _GIVES[_manner(terms)] % {"every": every, "value": _value(terms, chain)}


def what_it_gives_for_an_invitation(terms: PromotionTerms, chain: Chain) -> str:
    """As the referral program gives it: "The inviter gets 5 % of what the invited guest paid, in points."."""
    return _GIVES_FOR_AN_INVITATION[_manner(terms)] % {"value": _value(terms, chain)} + _inviters_turn(terms)


def _inviters_turn(terms: PromotionTerms) -> str:
    """How often an inviter gets it; the discount is for one visit anyway."""
    if not gives_points(terms.kind):
        return ""
    found = ""
    if terms.every > 1:
        every = every_in_words(terms.every)
        found += " " + _("It is given on %(every)s of invited guests.") % {"every": every}
    if terms.limit:
        sentence = ngettext(
            "One inviter gets it once at most.", "One inviter gets it %(times)s times at most.", terms.limit
        )
        found += " " + sentence % {"times": terms.limit}
    return found


def every_in_words(every: int) -> str:
    return str(EVERY[every]) if every in EVERY else _("one visit in %(every)s") % {"every": every}


def _every_free(terms: PromotionTerms) -> str:
    if terms.every == 1:
        return ""
    return " " + _("It is given on %(every)s that has earned one.") % {"every": every_in_words(terms.every)}


_GIVES = {
    "line_prices": gettext_lazy("%(every)s takes %(value)s off the bill."),
    "sold": gettext_lazy("%(every)s gives %(value)s of what was sold, in points."),
    "paid": gettext_lazy("%(every)s gives %(value)s of what the guest paid, in points."),
    "points": gettext_lazy("%(every)s gives %(value)s."),
}


_GIVES_FOR_AN_INVITATION = {
    "line_prices": gettext_lazy("The invited guest gets %(value)s off the bill of the first visit."),
    "sold": gettext_lazy("The inviter gets %(value)s of what was sold to the invited guest, in points."),
    "paid": gettext_lazy("The inviter gets %(value)s of what the invited guest paid, in points."),
    "points": gettext_lazy("The inviter gets %(value)s."),
}


def _manner(terms: PromotionTerms) -> str:
    is_amount = terms.unit == Unit.AMOUNT and gives_points(terms.kind)
    return "points" if is_amount else str(KINDS[PromotionKind(terms.kind)].taken_of)


def _value(terms: PromotionTerms, chain: Chain) -> str:
    """The one value, or from which to which the table goes."""
    if not has_rules(terms.kind):
        return figure_in_words(terms.value, terms, chain)
    values = sorted({value for _start, value in rules_of(terms.rules)})
    highest = figure_in_words(values[-1], terms, chain)
    if len(values) == 1:
        return highest
    return _("%(lowest)s to %(highest)s") % {"lowest": format_number(values[0]), "highest": highest}


def _tiers(terms: PromotionTerms, chain: Chain) -> str:
    rows = [_tier(start, value, terms, chain) for start, value in rules_of(terms.rules)]
    grows_with = GROWS_WITH[KINDS[PromotionKind(terms.kind)].picked_by]
    sentence = _("How much goes by %(figure)s: %(rows)s.") % {"figure": grows_with, "rows": ", ".join(rows)}
    lowest = rules_of(terms.rules)[0][0]
    if not lowest:
        return sentence
    return sentence + " " + _("Below %(lowest)s there is nothing.") % {"lowest": _start(lowest, terms, chain)}


def _tier(start: Decimal, value: Decimal, terms: PromotionTerms, chain: Chain) -> str:
    words = {"value": figure_in_words(value, terms, chain), "start": _start(start, terms, chain)}
    return _("%(value)s from %(start)s") % words


def _start(start: Decimal, terms: PromotionTerms, chain: Chain) -> str:
    if not counts_visits(terms.kind):
        return format_money(start, chain.currency)
    return ngettext("%(visits)s visit", "%(visits)s visits", int(start)) % {"visits": int(start)}


def _history(terms: PromotionTerms, names: ProgramNames) -> Iterator[str]:
    where = {
        Source.CHAIN: _("Visits of the whole chain count."),
        Source.ACTIVE: _("Visits count where the promotion is valid, and nowhere else."),
        Source.CARD: _("Visits count where the card works, and nowhere else."),
    }
    yield where[Source(terms.source)]
    if terms.history_from:
        yield _("Those before %(day)s do not.") % {"day": date_format(terms.history_from)}


def burning_in_words(terms: PromotionTerms) -> Iterator[str]:
    """How long its points live, or (a discount) its history."""
    if not terms.burn_count:
        if gives_points(terms.kind):
            yield _("Its points do not burn.")
        return
    period = period_in_words(terms.burn_count, terms.burn_unit)
    if not gives_points(terms.kind):
        yield _("After more than %(period)s without a visit, the history begins anew.") % {"period": period}
    elif terms.notice is None:
        yield _("Points that were not spent burn after %(period)s; nobody is told before.") % {"period": period}
    else:
        yield ngettext(
            "Points that were not spent burn after %(period)s; the guest is told %(days)s day before.",
            "Points that were not spent burn after %(period)s; the guest is told %(days)s days before.",
            terms.notice,
        ) % {"period": period, "days": terms.notice}


def _where(terms: PromotionTerms, names: ProgramNames) -> Iterator[str]:
    if terms.locations is not None:
        yield _("It is valid at: %(locations)s.") % {"locations": names.of("locations", terms.locations)}


def _when(terms: PromotionTerms) -> Iterator[str]:
    first, last = _day(terms.first_day), _day(terms.last_day)
    if first and last:
        yield _("It runs from %(first)s to %(last)s.") % {"first": first, "last": last}
    elif first:
        yield _("It begins on %(first)s.") % {"first": first}
    elif last:
        yield _("It ends after %(last)s.") % {"last": last}


def _day(day: date | None) -> str:
    return date_format(day) if day else ""


def _on_what(terms: PromotionTerms, names: ProgramNames) -> Iterator[str]:
    if is_free_units(terms.kind):
        if terms.service_mode != ScopeMode.ANY and not _only_service(terms, names):
            yield _("It looks at %(services)s.") % {"services": names.of_services(terms)}
        return
    if terms.service_mode == terms.product_mode == ScopeMode.ANY:
        return
    covered = {"services": names.of_services(terms), "products": names.of_products(terms)}
    yield _("It looks at %(services)s and %(products)s.") % covered

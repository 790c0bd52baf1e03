"""A card type in whole sentences."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from chains.models import Chain
from config.ui.figures import format_number, format_points
from loyalty.cards.models import CardTypeTerms
from loyalty.programs.differences import ProgramNames
from loyalty.programs.periods import period_in_words
from loyalty.rules.terms import ActsFrom, AutomaticIssue, ScopeMode


def card_type_in_sentences(terms: CardTypeTerms, chain: Chain) -> list[str]:
    """Where its cards work, how guests get one, what their points pay and for how long."""
    names = ProgramNames(chain)
    where = _("Its cards work at all locations.")
    if terms.locations is not None:
        where = _("Its cards work at %(locations)s.") % {"locations": names.of("locations", terms.locations)}
    issue = {
        AutomaticIssue.ANY: _("Every new client gets one by itself."),
        AutomaticIssue.OWN: _("New clients of these locations get one by itself."),
        AutomaticIssue.NEVER: _("The desk issues them."),
    }
    acts = {
        ActsFrom.NEXT_VISIT: _("A card acts from the next visit on."),
        ActsFrom.AT_ONCE: _("A card acts at once, also on the visit during which it is issued."),
    }
    if terms.automatic_issue != AutomaticIssue.NEVER:
        acts[ActsFrom.NEXT_VISIT] = _("Cards of new clients act at once; issued by hand, from the next visit on.")
    return [
        where,
        issue[AutomaticIssue(terms.automatic_issue)],
        acts[ActsFrom(terms.acts_from)],
        *_paying(terms, chain, names),
        *_expiring(terms),
    ]


def _paying(terms: CardTypeTerms, chain: Chain, names: ProgramNames) -> Iterator[str]:
    if terms.service_mode == terms.product_mode == ScopeMode.NONE:
        yield _("Nothing may be paid with its points.")
        return
    covered = {"services": names.of_services(terms), "products": names.of_products(terms)}
    yield _("Points pay for %(services)s and %(products)s.") % covered
    if terms.limit_amount:
        limit = format_points(terms.limit_amount, chain.currency)
        yield _("At most %(limit)s points of a card pay for one visit.") % {"limit": limit}
    if terms.limit_percent:
        yield _("At most %(percent)s %% of what is due is paid with points.") % {
            "percent": format_number(terms.limit_percent)
        }


def _expiring(terms: CardTypeTerms) -> Iterator[str]:
    if terms.inactivity_count:
        period = period_in_words(terms.inactivity_count, terms.inactivity_unit)
        yield _("Points that were not spent expire %(period)s after the client's last visit.") % {"period": period}

"""What of a promotion cannot work or will surprise, though it may be saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chains.models import Chain
from config.ui.figures import format_money
from loyalty.cards.models import CardType
from loyalty.promotions.fields import counts_visits, gives_points, has_rules
from loyalty.promotions.models import PromotionTerms, rules_of
from loyalty.promotions.words import figure_in_words
from loyalty.rules.terms import Source


@dataclass(frozen=True)
class Around:
    """What stands around a promotion: the chain's open locations, and whether the referral program gives it."""

    chain: Chain
    today: date
    open_locations: frozenset[int]
    is_of_referral: bool = False


def warnings_of(terms: PromotionTerms, card_types: Iterable[CardType], around: Around) -> list[str]:
    """Sentence by sentence; empty where nothing is odd. ``card_types`` are those that carry it, with their terms."""
    types = list(card_types)
    return [
        *_nowhere(terms, around),
        *_without_cards(types, around),
        *_never_meeting(terms, types, around),
        *_falling_tiers(terms, around.chain),
        *_over(terms, around.today),
        *_pointless(terms, types),
    ]


def _nowhere(terms: PromotionTerms, around: Around) -> Iterator[str]:
    if terms.locations is not None and not around.open_locations & set(terms.locations):
        yield _("It is valid at no open location, so it acts nowhere.")


def _without_cards(types: list[CardType], around: Around) -> Iterator[str]:
    if around.is_of_referral and types:
        yield _("The referral program gives it, so it may not be attached to a card type.")
    elif not around.is_of_referral and not types:
        yield _("No card type carries it yet, so no guest gets it.")
    elif types and all(each.as_rules().archived for each in types):
        yield _("All its card types are archived: only cards that exist already carry it.")


def _never_meeting(terms: PromotionTerms, types: list[CardType], around: Around) -> Iterator[str]:
    here = around.open_locations if terms.locations is None else around.open_locations & set(terms.locations)
    for card_type in types:
        works_at = card_type.as_rules().locations
        if works_at is not None and not works_at & around.open_locations:
            yield _("Cards of the type %(card_type)s work at no open location.") % {"card_type": card_type}
        elif here and works_at is not None and not works_at & here:
            sentence = _("Cards of the type %(card_type)s work only where it is not valid: the two never meet.")
            yield sentence % {"card_type": card_type}


def _falling_tiers(terms: PromotionTerms, chain: Chain) -> Iterator[str]:
    """A row that gives less than one below it: whoever reaches it loses, so it can never be worth reaching."""
    best: tuple[Decimal, Decimal] | None = None
    for row in rules_of(terms.rules) if has_rules(terms.kind) else ():
        if best and row[1] <= best[1]:
            yield _falling(row, best, terms, chain)
        else:
            best = row


def _falling(row: tuple[Decimal, Decimal], best: tuple[Decimal, Decimal], terms: PromotionTerms, chain: Chain) -> str:
    words = {
        "start": _start(row[0], terms, chain),
        "value": figure_in_words(row[1], terms, chain),
        "lower": _start(best[0], terms, chain),
        "more": figure_in_words(best[1], terms, chain),
    }
    if row[1] == best[1]:
        return _("The row from %(start)s adds nothing: already from %(lower)s on it is %(more)s.") % words
    return _("The row from %(start)s gives %(value)s, less than the %(more)s from %(lower)s on.") % words


def _start(start: Decimal, terms: PromotionTerms, chain: Chain) -> str:
    return str(int(start)) if counts_visits(terms.kind) else format_money(start, chain.currency)


def _over(terms: PromotionTerms, today: date) -> Iterator[str]:
    if terms.last_day and terms.last_day < today:
        yield _("Its last day was %(day)s, so it gives nothing any more.") % {"day": date_format(terms.last_day)}
    if terms.history_from and terms.history_from > today:
        yield _("No visit counts before %(day)s, so its rules begin at nothing.") % {
            "day": date_format(terms.history_from)
        }


def _pointless(terms: PromotionTerms, types: list[CardType]) -> Iterator[str]:
    burns = terms.burn_count or any(each.as_rules().inactivity for each in types)
    if gives_points(terms.kind) and terms.notice is not None and not burns:
        yield _("Its points never burn, so the notice before burning is never sent.")
    if terms.source == Source.ACTIVE and terms.locations is None:
        yield _("It is valid at all locations, so “active locations” means the entire chain.")

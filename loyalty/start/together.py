"""What a card gives already beside a program that is being turned on: points add to points, discounts to discounts."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from loyalty.cards.models import CardType
from loyalty.programs.terms import terms_of
from loyalty.promotions.models import Promotion
from loyalty.promotions.words import PromotionStanding, standing_of, value_in_words
from loyalty.rules.terms import AutomaticIssue, Gives

_ACTING = (PromotionStanding.ACTIVE, PromotionStanding.PLANNED)


def gives_already(card_type: CardType, gives: Gives, today: date, apart: int | None = None) -> list[Promotion]:
    """Promotions of the same sort that the card type carries and that act or will, but for the one ``apart``."""
    if card_type.pk is None or card_type.pk < 0:
        return []
    carried = sorted(card_type.promotions.all(), key=lambda each: each.pk)
    return [
        each
        for each in carried
        if each.pk != apart and each.as_rules().gives is gives and standing_of(terms_of(each), today) in _ACTING
    ]


def given_by_other_cards(card_type: CardType, gives: Gives, today: date) -> list[str]:
    """What new guests get through other cards that come by themselves too, card type by card type."""
    others = card_type.chain.card_types.filter(terms__archived=False).exclude(pk=card_type.pk)
    others = others.exclude(terms__automatic_issue=AutomaticIssue.NEVER).select_related("terms")
    others = others.prefetch_related("promotions__terms", "promotions__chain").order_by("name_folded", "pk")
    sentence = _("New guests get %(card_type)s by themselves too, which gives: %(promotions)s. Who has both gets both.")
    found = ((each, gives_already(each, gives, today)) for each in others)
    return [sentence % {"card_type": each, "promotions": in_one_line(given)} for each, given in found if given]


def in_one_line(promotions: list[Promotion]) -> str:
    """Each by its name and what it gives: “Bonus cashback, 5 % of paid; Summer, 2 % of sold”."""
    return "; ".join(f"{each.name}, {value_in_words(terms_of(each), each.chain)}" for each in promotions)


def would_add_up(card_type: CardType, promotions: list[Promotion]) -> str:
    words = {"card_type": card_type, "promotions": in_one_line(promotions)}
    return _("%(card_type)s gives already: %(promotions)s. Both would add up.") % words


def adds_up(card_type: CardType, promotions: list[Promotion]) -> str:
    words = {"card_type": card_type, "promotions": in_one_line(promotions)}
    return _("%(card_type)s gives besides: %(promotions)s. Both add up.") % words

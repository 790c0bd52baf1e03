"""The history of a program: every edit with who, when, and each field from → to.

What was promised stands in the rows of terms; names and what is attached to what in the events of django-pghistory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from django.apps import apps

from chains.history import Change, Fields, Links, as_history, changes_of
from loyalty.cards.models import CardType, CardTypeTerms
from loyalty.cards.sentences import card_type_in_sentences
from loyalty.changes import Names, differences, label_of
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.promotions.sentences import in_sentences
from loyalty.terms import ImmutableTerms


def history_of_promotion(promotion: Promotion) -> list[Change]:
    """All edits of a promotion, the newest first."""
    chain, names = promotion.chain, Names(promotion.chain)
    terms = changes_of_terms(promotion.all_terms, names, lambda first: in_sentences(first, chain, names))
    links = _links(PromotionTerms, "card_type_id", names.card_types, promotion=promotion.pk)
    return as_history([*terms, *changes_of(promotion, Fields(Promotion, ("name",))), *links.changes()])


def history_of_card_type(card_type: CardType) -> list[Change]:
    """All edits of a card type, the newest first."""
    chain, names = card_type.chain, Names(card_type.chain)
    terms = changes_of_terms(card_type.all_terms, names, lambda first: card_type_in_sentences(first, chain))
    links = _links(CardTypeTerms, "promotion_id", names.promotions, card_type=card_type.pk)
    return as_history([*terms, *changes_of(card_type, Fields(CardType, ("name",))), *links.changes()])


def changes_of_terms(rows: Any, names: Names, in_words: Callable[[Any], list[str]]) -> Iterator[Change]:
    """The making of the first row of terms, in words, and what each later one changed."""
    terms: list[Any] = list(rows.order_by("pk"))
    for row in terms[:1]:
        yield Change(row.set_at, row.set_by_id, made=in_words(row))
    for before, after in pairwise(terms):
        yield Change(after.set_at, after.set_by_id, differences(before, after, names))


def _links(terms: type[ImmutableTerms], column: str, names: Mapping[int, str], **subject: int) -> Links:
    """What was attached and detached; ``column`` says to what."""
    events = apps.get_model("loyalty", "AttachmentEvent")._default_manager.filter(**subject)
    return Links(label_of(terms, terms.LINKS), events, column, names)

"""Promotions are made and changed here."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chains.models import Chain, User
from chains.refusals import Code, Refusal
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.terms import write_terms


@transaction.atomic
def create_promotion(*, chain: Chain, name: str, at: datetime, acting_user: User | None, **choices: Any) -> Promotion:
    """Make a promotion under its first terms; ``choices`` are the columns of ``PromotionTerms``."""
    promotion = Promotion.objects.create(chain=chain, name=name)
    write_terms(PromotionTerms, promotion, changes=choices, at=at, acting_user=acting_user)
    return promotion


@transaction.atomic
def change_promotion(*, promotion: Promotion, at: datetime, acting_user: User | None, **choices: Any) -> PromotionTerms:
    """Put new terms in force; what was given before keeps its own (docs/rules.md, section 8).

    Refuses ``locked`` where kind or unit of a used promotion would change.
    """
    locked = Promotion.objects.select_for_update(no_key=True).get(pk=promotion.pk)
    promotion.terms = locked.terms
    assert promotion.terms is not None
    for column in ("kind", "unit"):
        if column in choices and choices[column] != getattr(promotion.terms, column) and is_used(promotion):
            raise Refusal(
                Code.LOCKED,
                _("The promotion was used already, so its kind and unit stay. Archive it and make a new one."),
                field=column,
            )
    return write_terms(PromotionTerms, promotion, changes=choices, at=at, acting_user=acting_user)


def is_used(promotion: Promotion) -> bool:
    """Whether the promotion was ever put on a visit or wrote to the ledger."""
    return promotion.visits.exists() or promotion.transactions.exists()

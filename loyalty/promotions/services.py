"""Promotions are made and changed here."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting
from chains.models import Chain
from chains.questions import Question
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish
from loyalty.cards.models import CardType
from loyalty.cards.services import attach_to_card_types, is_for_invited_clients, of_referral_program
from loyalty.programs.edits import check_seen_program
from loyalty.programs.terms import one_order, save_name, write_terms
from loyalty.promotions.fields import unused_by
from loyalty.promotions.models import Promotion, PromotionTerms, visits_acted_on
from loyalty.rules.terms import PromotionKind

#: Whether a promotion stands or stood on any visit.
was_applied: Question[[Promotion], bool] = Question("was_applied")


@transaction.atomic
def create_promotion(
    *,
    chain: Chain,
    name: str,
    card_types: Iterable[CardType] = (),
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
    **choices: Any,
) -> Promotion:
    """Make a promotion under its first terms; ``choices`` are the columns of ``PromotionTerms``.

    ``key`` is that of the form that asked for it; a key that was sent before answers with the first promotion.
    Raises ``ValidationError`` by column for what cannot be.
    """
    submission = claim(chain=chain, key=key, action="create_promotion", user=acting_user, on=(chain,), at=at)
    if submission.result_id:
        return Promotion.objects.get(pk=submission.result_id)
    promotion = Promotion(chain=chain)
    save_name(promotion, name)
    write_terms(PromotionTerms, promotion, changes=as_kept(choices), at=at, acting_user=acting_user)
    attach_to_card_types(promotion=promotion, card_types=card_types)
    finish(submission, promotion.pk)
    return promotion


@transaction.atomic
def change_promotion(
    *,
    promotion: Promotion,
    name: str | None = None,
    card_types: Iterable[CardType] | None = None,
    seen: str | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
    **choices: Any,
) -> PromotionTerms:
    """Put new terms in force; what was given before keeps its own (docs/rules.md, section 8).

    Refuses ``locked`` where kind or unit of a used promotion would change, ``stale_edit`` where the promotion is
    no longer at the version ``seen``; raises ``ValidationError`` by column for what cannot be.
    """
    submission = claim(
        chain=promotion.chain, key=key, action="change_promotion", user=acting_user, on=(promotion,), at=at
    )
    locked = Promotion.objects.select_for_update(no_key=True).get(pk=promotion.pk)
    assert locked.terms is not None
    if submission.result_id:
        return locked.terms
    check_seen_program(locked, PromotionTerms, seen)
    promotion.terms = locked.terms
    assert promotion.terms is not None
    choices = as_kept(choices)
    _check_locks(promotion, choices)
    if "kind" in choices and choices["kind"] != promotion.terms.kind:
        # What only the kind before had is gone with it.
        choices = {**unused_by(choices["kind"]), **choices}
    if name is not None and name.strip() != locked.name:
        save_name(promotion, name)
    if card_types is not None:
        attach_to_card_types(promotion=promotion, card_types=card_types)
    terms = write_terms(PromotionTerms, promotion, changes=choices, at=at, acting_user=acting_user)
    finish(submission, promotion.pk)
    return terms


def is_used(promotion: Promotion) -> bool:
    """Whether the promotion was ever put on a visit or wrote to the ledger."""
    return was_applied(promotion) or promotion.transactions.exists()


def uses_of(promotion: Promotion) -> int:
    """On how many visits the promotion acted, as the list of promotions counts them."""
    return visits_acted_on(promotion.chain, [promotion]).get(promotion.pk, 0)


def _check_locks(promotion: Promotion, choices: dict[str, Any]) -> None:
    assert promotion.terms is not None
    changed = [
        column for column in ("kind", "unit") if choices.get(column, now := getattr(promotion.terms, column)) != now
    ]
    if changed and is_used(promotion):
        raise Refusal(
            Code.LOCKED,
            _("The promotion was used already, so its kind and unit stay. Archive it and make a new one."),
            field=changed[0],
        )
    if "kind" in changed and of_referral_program([promotion]):
        raise ValidationError({"kind": _("The referral program gives this promotion, so its kind stays.")})
    if choices.get("every", 1) > 1 and is_for_invited_clients(promotion):
        raise ValidationError(
            {"every": _("The referral program gives this promotion on a first visit, so the number of visits is 1.")}
        )


def as_kept(choices: dict[str, Any]) -> dict[str, Any]:
    """The choices always written the same way, so that what did not change is seen not to have."""
    choices = one_order(choices)
    if choices.get("rules"):
        choices["rules"] = _rows_in_order(choices["rules"])
    if choices.get("kind") in {*PromotionKind}:
        choices["kind"] = PromotionKind(choices["kind"]).value
    return choices


def _rows_in_order(rules: list[list[Any]]) -> list[list[Any]]:
    """Rows by where they begin, figures without zeros that say nothing; as they are where they cannot be read."""
    try:
        rows = sorted((Decimal(start), Decimal(value)) for start, value in rules)
    except (InvalidOperation, TypeError, ValueError):
        return rules
    if not all(figure.is_finite() for row in rows for figure in row):
        return rules
    return [[_text(start), _text(value)] for start, value in rows]


def _text(figure: Decimal) -> str:
    text = f"{figure:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"

"""What stands beside the form of a promotion: the program in words, what is odd about it, and a worked bill."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from chains.models import Chain
from chains.spaces import ChainRequest
from loyalty.example_bills.forms import ExampleForm, asked_by
from loyalty.example_bills.shown import shown_bill
from loyalty.example_bills.worked import worked_bill
from loyalty.programs.forms import missing_in
from loyalty.promotions.drafts import Draft
from loyalty.promotions.forms import PromotionForm
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.rules import terms as rules

#: What a draft can do without.
NOT_NEEDED = frozenset({"name", "card_types", "__all__"})


def draft_in(form: PromotionForm) -> Draft:
    """The draft that was posted; the form is bound, and nothing of it is saved."""
    chain = form.chain
    wrong = {name: errors for name, errors in form.errors.items() if name not in NOT_NEEDED}
    promotion = Promotion(pk=form.promotion.pk if form.promotion else None, chain=chain)
    types = list(form.cleaned_data.get("card_types") or ())
    if not form.chosen_kind or wrong:
        missing = missing_in(form, NOT_NEEDED) if form.chosen_kind else []
        return Draft(chain, form.promotion, None, types, missing)
    return Draft(chain, form.promotion, PromotionTerms(promotion=promotion, **form.choices), types)


def pane(request: ChainRequest, draft: Draft, beside: Sequence[Promotion] = ()) -> dict[str, Any]:
    """The context of the pane; ``beside`` are promotions that the card carries, which act on the bill too."""
    today = request.chain.local_date(timezone.now())
    context: dict[str, Any] = {
        "sentences": draft.sentences,
        "missing": draft.missing,
        "nothing_in_words": _(
            "Choose what it gives and how much. Here the program then stands in words, with a worked bill."
        ),
        "warnings": draft.warnings(today),
        "example": None,
        "bills": [],
    }
    promotion = draft.as_rules()
    if promotion is None:
        return context
    price = _unit_price(request.chain, promotion)
    example = ExampleForm(request.POST, chain=request.chain, asked=asked_by(promotion), unit_price=price)
    context["example"] = example
    if story := example.story:
        others = [each.as_rules() for each in beside]
        worked = worked_bill(
            promotion, draft.card_type_as_rules(), story, places=request.chain.places, today=today, beside=others
        )
        names = {each.pk: each.name for each in beside}
        context["bills"] = [(_("A worked bill"), shown_bill(worked, promotion, request.chain, names))]
    return context


def _unit_price(chain: Chain, promotion: rules.Promotion) -> Decimal | None:
    """What the service costs whose units are counted, the one that the worked bill is about."""
    if promotion.picked_by is not rules.PickedBy.UNITS_PAID:
        return None
    listed = chain.items.filter(pk__in=promotion.scopes.services.items).order_by("pk")
    return listed.values_list("price", flat=True).first()

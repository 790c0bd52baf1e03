"""Why money is taken off a visit, or counts on another day or elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy

from loyalty.rules.money import ZERO
from visits.changes.services import LONGEST_REASON
from visits.models import Visit
from visits.window.fields import PaneForm, text_field
from visits.window.page import Page
from visits.window.pane import Area, Pane


class ReasonForm(PaneForm):
    reason = text_field(gettext_lazy("Why is money taken off?"), "", maxlength=str(LONGEST_REASON))


@dataclass(frozen=True)
class ShownReason:
    """``taken_off`` is by how much less money the page would record than the visit does, 0 or more."""

    taken_off: Decimal


def _show(page: Page) -> ShownReason | None:
    taken_off = _taken_off(page)
    is_asked = bool(taken_off) or _moves_money(page) or bool(page.typed.text("reason"))
    return ShownReason(taken_off) if is_asked else None


def _taken_off(page: Page) -> Decimal:
    if not page.settlement.is_whole:
        return ZERO
    paid = sum((amount for _method, amount in page.settlement.payments), ZERO)
    return max(ZERO, _recorded(page.visit) - paid)


def _recorded(visit: Visit | None) -> Decimal:
    """The money on the visit as it was saved last, whatever it pays."""
    return sum((payment.amount for payment in visit.payments.all()), ZERO) if visit else ZERO


def _moves_money(page: Page) -> bool:
    """Whether money that was taken would count on another day or elsewhere."""
    visit, plan = page.visit, page.plan
    if visit is None or not _recorded(visit):
        return False
    return (plan.starts_on, plan.location_id) != (visit.starts_on, visit.location_id)


PANE = Pane(name="reason", area=Area.PAY, template="visits/window/reason.html", fields=ReasonForm, show=_show)

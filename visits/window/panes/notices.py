"""What is to know of the visit before anything is typed: that it is closed or cancelled, what saving takes back."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.rules.plan import Status
from visits.models import Cancellation, VisitPayment
from visits.undoing import Undoing, undoing_of
from visits.window.page import Page
from visits.window.pane import Area, Pane


@dataclass(frozen=True)
class Notices:
    """``cancellation`` says why a visit was cancelled, while it is; ``handed_back`` is money that saving would free.

    ``to_hand_back`` is the money on a visit that is saved as one that does not take place.
    """

    cancellation: Cancellation | None
    undoing: Undoing | None
    handed_back: list[VisitPayment]
    to_hand_back: list[VisitPayment]


def _show(page: Page) -> Notices:
    return Notices(_cancellation(page), _undoing(page), _handed_back(page), _to_hand_back(page))


def _cancellation(page: Page) -> Cancellation | None:
    if page.visit is None or page.visit.status != Status.CANCELLED:
        return None
    return page.visit.cancellations.select_related("cancelled_by").order_by("pk").last()


def _undoing(page: Page) -> Undoing | None:
    """What leaving *arrived* would take back; what an edit changes stands under the bill."""
    if page.visit is None or not page.is_fixed or str(page.status) == Status.ARRIVED:
        return None
    return undoing_of(visit=page.visit, chain=page.chain, at=page.turn.at)


def _handed_back(page: Page) -> list[VisitPayment]:
    """The money on a visit that is taken back from *arrived*, or that will not take place."""
    visit, status = page.visit, str(page.status)
    is_taken_back = page.is_fixed and status != Status.ARRIVED
    is_over = status == Status.NO_SHOW and visit is not None and visit.status != Status.NO_SHOW
    return list(visit.payments.all()) if visit and (is_taken_back or is_over) else []


def _to_hand_back(page: Page) -> list[VisitPayment]:
    visit = page.visit
    stays_off = visit is not None and visit.to_hand_back and page.to_hand_back is not None
    return list(visit.payments.all()) if visit and stays_off else []


PANE = Pane(name="notices", area=Area.NOTES, template="visits/window/notices.html", show=_show)

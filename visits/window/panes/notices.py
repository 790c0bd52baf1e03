"""What is to know of the visit before anything is typed: that it is closed or cancelled, what saving takes back."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.rules.plan import Status
from visits.models import Cancellation, VisitPayment
from visits.shown_corrections import ShownCorrection
from visits.window.page import Page
from visits.window.pane import Area, Pane
from visits.window.panes.correction import shown_of


@dataclass(frozen=True)
class Notices:
    """``cancellation`` says why a visit was cancelled, while it is; ``correction`` what another status takes back.

    ``to_hand_back`` is the money on a visit that is saved as one that does not take place.
    """

    cancellation: Cancellation | None
    correction: ShownCorrection | None
    to_hand_back: list[VisitPayment]


def _show(page: Page) -> Notices:
    is_taken_back = page.status is not Status.ARRIVED
    return Notices(_cancellation(page), shown_of(page) if is_taken_back else None, _to_hand_back(page))


def _cancellation(page: Page) -> Cancellation | None:
    if page.visit is None or page.visit.status != Status.CANCELLED:
        return None
    return page.visit.cancellations.select_related("cancelled_by").order_by("pk").last()


def _to_hand_back(page: Page) -> list[VisitPayment]:
    visit = page.visit
    stays_off = visit is not None and visit.to_hand_back and page.to_hand_back is not None
    return list(visit.payments.all()) if visit and stays_off else []


PANE = Pane(name="notices", area=Area.NOTES, template="visits/window/notices.html", show=_show)

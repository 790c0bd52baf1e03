"""What saving an edit of a visit changes, before and after: the bill's figures, and what cards hold."""

from __future__ import annotations

from chains.refusals import Refusal
from loyalty.rules.plan import Status
from visits.corrections import correction_of, correction_refusal
from visits.shown_corrections import ShownCorrection, shown_correction
from visits.window.page import Computed, Page
from visits.window.pane import Area, Pane


def _show(page: Page) -> ShownCorrection | None:
    """Under the bill, where something of it is changed; what leaving *arrived* takes back is said on top."""
    return shown_of(page) if page.is_fixed and page.status is Status.ARRIVED else None


def shown_of(page: Page) -> ShownCorrection | None:
    """None where nothing changes, and while the page could not be saved as it is."""
    visit = page.visit
    if visit is None or page.is_stale or page.form.mistakes:
        return None
    return shown_correction(correction_of(visit=visit, plan=page.plan, preview=page.preview), page.chain)


def _problems(computed: Computed) -> list[Refusal]:
    """Told before anything is pressed; what the rules refuse stands in the way first."""
    visit = computed.subject.visit
    if visit is None or computed.settlement.problems:
        return []
    refusal = correction_refusal(visit=visit, plan=computed.plan, preview=computed.preview)
    return [computed.read.placed(refusal)] if refusal else []


PANE = Pane(name="correction", area=Area.BILL, template="visits/correction.html", problems=_problems, show=_show)

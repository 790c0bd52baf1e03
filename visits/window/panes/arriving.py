"""That the guest of a visit in advance has arrived, said where something is paid already."""

from __future__ import annotations

from loyalty.rules.plan import Status
from visits.window.page import Page
from visits.window.pane import Area, Button, Pane
from visits.window.typed import Typed


def arrived(typed: Typed, _value: str = "") -> Typed:
    return typed.with_texts(status=Status.ARRIVED)


def _show(page: Page) -> bool | None:
    """None while there is nothing to say: nobody is expected, or nothing would be paid."""
    has_amounts = any(row.get("amount") for rows in page.typed.rows.values() for row in rows)
    return True if page.is_expected and has_amounts else None


PANE = Pane(
    name="arriving",
    area=Area.PAY,
    template="visits/window/arriving.html",
    buttons={"arrive": Button(arrived, focus="save")},
    show=_show,
)

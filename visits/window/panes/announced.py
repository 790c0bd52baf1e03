"""The figures that a screen reader announces after each answer."""

from __future__ import annotations

from visits.window.page import Page
from visits.window.pane import Area, Pane
from visits.window.panes.payments import ShownCash, shown_cash


def _show(page: Page) -> dict[str, ShownCash | None]:
    return {"cash": shown_cash(page)}


PANE = Pane(name="announced", area=Area.ANNOUNCED, template="visits/window/announced.html", show=_show)

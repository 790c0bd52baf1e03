"""The points that the visit gives, or why it gives none."""

from __future__ import annotations

from visits.window.accruals import ShownAccrual, shown_accrual, tells_gives
from visits.window.page import Page
from visits.window.pane import Area, Pane
from visits.window.panes.referral import gift_of


def _show(page: Page) -> list[ShownAccrual] | None:
    """What the guest's cards get, then the inviter."""
    if not tells_gives(page):
        return None
    cards = page.known.cards
    shown = [
        shown_accrual(str(cards[each.card_id].card_type), each, page)
        for each in page.settlement.accruals
        if each.card_id in cards
    ]
    gift = gift_of(page)
    return [*shown, gift] if gift else shown or None


PANE = Pane(name="gives", area=Area.GUEST, template="visits/window/gives.html", show=_show)

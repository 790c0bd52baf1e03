"""The points that the visit gives, or why it gives none."""

from __future__ import annotations

from collections import Counter

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from config.ui.figures import format_points
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from visits.models import Visit
from visits.window.accruals import ShownAccrual, shown_accrual, tells_gives
from visits.window.page import Entry, Page
from visits.window.pane import Area, Pane
from visits.window.panes.referral import gift_of


def _show(page: Page) -> list[ShownAccrual] | None:
    """What the guest's cards get, then the inviter."""
    if not tells_gives(page):
        return None
    cards = page.known.cards
    given = [each for each in page.settlement.accruals if each.card_id in cards]
    count = Counter(each.card_id for each in given)
    shown = [
        shown_accrual(str(cards[each.card_id].card_type), each, page, is_named=count[each.card_id] > 1)
        for each in given
    ]
    gift = gift_of(page)
    return [*shown, gift] if gift else shown or None


def _said(entry: Entry, saved: Visit) -> str:
    """What the guest earned, card by card."""
    if not saved.settled_at or saved.client_id is None:
        return ""
    rows = Transaction.objects.of_visit(saved.pk).standing().filter(client=saved.client_id)
    earned = rows.filter(kind=TransactionKind.PROMOTION_ACCRUAL).order_by("pk").values_list("amount", flat=True)
    points = [format_points(amount, entry.chain.currency) for amount in earned]
    return _("%(points)s points earned.") % {"points": get_text_list(points, _("and"))} if points else ""


PANE = Pane(name="gives", area=Area.GUEST, template="visits/window/gives.html", show=_show, said=_said)

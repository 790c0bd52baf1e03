"""What a guest holds of all kinds, on the first page of the client: figures side by side, each with its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from chains.spaces import Space
from chains.uses import Room
from clients.models import Client
from config.ui.figures import format_money, format_points
from loyalty.accounts.held import HeldTogether
from loyalty.accounts.models import Account
from loyalty.client_pages.reading import HeldCard
from loyalty.gift_cards.models import OWED
from loyalty.ledger.kinds import LedgerUnit
from loyalty.ledger.shown import quantity_in_words
from loyalty.memberships.models import Membership, MembershipCounter
from loyalty.memberships.worth import OWED_STATUSES
from loyalty.rules.money import ZERO


@dataclass(frozen=True)
class HeldFigure:
    """What is held of one kind, 0 or more, written in its unit, and where each row of it is."""

    label: str
    amount: Decimal
    written: str
    url: str


def held_figures(client: Client, cards: Iterable[HeldCard], *, space: Space, today: date) -> list[HeldFigure]:
    """Points, gift cards, accounts and what is owed on credit, of the rooms that the chain uses; none without rooms."""
    currency, uses = client.chain.currency, space.access.uses
    if not any(map(uses, Room)):
        return []

    def page(name: str) -> str:
        return space.page(f"loyalty_clients:{name}", client.pk)

    points = sum((each.holding.available for each in cards if not each.card.is_blocked), ZERO)
    found = [HeldFigure(_("Points to spend"), points, format_points(points, currency), page("rows"))]
    money: list[tuple[str, Decimal, str]] = []
    if uses(Room.GIFT_CARDS):
        maybe = client.chain.gift_cards.maybe_of([client.pk]).with_status(today).with_holding()
        amount = maybe.filter(Q(held_by_id=client.pk)).aggregate(owed=OWED)["owed"]
        money.append((_("On gift cards"), amount, page("gift_cards")))
    if uses(Room.ACCOUNTS):
        together = HeldTogether.of(Account.objects.filter(client=client))
        money.append((_("On accounts"), together.held, page("accounts")))
        if together.owed:
            money.append((_("Owed by the guest"), together.owed, page("accounts")))
    if uses(Room.MEMBERSHIPS):
        left = _visits_left(client, today)
        found.append(
            HeldFigure(
                _("Left on memberships"),
                left,
                quantity_in_words(LedgerUnit.VISITS, left, currency),
                page("memberships"),
            )
        )
    return [*found, *(HeldFigure(label, amount, format_money(amount, currency), url) for label, amount, url in money)]


def _visits_left(client: Client, today: date) -> Decimal:
    """Visits that the client's memberships have left which can be used, or will be."""
    usable = Membership.objects.filter(client=client).with_status(today).filter(Q(status__in=OWED_STATUSES))
    counters = MembershipCounter.objects.exclude(count=None).filter(membership__in=usable.values("pk"))
    left: Decimal = counters.aggregate(left=Sum("holder__balance", default=ZERO))["left"]
    return left

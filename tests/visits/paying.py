"""What the tests of paying with gift cards and accounts do in a window, and look at afterwards."""

from __future__ import annotations

from decimal import Decimal

from chains.models import User
from clients.models import Client
from loyalty.ledger.models import Holder, Transaction
from tests.visits.conftest import Salon
from tests.visits.window import Window, new_window

CODE, OTHER_CODE = "AB34 CD67 EF9A GH4C", "KM34 NP67 QR9A TU4C"
UNKNOWN = "The chain has no gift card of this code. Type it again, as it stands on the card."


def bill(salon: Salon, guest: Client | None = None, user: User | None = None) -> Window:
    """The window of a guest, Nina at first, with a haircut of 60.00."""
    window = new_window(user or salon.desk, salon.location, guest or salon.nina)
    return window.post(add_item=str(salon.haircut.pk))


def add_code(window: Window, code: str) -> Window:
    return window.fill(code=code).press("add_code", "")


def field_of(window: Window, holder: int, pane: str = "gift_cards") -> str:
    """The name of the amount of a holder; an error where the page has no row of it."""
    key = {"gift_cards": "gift_card", "accounts": "account"}[pane]
    keys = {name: text for name, text in window.fields.items() if name.startswith(pane) and name.endswith(f"-{key}")}
    found = next(name for name, text in keys.items() if text == str(holder))
    return f"{found.rpartition('-')[0]}-amount"


def amount(window: Window, holder: int, pane: str = "gift_cards") -> str:
    return window.fields[field_of(window, holder, pane)]


def pay(window: Window, holder: int, amount: str, pane: str = "gift_cards") -> Window:
    """Type an amount."""
    return window.fill(**{field_of(window, holder, pane).replace("-", "__"): amount})


def beside(window: Window, holder: int, pane: str = "gift_cards") -> str:
    """The sentence beside the amount."""
    return window.error(field_of(window, holder, pane))


def lists(window: Window, holder: int) -> bool:
    """Whether the page has a row of the gift card."""
    return str(holder) in {text for name, text in window.fields.items() if name.endswith("-gift_card")}


def balance(holder: int) -> Decimal | int:
    return Holder.objects.get(pk=holder).balance


def rows(holder: int) -> list[tuple[str, Decimal]]:
    """What visits did to it, the oldest first."""
    found = Transaction.objects.filter(holder=holder, visit__isnull=False).order_by("pk")
    return list(found.values_list("kind", "amount"))

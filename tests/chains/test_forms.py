"""Every form that writes: sent twice it counts once, and where it edits it knows what it was made from.

The addresses come from the resolver, so a new form is looked at here without being named, or has to say why not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chains.models import Submission
from loyalty.gift_cards.models import GiftCard, GiftCardRecipient
from loyalty.ledger.models import Transaction
from loyalty.memberships.freezes import freeze
from loyalty.memberships.models import Membership
from tests.cast import PROGRAM, Cast
from tests.chains.test_access import OF_A_SPACE, objects_at, visitor
from tests.chains.test_submissions import AUTUMN
from tests.markup import Markup, values_of
from tests.pages import fill, text_of
from tests.tables import rows_of_tables

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

#: Forms without a key, by the end of their names: doing it twice is doing it once, or keeps nothing.
TWICE_IS_ONCE = (
    "_archive",
    "_restore",
    "_suspend",
    "_block",
    "_unblock",
    "_delete",
    ":messages_again",
    ":try",
    ":gift_card_look_up",
    ":file",
)

#: Forms that make something new, so that nobody can have changed meanwhile what they were made from.
MAKE_NEW = (
    *("new", "_issue", "_accrue", "_write_off", "_undo", ":guest", ":walk_in", ":sell", ":start"),
    *("_open_account", "_top_up", "_pay_out", "_adjust_account", "_card_adjust", "_card_letter"),
    *("_membership_adjust", "_freeze", "_unfreeze", "_membership_give"),
)

EIGHT = {"counters-0-services": "{item_id}", "counters-0-count": "8"}
#: What is typed into each form, with what the cast has by the names of their ids; those of visits are sent in
#: tests/visits, by the buttons of their pages.
TYPED: dict[str, dict[str, Any]] = {
    "chains_settings:location_new": {"name": "Garden"},
    "chains_settings:location_edit": {"name": "Centre"},
    "chains_settings:user_new": {"email": "ida@example.com", "name": "Ida", "where": "all"},
    "chains_settings:user_edit": {"role": "manager"},
    "chains_general:general": {"notice_hour": "11"},
    "catalog:item_new": {"name": "Wax", "price": "10"},
    "catalog:item_edit": {"price": "31"},
    "catalog:category_new": {"name": "Nails"},
    "catalog:category_edit": {"name": "Hair care"},
    "clients:chain_edit": {"comment": "Tea"},
    "clients:location_edit": {"comment": "Tea"},
    "loyalty:start": {"percent": "6"},
    "lists:chain_view_edit": {"name": "Ours"},
    "lists:location_view_edit": {"name": "Ours"},
    "loyalty:promotion_new": {**AUTUMN, "name": "Spring"},
    "loyalty:promotion_edit": {"value": "11"},
    "loyalty:card_type_new": {"name": "Gold"},
    "loyalty:card_type_edit": {"limit_percent": "30"},
    "loyalty:gift_card_type_new": {"name": "Autumn", "par_least": "50"},
    "loyalty:gift_card_type_edit": {"write_off": "single"},
    "loyalty:membership_type_new": {"name": "Five visits", "price": "200", "lasts_count": "6", **EIGHT},
    "loyalty:membership_type_edit": {"freeze_days": "7"},
    "loyalty:account_type_new": {"name": "Company account"},
    "loyalty:account_type_edit": {"credit": "50"},
    "loyalty:referral_program": {"state": "off"},
    "loyalty:referral_location": {"state": "off"},
    "loyalty_clients:chain_new": {"name": "Nora New"},
    "loyalty_clients:location_new": {"name": "Nora New"},
    "loyalty_clients:chain_issue": {},
    "loyalty_clients:location_issue": {},
    "loyalty_clients:chain_accrue": {"amount": "1", "comment": "Sorry"},
    "loyalty_clients:location_accrue": {"amount": "1", "comment": "Sorry"},
    "loyalty_clients:chain_write_off": {"amount": "1", "comment": "Mistake"},
    "loyalty_clients:location_write_off": {"amount": "1", "comment": "Mistake"},
    "loyalty_clients:chain_open_account": {"opening_balance": "5"},
    "loyalty_clients:location_open_account": {"opening_balance": "5"},
    "loyalty_clients:chain_top_up": {"amount": "25", "method": "cash"},
    "loyalty_clients:location_top_up": {"amount": "25", "method": "cash"},
    "loyalty_clients:chain_pay_out": {"amount": "25", "method": "cash"},
    "loyalty_clients:location_pay_out": {"amount": "25", "method": "cash"},
    "loyalty_clients:chain_adjust_account": {"amount": "-5", "comment": "Counted anew"},
    "loyalty_clients:location_adjust_account": {"amount": "-5", "comment": "Counted anew"},
    "loyalty_clients:chain_undo": {},
    "loyalty_clients:location_undo": {},
    "loyalty_clients:chain_gift_card_adjust": {"amount": "1", "comment": "Sorry"},
    "loyalty_clients:location_gift_card_adjust": {"amount": "1", "comment": "Sorry"},
    "loyalty_clients:chain_gift_card_letter": {},
    "loyalty_clients:location_gift_card_letter": {},
    "loyalty_clients:chain_membership_adjust": {"amount": "1", "comment": "Sorry"},
    "loyalty_clients:location_membership_adjust": {"amount": "1", "comment": "Sorry"},
    "loyalty_clients:chain_membership_last_day": {"last_on": "2100-01-01", "last_on_reason": "Sorry"},
    "loyalty_clients:location_membership_last_day": {"last_on": "2100-01-01", "last_on_reason": "Sorry"},
    "loyalty_clients:chain_membership_freeze": {"first_on": "2099-01-01", "last_on": "2099-01-07"},
    "loyalty_clients:location_membership_freeze": {"first_on": "2099-01-01", "last_on": "2099-01-07"},
    "loyalty_clients:chain_membership_unfreeze": {},
    "loyalty_clients:location_membership_unfreeze": {},
    "loyalty_clients:chain_membership_give": {"phone": "+4915112345615", "shown_to": "Rosa Rows"},
    "loyalty_clients:location_membership_give": {"phone": "+4915112345615", "shown_to": "Rosa Rows"},
    "loyalty_clients:chain_gift_card_last_day": {"last_on": "2100-01-01", "last_on_reason": "Sorry"},
    "loyalty_clients:location_gift_card_last_day": {"last_on": "2100-01-01", "last_on_reason": "Sorry"},
}


#: Where a user signs out and chooses how the product looks.
ON_EVERY_PAGE = {reverse("account_logout"), reverse("chains:theme")}


class _PostForms(Markup):
    """The fields of each form of a page that is posted, by name; not of those that stand on every page."""

    def __init__(self) -> None:
        self.found: list[dict[str, str]] = []
        self.fields: dict[str, str] | None = None

    def begin(self, tag: str, written: str) -> None:
        values = {name: value or "" for name, value in values_of(written).items()}
        if tag == "form" and values.get("method") == "post" and values.get("action") not in ON_EVERY_PAGE:
            self.fields = {}
            self.found.append(self.fields)
        elif self.fields is not None and "name" in values:
            self.fields[values["name"]] = values.get("value", "")

    def end(self, tag: str) -> None:
        self.fields = None if tag == "form" else self.fields


def forms_of(page: Response) -> list[dict[str, str]]:
    if page.status_code != 200 or page.streaming or not page["Content-Type"].startswith("text/html"):
        return []
    parser = _PostForms()
    parser.feed(page.content.decode())
    return parser.found


def objects_of(cast: Cast) -> dict[str, int]:
    """One of everything; the client has points, the gift card somebody to tell, the membership is frozen today."""
    objects = objects_at(cast.center)
    for gift_card in GiftCard.objects.filter(recipient=None):
        GiftCardRecipient.objects.create(gift_card=gift_card, email="rosa@example.com")
    now = timezone.now()
    membership, today = Membership.objects.get(pk=objects["membership_id"]), cast.aurora.local_date(now)
    freeze(membership=membership, first_on=today, last_on=today, at=now, acting_user=PROGRAM)
    return {**objects, "client_id": Transaction.objects.get(pk=objects["row_id"]).client_id or 0}


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def opened(client: Client, place: str) -> Response:
    with undone():
        return client.get(place)


def test_every_form_carries_a_key_and_an_edit_the_version_it_was_made_from(cast: Cast) -> None:
    objects, owner, sent = objects_of(cast), visitor(cast.owner), set()
    for address in OF_A_SPACE:
        for form in forms_of(opened(owner, address.of_cast(cast, **objects))):
            if address.name.endswith(TWICE_IS_ONCE):
                assert "key" not in form, f"{address} needs no reason to have none"
                continue
            assert form.get("key"), f"{address} carries no key"
            if not address.name.endswith(MAKE_NEW):
                assert form.get("seen") or form.get("version"), f"{address} carries no version"
            sent.add(address.name)
    assert {name for name in sent if not name.startswith("visits:")} == set(TYPED)


def test_the_same_form_sent_twice_counts_once(cast: Cast) -> None:
    objects, owner = objects_of(cast), visitor(cast.owner)
    for address in OF_A_SPACE:
        if address.name in TYPED:
            with undone():
                typed = {name: str(text).format(**objects) for name, text in TYPED[address.name].items()}
                send_twice(owner, address.of_cast(cast, **objects), typed)


def send_twice(client: Client, place: str, texts: dict[str, Any]) -> None:
    typed = fill(client.get(place), **texts)
    before = rows_of_tables()
    first = client.post(place, typed)
    assert first.status_code == 302, f"{place}: {text_of(first)}"
    assert Submission.objects.latest("pk").result_id, f"{place} keeps nothing of its key"
    after = rows_of_tables()
    assert changed(before, after) - {Submission._meta.db_table}, f"{place} wrote nothing"
    assert client.post(place, typed)["Location"] == first["Location"]
    assert not changed(after, rows_of_tables()), f"{place} wrote twice"


def changed(before: dict[str, int], after: dict[str, int]) -> set[str]:
    """The tables that have another number of rows; an edit of what keeps its history adds an event."""
    return {table for table in after if after[table] != before[table]}

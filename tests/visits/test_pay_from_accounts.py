"""Client accounts pay in the visit window, on credit too, and are topped up there at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from chains.access import Role
from loyalty.accounts.models import Account
from loyalty.accounts.services import block_account
from loyalty.ledger.models import HandedMoney, Transaction
from tests.cast import make_access
from tests.pages import text_of
from tests.programs import make_account, make_account_type, make_client, make_item
from tests.visits.conftest import Salon
from tests.visits.paying import amount, balance, beside, bill, field_of, pay, rows
from tests.visits.window import Window, new_window
from visits.changes.kinds import ChangeKind
from visits.models import Visit

pytestmark = pytest.mark.django_db

PAYMENT = "account_payment"
USE = "use_account"


def opened(salon: Salon, on_it: str = "40", credit: str = "0", **choices: Any) -> Account:
    return make_account(salon.nina, make_account_type(salon.cast.aurora, credit=credit, **choices), on_it)


def use(window: Window, account: Account) -> Window:
    return window.press(USE, account.holder_id)


def paid(window: Window, account: Account) -> str:
    return amount(window, account.holder_id, "accounts")


def test_an_account_pays_the_most_and_says_what_is_on_it_afterwards(salon: Salon) -> None:
    account = opened(salon)
    window = bill(salon)
    assert "House account" in window.content and "€40.00 on it" in window.content
    assert paid(use(window, account), account) == "40.00"
    assert "of at most €40.00 (all that may be used of it)" in window.content
    assert "€0.00 left after this visit" in window.content
    assert "House account Client account −€40.00" in window.content
    assert window.totals == "Due €60.00, left to pay €20.00."
    window.press("pay_the_rest", "cash").save().follow()
    assert "€0.00 is on House account now." in window.content
    assert (rows(account.holder_id), balance(account.holder_id)) == ([(PAYMENT, Decimal(-40))], 0)
    visit = Visit.objects.get()
    assert visit.paid == 60 and not visit.left
    receipt = text_of(window.browser.get(reverse("visits:receipt", args=[salon.location.slug, visit.pk])))
    assert "Client account House account 40.00" in receipt and "Left on it after this visit€0.00" in receipt
    assert "Client account 40.00" in text_of(window.browser.get(reverse("visits:day", args=[salon.location.slug])))


def test_credit_is_shown_as_what_may_still_be_used(salon: Salon) -> None:
    account = opened(salon, "40", credit="30")
    window = bill(salon)
    assert "€40.00 on it" in window.content and "may use up to €70.00" in window.content
    use(window, account).save().follow()
    assert balance(account.holder_id) == -20
    again = bill(salon)
    assert "−€20.00 on it" in again.content and "may use up to €10.00" in again.content
    pay(again, account.holder_id, "10.01", "accounts").save()
    assert beside(again, account.holder_id, "accounts") == "At most €10.00 can be paid with it here. Type that or less."
    assert paid(again, account) == "10.01" and balance(account.holder_id) == -20


def test_what_keeps_an_account_from_paying_is_said(salon: Salon) -> None:
    account = opened(salon)
    window = use(bill(salon), account)
    block_account(account=account, reason="Lost", at=timezone.now())
    window.save()
    blocked = "The account is blocked. Use another one, or let it pay nothing here."
    assert beside(window, account.holder_id, "accounts") == blocked
    assert "The account is blocked." in bill(salon).content and not bill(salon).has_button(USE, account.holder_id)
    elsewhere = make_account_type(salon.cast.aurora, "Harbour", locations=[salon.cast.harbour.pk])
    make_account(salon.anna, elsewhere, "50")
    assert "The account does not pay at this location." in bill(salon, salon.anna).content
    assert not Visit.objects.exists()


def test_nothing_is_told_of_another_guests_account(salon: Salon) -> None:
    account = make_account(salon.anna, make_account_type(salon.cast.aurora, "Secret"), "777")
    forged = {"accounts-TOTAL_FORMS": "1", "accounts-0-account": str(account.holder_id), "accounts-0-amount": "5"}
    window = bill(salon).post(**forged, save="1")
    said = "The account belongs to another client. Only its owner pays with it."
    assert beside(window, account.holder_id, "accounts") == said
    assert "Secret" not in window.content and "777" not in window.content
    window.press("take_back_account", account.holder_id).press("pay_the_rest", "cash").save().follow()
    assert balance(account.holder_id) == 777


def test_nobody_pays_from_an_account(salon: Salon) -> None:
    account = opened(salon)
    salon.location.bills_without_guest = True
    salon.location.save()
    window = use(bill(salon), account)
    window.press("change_guest").press("without_guest")
    assert "House account" not in window.content and window.totals == "Due €60.00, left to pay €60.00."
    window.press("pay_the_rest", "cash").save().follow()
    assert balance(account.holder_id) == 40


def test_changes_say_which_account_paid_how_much(salon: Salon) -> None:
    account = opened(salon)
    window = bill(salon).save().follow()
    use(window, account).save().follow()
    assert Visit.objects.get().changes.latest("version").kinds == [ChangeKind.ACCOUNTS]
    assert "Client account House account" in window.content
    pay(window, account.holder_id, "15", "accounts").press("pay_the_rest", "cash").save().follow()
    assert rows(account.holder_id) == [(PAYMENT, Decimal(-40)), (PAYMENT, Decimal(40)), (PAYMENT, Decimal(-15))]


def test_what_is_left_counts_what_the_same_bill_puts_on_the_account(salon: Salon) -> None:
    account = opened(salon)
    window = use(bill(salon).save().follow(), account).press("sell", f"top_up:{account.pk}")
    window.fill(value__0__amount="30").press("recalculate")
    assert "€0.00 left after this visit" in window.content
    assert "€30.00 left after this visit" in window.press("pay_the_rest", "cash").content
    window.save().follow()
    assert balance(account.holder_id) == 30 and "€30.00 left after this visit" in window.content
    assert "Top-up: – → €30.00" in window.content


# Topped up at once
# ----------------------------------------------------------------------------


def top_up(window: Window, account: Account, **texts: str) -> Window:
    usual = {"top_up_account": str(account.pk), "top_up_amount": "100", "top_up_method": "card", "top_up_comment": "Hi"}
    return window.post(top_up="1", **{**usual, **texts})


def test_an_account_is_topped_up_and_the_bill_stays_as_it_was_typed(salon: Salon) -> None:
    account = opened(salon, "0")
    window = top_up(bill(salon), account)
    assert "House account was topped up with €100.00; €100.00 is on it now." in window.content
    assert window.fields["top_up_amount"] == "" and window.totals == "Due €60.00, left to pay €60.00."
    handed = HandedMoney.objects.get()
    assert (handed.method, handed.transaction.location) == ("card", salon.location)
    assert handed.transaction.comment.text == "Hi"
    use(window, account).save().follow()
    assert balance(account.holder_id) == 40


def test_only_accounts_that_work_here_are_offered(salon: Salon) -> None:
    account = opened(salon, locations=[salon.cast.harbour.pk])
    elsewhere, here = bill(salon), new_window(salon.cast.owner, salon.cast.harbour, salon.nina)
    assert here.has_button("top_up") and here.has_button("sell", f"top_up:{account.pk}")
    assert not elsewhere.has_button("top_up") and not elsewhere.has_button("sell", f"top_up:{account.pk}")


def test_a_form_that_is_sent_twice_tops_up_once(salon: Salon) -> None:
    account, window = opened(salon, "0"), bill(salon)
    key = window.fields["hand_key"]
    for _time in range(2):
        top_up(window, account, hand_key=key)
    assert balance(account.holder_id) == 100


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("top_up_amount", "0", "Type an amount above zero with at most 2 decimals."),
        ("top_up_amount", "-5", "Type an amount above zero with at most 2 decimals."),
        ("top_up_amount", "1.0051", "Type an amount above zero with at most 2 decimals."),
        ("top_up_amount", "", "Type an amount above zero with at most 2 decimals."),
        ("top_up_comment", "x" * 501, "Type at most 500 characters."),
    ],
)
def test_what_cannot_be_topped_up_is_refused_beside_its_field(salon: Salon, field: str, text: str, said: str) -> None:
    account = opened(salon, "0")
    window = top_up(bill(salon), account, **{field: text})
    assert (window.error(field), window.fields[field]) == (said, text)
    assert not Transaction.objects.filter(holder=account.holder_id).exists()


def test_only_the_guests_own_account_is_topped_up_by_a_method_that_there_is(salon: Salon) -> None:
    account = opened(salon, "0")
    other = make_account(salon.anna, account.account_type)
    for choices in ({"top_up_account": str(other.pk)}, {"top_up_account": "x"}, {"top_up_method": "gold"}):
        window = top_up(bill(salon), account, **choices)
        assert window.mistakes and not HandedMoney.objects.exists()


def test_a_top_up_that_was_typed_but_not_done_keeps_the_visit_from_being_saved(salon: Salon) -> None:
    opened(salon)
    window = bill(salon).fill(top_up_amount="5").save()
    assert window.error("top_up_amount").startswith("This was typed but the account was not topped up.")
    assert not Visit.objects.exists()


@pytest.mark.parametrize(("currency", "on_it"), [("JPY", "4500"), ("KWD", "4.505")])
def test_other_currencies_have_their_own_decimals(salon: Salon, currency: str, on_it: str) -> None:
    chain, north = salon.cast.borealis, salon.cast.north
    chain.currency = currency
    chain.save()
    make_access(salon.desk, chain, Role.FRONT_DESK)
    guest = make_client(north, "Ken", "+49 151 1234 5650")
    account = make_account(guest, make_account_type(chain), "0")
    window = new_window(salon.desk, north, guest).post(add_item=str(make_item(chain, "Cut", "9000").pk))
    use(top_up(window, account, top_up_amount=on_it), account)
    assert paid(window, account) == on_it
    assert field_of(window, account.holder_id, "accounts")
    window.press("pay_the_rest", "cash").save().follow()
    assert balance(account.holder_id) == 0

"""What is done to the guest's cards from within the visit window, while the visit is open and unsaved."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from chains.access import ROLE_RIGHTS, Right, Role
from loyalty.cards.models import Card
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from tests.programs import make_card_type, make_visit
from tests.visits.conftest import Salon
from tests.visits.window import Window, new_window, two_ways, window_of
from visits.models import Visit

pytestmark = pytest.mark.django_db


def with_haircut(salon: Salon, *, by: str = "manager", guest: str = "boris") -> Window:
    """A window that is half filled: what is done by hand must leave it so."""
    window = new_window(getattr(salon, by), salon.location, getattr(salon, guest))
    return window.post(add_item=str(salon.haircut.pk)).fill(payments__1__amount="20")


def is_half_filled(window: Window) -> bool:
    return (window.fields["lines-0-quantity"], window.fields["payments-1-amount"]) == ("1", "20")


def written() -> list[tuple[str, Decimal]]:
    return list(Transaction.objects.order_by("pk").values_list("kind", "amount"))


# Issuing a card
# ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("acts_from", "offered", "told"),
    [
        ("next_visit", "Gold card – acts from the next visit", "It acts from the next visit on."),
        ("at_once", "Gold card – acts on this visit already", "It acts on this visit already."),
    ],
)
def test_a_card_is_issued_on_the_spot(acts_from: str, offered: str, told: str, salon: Salon) -> None:
    gold = make_card_type(salon.cast.aurora, "Gold card", [salon.discount], acts_from=acts_from)
    window = with_haircut(salon, by="desk")
    assert offered in window.content
    window.post(date="", time="", issue_card="1", issue_type=str(gold.pk), issue_number=" G-7 ")
    card = Card.objects.get(card_type=gold)
    assert (card.client, card.number, card.issued_by) == (salon.boris, "G-7", salon.desk)
    assert window.text("hand-done") == f"Gold card G-7 was issued. {told}"
    assert is_half_filled(window) and not window.has_button("issue_card")
    assert window.has_button("apply", f"{card.pk}.{salon.discount.pk}") == (acts_from == "at_once")
    assert "Gold card – " not in window.content
    assert not Visit.objects.exists()


def test_a_card_for_a_settled_visit_acts_from_the_next_one(salon: Salon) -> None:
    gold = make_card_type(salon.cast.aurora, "Gold card", [salon.discount], acts_from="at_once")
    window = window_of(salon.desk, make_visit(salon.location, salon.anna, [salon.haircut], at=timezone.now()))
    assert "Gold card – acts from the next visit" in window.content
    window.post(issue_card="1", issue_type=str(gold.pk))
    assert window.text("hand-done").endswith(" was issued. It acts from the next visit on.")
    assert window.page.focus["id"] == "hand-done"
    assert window.content.count("acts from the next visit on.") == 2, "of the card that was issued, and on it"


def test_a_card_that_does_not_work_here_says_so(salon: Salon) -> None:
    gold = make_card_type(salon.cast.aurora, "Gold card", acts_from="at_once", locations=[salon.cast.harbour.pk])
    window = with_haircut(salon, by="desk")
    assert "Gold card – does not work here" in window.content
    window.post(issue_card="1", issue_type=str(gold.pk))
    assert window.text("hand-done").endswith(" was issued. It does not work at this location.")


def test_a_form_that_issues_a_card_counts_once(salon: Salon) -> None:
    gold = make_card_type(salon.cast.aurora, "Gold card")
    window = with_haircut(salon, by="desk")
    form = {**window.fields, "issue_card": "1", "issue_type": str(gold.pk)}
    for _ in range(2):
        window.read(window.browser.post(window.address, form))
        assert "was issued" in window.text("hand-done")
    assert Card.objects.filter(card_type=gold).count() == 1


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"issue_number": "0042"}, "issue_number", "Another card of the chain has the number 0042."),
        ({"issue_number": "9" * 41}, "issue_number", "Type a number of at most 40 characters."),
        ({"issue_type": "club"}, "issue_type", "Boris Ivanov already has an active card of the type Club card."),
        ({"issue_type": "987654"}, "issue_type", "Choose a card type."),
    ],
)
def test_a_card_that_cannot_be_issued_says_why(typed: dict[str, str], field: str, sentence: str, salon: Salon) -> None:
    gold, before = make_card_type(salon.cast.aurora, "Gold card"), Card.objects.count()
    window = with_haircut(salon, by="desk")
    typed = {"issue_type": str(gold.pk), **typed}
    typed["issue_type"] = typed["issue_type"].replace("club", str(salon.club.pk))
    window.post(issue_card="1", **typed)
    assert window.error(field).startswith(sentence)
    assert is_half_filled(window) and window.fields["issue_number"] == typed.get("issue_number", "")
    assert Card.objects.count() == before


# Points by hand
# ----------------------------------------------------------------------------


def by_hand(window: Window, salon: Salon, button: str, **typed: str) -> Window:
    card = salon.bonus_card(salon.boris)
    usual = {"hand_card": str(card.pk), "hand_amount": "5", "hand_comment": "Waited long"}
    return window.post(**{button: "1"}, **{**usual, **typed})


def test_points_are_accrued_and_written_off_beside_an_open_visit(salon: Salon) -> None:
    window = by_hand(with_haircut(salon), salon, "accrue_points", hand_amount="12,50")
    assert window.text("hand-done").startswith("12.50 points were accrued on Bonus card")
    assert "12.50 points" in window.content and "“Waited long”" not in window.text("history")
    assert "“Waited long”" in window.press("show_history").text("history")
    assert "“Waited long”" not in window.press("fold_history").text("history")
    assert is_half_filled(window) and window.fields["hand_amount"] == ""
    by_hand(window, salon, "write_off_points", hand_amount="2.5")
    assert window.text("hand-done").startswith("2.50 points were written off from Bonus card")
    assert written() == [
        (TransactionKind.MANUAL_ACCRUAL, Decimal("12.5")),
        (TransactionKind.MANUAL_DEBIT, Decimal("-2.5")),
    ]
    row = Transaction.objects.order_by("pk").first()
    assert row and (row.acting_user, row.location, row.visit) == (salon.manager, salon.location, None)
    window.press("use_the_most", salon.bonus_card(salon.boris).pk)
    assert window.fields["points-0-amount"] == "10.00"


def test_points_sent_twice_are_accrued_once(salon: Salon) -> None:
    window = with_haircut(salon)
    card = salon.bonus_card(salon.boris)
    form = {**window.fields, "accrue_points": "1", "hand_card": str(card.pk), "hand_amount": "5", "hand_comment": "x"}
    for _ in range(2):
        window.read(window.browser.post(window.address, form))
    assert written() == [(TransactionKind.MANUAL_ACCRUAL, Decimal(5))]


NO_AMOUNT = "Type an amount above zero with at most 2 decimals."


@pytest.mark.parametrize(
    ("button", "typed", "field", "sentence"),
    [
        ("write_off_points", {"hand_amount": "7"}, "hand_amount", "The card has only 6.00 points."),
        ("write_off_points", {"hand_amount": "0"}, "hand_amount", NO_AMOUNT),
        ("accrue_points", {"hand_amount": "-5"}, "hand_amount", NO_AMOUNT),
        ("accrue_points", {"hand_amount": "1.0005"}, "hand_amount", NO_AMOUNT),
        ("write_off_points", {"hand_amount": "12,500"}, "hand_amount", two_ways("12,500")),
        ("accrue_points", {"hand_last_day": "two days ago"}, "hand_last_day", "The last day is past."),
        ("accrue_points", {"hand_last_day": "2026-02-30"}, "hand_last_day", "There is no such day."),
        ("accrue_points", {"hand_comment": ""}, "hand_comment", "Say why"),
        ("accrue_points", {"hand_comment": "x" * 501}, "hand_comment", "Say why"),
        ("accrue_points", {"hand_card": "987654"}, "hand_card", "Choose one of the guest's cards."),
        ("accrue_points", {"hand_card": "anna"}, "hand_card", "Choose one of the guest's cards."),
        ("accrue_points", {"hand_card": "blocked"}, "hand_card", "The card is blocked"),
    ],
)
def test_points_that_cannot_be_moved_say_why(
    button: str, typed: dict[str, str], field: str, sentence: str, salon: Salon
) -> None:
    salon.give(salon.boris, "6")
    blocked = salon.club_card
    Card.objects.filter(pk=blocked.pk).update(blocked_at=timezone.now())
    two_days_ago = salon.cast.aurora.local_date(timezone.now()) - timedelta(days=2)
    stories: dict[str, Any] = {
        "anna": salon.bonus_card(salon.anna).pk,
        "blocked": blocked.pk,
        "two days ago": two_days_ago,
    }
    typed = {name: str(stories.get(text, text)) for name, text in typed.items()}
    window = by_hand(with_haircut(salon), salon, button, **typed)
    assert window.error(field).startswith(sentence)
    kept = {name: text for name, text in typed.items() if name != "hand_card"}
    assert kept == {name: window.fields[name] for name in kept}
    assert is_half_filled(window)
    assert len(written()) == 1


def test_a_row_by_hand_is_undone_after_a_question(salon: Salon) -> None:
    salon.give(salon.boris, "6")
    row = Transaction.objects.get()
    window = with_haircut(salon).press("show_history").press("ask_undo", row.pk)
    assert "Undone, the balance goes from 6.00 to 0.00." in window.text("hand-asked")
    assert len(written()) == 1
    window.press("undo_row", row.pk)
    assert window.text("hand-done") == "Manual accrual was undone."
    assert is_half_filled(window) and not window.has_button("ask_undo", row.pk)
    assert salon.bonus_card(salon.boris).holder.balance == 0
    window.post(undo_row=str(row.pk))
    assert "This was undone already." in window.mistakes
    assert len(written()) == 2


def test_what_no_hand_wrote_is_not_undone_here(salon: Salon) -> None:
    make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now() - timedelta(days=1))
    make_visit(salon.location, salon.anna, [salon.haircut], at=timezone.now() - timedelta(days=1))
    for row in Transaction.objects.all():
        window = with_haircut(salon).press("show_history")
        assert not window.has_button("ask_undo", row.pk)
        for button in ("undo_row", "ask_undo"):
            window.post(**{button: str(row.pk)})
            assert "Only what staff entered by hand is undone here." in window.mistakes
    assert len(written()) == 2


def test_who_lacks_the_right_is_neither_offered_nor_allowed_to(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    gold = make_card_type(salon.cast.aurora, "Gold card")
    window = with_haircut(salon, by="desk")
    assert not window.has_button("accrue_points") and not window.has_button("write_off_points")
    assert window.has_button("issue_card")
    by_hand(window, salon, "accrue_points")
    assert "You may not do this." in window.mistakes
    monkeypatch.setitem(ROLE_RIGHTS, Role.FRONT_DESK, frozenset({Right.CHECKOUT_VISITS}))
    window = with_haircut(salon, by="desk")
    assert not window.has_button("issue_card")
    window.post(issue_card="1", issue_type=str(gold.pk))
    assert "You may not do this." in window.mistakes
    assert not written() and not Card.objects.filter(card_type=gold).exists()


def test_saving_does_not_lose_what_was_typed_for_a_card(salon: Salon) -> None:
    gold = make_card_type(salon.cast.aurora, "Gold card")
    window = with_haircut(salon)
    for typed, field in (({"hand_amount": "5"}, "hand_amount"), ({"issue_number": "7"}, "issue_number")):
        window.post(save="1", issue_type=str(gold.pk), **typed)
        assert window.error(field) and window.fields[field] == typed[field]
        window.fields[field] = ""
    assert not Visit.objects.exists()
    window.save().follow()
    assert window_of(salon.manager, Visit.objects.get()).response.status_code == 200

"""What a guest hands over in cash, and the change for it: shown beside the payment, never part of the visit."""

from decimal import Decimal

import pytest

from loyalty.ledger.models import Transaction
from tests.visits.conftest import Salon
from tests.visits.window import Window, new_window
from visits.models import Visit, VisitPayment

pytestmark = pytest.mark.django_db


def with_shampoo(salon: Salon) -> Window:
    """A bill of 18.90."""
    return new_window(salon.desk, salon.location, salon.nina).post(add_item=str(salon.shampoo.pk))


def test_change_is_asked_for_only_where_cash_is_taken(salon: Salon) -> None:
    window = with_shampoo(salon)
    assert "handed_over" not in window.fields
    assert "handed_over" not in window.press("pay_the_rest", "card").fields
    window.press("pay_the_rest", "cash")
    assert window.fields["handed_over"] == ""
    assert "Change" not in window.content and "missing" not in window.content


def test_what_is_handed_over_gives_change_and_is_not_kept(salon: Salon) -> None:
    window = with_shampoo(salon).press("pay_the_rest", "cash").fill(handed_over="50").press("recalculate")
    assert "Change €31.10" in window.content
    assert window.totals == "Due €18.90, left to pay €0.00. Change €31.10."
    assert window.fields["payments-0-amount"] == "18.90"
    window.save().follow()
    assert window.text("messages") == "Paid. 0.95 points earned. Change €31.10."
    assert [payment.amount for payment in VisitPayment.objects.all()] == [Decimal("18.90")]
    assert "handed_over" not in window.fields


def test_less_than_the_cash_is_not_called_paid_and_not_saved(salon: Salon) -> None:
    window = with_shampoo(salon).press("pay_the_rest", "cash").fill(handed_over="10,5").press("recalculate")
    sentence = "€8.40 missing. Where the guest pays less, type a smaller amount of cash."
    assert window.error("handed_over") == sentence
    assert "Missing €8.40" in window.content and "all paid" not in window.content
    # Also where nothing was computed since it was typed.
    window = with_shampoo(salon).press("pay_the_rest", "cash").fill(handed_over="10,5").save()
    assert window.mistakes == f"Nothing was saved yet: Handed over in cash: {sentence}"
    assert not Visit.objects.exists()
    window.fill(payments__0__amount="10.50").save().follow()
    assert Visit.objects.get().paid == Decimal("10.50")


def test_less_than_the_cash_that_is_taken_now_is_refused_on_a_saved_visit(salon: Salon) -> None:
    window = with_shampoo(salon).fill(payments__0__amount="5").save().follow().press("pay_the_rest", "cash")
    assert window.fill(handed_over="13").save().error("handed_over").startswith("€0.90 missing.")
    assert "Paid." in window.fill(handed_over="13.90").save().follow().content


def test_the_change_is_for_the_cash_alone(salon: Salon) -> None:
    window = with_shampoo(salon).fill(payments__1__amount="10").press("pay_the_rest", "cash")
    assert "Change €11.10" in window.fill(handed_over="20").press("recalculate").content


def test_cash_that_was_taken_before_is_not_handed_over_again(salon: Salon) -> None:
    window = with_shampoo(salon).fill(payments__0__amount="5").save().follow()
    assert "handed_over" not in window.fields
    window.press("pay_the_rest", "cash")
    assert "Handed over for €13.90" in window.content
    assert "Change €6.10" in window.fill(handed_over="20").press("recalculate").content
    assert "Paid. 0.95 points earned. Change €6.10." in window.save().follow().content


def test_what_cannot_be_read_says_so_and_keeps_nothing_from_being_saved(salon: Salon) -> None:
    window = with_shampoo(salon).press("pay_the_rest", "cash").fill(handed_over="a twenty").press("recalculate")
    assert window.error("handed_over").startswith("Type an amount of 0 or more")
    assert "Change" not in window.content
    window.save()
    assert Visit.objects.get().paid == Decimal("18.90")


def test_a_note_typed_as_the_payment_becomes_what_was_handed_over(salon: Salon) -> None:
    window = with_shampoo(salon).fill(payments__0__amount="20").save()
    assert window.error("payments-0-amount") == "Only €18.90 is left to pay. Type that or less."
    assert not Visit.objects.exists() and not Transaction.objects.exists()
    window.press("give_change", "cash")
    assert (window.fields["payments-0-amount"], window.fields["handed_over"]) == ("18.90", "20")
    assert "Change €1.10" in window.content
    assert not window.has_button("give_change", "cash")
    assert not window.fill(payments__0__amount="", payments__1__amount="20").save().has_button("give_change", "cash")


def test_a_note_for_what_a_card_left_over_becomes_what_was_handed_over(salon: Salon) -> None:
    window = with_shampoo(salon).fill(payments__0__amount="15", payments__1__amount="10").save()
    assert window.error("payments-1-amount") == "Only €3.90 is left to pay. Type that or less."
    assert "handed_over" not in window.fields
    window.press("give_change", "cash")
    assert [window.fields[f"payments-{number}-amount"] for number in (0, 1)] == ["8.90", "10"]
    assert "Change €6.10" in window.content
    window.save()
    assert Visit.objects.get().paid == Decimal("18.90")


def test_cash_that_the_bill_needs_nothing_of_is_no_note_to_change(salon: Salon) -> None:
    window = with_shampoo(salon).fill(payments__0__amount="5", payments__1__amount="18.90").press("recalculate")
    assert not window.has_button("give_change", "cash")
    assert "handed_over" not in window.fields


def test_no_change_is_offered_where_cash_could_pay_nothing(salon: Salon) -> None:
    window = with_shampoo(salon).press("pay_the_rest", "card").fill(payments__0__amount="20").press("recalculate")
    assert "left to pay" in window.content
    assert not window.has_button("give_change", "cash")
    window.fill(payments__1__amount="18").press("recalculate").press("give_change", "cash")
    assert window.fields["payments-0-amount"] == "0.90"

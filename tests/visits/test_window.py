"""The visit window without JavaScript: every button, and what it comes to."""

import re
from copy import copy
from datetime import timedelta
from decimal import Decimal
from itertools import cycle

import pytest
from django.utils import timezone

from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.promotions.services import change_promotion
from loyalty.rules.plan import PaymentMethod, Status
from tests.cast import PROGRAM
from tests.programs import make_visit
from tests.visits.conftest import BusySalon, Salon, with_haircut
from tests.visits.window import Window, new_window, window_of
from visits.models import Visit

pytestmark = pytest.mark.django_db


def nothing_was_written() -> bool:
    return not Visit.objects.exists() and not Transaction.objects.filter(visit__isnull=False).exists()


# Lines
# ----------------------------------------------------------------------------


def test_a_walk_in_begins_now_as_arrived(salon: Salon) -> None:
    window = new_window(salon.desk, salon.location, salon.nina)
    local = salon.location.local_datetime(timezone.now())
    assert window.fields["status"] == "arrived"
    assert window.fields["date"] == local.date().isoformat()
    assert window.text("guest-title") == "Nina Neu"
    assert window.totals == "Due €0.00, left to pay €0.00."
    assert window.page.focus["id"] == "id_q"


def test_an_item_is_found_by_its_name_and_put_on_the_bill(salon: Salon) -> None:
    window = new_window(salon.desk, salon.location, salon.nina).fill(q="HAIR").press("recalculate")
    assert "Haircut" in window.text("found") and "Shampoo" not in window.text("found")
    assert window.page.focus["value"] == str(salon.haircut.pk)
    window.press("add_item", salon.haircut.pk)
    assert window.fields["lines-0-quantity"] == "1"
    assert window.totals == "Due €60.00, left to pay €60.00."
    assert window.fields["q"] == "" and window.page.focus["id"] == "id_q"
    assert nothing_was_written()


def test_what_is_not_sold_says_so(salon: Salon) -> None:
    window = new_window(salon.desk, salon.location, salon.nina).fill(q="unicorn").press("recalculate")
    assert window.text("found") == "Nothing sold here is called “unicorn”."


def test_the_same_item_again_is_one_more_of_it(busy: BusySalon) -> None:
    window = busy.nina_pays.post(add_item=str(busy.haircut.pk)).post(add_item=str(busy.colour.pk))
    assert window.fields["lines-0-quantity"] == "2"
    assert window.fields["lines-1-quantity"] == "1"
    assert window.totals == "Due €160.00, left to pay €160.00."


def test_a_line_is_taken_off(busy: BusySalon) -> None:
    window = busy.nina_pays.post(add_item=str(busy.colour.pk)).press("remove_line", 0)
    assert window.fields["lines-TOTAL_FORMS"] == "1"
    assert window.fields["lines-0-item"] == str(busy.colour.pk)
    assert window.totals == "Due €40.00, left to pay €40.00."


def test_a_manual_discount_is_in_percent(busy: BusySalon) -> None:
    window = busy.nina_pays.fill(lines__0__manual_discount="12,5").press("recalculate")
    assert window.totals == "Due €52.50, left to pay €52.50."
    assert window.fields["lines-0-manual_discount"] == "12,5"


def test_a_price_is_changed_only_with_the_right(busy: BusySalon) -> None:
    window = busy.nina_pays
    assert window.readonly["id_lines-0-unit_price"] == "60.00"
    assert "lines-0-unit_price" not in window.fields
    window.post(save="1", shown_due="1.00", **{"lines-0-unit_price": "1.00"})
    assert window.error("lines-0-unit_price").startswith("Only who has the right to change a price")
    assert nothing_was_written()
    window.press("recalculate").save().follow()
    window.post(save="1", shown_due="1.00", **{"lines-0-unit_price": "1.00"})
    assert window.error("lines-0-unit_price").startswith("Only who has the right to change a price")
    assert Visit.objects.get().due == Decimal(60)


def test_with_the_right_the_price_is_a_field(salon: Salon) -> None:
    window = new_window(salon.manager, salon.location, salon.boris).post(add_item=str(salon.haircut.pk))
    assert window.fields["lines-0-unit_price"] == "60.00"
    window.fill(lines__0__unit_price="45,50").press("recalculate").save().follow()
    assert Visit.objects.get().due == Decimal("45.50")
    assert window.fields["lines-0-unit_price"] == "45.50"
    # Who may not change prices leaves the changed one as it is.
    window_of(salon.desk, Visit.objects.get()).press("pay_the_rest", "cash").save().follow()
    assert Visit.objects.get().paid == Decimal("45.50")


def test_a_price_that_changed_while_the_page_was_open_is_shown_first(salon: Salon) -> None:
    usual = new_window(salon.manager, salon.location, salon.boris).post(add_item=str(salon.haircut.pk))
    own = new_window(salon.manager, salon.location, salon.boris).post(add_item=str(salon.haircut.pk))
    own.fill(lines__0__unit_price="50")
    salon.haircut.price = Decimal(65)
    salon.haircut.save()
    usual.save()
    assert "What is due changed since the page was shown." in usual.mistakes
    assert usual.fields["lines-0-unit_price"] == "65.00"
    assert nothing_was_written()
    own.press("recalculate").save().follow()
    assert Visit.objects.get().due == Decimal(50)


def test_a_page_left_open_over_midnight_is_noticed(salon: Salon) -> None:
    yesterday = (salon.location.local_date(timezone.now()) - timedelta(days=1)).isoformat()
    window = with_haircut(salon)
    window.post(save="1", opened_on=yesterday, date=yesterday)
    assert window.error("date").startswith("A new day began since this page was opened.")
    assert "not today." in window.content
    assert nothing_was_written()
    window.press("begin_now")
    assert window.fields["date"] == salon.location.local_date(timezone.now()).isoformat()
    window.save().follow()
    assert Visit.objects.get().starts_on == salon.location.local_date(timezone.now())


def test_a_visit_of_yesterday_is_entered_on_purpose(salon: Salon) -> None:
    yesterday = salon.location.local_date(timezone.now()) - timedelta(days=1)
    with_haircut(salon).fill(date=yesterday.isoformat()).press("recalculate").save().follow()
    assert Visit.objects.get().starts_on == yesterday


def test_a_saved_price_stays_when_the_usual_one_changes(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now() - timedelta(days=1), pays=None)
    salon.haircut.price = Decimal(99)
    salon.haircut.save()
    window = window_of(salon.manager, visit)
    assert window.totals == "Due €60.00, left to pay €60.00."
    window.save().follow()
    assert Visit.objects.get().due == Decimal(60)


# Loyalty
# ----------------------------------------------------------------------------


def test_a_discount_is_applied_and_taken_back(busy: BusySalon) -> None:
    window = busy.boris_pays
    window.press("apply", f"{busy.club_card.pk}.{busy.discount.pk}")
    assert window.totals == "Due €54.00, left to pay €54.00."
    assert window.page.focus["name"] == "take_back"
    assert "10 % of €60.00" in window.text("discount-0")
    window.press("take_back", 0)
    assert window.totals == "Due €60.00, left to pay €60.00."
    assert nothing_was_written()


def test_a_discount_that_does_not_apply_says_why_and_has_no_button(salon: Salon) -> None:
    window = new_window(salon.desk, salon.location, salon.boris)
    assert not window.has_button("apply", f"{salon.club_card.pk}.{salon.discount.pk}")
    assert "Nothing on the bill is part of it." in window.content


def test_the_most_that_a_card_may_pay_is_taken_with_one_button(salon: Salon) -> None:
    salon.give(salon.boris, "50")
    card = salon.bonus_card(salon.boris)
    window = with_haircut(salon, "boris").press("use_the_most", card.pk)
    assert window.fields["points-0-amount"] == "18.00"
    assert window.page.focus["id"] == "id_points-0-amount"
    assert window.totals == "Due €60.00, left to pay €42.00."
    page = window.content
    assert "of at most 18.00" in page and "30 % of due" in page


def test_less_than_the_most_may_be_typed(salon: Salon) -> None:
    salon.give(salon.boris, "50")
    window = with_haircut(salon, "boris").fill(points__0__amount="5").press("pay_the_rest", "card")
    assert window.fields["payments-1-amount"] == "55.00"
    window.save().follow()
    visit = Visit.objects.get()
    assert (visit.points_paid, visit.paid, visit.left) == (Decimal(5), Decimal(55), Decimal(0))
    assert salon.bonus_card(salon.boris).holder.balance == Decimal("47.75")


def test_the_rest_is_what_other_payments_leave(busy: BusySalon) -> None:
    window = busy.nina_pays.fill(payments__1__amount="20").press("pay_the_rest", "cash")
    assert window.fields["payments-0-amount"] == "40.00"
    assert window.page.focus["id"] == "id_payments-0-amount"
    assert window.totals == "Due €60.00, left to pay €0.00."


def test_the_rest_moves_what_one_other_method_holds(salon: Salon) -> None:
    salon.give(salon.boris, "5")
    window = with_haircut(salon, "boris").press("use_the_most", salon.bonus_card(salon.boris).pk)
    window.press("pay_the_rest", "cash").press("pay_the_rest", "card")
    assert (window.fields["payments-0-amount"], window.fields["payments-1-amount"]) == ("", "55.00")
    assert window.fields["points-0-amount"] == "5.00"
    assert window.page.focus["id"] == "id_payments-1-amount"
    # Once more at the same one, or where two share the bill, nothing is moved.
    window.press("pay_the_rest", "card")
    assert window.fields["payments-1-amount"] == "55.00"
    window.fill(payments__0__amount="15", payments__1__amount="40").press("pay_the_rest", "online")
    paid = {name: text for name, text in window.fields.items() if name.startswith("payments") and "amount" in name}
    assert sorted(paid.values()) == ["", "", "15", "40"]
    window.save().follow()
    assert Visit.objects.get().left == 0


def test_the_rest_is_offered_where_it_does_something(salon: Salon) -> None:
    window = with_haircut(salon)
    assert rest_disabled(window) == []
    assert rest_disabled(window.press("pay_the_rest", "cash")) == ["cash"]
    window.fill(payments__0__amount="20").press("pay_the_rest", "card")
    assert rest_disabled(window) == ["cash", "card", "transfer", "online"]
    assert rest_disabled(window.fill(payments__0__amount="x").press("recalculate")) == []


def rest_disabled(window: Window) -> list[str]:
    page = window.response.content.decode()
    return re.findall(r'name="pay_the_rest"\s+value="(\w+)"\s+aria-disabled="true"', page)


# Referral
# ----------------------------------------------------------------------------


def test_a_referral_is_chosen_confirmed_and_taken_back(busy: BusySalon) -> None:
    window = busy.nina_pays.press("choose_referral")
    assert window.page.focus["id"] == "id_referral"
    window.fill(referral="0151 1234 5601").press("confirm_referral")
    assert window.totals == "Due €54.00, left to pay €54.00."
    assert "Invited by Anna Schmidt." in window.text("referral")
    assert "Anna Schmidt gets 2.70 points once all is paid." in window.text("referral")
    assert not window.has_button("confirm_referral")
    window.press("take_back_referral")
    assert window.totals == "Due €60.00, left to pay €60.00."
    assert window.has_button("choose_referral")
    assert nothing_was_written()


def test_a_phone_that_is_only_typed_does_nothing_yet(busy: BusySalon) -> None:
    window = busy.nina_pays.press("choose_referral").fill(referral="0151").post()
    assert window.error("referral") == ""
    assert window.fields["referral"] == "0151"
    assert window.totals == "Due €60.00, left to pay €60.00."


def test_a_phone_that_was_not_confirmed_is_not_lost_by_saving(busy: BusySalon) -> None:
    window = busy.nina_pays.press("choose_referral").fill(referral="0151 1234 5601").save()
    assert "What is due changed since the page was shown." in window.mistakes
    assert window.totals == "Due €54.00, left to pay €54.00."
    assert nothing_was_written()
    window.save().follow()
    assert Visit.objects.get().due == Decimal(54)


def test_a_referral_is_only_offered_on_the_first_visit(salon: Salon) -> None:
    make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now() - timedelta(days=9))
    window = with_haircut(salon, "boris")
    assert not window.has_button("choose_referral")
    assert "Only on the first visit." in window.text("referral")


def test_after_the_referral_is_saved_the_inviter_has_the_points(busy: BusySalon) -> None:
    window = busy.nina_pays.press("choose_referral").fill(referral="+49 151 12345601")
    window.press("confirm_referral").press("pay_the_rest", "cash").save().follow()
    assert "Invited by Anna Schmidt." in window.text("referral")
    assert busy.bonus_card(busy.anna).holder.balance == Decimal("2.70")
    assert busy.bonus_card(busy.nina).holder.balance == Decimal("2.70")


# Saving
# ----------------------------------------------------------------------------


def test_saving_leads_to_the_saved_visit(busy: BusySalon) -> None:
    window = busy.nina_pays.press("pay_the_rest", "cash").save().follow()
    assert window.text("messages") == "Paid. 3.00 points earned."
    assert window.fields["payments-0-amount"] == "60.00"
    assert window.fields["version"] == "1"
    assert "date" not in window.fields
    visit = Visit.objects.get()
    assert visit.saved_by == busy.desk and visit.settled_at is not None


def test_the_same_form_sent_twice_counts_once(busy: BusySalon) -> None:
    window = busy.nina_pays.press("pay_the_rest", "cash")
    form = {**window.fields, "save": "1"}
    first = window.browser.post(window.address, form)
    second = window.browser.post(window.address, form)
    assert first["Location"] == second["Location"]
    assert Visit.objects.count() == 1
    assert Transaction.objects.filter(visit__isnull=False).count() == 1
    window.read(window.browser.get(second["Location"]))
    assert "This form was sent before." in window.text("messages")


def test_the_key_stays_while_the_window_is_open(busy: BusySalon) -> None:
    window = busy.nina_pays
    key = window.fields["key"]
    assert window.press("recalculate").fields["key"] == key
    assert window.save().follow().fields["key"] != key


def test_a_partial_payment_is_finished_later(busy: BusySalon) -> None:
    window = busy.boris_pays.fill(payments__0__amount="20").save().follow()
    assert window.totals == "Due €60.00, left to pay €40.00."
    window.press("pay_the_rest", "card").save().follow()
    assert window.totals == "Due €60.00, left to pay €0.00."
    assert busy.bonus_card(busy.boris).holder.balance == Decimal(3)


def test_an_edit_keeps_the_lines_it_does_not_touch(busy: BusySalon) -> None:
    window = busy.nina_pays.post(add_item=str(busy.colour.pk)).save().follow()
    kept = Visit.objects.get().lines.get(item=busy.colour)
    window.press("remove_line", 0).save().follow()
    visit = Visit.objects.get()
    assert visit.due == Decimal(40)
    assert [line.pk for line in visit.lines.filter(removed=False)] == [kept.pk]


def test_a_visit_in_advance_keeps_its_plan_and_writes_nothing(salon: Salon) -> None:
    tomorrow = (salon.location.local_date(timezone.now()) + timedelta(days=1)).isoformat()
    window = with_haircut(salon, "boris").press("apply", f"{salon.club_card.pk}.{salon.discount.pk}")
    window.fill(status="waiting", date=tomorrow, time="14:30").save().follow()
    assert window.fields["status"] == "waiting"
    assert (window.fields["date"], window.fields["time"]) == (tomorrow, "14:30")
    assert window.totals == "Due €54.00, left to pay €54.00."
    assert not Transaction.objects.filter(visit__isnull=False).exists()


def test_leaving_arrived_shows_first_what_is_undone(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    window = window_of(salon.desk, visit).fill(status="waiting").press("recalculate")
    page = window.content
    assert "Saving this takes back what the visit did." in page
    assert window.moves == {salon.called_card(salon.boris): ("3.00 points", "0.00 points")}
    assert window.kept_money == {"Paid in advance: Cash": "€60.00"}
    window.fill(payments__0__amount="500").press("recalculate")
    assert not window.moves, "it cannot be saved like that"
    window.fill(payments__0__amount="60").press("recalculate")
    window.save().follow()
    assert salon.bonus_card(salon.boris).holder.balance == Decimal(0)
    assert Visit.objects.get().status == Status.WAITING


def test_a_saved_visit_shows_the_balance_that_the_client_page_shows(salon: Salon) -> None:
    salon.give(salon.boris, "50")
    window = with_haircut(salon, "boris").fill(points__0__amount="10").press("pay_the_rest", "cash").save().follow()
    assert "42.50 points of at most 10.00 50.00 points were on the card before this visit." in window.content
    assert "of at most 18.00" in window.fill(payments__0__amount="30").press("recalculate").content
    page = window.browser.get(f"/locations/center/clients/{salon.boris.pk}/").content.decode()
    assert "42.50</span></strong> points to spend" in page


def test_a_saved_visit_offers_no_more_points_than_there_are(salon: Salon) -> None:
    salon.give(salon.boris, "12")
    window = with_haircut(salon, "boris").fill(points__0__amount="10").save().follow()
    assert "2.00 points of at most 12.00" in window.content
    assert "12.00 points were on the card before this visit." in window.content
    assert "12.00 points are on the card." not in window.content
    window.press("use_the_most", salon.bonus_card(salon.boris).pk)
    assert window.fields["points-0-amount"] == "12.00"


def test_text_that_no_database_keeps_is_left_out(busy: BusySalon) -> None:
    window = busy.nina_pays.fill(status="waiting")
    window.post(referral_step="confirmed", referral="0151\x00 1234 5601", q="\x00").save().follow()
    assert Visit.objects.get().referral_phone == "0151 1234 5601"


@pytest.mark.parametrize("field", ["key", "version", "shown_due", "lines-TOTAL_FORMS", "lines-0-item", "lines-0-line"])
def test_forged_hidden_fields_break_nothing(field: str, salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now(), pays=None)
    window = window_of(salon.desk, visit)
    # Both buttons read the form in the same way, so each text is sent by one of them.
    for text, button in zip(("", "-1", "99999999999999999999", "sNaN", "é"), cycle(("save", "recalculate"))):
        assert copy(window).post(**{button: "1", field: text}).response.status_code in {200, 302}, text
    assert Visit.objects.get() == visit


def test_enter_confirms_the_phone_of_the_inviter(busy: BusySalon) -> None:
    window = busy.nina_pays.press("choose_referral").fill(referral="0151").press("recalculate")
    assert "No client of Aurora has the phone" in window.error("referral")
    window.fill(referral="0151 1234 5601").press("recalculate")
    assert "Invited by Anna Schmidt." in window.text("referral")


def test_an_amount_that_cannot_be_read_leaves_all_other_figures(salon: Salon) -> None:
    salon.give(salon.nina, "5")
    window = with_haircut(salon).press("choose_referral").fill(referral="0151 1234 5601").press("confirm_referral")
    window.fill(payments__0__amount="x", payments__1__amount="7").press("pay_the_rest", PaymentMethod.CARD)
    assert window.totals == "Due €54.00."
    assert "Invited by Anna Schmidt." in window.text("referral")
    assert window.error("payments-0-amount")
    # What is the rest is not known while the other cannot be read.
    assert (window.fields["payments-0-amount"], window.fields["payments-1-amount"]) == ("x", "7")
    window.press("use_the_most", salon.bonus_card(salon.nina).pk)
    assert (window.fields["points-0-amount"], window.fields["payments-1-amount"]) == ("5.00", "7")
    window.save()
    assert "Cash" in window.mistakes
    # And where not even the bill can be computed, all stays as it is.
    window.fill(lines__0__quantity="many", points__0__amount="").press("recalculate")
    assert window.has_button("use_the_most", salon.bonus_card(salon.nina).pk) and "of at most" not in window.content
    window.fill(points__0__amount="5.00").press("use_the_most", salon.bonus_card(salon.nina).pk)
    assert window.fields["points-0-amount"] == "5.00"
    assert "Invited by Anna Schmidt." in window.text("referral")
    assert nothing_was_written()


def test_a_visit_that_waits_says_that_it_gives_nothing_yet(busy: BusySalon) -> None:
    window = busy.boris_pays.post(status="waiting")
    assert "This visit gives, once the guest has arrived and all is paid" in window.content
    assert not window.has_button("arrive")
    window.press("pay_the_rest", PaymentMethod.CASH).save().follow()
    assert "Not arrived yet: points and discounts count only then." in window.content
    assert not Transaction.objects.exists()
    window.press("arrive").save().follow()
    assert Transaction.objects.get().kind == TransactionKind.PROMOTION_ACCRUAL
    assert "Not arrived yet" not in window.content
    window.fill(status="no_show").post()
    assert "This visit gives" not in window.content
    assert window.kept_money == {"Hand back: Cash": "€60.00"}


def test_a_guest_who_came_before_is_no_new_one_though_not_all_was_paid(busy: BusySalon) -> None:
    assert "1st visit" in busy.nina_pays.save().follow().content
    window = with_haircut(busy)
    assert "2nd visit" in window.content
    assert "Only on the first visit." in window.text("referral")


def test_a_card_that_a_saved_visit_left_alone_says_what_is_on_it(salon: Salon) -> None:
    salon.give(salon.boris, "12")
    window = with_haircut(salon, "boris").save().follow()
    assert "12.00 points are on the card." in window.content
    assert "before this visit" not in window.content


@pytest.mark.parametrize(
    ("kept", "typed", "called"),
    [
        (Status.ARRIVED, "waiting", "Paid in advance: Cash"),
        (Status.ARRIVED, "no_show", "Hand back: Cash"),
        (Status.WAITING, "no_show", "Hand back: Cash"),
        (Status.WAITING, "confirmed", ""),
        (Status.NO_SHOW, "no_show", ""),
    ],
)
def test_what_was_paid_is_told_before_a_visit_is_taken_back(
    kept: Status, typed: str, called: str, salon: Salon
) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now(), status=kept)
    window = window_of(salon.desk, visit).fill(status=typed).post()
    assert window.kept_money == ({called: "€60.00"} if called else {}) and "Cash" not in str(window.moves)
    assert ("Payments stay recorded" in window.content) == bool(called)
    assert ("Due" in window.moves) == (kept == "arrived" and typed == "no_show")


def test_no_payment_is_told_of_where_nothing_was_paid(busy: BusySalon) -> None:
    window = busy.boris_pays.save().follow().fill(status="no_show").post()
    assert "Saving this takes back what the visit did." in window.content and "Due" in window.moves
    assert "Payments stay recorded" not in window.content and not window.kept_money


def test_only_enter_confirms_and_no_button_of_another_thing(busy: BusySalon) -> None:
    window = busy.nina_pays.press("choose_referral").fill(referral="0151").press("recalculate", "find")
    assert (window.fields["referral_step"], window.fields["referral"]) == ("chosen", "0151")
    assert not window.error("referral")


def test_a_bill_that_will_be_refused_is_not_called_paid(salon: Salon) -> None:
    salon.give(salon.nina, "50")
    window = with_haircut(salon).fill(points__0__amount="20", payments__0__amount="40").post()
    assert "at most €18.00" in window.error("points-0-amount")
    assert "all paid" not in window.content
    # What the visit gives goes by what the points leave to pay.
    assert "This visit gives" in window.content
    window.fill(points__0__amount="2o").post()
    assert "This visit gives" not in window.content


def test_a_discount_is_offered_under_the_terms_it_is_applied_under(busy: BusySalon) -> None:
    """The visit was counted for it before, under the terms of then."""
    window = busy.boris_pays.press("pay_the_rest", "cash").save().follow()
    change_promotion(promotion=busy.discount, at=timezone.now(), acting_user=PROGRAM, value=Decimal(20))
    window = Window(busy.desk, window.address)
    assert "−€12.00" in window.content
    window.press("apply", f"{busy.club_card.pk}.{busy.discount.pk}")
    assert window.totals.startswith("Due €48.00")

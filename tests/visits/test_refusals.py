"""Each refusal at the visit window: the sentence stands beside its field, what was typed stays, nothing is written."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from chains.access import ROLE_RIGHTS, Right, Role
from loyalty.cards.services import block_card
from loyalty.ledger.models import Transaction
from loyalty.referral.services import set_referral_program
from loyalty.rules.terms import PromotionKind
from tests.cast import LONG_AGO, PROGRAM, make_access, make_user
from tests.programs import make_card, make_card_type, make_client, make_item, make_promotion, make_visit
from tests.visits.conftest import BusySalon, Salon, with_haircut
from tests.visits.window import Window, new_window, two_ways, window_of
from visits.models import Visit, VisitMeans, VisitPayment, VisitPromotion

pytestmark = pytest.mark.django_db

Story = Callable[[BusySalon], tuple[Window, dict[str, str]]]


def rows() -> list[int]:
    models = (Visit, VisitPayment, VisitMeans, VisitPromotion, Transaction)
    return [model.objects.count() for model in models]


def referred_by(window: Window, phone: str) -> tuple[Window, dict[str, str]]:
    return window, {"referral_step": "confirmed", "referral": phone}


def clock(salon: Salon, **before: int) -> dict[str, str]:
    """The fields of a start so long ago."""
    local = salon.location.local_datetime(timezone.now() - timedelta(**before))
    return {"date": local.date().isoformat(), "time": local.strftime("%H:%M")}


# What staff do, by the code that refuses it: the window, and what they type in it.


def unknown_client(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return referred_by(busy.nina_pays, "0151 777 8888")


def invalid_phone(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return referred_by(busy.nina_pays, "call me")


def no_phone(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return referred_by(busy.nina_pays, "")


def endless_phone(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return referred_by(busy.nina_pays, "0" * 41)


def referral_off(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    window = busy.nina_pays.press("choose_referral")
    set_referral_program(chain=busy.cast.aurora, at=timezone.now(), acting_user=PROGRAM, state="off")
    return referred_by(window, "+4915112345601")


def referral_self(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return referred_by(busy.nina_pays, "0151 1234 5699")


def referral_not_first_visit(salon: Salon) -> tuple[Window, dict[str, str]]:
    make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now() - timedelta(days=3), pays=None)
    return referred_by(with_haircut(salon, "boris"), "0151 1234 5601")


def referral_other_inviter(salon: Salon) -> tuple[Window, dict[str, str]]:
    start = timezone.now() - timedelta(hours=1)
    make_visit(salon.location, salon.nina, [salon.haircut], at=start, referral="0151 1234 5601")
    window, texts = referred_by(with_haircut(salon), "0151 1234 5602")
    return window, {**texts, **clock(salon, days=1)}


def referral_circle(salon: Salon) -> tuple[Window, dict[str, str]]:
    start = timezone.now() - timedelta(days=1)
    make_visit(salon.location, salon.anna, [salon.haircut], at=start, referral="0151 1234 5699")
    return referred_by(with_haircut(salon), "0151 1234 5601")


def card_not_owned(salon: Salon) -> tuple[Window, dict[str, str]]:
    salon.give(salon.anna, "50")
    return with_haircut(salon), {"points-0-card": str(salon.bonus_card(salon.anna).pk), "points-0-amount": "5"}


def made_up_card(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return busy.nina_pays, {"points-0-card": "987654", "points-0-amount": "5"}


def foreign_card(salon: Salon) -> tuple[Window, dict[str, str]]:
    card_type = make_card_type(salon.cast.borealis, "Bonus card")
    card = make_card(make_client(salon.cast.north, "Fremd", "+49 151 1234 5609"), card_type)
    return with_haircut(salon), {"points-0-card": str(card.pk), "points-0-amount": "5"}


def card_blocked(salon: Salon) -> tuple[Window, dict[str, str]]:
    salon.give(salon.boris, "50")
    window = with_haircut(salon, "boris")
    block_card(card=salon.bonus_card(salon.boris), at=timezone.now())
    return window, {"points-0-amount": "5"}


def card_not_valid_here(salon: Salon) -> tuple[Window, dict[str, str]]:
    elsewhere = make_card_type(salon.cast.aurora, "Harbour card", locations=[salon.cast.harbour.pk])
    card = make_card(salon.nina, elsewhere)
    return with_haircut(salon), {"points-0-card": str(card.pk), "points-0-amount": "5"}


def card_too_new(salon: Salon) -> tuple[Window, dict[str, str]]:
    card = make_card(salon.nina, make_card_type(salon.cast.aurora, "Late card"), at=timezone.now())
    forged = {"points-0-card": str(card.pk), "points-0-amount": "5"}
    return with_haircut(salon), {**forged, **clock(salon, hours=2)}


def points_over_limit(salon: Salon) -> tuple[Window, dict[str, str]]:
    salon.give(salon.boris, "50")
    return with_haircut(salon, "boris"), {"points-0-amount": "18.01"}


def payment_over_due(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return busy.nina_pays, {"payments-0-amount": "60.01"}


def second_payment_over_due(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return busy.nina_pays, {"payments-0-amount": "60", "payments-3-amount": "0.01"}


def no_quantity(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return busy.nina_pays, {"lines-0-quantity": "0"}


def half_a_quantity(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return busy.nina_pays, {"lines-0-quantity": "1.5"}


def discount_above_all(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return busy.nina_pays, {"lines-0-manual_discount": "101"}


def fine_payment(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return busy.nina_pays, {"payments-0-amount": "1.0005"}


def thousands(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return busy.nina_pays, {"payments-0-amount": "1,000"}


def percent_in_two_ways(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return busy.nina_pays, {"lines-0-manual_discount": "1,000"}


def price_in_two_ways(salon: Salon) -> tuple[Window, dict[str, str]]:
    window = new_window(salon.manager, salon.location, salon.nina).post(add_item=str(salon.haircut.pk))
    return window, {"lines-0-unit_price": "12,500"}


def points_in_two_ways(salon: Salon) -> tuple[Window, dict[str, str]]:
    salon.give(salon.boris, "50")
    return with_haircut(salon, "boris"), {"points-0-amount": "12.500"}


def negative_points(salon: Salon) -> tuple[Window, dict[str, str]]:
    salon.give(salon.boris, "50")
    return with_haircut(salon, "boris"), {"points-0-amount": "-5"}


def made_up_item(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return busy.nina_pays, {"lines-0-item": "987654"}


def foreign_item(salon: Salon) -> tuple[Window, dict[str, str]]:
    return with_haircut(salon), {"lines-0-item": str(make_item(salon.cast.borealis, "Whale song", "5").pk)}


def archived_item(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    window = busy.nina_pays
    busy.haircut.archived = True
    busy.haircut.save()
    return window, {}


def gap_of_summer_time(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return busy.nina_pays, {"date": "2026-03-29", "time": "02:30"}


def no_such_day(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return busy.nina_pays, {"date": "2026-02-30", "time": "10:00"}


def arrived_tomorrow(busy: BusySalon) -> tuple[Window, dict[str, str]]:
    return busy.nina_pays, clock(busy, days=-2)


def locked(salon: Salon) -> tuple[Window, dict[str, str]]:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now() - timedelta(hours=3))
    return window_of(salon.desk, visit), clock(salon, hours=5)


NOT_SOLD = "This is not sold here. Put it aside and choose another service or product."
NOT_OWNED = "The card belongs to another client. Only its owner may use it."
NO_AMOUNT = "Type an amount of 0 or more with at most 2 decimals, like 1234.50."
NO_TIME = "There is no such date and time at this location. Choose another start."
NO_PHONE = "Type the phone of the client who invited the guest, or take the referral back."

REFUSED: list[tuple[Story, str, str]] = [
    (unknown_client, "referral", "No client of Aurora has the phone +49 1517778888."),
    (invalid_phone, "referral", "“call me” is not a possible phone number."),
    (no_phone, "referral", NO_PHONE),
    (endless_phone, "referral", NO_PHONE),
    (referral_off, "referral", "The referral program is off at this location."),
    (referral_self, "referral", "This is the guest's own phone."),
    (
        referral_not_first_visit,
        "referral",
        "A referral counts on the first visit only, and the guest has been here or at another location before.",
    ),
    (referral_other_inviter, "referral", "The guest was already invited by another client."),
    (referral_circle, "referral", "This client was invited by the guest, directly or through others."),
    (card_not_owned, "points-0-amount", NOT_OWNED),
    (made_up_card, "points-0-amount", NOT_OWNED),
    (foreign_card, "points-0-amount", NOT_OWNED),
    (card_blocked, "points-0-amount", "The card is blocked."),
    (card_not_valid_here, "points-0-amount", "The card does not work at this location."),
    (card_too_new, "points-0-amount", "The card was issued after this visit began"),
    (points_over_limit, "points-0-amount", "The card may pay at most"),
    (payment_over_due, "payments-0-amount", "Only €60.00 is left to pay."),
    (second_payment_over_due, "payments-3-amount", "Only €0.00 is left to pay."),
    (no_quantity, "lines-0-quantity", "Type a whole number from 1 to 9999."),
    (half_a_quantity, "lines-0-quantity", "Type a whole number from 1 to 9999."),
    (discount_above_all, "lines-0-manual_discount", "Type a discount from 0 to 100 percent"),
    (fine_payment, "payments-0-amount", NO_AMOUNT),
    (thousands, "payments-0-amount", two_ways("1,000")),
    (percent_in_two_ways, "lines-0-manual_discount", two_ways("1,000")),
    (price_in_two_ways, "lines-0-unit_price", two_ways("12,500")),
    (points_in_two_ways, "points-0-amount", two_ways("12.500")),
    (negative_points, "points-0-amount", NO_AMOUNT),
    (made_up_item, "lines-0-quantity", NOT_SOLD),
    (foreign_item, "lines-0-quantity", NOT_SOLD),
    (archived_item, "lines-0-quantity", NOT_SOLD),
    (gap_of_summer_time, "date", NO_TIME),
    (no_such_day, "date", NO_TIME),
    (arrived_tomorrow, "date", "The visit is on a later day, so the guest cannot have arrived."),
    (locked, "status", "The guest has arrived, so client, location and start stay."),
]


@pytest.mark.parametrize(("story", "field", "sentence"), REFUSED, ids=lambda each: getattr(each, "__name__", ""))
def test_a_refusal_stands_beside_its_field(story: Story, field: str, sentence: str, busy: BusySalon) -> None:
    window, texts = story(busy)
    before = rows()
    window.post(save="1", **texts)
    assert window.response.status_code == 200
    assert window.error(field).startswith(sentence)
    assert sentence in window.mistakes
    assert window.page.focus["id"] == "mistakes"
    kept = {name: text for name, text in texts.items() if name in window.fields}
    assert kept == {name: window.fields[name] for name in kept}
    assert rows() == before


@pytest.mark.parametrize(
    "story", [story for story, *_rest in REFUSED if story is not locked], ids=lambda each: each.__name__
)
def test_what_will_be_refused_is_said_before_saving(story: Story, busy: BusySalon) -> None:
    window, texts = story(busy)
    field, sentence = next((field, sentence) for each, field, sentence in REFUSED if each is story)
    window.post(recalculate="1", **texts)
    if story is not arrived_tomorrow:
        assert window.error(field).startswith(sentence)
    assert not window.mistakes


# Discounts
# ----------------------------------------------------------------------------


def discounts(card: object, promotion: object) -> dict[str, str]:
    rows = {"discounts-TOTAL_FORMS": "1", "discounts-INITIAL_FORMS": "0"}
    return {**rows, "discounts-0-card": str(card), "discounts-0-promotion": str(promotion)}


def test_a_discount_that_does_not_apply_says_why(busy: BusySalon) -> None:
    window = busy.boris_pays.post(**discounts(busy.club_card.pk, busy.discount.pk))
    window.press("remove_line", 0).save()
    assert "The promotion does not apply: nothing on the bill is part of it." in window.text("discount-0")
    assert "The promotion does not apply" in window.mistakes
    assert rows() == [0, 0, 0, 0, 0]


def test_a_discount_from_elsewhere_is_like_a_made_up_one(salon: Salon) -> None:
    foreign = make_promotion(salon.cast.borealis, "Whale week", PromotionKind.DISCOUNT_FIXED, "50")
    other = make_promotion(salon.cast.aurora, "Not on this card", PromotionKind.DISCOUNT_FIXED, "50")
    for card, promotion in [(salon.club_card.pk, foreign.pk), (salon.club_card.pk, 987654), (987654, other.pk)]:
        for status in ("arrived", "waiting"):
            window = with_haircut(salon, "boris").post(save="1", status=status, **discounts(card, promotion))
            assert "The promotion does not apply: the card does not carry it." in window.text("discount-0")
            assert "Whale week" not in window.content
            assert rows() == [0, 0, 0, 0, 0]


def test_a_card_of_another_client_gives_no_discount(busy: BusySalon) -> None:
    window = busy.nina_pays.post(save="1", **discounts(busy.club_card.pk, busy.discount.pk))
    assert "The card belongs to another client." in window.text("discount-0")
    assert rows() == [0, 0, 0, 0, 0]


def test_nothing_of_another_clients_card_is_shown(salon: Salon) -> None:
    salon.give(salon.anna, "50")
    card = salon.bonus_card(salon.anna)
    window = with_haircut(salon).post(**{"points-0-card": str(card.pk), "points-0-amount": "5"})
    assert "Unknown card" in window.content
    assert card.number not in window.content


def test_a_visit_in_advance_says_what_will_not_do(busy: BusySalon) -> None:
    window = busy.nina_pays.fill(status="waiting").post(referral_step="confirmed", referral="0151 1234 5699")
    assert window.error("referral") == ""
    assert "This is the guest's own phone." in window.text("referral")
    window.save().follow()
    assert Visit.objects.get().status == "waiting"


# Stale pages
# ----------------------------------------------------------------------------


def test_a_due_that_changed_is_shown_before_it_is_saved(busy: BusySalon) -> None:
    window = busy.nina_pays
    busy.haircut.price = Decimal(65)
    busy.haircut.save()
    window.save()
    assert "What is due changed since the page was shown." in window.mistakes
    assert window.totals == "Due €65.00, left to pay €65.00."
    assert not Visit.objects.exists()
    window.save().follow()
    assert Visit.objects.get().due == Decimal(65)


def test_a_page_that_showed_no_due_saves_nothing(busy: BusySalon) -> None:
    window = busy.nina_pays.post(save="1", shown_due="")
    assert "What is due changed" in window.mistakes
    assert not Visit.objects.exists()


# Who may
# ----------------------------------------------------------------------------


def test_without_the_right_nothing_is_saved(busy: BusySalon, monkeypatch: pytest.MonkeyPatch) -> None:
    window = busy.nina_pays
    monkeypatch.setitem(ROLE_RIGHTS, Role.FRONT_DESK, frozenset(Right) - {Right.CHECKOUT_VISITS})
    window.save()
    assert window.response.status_code == 403
    assert rows() == [0, 0, 0, 0, 0]


def test_a_visit_is_found_only_at_its_location(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    user = make_user("Rita Roamer")
    make_access(user, salon.cast.aurora, Role.MANAGER)
    for slug in ("harbour", "north"):
        window = Window(user, f"/locations/{slug}/visits/{visit.pk}/")
        assert window.response.status_code == 404


def test_a_client_of_another_chain_has_no_window(salon: Salon) -> None:
    stranger = make_client(salon.cast.north, "Fremd", "+49 151 1234 5609", at=LONG_AGO)
    assert new_window(salon.desk, salon.location, stranger).response.status_code == 404

"""Gift cards pay in the visit window: by their code, the guest's own, once or in parts, never more than they may."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from chains.access import Right, Role
from chains.models import Access, WrongTry
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.gift_cards.services import adjust_balance, block_gift_card
from loyalty.rules.terms import ItemKind, ScopeMode, WriteOff
from tests.cast import PROGRAM, make_access
from tests.pages import text_of
from tests.programs import make_client, make_gift_card, make_gift_card_type, make_item
from tests.visits.conftest import Salon
from tests.visits.paying import (
    CODE,
    OTHER_CODE,
    UNKNOWN,
    add_code,
    amount,
    balance,
    beside,
    bill,
    field_of,
    lists,
    pay,
    rows,
)
from tests.visits.window import Window, new_window, window_of
from visits.changes.kinds import ChangeKind
from visits.models import Visit, VisitMeans

pytestmark = pytest.mark.django_db

PAYMENT, FORFEIT = "gift_card_payment", "gift_card_forfeit"


@pytest.fixture
def spring(salon: Salon) -> GiftCardType:
    return make_gift_card_type(salon.cast.aurora)


def bearer(gift_card_type: GiftCardType, on_it: str = "50", number: str = CODE, **choices: Any) -> GiftCard:
    return make_gift_card(gift_card_type, on_it, number, **choices)


def give_right(salon: Salon, right: Right) -> None:
    access = Access.objects.get(user=salon.desk)
    access.extra_rights = [*access.extra_rights, right]
    access.save()


# By its code
# ----------------------------------------------------------------------------


def test_a_code_pays_the_most_and_says_what_is_left_on_it(salon: Salon, spring: GiftCardType) -> None:
    card = bearer(spring, "100")
    window = add_code(bill(salon), "ab34-cd67 ef9a gh4c")
    assert (amount(window, card.holder_id), window.fields["code"]) == ("60.00", "")
    assert "of at most €60.00 (all that it may pay of this bill)" in window.content
    assert "€40.00 left after this visit" in window.content and "Spring Gift card −€60.00" in window.content
    assert window.totals == "Due €60.00, left to pay €0.00."
    window.save().follow()
    assert "€40.00 is left on Spring AB34 ····." in window.content
    assert (rows(card.holder_id), balance(card.holder_id)) == ([(PAYMENT, Decimal(-60))], 40)
    assert VisitMeans.objects.get().with_code


def test_enter_in_the_field_adds_the_card_and_nothing_else(salon: Salon, spring: GiftCardType) -> None:
    card = bearer(spring)
    window = Window(salon.desk, reverse("visits:walk_in", args=[salon.location.slug]))
    window.post(add_item=str(salon.haircut.pk))
    window.fill(code=CODE, guest_phone="+49 151 1234 5601").press("recalculate")
    assert amount(window, card.holder_id) == "50.00"
    # The guest was neither looked for nor registered.
    assert window.fields["guest_phone"] == "+49 151 1234 5601" and window.fields["guest"] == "0"


def test_a_script_sends_the_code_with_the_button(salon: Salon, spring: GiftCardType) -> None:
    card = bearer(spring)
    assert amount(bill(salon).post(add_code=CODE), card.holder_id) == "50.00"
    window = bill(salon).post(add_code="guess")
    assert (window.fields["code"], window.error("code")) == ("guess", UNKNOWN)


def test_several_pay_in_the_order_in_which_they_were_given(salon: Salon, spring: GiftCardType) -> None:
    first, second = bearer(spring, "45"), bearer(spring, "45", OTHER_CODE)
    window = add_code(add_code(bill(salon), OTHER_CODE), CODE)
    assert (amount(window, second.holder_id), amount(window, first.holder_id)) == ("45.00", "15.00")
    # Scanned once more, it is left as it is.
    window = add_code(pay(window, second.holder_id, "20"), OTHER_CODE)
    assert (amount(window, second.holder_id), amount(window, first.holder_id)) == ("20", "15.00")
    window.press("pay_the_rest", "cash").save().follow()
    assert (balance(second.holder_id), balance(first.holder_id)) == (25, 30)
    assert list(VisitMeans.objects.values_list("holder", flat=True)) == [second.holder_id, first.holder_id]


def test_more_than_the_most_is_refused_beside_its_field_and_nothing_is_lost(salon: Salon, spring: GiftCardType) -> None:
    card = bearer(spring)
    window = pay(add_code(bill(salon), CODE), card.holder_id, "50.01").press("pay_the_rest", "cash").save()
    assert beside(window, card.holder_id) == "At most €50.00 can be paid with it here. Type that or less."
    assert amount(window, card.holder_id) == "50.01" and not Visit.objects.exists()
    pay(window, card.holder_id, "50").press("pay_the_rest", "cash").save().follow()
    assert balance(card.holder_id) == 0


@pytest.mark.parametrize("typed", ["-5", "1.001", "x", "9" * 30])
def test_what_is_no_amount_is_refused(salon: Salon, spring: GiftCardType, typed: str) -> None:
    card = bearer(spring)
    window = pay(add_code(bill(salon), CODE), card.holder_id, typed).save()
    assert beside(window, card.holder_id) and amount(window, card.holder_id) == typed
    assert balance(card.holder_id) == 50 and not Visit.objects.exists()


def test_what_is_taken_back_stays_at_hand(salon: Salon, spring: GiftCardType) -> None:
    card = bearer(spring)
    window = add_code(bill(salon), CODE).press("take_back_gift_card", card.holder_id)
    assert amount(window, card.holder_id) == "" and "€50.00 on it" in window.content
    assert amount(window.press("use_gift_card", card.holder_id), card.holder_id) == "50.00"


def test_a_code_that_was_typed_but_not_added_keeps_the_visit_from_being_saved(
    salon: Salon, spring: GiftCardType
) -> None:
    bearer(spring)
    window = bill(salon).fill(code=CODE).save()
    assert window.error("code").startswith("This code was typed but its gift card pays nothing yet.")
    assert window.fields["code"] == CODE and not Visit.objects.exists()


# Codes that are no good
# ----------------------------------------------------------------------------


def test_unknown_codes_and_those_of_other_guests_are_told_in_one_sentence(salon: Salon, spring: GiftCardType) -> None:
    named = make_gift_card_type(salon.cast.aurora, "Named", named=True)
    card = bearer(named, number=CODE, client=salon.anna)
    bearer(make_gift_card_type(salon.cast.borealis), number=OTHER_CODE)
    window = bill(salon)
    for code in (CODE, OTHER_CODE, "AB34"):
        add_code(window, code)
        assert (window.error("code"), window.fields["code"]) == (UNKNOWN, code)
        assert not lists(window, card.holder_id) and window.totals == "Due €60.00, left to pay €60.00."
    assert WrongTry.objects.count() == 6


def test_after_five_wrong_codes_the_window_says_how_long_to_wait(salon: Salon, spring: GiftCardType) -> None:
    card, window = bearer(spring), bill(salon)
    for number in range(5):
        assert add_code(window, f"guess {number}").error("code") == UNKNOWN
        # Nothing else that is pressed tries it again.
        window.press("recalculate", "find").press("pay_the_rest", "cash")
    add_code(window, CODE)
    assert window.error("code") == "Too many wrong codes. Wait 10 minutes, then type it again."
    assert window.fields["code"] == CODE and window.fields["payments-0-amount"] == "60.00"
    assert amount(add_code(bill(salon, user=salon.manager), CODE), card.holder_id) == "50.00"


def test_a_card_is_not_paid_with_by_its_id(salon: Salon, spring: GiftCardType) -> None:
    card = bearer(spring, client=salon.anna)
    forged = {"gift_cards-TOTAL_FORMS": "1", "gift_cards-0-gift_card": str(card.holder_id)}
    window = bill(salon).post(**{**forged, "gift_cards-0-amount": "10"})
    assert beside(window, card.holder_id) == UNKNOWN and "50.00" not in window.content
    window.save()
    assert beside(window, card.holder_id) == UNKNOWN and not Visit.objects.exists()
    window.press("take_back_gift_card", card.holder_id).press("pay_the_rest", "cash").save().follow()
    assert balance(card.holder_id) == 50


def test_a_code_that_another_user_gave_is_not_given_by_this_one(salon: Salon, spring: GiftCardType) -> None:
    card = bearer(spring, client=salon.nina)
    given = add_code(bill(salon, user=salon.manager), CODE).fields["given_codes"]
    for forged in (given, "", "x", given[:-1]):
        window = bill(salon)
        window = pay(window.post(given_codes=forged), card.holder_id, "10").save()
        assert beside(window, card.holder_id) == "Type the code of the gift card, as it stands on it."
    assert balance(card.holder_id) == 50


# The guest's own
# ----------------------------------------------------------------------------


def test_the_guests_own_card_is_listed_and_asks_for_its_code(salon: Salon, spring: GiftCardType) -> None:
    card = bearer(spring, client=salon.nina)
    window = bill(salon)
    assert "AB34 ····" in window.content and "€50.00 on it" in window.content
    assert "Type or scan its code to pay with it." in window.content
    assert not window.has_button("use_gift_card", card.holder_id) and CODE not in window.response.content.decode()
    pay(window, card.holder_id, "10").save()
    assert beside(window, card.holder_id) == "Type the code of the gift card, as it stands on it."
    assert amount(window, card.holder_id) == "10" and not Visit.objects.exists()
    # With the code, the amount stays what was typed.
    add_code(window, CODE).press("pay_the_rest", "cash").save().follow()
    assert balance(card.holder_id) == 40


def test_others_keep_what_was_paid_without_the_code_and_change_it_with_the_code_alone(
    salon: Salon, spring: GiftCardType
) -> None:
    card = bearer(spring, client=salon.nina)
    window = bill(salon, user=salon.manager).press("use_gift_card", card.holder_id)
    assert amount(window, card.holder_id) == "50.00"
    pay(window, card.holder_id, "1").press("pay_the_rest", "cash").save().follow()
    edited = window_of(salon.desk, Visit.objects.get()).press("take_off_payment", "cash").press("pay_the_rest", "card")
    edited.save().follow()
    assert balance(card.holder_id) == 49 and VisitMeans.objects.get().with_code
    assert "Type or scan its code to pay another amount." in edited.content
    assert not edited.has_button("use_gift_card", card.holder_id)
    for typed in ("50", "0.5", "*"):
        edited = window_of(salon.desk, Visit.objects.get()).press("take_off_payment", "card")
        pay(edited, card.holder_id, typed).save()
        assert beside(edited, card.holder_id) == "Type the code of the gift card, as it stands on it."
        assert balance(card.holder_id) == 49
    add_code(pay(edited, card.holder_id, "30"), CODE).press("pay_the_rest", "cash")
    edited.post(save="1", reason="More of the gift card").follow()
    assert balance(card.holder_id) == 20


def test_whose_card_it_is_goes_by_who_paid_with_it_last(salon: Salon, spring: GiftCardType) -> None:
    card = bearer(spring, "100", client=salon.anna)
    pay(add_code(bill(salon), CODE), card.holder_id, "10").press("pay_the_rest", "cash").save().follow()
    assert "€90.00 on it" in bill(salon).content
    assert not lists(bill(salon, salon.anna), card.holder_id)
    window_of(salon.manager, Visit.objects.get()).fill(status="waiting").save()
    assert lists(bill(salon, salon.anna), card.holder_id) and not lists(bill(salon), card.holder_id)


def test_codes_are_shown_to_who_may_see_them(salon: Salon, spring: GiftCardType) -> None:
    bearer(spring, client=salon.nina)
    give_right(salon, Right.SEE_CODES)
    assert CODE in bill(salon).content


def test_a_named_card_is_its_owners_and_needs_no_code(salon: Salon) -> None:
    named = make_gift_card_type(salon.cast.aurora, "Named", named=True)
    card = bearer(named, client=salon.nina)
    window = bill(salon).press("use_gift_card", card.holder_id)
    assert amount(window, card.holder_id) == "50.00"
    assert not lists(bill(salon, salon.anna), card.holder_id)
    window.press("pay_the_rest", "cash").save().follow()
    assert balance(card.holder_id) == 0


def test_another_guest_takes_along_what_was_scanned_alone(salon: Salon, spring: GiftCardType) -> None:
    scanned = bearer(spring)
    named = bearer(make_gift_card_type(salon.cast.aurora, "Named", named=True), "9", OTHER_CODE, client=salon.nina)
    window = add_code(bill(salon), CODE).press("use_gift_card", named.holder_id)
    window.press("change_guest").fill(guest_phone="+49 151 1234 5601").press("find_guest")
    assert amount(window, scanned.holder_id) == "50.00" and not lists(window, named.holder_id)
    window.press("pay_the_rest", "cash").save().follow()
    assert (balance(scanned.holder_id), balance(named.holder_id)) == (0, 9)


# Why not more
# ----------------------------------------------------------------------------


def test_what_keeps_a_card_from_paying_is_said(salon: Salon, spring: GiftCardType) -> None:
    chain, now = salon.cast.aurora, timezone.now()
    elsewhere = make_gift_card_type(chain, "Harbour only", locations=[salon.cast.harbour.pk])
    last_on = chain.local_date(now)
    cards = {
        "The gift card does not pay: the gift card is blocked. Let it pay nothing here.": bearer(spring, number="1111"),
        "The gift card does not pay: it was good through ": bearer(spring, number="2222", last_on=last_on),
        "The gift card is not accepted at this location. Let it pay nothing here.": bearer(elsewhere, number="3333"),
        "At most €0.00 can be paid with it here.": bearer(spring, number="4444"),
    }
    blocked, past, _far, empty = cards.values()
    block_gift_card(gift_card=blocked, reason="Lost", at=now)
    GiftCard.objects.filter(pk=past.pk).update(last_on=last_on - timedelta(days=1))
    adjust_balance(gift_card=empty, amount=Decimal(-50), comment="Counted", at=now, acting_user=PROGRAM)
    for sentence, card in cards.items():
        window = add_code(bill(salon), card.number)
        assert amount(window, card.holder_id) == ""
        pay(window, card.holder_id, "5").save()
        assert beside(window, card.holder_id).startswith(sentence)
    assert "It was good through" in add_code(bill(salon), "2222").content
    assert not Visit.objects.exists()


def test_a_card_pays_for_what_its_type_says(salon: Salon) -> None:
    services_only = make_gift_card_type(salon.cast.aurora, "Services", product_mode=ScopeMode.NONE)
    card = bearer(services_only, "500")
    oil = make_item(salon.cast.aurora, "Oil", "20.00", kind=ItemKind.PRODUCT)
    window = add_code(bill(salon).post(add_item=str(oil.pk)), CODE)
    assert amount(window, card.holder_id) == "60.00"
    assert "of at most €60.00 (all that it may pay of this bill)" in window.content
    assert "€60.00 of the bill may be paid with it." in window.content
    assert "left to pay €20.00" in window.totals


def test_money_that_is_recorded_already_leaves_less(salon: Salon, spring: GiftCardType) -> None:
    card = bearer(spring)
    window = bill(salon).fill(payments__0__amount="45").save().follow()
    assert amount(add_code(window, CODE), card.holder_id) == "15.00"
    assert "(all that the money already recorded leaves)" in window.content


# A card that pays once
# ----------------------------------------------------------------------------


@pytest.fixture
def once(salon: Salon) -> GiftCard:
    return bearer(make_gift_card_type(salon.cast.aurora, "Once", write_off=WriteOff.SINGLE), "100")


def test_the_most_of_a_card_that_pays_once_forfeits_the_rest_and_says_so(salon: Salon, once: GiftCard) -> None:
    window = add_code(bill(salon), CODE)
    assert "€40.00 is forfeited: it pays once" in window.content and "€0.00 left after this visit" in window.content
    window.save().follow()
    assert rows(once.holder_id) == [(PAYMENT, Decimal(-60)), (FORFEIT, Decimal(-40))]
    receipt = text_of(window.browser.get(reverse("visits:receipt", args=[salon.location.slug, Visit.objects.get().pk])))
    assert "Forfeited, as it pays once40.00" in receipt and "Left on it after this visit€0.00" in receipt


def test_less_than_the_most_needs_a_tick_that_names_what_is_lost(salon: Salon, once: GiftCard) -> None:
    window = pay(add_code(bill(salon), CODE), once.holder_id, "10").press("pay_the_rest", "cash")
    tick = field_of(window, once.holder_id).replace("amount", "agreed")
    said = "It pays once, and less than it could: €90.00 is forfeited. Tick that, or take the most."
    assert beside(window, once.holder_id) == said and "Yes, €90.00 is forfeited" in window.content
    for agreed in ("", "89.99", "on"):
        window.post(save="1", **{tick: agreed})
        assert beside(window, once.holder_id) == said and not Visit.objects.exists()
    window.post(save="1", **{tick: "90.00"}).follow()
    assert rows(once.holder_id) == [(PAYMENT, Decimal(-10)), (FORFEIT, Decimal(-90))]
    # What stands is not asked again.
    window.save().follow()


@pytest.fixture
def planned(salon: Salon, once: GiftCard) -> Visit:
    """A guest who is expected: 60.00 of a card of 100.00, which was the most that it could pay of the bill then."""
    add_code(bill(salon), CODE).fill(status="waiting").save().follow()
    visit = Visit.objects.get()
    window = window_of(salon.desk, visit).post(add_item=str(salon.colour.pk))
    tick = field_of(window, once.holder_id).replace("amount", "agreed")
    window.post(save="1", **{tick: "40.00"}).follow()
    visit.refresh_from_db()
    return visit


def test_what_was_planned_is_asked_again_until_it_was_paid(salon: Salon, once: GiftCard, planned: Visit) -> None:
    window = window_of(salon.desk, planned).fill(status="arrived").press("pay_the_rest", "cash").save()
    said = "It pays once, and less than it could: €40.00 is forfeited. Tick that, or take the most."
    assert beside(window, once.holder_id) == said and balance(once.holder_id) == 100
    tick = field_of(window, once.holder_id).replace("amount", "agreed")
    window.post(save="1", **{tick: "40.00"}).follow()
    assert rows(once.holder_id) == [(PAYMENT, Decimal(-60)), (FORFEIT, Decimal(-40))]
    # What stands is not asked again.
    window.save().follow()


def test_a_list_that_cannot_ask_leads_to_the_window(salon: Salon, once: GiftCard, planned: Visit) -> None:
    day = Browser()
    day.force_login(salon.desk)
    shown = {"shown_due": planned.due, "shown_value": planned.value, "shown_left": planned.left}
    sent = {"key": "8c1f2d84-6f0c-4f5e-9c55-0d6d2d0f6a12", "version": planned.version, **shown}
    page = day.post(reverse("visits:arrive", args=[salon.location.slug, planned.pk]), sent, follow=True)
    assert page.redirect_chain == [(f"{reverse('visits:visit', args=[salon.location.slug, planned.pk])}?arrive=1", 302)]
    assert "€40.00 is forfeited. Tick that, or take the most." in text_of(page)
    assert "Yes, €40.00 is forfeited" in text_of(page)
    assert balance(once.holder_id) == 100


def test_a_tick_holds_for_the_amount_that_it_named(salon: Salon, once: GiftCard) -> None:
    window = pay(add_code(bill(salon), CODE), once.holder_id, "10").press("pay_the_rest", "cash")
    tick = field_of(window, once.holder_id).replace("amount", "agreed")
    assert window.post(recalculate="leave", **{tick: "90.00"}).fields[tick] == "90.00"
    pay(window, once.holder_id, "20").press("pay_the_rest", "cash")
    assert tick not in window.fields
    assert "€80.00 is forfeited" in beside(window.save(), once.holder_id) and not Visit.objects.exists()


def test_a_tick_is_of_its_own_card_whatever_is_typed_for_another(
    salon: Salon, spring: GiftCardType, once: GiftCard
) -> None:
    """Also where that figure is the number by which the page knows the card."""
    figure = str(once.holder_id)
    other = bearer(spring, figure, OTHER_CODE)
    wedding = make_item(salon.cast.aurora, "Wedding", str(once.holder_id + 200))
    window = add_code(bill(salon).post(add_item=str(wedding.pk)), OTHER_CODE)
    window = add_code(pay(window, other.holder_id, figure), CODE)
    window = pay(window, once.holder_id, "10").press("pay_the_rest", "cash")
    tick = field_of(window, once.holder_id).replace("amount", "agreed")
    assert tick == "gift_cards-1-agreed"
    assert window.post(recalculate="leave", **{tick: "90.00"}).fields[tick] == "90.00"


# Other bills, other pages
# ----------------------------------------------------------------------------


def test_without_a_guest_a_card_pays_by_its_code(salon: Salon, spring: GiftCardType) -> None:
    salon.location.bills_without_guest = True
    salon.location.save()
    card = bearer(spring, "60", client=salon.anna)
    window = Window(salon.desk, reverse("visits:walk_in", args=[salon.location.slug]))
    window.press("without_guest").post(add_item=str(salon.haircut.pk))
    assert not lists(window, card.holder_id)
    add_code(window, CODE).save().follow()
    assert balance(card.holder_id) == 0 and Visit.objects.get().client is None


def test_a_planned_card_is_kept_with_its_code_and_pays_on_arrival(salon: Salon, spring: GiftCardType) -> None:
    card = bearer(spring, "60")
    add_code(bill(salon), CODE).fill(status="waiting").save().follow()
    visit = Visit.objects.get()
    assert balance(card.holder_id) == 60 and VisitMeans.objects.get().with_code
    day = Browser()
    day.force_login(salon.desk)
    assert "Gift card 60.00" in text_of(day.get(reverse("visits:day", args=[salon.location.slug])))
    shown = {"shown_due": visit.due, "shown_value": visit.value, "shown_left": visit.left}
    sent = {"key": "8c1f2d84-6f0c-4f5e-9c55-0d6d2d0f6a11", "version": visit.version, **shown}
    assert day.post(reverse("visits:arrive", args=[salon.location.slug, visit.pk]), sent).status_code == 302
    assert balance(card.holder_id) == 0


def test_changes_say_which_card_paid_how_much(salon: Salon, spring: GiftCardType) -> None:
    bearer(spring, "60")
    window = bill(salon).save().follow()
    add_code(window, CODE).save().follow()
    change = Visit.objects.get().changes.latest("version")
    assert change.kinds == [ChangeKind.GIFT_CARDS]
    assert "Gift card Spring AB34 ····" in window.content and CODE not in window.response.content.decode()


def test_two_edits_are_put_together(salon: Salon, spring: GiftCardType) -> None:
    first, second = bearer(spring, "20"), bearer(spring, "30", OTHER_CODE)
    visit = bill(salon).save().follow() and Visit.objects.get()
    assert visit
    mine, theirs = window_of(salon.desk, visit), window_of(salon.manager, visit)
    add_code(theirs, OTHER_CODE).save().follow()
    add_code(mine, CODE).save()
    assert "Gift card" in mine.content
    mine.press("merge")
    assert (amount(mine, first.holder_id), amount(mine, second.holder_id)) == ("20.00", "30.00")
    mine.save().follow()
    assert (balance(first.holder_id), balance(second.holder_id)) == (0, 0)


@pytest.mark.parametrize(
    ("currency", "price", "on_it", "paid"), [("JPY", "6000", "4500", "4500"), ("KWD", "6.125", "4.505", "4.505")]
)
def test_other_currencies_have_their_own_decimals(
    salon: Salon, currency: str, price: str, on_it: str, paid: str
) -> None:
    chain, north = salon.cast.borealis, salon.cast.north
    chain.currency = currency
    chain.save()
    desk = salon.manager
    make_access(desk, chain, Role.FRONT_DESK)
    item, guest = make_item(chain, "Cut", price), make_client(north, "Ken", "+49 151 1234 5650")
    card = bearer(make_gift_card_type(chain), on_it)
    window = new_window(desk, north, guest).post(add_item=str(item.pk))
    assert amount(add_code(window, CODE), card.holder_id) == paid
    too_fine = f"{paid}.5" if currency == "JPY" else f"{paid}1"
    assert beside(pay(window, card.holder_id, too_fine).save(), card.holder_id)
    pay(window, card.holder_id, paid).press("pay_the_rest", "cash").save().follow()
    assert balance(card.holder_id) == 0


def test_a_chain_without_gift_cards_shows_nothing_of_them(salon: Salon) -> None:
    window = bill(salon)
    assert "code" not in window.fields and "Gift card" not in window.content

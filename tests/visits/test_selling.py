"""Gift cards and top-ups are sold in the visit window."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from chains.access import ROLE_RIGHTS, Right, Role
from chains.models import Access, User, WrongTry
from clients.models import Client
from loyalty.accounts.models import Account
from loyalty.accounts.services import top_up
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.gift_cards.services import change_gift_card_type
from loyalty.rules.plan import MeansChoice, PaymentChoice, PaymentMethod, PlanValue, Status
from tests.cast import PROGRAM
from tests.pages import text_of
from tests.programs import make_account, make_account_type, make_gift_card, make_gift_card_type, make_visit
from tests.visits.conftest import Salon
from tests.visits.paying import CODE, OTHER_CODE, add_code, bill
from tests.visits.window import Window, new_window, window_of
from visits.checkout import save_visit
from visits.models import ValueLine, Visit
from visits.plans import plan_of

pytestmark = pytest.mark.django_db


def make_type(salon: Salon, name: str = "Voucher", least: str = "10", most: str = "500", **terms: Any) -> GiftCardType:
    """A gift card of an amount from 10.00 to 500.00, for whoever brings it."""
    return make_gift_card_type(salon.cast.aurora, name, par_least=Decimal(least), par_most=Decimal(most), **terms)


def opened(salon: Salon, client: Client, name: str = "Deposit") -> Account:
    """An account with nothing on it."""
    return make_account(client, make_account_type(salon.cast.aurora, name))


def test_a_gift_card_is_sold_beside_a_haircut(salon: Salon) -> None:
    voucher = make_type(salon)
    window = new_window(salon.desk, salon.location, salon.nina).post(add_item=str(salon.haircut.pk))
    window.press("sell", f"gift_card:{voucher.pk}")
    assert window.page.focus["id"] == "id_value-0-amount"
    assert window.totals == "Due €60.00, left to pay €60.00."
    window.fill(value__0__amount="50").press("recalculate")
    assert window.totals == "Due €60.00, left to pay €110.00."
    assert "Will be granted once all is paid." in window.text("value-0")
    window.press("pay_the_rest", "cash").save().follow()
    [card] = GiftCard.objects.all()
    assert card.par == card.holder.balance == 50
    assert (card.buyer, card.sold_by) == (salon.nina, salon.desk)
    assert f"Granted: {card.number}, good without end." in window.text("value-0")
    assert Visit.objects.get().value == 50


def test_a_card_of_a_type_that_is_over_is_neither_offered_nor_sold(salon: Salon) -> None:
    over = make_type(salon, valid_until=timezone.localdate() + timedelta(days=1))
    window = new_window(salon.desk, salon.location, salon.nina).press("sell", f"gift_card:{over.pk}")
    window.fill(value__0__amount="50").press("pay_the_rest", "cash")
    change_gift_card_type(
        gift_card_type=over,
        valid_until=timezone.localdate() - timedelta(days=2),
        at=timezone.now(),
        acting_user=PROGRAM,
    )
    window.press("recalculate")
    assert "can no longer be sold: it was good through" in window.content and "Choose another type." in window.content
    window.save()
    assert not GiftCard.objects.exists() and not Visit.objects.exists()
    assert ("sell", f"gift_card:{over.pk}") not in new_window(salon.desk, salon.location, salon.nina).page.buttons
    assert "Sell a gift card" not in page_of(salon, "visits:day")


def test_a_fixed_card_has_its_par_and_five_are_five_lines(salon: Salon) -> None:
    fifty = make_type(salon, "Fifty", "50", "50")
    window = new_window(salon.desk, salon.location, salon.nina)
    for _again in range(5):
        window.press("sell", f"gift_card:{fifty.pk}")
    assert window.readonly["id_value-4-amount"] == "50.00"
    window.fill(value__1__number="AB-12 34", value__3__number="ab1234").press("recalculate")
    assert window.error("value-3-number").startswith("Another gift card of the chain has this number.")
    window.fill(value__3__number="CD 99").press("remove_value", 0).press("pay_the_rest", "card").save().follow()
    assert {"AB-12 34", "CD 99"} < set(GiftCard.objects.values_list("number", flat=True))
    assert GiftCard.objects.count() == ValueLine.objects.count() == 4
    visit = Visit.objects.get()
    assert visit.is_sale and visit.value == 200


def test_the_price_is_the_amount_until_somebody_who_may_gives_another(salon: Salon) -> None:
    voucher = make_type(salon, suggested=[Decimal(25), Decimal(100)])
    window = new_window(salon.manager, salon.location, salon.nina).press("sell", f"gift_card:{voucher.pk}")
    window.press("take_amount", "0:100.00")
    assert window.fields["value-0-price"] == "100.00"
    assert window.page.focus["id"] == "id_value-0-number"
    window.fill(value__0__amount="80").press("recalculate")
    assert window.fields["value-0-price"] == "80.00"
    window.fill(value__0__price="75").press("recalculate")
    assert window.totals == "Due €0.00, left to pay €75.00."
    window.save().follow()
    # Not granted yet, the desk may leave the price and not give another.
    visit = Visit.objects.get()
    window = window_of(salon.desk, visit)
    assert window.readonly["id_value-0-price"] == "75.00"
    window.press("recalculate").save().follow()
    assert ValueLine.objects.get().price == 75
    window.post(**{"value-0-price": "1"}).press("pay_the_rest", "cash").save().follow()
    assert (ValueLine.objects.get().price, GiftCard.objects.get().par) == (Decimal(75), Decimal(80))


def test_a_number_that_was_saved_is_read_by_who_may_see_codes_alone(salon: Salon) -> None:
    """Neither its field, nor what the page was opened on, nor what somebody changed meanwhile gives it away."""
    voucher, owner, printed, other = make_type(salon), salon.cast.owner, "PRINT 4711 XY", "OTHER 8822 ZZ"
    window = new_window(owner, salon.location, salon.nina).press("sell", f"gift_card:{voucher.pk}")
    window.fill(value__0__amount="30", value__0__number=printed).press("recalculate").save().follow()
    assert window.fields["value-0-number"] == printed
    visit = Visit.objects.get()
    desk, theirs = window_of(salon.desk, visit), window_of(owner, visit)
    assert desk.fields["value-0-number"] == "PRIN ····"
    # What stands in its place keeps it, and is the number of no other.
    desk.fill(value__0__amount="40").press("recalculate")
    assert not desk.mistakes and printed not in desk.response.content.decode()
    theirs.fill(value__0__number=other).save().follow()
    desk.save()
    assert "PRIN ···· OTHE ····" in desk.mistakes.replace("30.00, ", "").replace("40.00, ", "")
    pages = [desk.response.content.decode()]
    desk.press("merge").save().follow()
    assert ValueLine.objects.get().number == other and ValueLine.objects.get().amount == 40
    pages.append(desk.response.content.decode())
    desk.post(sell=f"gift_card:{voucher.pk}").fill(value__1__amount="20", value__1__number="OTHE ····").save()
    assert desk.error("value-1-number").startswith("This is only the beginning of a number.")
    window_of(owner, visit).press("pay_the_rest", "cash").save().follow()
    assert GiftCard.objects.get().number == other
    sold = window_of(salon.desk, visit)
    assert "Granted: OTHE ····, good without end." in sold.text("value-0")
    pages.append(sold.response.content.decode())
    sold.press("recalculate").fill(value__0__price="1").save().follow()
    pages.append(sold.response.content.decode())
    assert not [page for page in pages if printed in page or other in page]
    assert other in window_of(owner, visit).response.content.decode()


def test_who_takes_the_money_once_more_learns_no_code(salon: Salon) -> None:
    """Unpaid by mistake and paid again, it is still the sale of who sold it."""
    voucher = make_type(salon, least="50", most="50")
    window = new_window(salon.desk, salon.location, salon.nina).press("sell", f"gift_card:{voucher.pk}")
    window.press("pay_the_rest", "cash").save().follow()
    visit = Visit.objects.with_plan().get()
    kept: dict[str, Any] = {"location": salon.location, "visit_id": visit.pk, "acting_user": salon.manager}
    unpaid = replace(plan_of(visit), payments=())
    save_visit(plan=unpaid, reason="Mistyped", key=uuid.uuid4(), at=timezone.now(), **kept)
    assert Visit.objects.get().settled_at is None
    paid = replace(unpaid, payments=(PaymentChoice(PaymentMethod.CASH, None),))
    save_visit(plan=paid, key=uuid.uuid4(), at=timezone.now(), **kept)
    card = GiftCard.objects.get()
    page = window_of(salon.manager, Visit.objects.get()).response.content.decode()
    assert card.sold_by == salon.desk and card.number not in page and card.masked_number in page


def test_a_typed_number_tells_no_code_but_at_a_save_which_counts_as_a_wrong_one(salon: Salon) -> None:
    voucher = make_type(salon)
    make_gift_card(voucher, "50", CODE)
    window = new_window(salon.desk, salon.location, salon.nina).press("sell", f"gift_card:{voucher.pk}")
    window.fill(value__0__amount="30").press("pay_the_rest", "cash")
    pages = []
    for number in (CODE, OTHER_CODE):
        window.fill(value__0__number=number).press("recalculate")
        pages.append((window.mistakes, window.error("value-0-number"), window.totals))
    assert pages[0] == pages[1] and not window.mistakes
    # A save without a new number, or with one that is refused for something else, is no wrong try.
    window.fill(value__0__amount="9").press("recalculate").save()
    assert window.error("value-0-amount") and not WrongTry.objects.exists()
    window.fill(value__0__amount="30", value__0__number=CODE.lower()).press("recalculate")
    for _again in range(5):
        window.save()
        assert window.error("value-0-number").startswith("Another gift card of the chain has this number.")
    assert WrongTry.objects.count() == 10
    for number in (CODE, OTHER_CODE):
        window.fill(value__0__number=number).save()
        assert window.error("value-0-number").startswith("Too many wrong codes. Wait 10 minutes, then save again")
    assert not Visit.objects.exists()
    other = bill(salon)
    assert add_code(other, CODE).error("code").startswith("Too many wrong codes.")
    # Without a number of its own the card is sold, and a colleague types one.
    window.fill(value__0__number="").save().follow()
    assert GiftCard.objects.filter(sold_by=salon.desk).count() == 1
    window = new_window(salon.manager, salon.location, salon.nina).press("sell", f"gift_card:{voucher.pk}")
    window.fill(value__0__amount="30", value__0__number=OTHER_CODE).press("pay_the_rest", "cash").save().follow()
    assert GiftCard.objects.filter(number=OTHER_CODE).exists() and WrongTry.objects.count() == 10


def test_each_number_of_a_save_that_another_card_has_counts_as_a_wrong_code(salon: Salon) -> None:
    voucher = make_type(salon)
    for code in (CODE, OTHER_CODE):
        make_gift_card(voucher, "50", code)
    window = new_window(salon.desk, salon.location, salon.nina)
    for index, number in enumerate((CODE, "FREE 1", OTHER_CODE)):
        window.press("sell", f"gift_card:{voucher.pk}")
        window.fill(**{f"value__{index}__amount": "30", f"value__{index}__number": number})
    window.press("pay_the_rest", "cash")
    for wrong in (2, 4, 6):
        assert window.save().error("value-0-number").startswith("Another gift card of the chain has this number.")
        assert WrongTry.objects.count() == 2 * wrong
    assert window.save().error("value-0-number").startswith("Too many wrong codes.")
    # Twice the same tells of no card.
    WrongTry.objects.all().delete()
    window.fill(value__0__number="FREE 1", value__2__number="FREE 2").save()
    assert window.error("value-1-number") and not WrongTry.objects.exists()
    window.fill(value__0__number="FREE 3").save().follow()
    assert GiftCard.objects.filter(number__startswith="FREE").count() == 3 and not WrongTry.objects.exists()


def test_what_was_sold_leads_to_its_page_for_who_may_open_it(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    voucher, account = make_type(salon), opened(salon, salon.nina)
    window = new_window(salon.desk, salon.location, salon.nina).press("sell", f"gift_card:{voucher.pk}")
    window.fill(value__0__amount="30").press("sell", f"top_up:{account.pk}").fill(value__1__amount="20")
    window.press("pay_the_rest", "cash").save().follow()
    [card] = GiftCard.objects.all()
    at = [salon.location.slug]
    card_page = reverse("loyalty_clients:location_gift_card", args=[*at, card.pk])
    account_page = reverse("loyalty_clients:location_account", args=[*at, account.pk])
    # Once at what was sold, and once at what may pay.
    told = [window.response.content.decode().count(f'href="{page}"') for page in (card_page, account_page)]
    assert told == [2, 2]
    monkeypatch.setitem(ROLE_RIGHTS, Role.FRONT_DESK, ROLE_RIGHTS[Role.FRONT_DESK] - {Right.VIEW_CLIENTS})
    page = window_of(salon.desk, Visit.objects.get()).response.content.decode()
    assert card_page not in page and account_page not in page


def test_what_cannot_be_sold_stands_beside_its_field(salon: Salon) -> None:
    voucher = make_type(salon)
    window = new_window(salon.desk, salon.location, salon.nina).press("sell", f"gift_card:{voucher.pk}").save()
    assert window.error("value-0-amount") == "For how much? Type the amount, or put this aside."
    for amount, sentence in (("9", "This amount cannot be sold: "), ("x", "Type an amount of 0 or more")):
        window.fill(value__0__amount=amount).save()
        assert window.error("value-0-amount").startswith(sentence)
    window.fill(value__0__amount="20", value__0__recipient_email="nobody", value__0__send_on="2020-01-01").save()
    assert window.error("value-0-recipient_email").startswith("This is no e-mail address.")
    assert window.error("value-0-send_on").startswith("This day is past.")
    window.fill(value__0__recipient_email="", value__0__send_on="").post(sell="gift_card:4711")
    window.fill(value__1__amount="20").save()
    assert window.error("value-1-amount").startswith("No more of these may be sold.")
    window.press("remove_value", 1).post(sell=f"top_up:{opened(salon, salon.anna).pk}")
    window.fill(value__1__amount="20").save()
    assert window.error("value-1-amount").startswith("The account belongs to another client.")
    assert "Deposit" not in window.text("value-1")
    assert not Visit.objects.exists()


#: Neither is a figure that anybody may type.
WRONG_PRICES = [("price", "abc"), ("price", "-1"), ("price", "1.234")]
WRONG_AMOUNTS = [("amount", "-5"), ("amount", "1e9")]


def sell_with(salon: Salon, who: User, field: str, typed: str) -> Window:
    """A gift card of 20.00, with this typed into one of its fields before it is saved."""
    voucher = make_type(salon)
    window = new_window(who, salon.location, salon.nina).press("sell", f"gift_card:{voucher.pk}")
    return window.fill(value__0__amount="20").press("recalculate").post(**{f"value-0-{field}": typed}).save()


@pytest.mark.parametrize(
    ("who", "field", "typed"),
    [("manager", *wrong) for wrong in WRONG_PRICES + WRONG_AMOUNTS] + [("desk", *wrong) for wrong in WRONG_AMOUNTS],
)
def test_a_figure_that_is_none_is_refused_beside_it(salon: Salon, who: str, field: str, typed: str) -> None:
    window = sell_with(salon, getattr(salon, who), field, typed)
    assert "Type " in window.error(f"value-0-{field}"), window.mistakes
    assert not Visit.objects.exists()


@pytest.mark.parametrize(("field", "typed"), WRONG_PRICES)
def test_what_is_typed_as_price_by_who_may_give_none_is_not_read(salon: Salon, field: str, typed: str) -> None:
    """It is sold for its amount."""
    window = sell_with(salon, salon.desk, field, typed)
    assert not window.mistakes
    assert ValueLine.objects.get().price == 20


def test_what_is_a_guests_is_not_sold_to_nobody(salon: Salon) -> None:
    own = make_type(salon, "Named", named=True)
    salon.location.bills_without_guest = True
    salon.location.save(update_fields=["bills_without_guest"])
    window = Window(salon.desk, reverse("visits:walk_in", args=[salon.location.slug])).press("without_guest")
    assert not window.has_button("sell", f"gift_card:{own.pk}")
    window.post(sell=f"gift_card:{own.pk}").fill(value__0__amount="20").save()
    assert window.error("value-0-amount").startswith("This is sold to a guest by name.")
    assert not Visit.objects.exists()


def test_only_who_may_sell_sells(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    voucher = make_type(salon)
    offered = new_window(salon.desk, salon.location, salon.nina)
    monkeypatch.setattr(Access, "rights", Role.FRONT_DESK.rights - {Right.SELL_VALUE})
    window = new_window(salon.desk, salon.location, salon.nina)
    assert offered.has_button("sell", f"gift_card:{voucher.pk}") and not window.has_button("sell")
    assert "Sell a gift card" not in window.content
    window.post(sell=f"gift_card:{voucher.pk}").fill(value__0__amount="20").save()
    assert window.error("value-0-amount").startswith("Only who has the right to sell")
    assert not Visit.objects.exists()


def test_an_account_is_topped_up_for_its_amount(salon: Salon) -> None:
    account, other = opened(salon, salon.nina), opened(salon, salon.anna, "Other")
    window = new_window(salon.desk, salon.location, salon.nina)
    assert not window.has_button("sell", f"top_up:{other.pk}")
    window.press("sell", f"top_up:{account.pk}").fill(value__0__amount="30").press("pay_the_rest", "cash")
    window.save().follow()
    account.holder.refresh_from_db()
    assert account.holder.balance == 30
    assert "Granted." in window.text("value-0")


def test_what_was_used_stays_sold_and_leads_to_the_visit(salon: Salon) -> None:
    voucher = make_type(salon)
    window = new_window(salon.desk, salon.location, salon.nina).press("sell", f"gift_card:{voucher.pk}")
    window.fill(value__0__amount="30").press("pay_the_rest", "cash").save().follow()
    sale, card = Visit.objects.get(), GiftCard.objects.get()
    used = make_visit(
        salon.location, salon.anna, [salon.haircut], at=timezone.now(), means=(MeansChoice(card.holder_id, None),)
    )
    # It is told before anything is pressed that would be refused.
    window.press("remove_value", 0).press("take_off_payment", "cash")
    told = window.content
    assert "Something of what this bill sold was used." in told and f"Visit {used.pk} of" in told and not window.moves
    window.fill(reason="Back").save()
    assert "Something of what this bill sold was used." in window.mistakes
    assert f"Visit {used.pk} of" in window.mistakes
    assert reverse("visits:visit", args=[salon.location.slug, used.pk]) in window.response.content.decode()
    browser = Browser()
    browser.force_login(salon.desk)
    sent = {"key": str(uuid.uuid4()), "version": sale.version, "reason": "Back"}
    cancelling = reverse("visits:cancel", args=[salon.location.slug, sale.pk])
    for page in (browser.get(cancelling), browser.post(cancelling, sent)):
        assert text_of(page).count("Something of what this bill sold was used.") == 1
        assert f"Visit {used.pk} of" in text_of(page) and "After" not in text_of(page)
        assert "btn-danger" not in page.content.decode()
    assert Visit.objects.get(pk=sale.pk).status == Status.ARRIVED


def test_a_visit_where_one_does_not_work_is_named_without_a_link(salon: Salon) -> None:
    voucher, harbour = make_type(salon), salon.cast.harbour
    window = new_window(salon.desk, salon.location, salon.nina).press("sell", f"gift_card:{voucher.pk}")
    window.fill(value__0__amount="30").press("pay_the_rest", "cash").save().follow()
    sale, card = Visit.objects.get(), GiftCard.objects.get()
    used = make_visit(
        harbour, salon.anna, [salon.haircut], at=timezone.now(), means=(MeansChoice(card.holder_id, None),)
    )
    address = reverse("visits:visit", args=[harbour.slug, used.pk])
    window.press("remove_value", 0).press("take_off_payment", "cash").fill(reason="Back").save()
    assert f"Visit {used.pk} of" in window.mistakes and f", {harbour}" in window.mistakes
    assert address not in window.response.content.decode()
    browser = Browser()
    for user, is_linked in ((salon.desk, False), (salon.cast.owner, True)):
        browser.force_login(user)
        sent = {"key": str(uuid.uuid4()), "version": sale.version, "reason": "Back"}
        page = browser.post(reverse("visits:cancel", args=[salon.location.slug, sale.pk]), sent)
        assert f"Visit {used.pk} of" in text_of(page) and (address in page.content.decode()) == is_linked


def test_a_sale_whose_figures_changed_meanwhile_is_shown_anew(salon: Salon) -> None:
    voucher = make_type(salon)
    window = new_window(salon.desk, salon.location, salon.nina).press("sell", f"gift_card:{voucher.pk}")
    window.fill(value__0__amount="30").press("recalculate").post(save="1", shown_value="20.00")
    assert "What is sold beside the bill changed" in window.mistakes
    window.press("recalculate").post(save="1", shown_left="20.00")
    assert "What is left to pay changed" in window.mistakes
    assert not Visit.objects.exists()


def sell_page(salon: Salon) -> Window:
    return Window(salon.desk, reverse("visits:sell", args=[salon.location.slug]))


def page_of(salon: Salon, name: str, *objects: object, user: User | None = None) -> str:
    browser = Browser()
    browser.force_login(user or salon.desk)
    return text_of(browser.get(reverse(name, args=[salon.location.slug, *objects])))


def test_a_gift_card_is_sold_to_nobody_and_is_no_visit(salon: Salon) -> None:
    """Also where no other bill may be without a guest."""
    salon.location.bills_without_guest = False
    salon.location.save(update_fields=["bills_without_guest"])
    assert "Sell a gift card" not in page_of(salon, "visits:day")
    voucher = make_type(salon, valid_until=date(2099, 12, 31))
    assert "Sell a gift card" in page_of(salon, "visits:day")
    window = sell_page(salon)
    assert window.page.focus["value"] == f"gift_card:{voucher.pk}"
    window.press("sell", f"gift_card:{voucher.pk}").fill(value__0__amount="40").press("pay_the_rest", "cash").save()
    assert window.error("guest_phone") == "Whose visit is it? Type the guest's phone."
    window.press("without_guest").save().follow()
    sale, card = Visit.objects.get(), GiftCard.objects.get()
    assert (sale.client, sale.is_sale, sale.status, card.buyer) == (None, True, Status.ARRIVED, None)
    day = page_of(salon, "visits:day")
    assert "Visits 0 Due" in day and "Gift card 40.00" in day
    assert "of it €40.00 for gift cards and top-ups on bills" in day and "Cash €40.00" in day
    window.post(add_item=str(salon.haircut.pk)).press("pay_the_rest", "cash").save()
    assert "This location makes no bills without a guest." in window.mistakes
    assert not Visit.objects.get().lines.exists()
    receipt = page_of(salon, "visits:receipt", sale.pk)
    assert card.number in receipt and "good through 31 Dec 2099" in receipt and "Due" not in receipt
    other = page_of(salon, "visits:receipt", sale.pk, user=salon.manager)
    assert card.number not in other and card.masked_number in other


def test_takings_tell_money_for_value_from_money_for_services(salon: Salon) -> None:
    """An account pays what is due first, so that what is sold is paid by other money."""
    voucher, account = make_type(salon), opened(salon, salon.nina)
    top_up(
        account=account,
        amount=Decimal(50),
        method=PaymentMethod.CARD,
        comment="",
        location=salon.location,
        at=timezone.now(),
        acting_user=salon.manager,
    )
    value = (PlanValue("gift_card", Decimal(30), Decimal(30), voucher.pk),)
    means = (MeansChoice(account.holder_id, Decimal(45)),)
    make_visit(salon.location, salon.nina, [salon.haircut], at=timezone.now(), value=value, means=means)
    day = page_of(salon, "visits:day")
    assert "Takings €95.00" in day and "of it €30.00 for gift cards and top-ups on bills" in day
    assert "of it €50.00 top-ups of accounts, less pay-outs" in day
    assert "Cash €45.00Bank card €50.00" in day and "Paid from account €45.00" in day

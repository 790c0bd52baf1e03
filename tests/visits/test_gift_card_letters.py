"""Who gets a gift card is told of it, and of what a payment leaves on it: what is true when it is sent, once."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.messages.delivery import deliver_due
from clients.messages.letters import Letter
from clients.messages.models import Message, MessageKind, MessageState, Trouble
from clients.models import Client
from loyalty.gift_cards.letters import send_again
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.gift_cards.services import block_gift_card
from loyalty.rules.plan import MeansChoice, PlanValue, Recipient, Status
from tests.cast import PROGRAM
from tests.pages import text_of
from tests.programs import make_visit, moment
from tests.visits.conftest import Salon
from tests.visits.test_selling import make_type, page_of
from tests.visits.window import window_of
from visits.checkout import save_visit
from visits.models import Visit
from visits.plans import plan_of

pytestmark = pytest.mark.django_db

SOLD = moment("2026-12-01 10:00")
#: Nine in Berlin.
MORNING = moment("2026-12-03 08:00")
FOR_OLGA = Recipient("Olga", "olga@example.com", "Happy birthday!", date(2026, 12, 3))


class Post:
    """Keeps what it carries."""

    leaves = MessageState.SENT

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def carry(self, letter: Letter) -> None:
        self.letters.append(letter)


def sell(
    salon: Salon,
    client: Client | None,
    voucher: GiftCardType,
    recipient: Recipient = FOR_OLGA,
    at: datetime = SOLD,
) -> Visit:
    """A gift card of 50.00."""
    value = (PlanValue("gift_card", Decimal(50), Decimal(50), voucher.pk, recipient=recipient),)
    return make_visit(salon.location, client, [], at=at, value=value)


def saved_again(visit: Visit, at: datetime = SOLD + timedelta(minutes=5), **changed: Any) -> Visit:
    now = Visit.objects.with_plan().get(pk=visit.pk)
    plan = replace(plan_of(now), **changed)
    place, key = now.location, uuid.uuid4()
    return save_visit(location=place, plan=plan, visit_id=now.pk, key=key, at=at, acting_user=PROGRAM)


def letters_at(at: Any) -> list[Letter]:
    post = Post()
    deliver_due(carrier=post, at=at)
    return post.letters


@pytest.fixture
def voucher(salon: Salon) -> GiftCardType:
    Client.objects.filter(pk=salon.nina.pk).update(email="nina@example.com")
    return make_type(salon, valid_count=1, valid_unit="years", write_off="single")


def test_who_gets_a_card_is_told_in_the_morning_of_the_chosen_day(salon: Salon, voucher: GiftCardType) -> None:
    sale = sell(salon, salon.nina, voucher)
    [message], [card] = Message.objects.all(), GiftCard.objects.all()
    assert (message.client, message.due_at, message.about_id) == (salon.nina, MORNING, card.pk)
    saved_again(sale)
    assert letters_at(MORNING - timedelta(seconds=1)) == []
    [letter] = letters_at(MORNING)
    assert (letter.to, letter.subject) == ("olga@example.com", "A gift card of €50.00 for you from Nina Neu")
    for told in (
        "Hello Olga,",
        "Happy birthday!",
        f"Its code: {card.number}",
        "through 1 December 2027",
        "pays once",
    ):
        assert told in letter.text
    assert "cid:code" in letter.html and card.number in letter.html
    sent = letter.as_mail().message()
    parts = {part.get_content_type(): part for part in sent.walk()}
    assert sent.get_content_type() == "multipart/related" and parts["image/png"]["Content-ID"] == "<code>"
    assert letter.pictures["code"].startswith(b"\x89PNG\r\n\x1a\n")
    assert letters_at(MORNING + timedelta(days=1)) == [] and Message.objects.count() == 1
    send_again(card, at=MORNING + timedelta(days=2), acting_user=PROGRAM)
    [again] = letters_at(MORNING + timedelta(days=2))
    assert again.message_id != letter.message_id and again.text == letter.text


def test_what_is_no_longer_so_is_told_to_nobody(salon: Salon, voucher: GiftCardType) -> None:
    sales = [sell(salon, salon.nina, voucher) for _each in range(2)]
    returned, blocked = GiftCard.objects.order_by("pk")
    saved_again(sales[0], status=Status.CANCELLED)
    block_gift_card(gift_card=blocked, reason="Lost", at=SOLD)
    assert letters_at(MORNING) == []
    told = dict(Message.objects.values_list("about_id", "trouble"))
    assert told == {returned.pk: Trouble.CARD_RETURNED, blocked.pk: Trouble.CARD_BLOCKED}
    # Sold again, it is told again.
    saved_again(sales[0], status=Status.ARRIVED)
    assert [letter.to for letter in letters_at(MORNING)] == ["olga@example.com"]


def test_a_card_that_is_granted_anew_is_told_anew_as_its_bill_is_then(salon: Salon, voucher: GiftCardType) -> None:
    sale = sell(salon, salon.nina, voucher)
    [first] = letters_at(MORNING)
    saved_again(sale, status=Status.WAITING)
    line = plan_of(Visit.objects.with_plan().get(pk=sale.pk)).value[0]
    meant = Recipient("Olja", "olja@example.com", "For you")
    changed = replace(line, number="PR-1", recipient=meant)
    saved_again(sale, status=Status.WAITING, client_id=salon.anna.pk, value=(changed,))
    saved_again(sale, status=Status.ARRIVED)
    card = GiftCard.objects.get()
    assert (card.buyer, card.number, card.recipient.as_plan()) == (salon.anna, "PR-1", meant)
    saved_again(sale)
    [second] = letters_at(MORNING + timedelta(days=1))
    assert (first.to, second.to) == ("olga@example.com", "olja@example.com")
    assert "PR-1" in second.text and "Hello Olja," in second.text and Message.objects.get().client == salon.anna
    assert letters_at(MORNING + timedelta(days=2)) == []


def test_for_whom_a_granted_card_is_may_be_mended(salon: Salon, voucher: GiftCardType) -> None:
    now = timezone.now()
    days = [now + timedelta(days=count) for count in range(5)]
    sale = sell(salon, salon.nina, voucher, replace(FOR_OLGA, send_on=salon.location.local_date(days[1])), at=now)
    window = window_of(salon.cast.owner, sale)
    chosen = salon.location.local_date(days[3]).isoformat()
    window.fill(value__0__recipient_email="olja@example.com", value__0__send_on=chosen).save().follow()
    assert letters_at(days[2]) == []
    [letter] = letters_at(days[4])
    assert letter.to == "olja@example.com"
    # One that went out stays, until somebody sends it again.
    window.fill(value__0__recipient_email="olga@example.org").save().follow()
    assert letters_at(days[4]) == []
    assert GiftCard.objects.get().recipient.email == "olga@example.org"


def test_the_address_of_a_letter_is_the_sellers_to_mend_on_that_day_and_then_of_who_may_see_codes(
    salon: Salon, voucher: GiftCardType
) -> None:
    now, email = timezone.now(), "value-0-recipient_email"
    tomorrow = replace(FOR_OLGA, send_on=salon.location.local_date(now + timedelta(days=1)))
    sale = sell(salon, salon.nina, voucher, tomorrow, at=now)
    GiftCard.objects.update(sold_by=salon.desk)
    window_of(salon.desk, sale).fill(value__0__recipient_email="olja@example.com").save().follow()
    assert GiftCard.objects.get().recipient.email == "olja@example.com"
    # A colleague mends all but that, also while the bill waits to be paid again: it would grant the same code.
    for status in (Status.ARRIVED, Status.WAITING):
        saved_again(sale, now, status=status)
        theirs = window_of(salon.manager, sale).fill(value__0__recipient_email="manager@example.com")
        for button in ("recalculate", "save"):
            assert theirs.press(button).error(email).startswith("Another address gets the code.")
        theirs.fill(value__0__recipient_email="olja@example.com", value__0__recipient_name=status.value)
        theirs.save().follow()
    saved_again(sale, now, status=Status.ARRIVED)
    GiftCard.objects.update(sold_at=now - timedelta(days=1))
    late = window_of(salon.desk, sale).fill(value__0__recipient_email="desk@example.com").save()
    assert late.error(email).startswith("Another address gets the code.")
    window_of(salon.cast.owner, sale).fill(value__0__recipient_email="olga@example.org").save().follow()
    recipient = GiftCard.objects.get().recipient
    assert (recipient.email, recipient.name) == ("olga@example.org", Status.WAITING.value)


def test_the_letter_is_sent_again_to_the_address_that_is_shown(salon: Salon, voucher: GiftCardType) -> None:
    sale = sell(salon, salon.nina, voucher, Recipient("Olga", "olga@example.com"), at=timezone.now())
    letters_at(timezone.now())
    card, browser = GiftCard.objects.get(), Browser()
    browser.force_login(salon.manager)
    card_page = reverse("loyalty_clients:location_gift_card", args=[salon.location.slug, card.pk])
    page = f"{card_page}letter/"
    assert page in browser.get(card_page).content.decode()
    asked = browser.get(page)
    assert "It goes to olga@example.com at once" in text_of(asked)
    sent = {name: asked.context["form"][name].value() for name in ("key", "shown_to")}
    assert browser.post(page, sent).status_code == 302
    [again] = letters_at(timezone.now())
    assert again.to == "olga@example.com" and card.number in again.text
    assert browser.post(page, sent).status_code == 302
    assert letters_at(timezone.now()) == []
    # To another address it goes by who may see the code.
    window_of(salon.cast.owner, sale).fill(value__0__recipient_email="desk@example.com").save().follow()
    assert "by who may see the code" in text_of(post_anew(browser, page)) and letters_at(timezone.now()) == []
    assert page not in browser.get(card_page).content.decode()
    browser.force_login(salon.cast.owner)
    stale = post_anew(browser, page, shown_to="olga@example.com")
    assert "Nothing was saved." in text_of(stale) and "It goes to desk@example.com at once" in text_of(stale)
    assert stale.context["form"]["shown_to"].value() == "desk@example.com"
    assert post_anew(browser, page).status_code == 302
    assert [letter.to for letter in letters_at(timezone.now())] == ["desk@example.com"]


def post_anew(browser: Browser, page: str, **changed: str) -> Any:
    """The form as the page shows it, sent once."""
    form = browser.get(page).context["form"]
    return browser.post(page, {name: form[name].value() for name in ("key", "shown_to")} | changed)


def test_without_an_address_of_theirs_the_buyer_is_told_at_once(salon: Salon, voucher: GiftCardType) -> None:
    sell(salon, salon.anna, voucher, Recipient("Olga"))
    assert not Message.objects.exists()
    sell(salon, salon.nina, voucher, Recipient("Olga"))
    [letter] = letters_at(SOLD)
    assert (letter.to, letter.subject) == ("nina@example.com", "Your gift card of €50.00 at Aurora")
    assert "Hello Nina Neu," in letter.text
    sell(salon, None, voucher)
    assert Message.objects.get(client=None).due_at == MORNING


def test_after_a_payment_it_is_told_what_is_left(salon: Salon) -> None:
    several = make_type(salon, "Several")
    sell(salon, None, several)
    card = GiftCard.objects.get()
    paid = make_visit(
        salon.location, salon.boris, [salon.haircut], at=SOLD, means=(MeansChoice(card.holder_id, Decimal(20)),)
    )
    saved_again(paid)
    [message] = Message.objects.filter(kind=MessageKind.GIFT_CARD_USED)
    [letter] = letters_at(SOLD)
    assert (letter.to, letter.subject) == ("olga@example.com", "€30.00 left on your gift card at Aurora")
    assert "€20.00 were paid" in letter.text and card.masked_number in letter.text and card.number not in letter.text
    saved_again(paid, status=Status.CANCELLED)
    saved_again(paid, status=Status.ARRIVED)
    saved_again(paid, status=Status.CANCELLED)
    assert letters_at(SOLD + timedelta(hours=1)) == []
    assert Message.objects.filter(kind=MessageKind.GIFT_CARD_USED).latest("pk").trouble == Trouble.USE_UNDONE
    assert Message.objects.get(pk=message.pk).state == MessageState.SENT


def test_messages_show_the_letter_and_paper_has_the_same(salon: Salon, voucher: GiftCardType) -> None:
    sale = sell(salon, None, voucher)
    card, message = GiftCard.objects.get(), Message.objects.get()
    browser = Browser()
    browser.force_login(salon.cast.owner)
    assert "Gift card for you" in text_of(browser.get(reverse("clients:message_list", args=["aurora"])))
    page = text_of(browser.get(reverse("clients:message", args=["aurora", message.pk])))
    assert "olga@example.com" in page and card.number in page
    printed = page_of(salon, "visits:gift_cards", sale.pk, user=salon.cast.owner)
    for told in ("€50.00", "For Olga", "Happy birthday!", card.number, "Good through 1 December 2027.", "pays once"):
        assert told in printed
    assert card.number not in page_of(salon, "visits:gift_cards", sale.pk)
    assert "Print the gift cards" in page_of(salon, "visits:receipt", sale.pk)
    haircut = make_visit(salon.location, salon.anna, [salon.haircut], at=SOLD)
    address = reverse("visits:gift_cards", args=[salon.location.slug, haircut.pk])
    assert "This bill sold no gift card" in text_of(browser.get(address))

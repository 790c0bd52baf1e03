"""A program is turned on from one page, and works: a new guest, a card, a checkout."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chains.access import Role
from loyalty.cards.models import Card, CardType
from loyalty.cards.services import change_card_type
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Lot, Transaction
from loyalty.programs.terms import terms_of
from loyalty.promotions.models import Promotion
from loyalty.referral.models import ReferralProgram
from loyalty.referral.services import set_referral_program
from loyalty.rules.plan import DiscountChoice
from loyalty.rules.terms import ItemKind, PromotionKind
from loyalty.start.meanwhile import version_of_start
from loyalty.start.offers import cashback
from loyalty.start.services import free_name, start_promotion
from tests.cast import LONG_AGO, PROGRAM, Cast, make_access, make_chain, make_location
from tests.chains.test_access import visitor
from tests.pages import fill, mistakes, text_of
from tests.plugins.races import overtaken
from tests.programs import (
    make_card,
    make_card_type,
    make_client,
    make_item,
    make_promotion,
    make_referral_program,
    make_visit,
    moment,
)

START = "/chains/aurora/start/"


def opened(cast: Cast, program: str = "cashback", chain: str = "aurora") -> tuple[Any, Any]:
    client = visitor(cast.administrator)
    return client, client.get(f"/chains/{chain}/start/?program={program}")


def turned_on(cast: Cast, program: str = "cashback", **texts: Any) -> Any:
    """The page that says what works now."""
    client, page = opened(cast, program)
    answer = client.post(f"{START}?program={program}", fill(page, save="1", **texts), follow=True)
    assert answer.redirect_chain, mistakes(answer)
    return answer


def stands(page: Any, name: str) -> str:
    """What a field holds."""
    return str(fill(page)[name][0])


def results(page: Any) -> list[tuple[str, Decimal]]:
    return [(result.label, result.amount) for _title, bill in page.context["bills"] for result in bill.results]


def test_cashback_as_it_is_suggested_reaches_a_new_guest(cast: Cast) -> None:
    _client, page = opened(cast)
    assert "Every visit gives 5 % of what the guest paid, in points." in text_of(page)
    assert "Every new client gets one by itself." in text_of(page)
    # Of services for 60 and products for 15.
    assert results(page) == [("Points for the guest", Decimal("3.75"))]
    page = turned_on(cast)
    assert "A new guest gets a card of the type Loyalty card" in text_of(page)
    guest = make_client(cast.center, "Gina Guest", "+4915112345601", at=moment("2026-03-01 09:00"))
    card = Card.objects.get(client=guest)
    make_visit(cast.center, guest, [make_item(cast.aurora, "Haircut", "60.00")], at=moment("2026-03-01 10:00"))
    row = Transaction.objects.get(kind=TransactionKind.PROMOTION_ACCRUAL)
    assert (row.holder_id, row.amount) == (card.holder_id, Decimal("3.00"))
    assert str(Lot.objects.get(transaction=row).last_on) == "2027-03-01"


def test_tiers_take_a_discount_off_once_enough_was_sold(cast: Cast) -> None:
    page = turned_on(cast, "tiers", **{"rules-0-start": "100", "rules-1-start": "", "rules-1-value": ""})
    assert "the desk applies the discount with one press" in text_of(page)
    promotion = Promotion.objects.get()
    assert terms_of(promotion).rules == [["100", "3"], ["1000", "10"]]
    guest = make_client(cast.center, "Gina Guest", "+4915112345601")
    haircut = make_item(cast.aurora, "Haircut", "100.00")
    make_visit(cast.center, guest, [haircut], at=moment("2026-03-01 10:00"))
    discounts = (DiscountChoice(Card.objects.get().pk, promotion.pk),)
    second = make_visit(cast.center, guest, [haircut], at=moment("2026-03-02 10:00"), discounts=discounts)
    assert (second.discount, second.due) == (Decimal("3.00"), Decimal("97.00"))


def test_tiers_may_be_of_points(cast: Cast) -> None:
    turned_on(cast, "tiers", gives="points")
    promotion = Promotion.objects.get()
    assert (promotion.name, terms_of(promotion).kind) == ("Growing cashback", PromotionKind.CASHBACK_CUMULATIVE_PAID)


def test_every_third_is_free_of_the_one_service_that_there_is(cast: Cast) -> None:
    client, page = opened(cast, "free")
    assert "Add the first one." in text_of(page) and "/locations/center/items/new/" in page.content.decode()
    assert client.post(f"{START}?program=free", {"save": "1"}).status_code == 200
    coffee = make_item(cast.aurora, "Coffee", "4.00")
    make_item(cast.aurora, "Beans", "12.00", kind=ItemKind.PRODUCT)
    turned_on(cast, "free", units="2")
    promotion = Promotion.objects.get()
    assert promotion.name == "Coffee: 2 paid, 1 free"
    guest = make_client(cast.center, "Gina Guest", "+4915112345601")
    visit = make_visit(
        cast.center,
        guest,
        [coffee, coffee, coffee],
        at=moment("2026-03-01 10:00"),
        discounts=(DiscountChoice(Card.objects.get().pk, promotion.pk),),
    )
    assert (visit.sold, visit.discount) == (Decimal("12.00"), Decimal("4.00"))


def test_a_friend_is_brought(cast: Cast) -> None:
    _client, page = opened(cast, "friend")
    assert results(page)[:2] == [("Discount", Decimal("7.50")), ("Points for the inviter", Decimal("3.38"))]
    page = turned_on(cast, "friend")
    assert "types the phone of who invited them" in text_of(page)
    inviter = make_client(cast.center, "Ivo Inviter", "+4915112345601")
    friend = make_client(cast.center, "Fred Friend", "+4915112345602")
    haircut = make_item(cast.aurora, "Haircut", "100.00")
    make_visit(cast.center, friend, [haircut], at=moment("2026-03-01 10:00"), referral=str(inviter.phone))
    row = Transaction.objects.get(kind=TransactionKind.REFERRAL_ACCRUAL)
    assert (row.client, row.amount) == (inviter, Decimal("4.50"))
    # There is one for the whole chain.
    client, page = opened(cast, "friend")
    assert "The referral program is on already" in text_of(page)
    client.post(f"{START}?program=friend", {"percent": "10", "points": "5", "save": "1"})
    assert Promotion.objects.count() == 2


def test_a_friend_is_brought_where_the_program_was_off_before(cast: Cast) -> None:
    program = make_referral_program(cast.aurora, make_card_type(cast.aurora, "Club"))
    set_referral_program(chain=cast.aurora, state="off", at=LONG_AGO, acting_user=PROGRAM)
    _client, page = opened(cast, "friend")
    told = "Welcome and Thank you, chosen before, are no longer those of the referral program then."
    assert page.context["warnings"] == [told]
    turned_on(cast, "friend")
    terms = ReferralProgram.objects.get().terms
    assert terms and (terms.program, terms.state, str(terms.card_type)) == (program, "on", "Club")
    assert str(terms.discount) == "Welcome by invitation, 10 %"


def test_a_second_program_takes_the_card_that_guests_have_and_a_free_name(cast: Cast) -> None:
    club = make_card_type(cast.aurora, "Club")
    make_card(make_client(cast.center, "Gina Guest", "+4915112345601"), club)
    make_client(cast.center, "Otto Other", "+4915112345602")
    page = turned_on(cast)
    assert "1 guest whom you know already has none yet" in text_of(page)
    page = turned_on(cast, card_type=str(club.pk))
    assert "Club gives besides: Cashback 5 %, 5 % of paid. Both add up." in text_of(page)
    assert sorted(Promotion.objects.values_list("name", flat=True)) == ["Cashback 5 %", "Cashback 5 % 2"]
    assert [each.promotions.count() for each in CardType.objects.all()] == [2]
    # New guests get it from now on, since that was ticked.
    assert terms_of(CardType.objects.get()).automatic_issue == "any"
    turned_on(cast, card_type="", is_automatic=None)
    assert terms_of(CardType.objects.get(name="Loyalty card")).automatic_issue == "never"
    # What new guests get already is not taken from them.
    turned_on(cast, card_type=str(club.pk), is_automatic=None)
    assert terms_of(CardType.objects.get(name="Club")).automatic_issue == "any"


def test_who_starts_the_same_from_a_page_of_before_is_told_and_may_press_again(cast: Cast) -> None:
    """Two administrators, two tabs, or the page gone back to and changed."""
    client, page = opened(cast)
    turned_on(cast)
    stale = client.post(f"{START}?program=cashback", fill(page, save="1", percent="7"))
    told = "New meanwhile: Cashback 5 %, Loyalty card. Nothing was turned on."
    assert told in " ".join(mistakes(stale)["__all__"]) and Promotion.objects.count() == 1
    assert f"/chains/aurora/promotions/{Promotion.objects.get().pk}/" in stale.content.decode()
    assert (stands(stale, "percent"), stands(stale, "card_type")) == ("7", "")
    loyalty_card = str(CardType.objects.get().pk)
    again = client.post(f"{START}?program=cashback", fill(stale, save="1", card_type=loyalty_card))
    assert again.status_code == 302
    assert [each.name for each in CardType.objects.get().promotions.order_by("pk")] == ["Cashback 5 %", "Cashback 7 %"]


def test_a_page_that_was_opened_before_tells_so_also_after_a_look(cast: Cast) -> None:
    client, page = opened(cast, "friend")
    turned_on(cast)
    looked = client.post(f"{START}?program=friend", fill(page, look="1", percent="12"))
    stale = client.post(f"{START}?program=friend", fill(looked, save="1"))
    assert "New meanwhile: Cashback 5 %" in " ".join(mistakes(stale)["__all__"])
    assert not ReferralProgram.objects.exists()
    client.post(f"{START}?program=friend", fill(stale, save="1"))
    terms = ReferralProgram.objects.get().terms
    assert terms and str(terms.card_type) == "Loyalty card"


def test_what_a_card_gives_already_is_said_before_a_second_program_doubles_it(cast: Cast) -> None:
    bonus = make_promotion(cast.aurora, "Bonus cashback", PromotionKind.CASHBACK_FIXED_PAID, "5")
    card = make_card_type(cast.aurora, "Bonus card", [bonus], automatic_issue="any")
    client, page = opened(cast)
    told = "Bonus card gives already: Bonus cashback, 5 % of paid. Both would add up."
    assert told in page.context["form"].fields["card_type"].help_text and told in text_of(page)
    # At first a card that gives none of it is chosen, here a new one; new guests would have both.
    assert stands(page, "card_type") == ""
    other = (
        "New guests get Bonus card by themselves too, which gives: Bonus cashback, 5 % of paid. Who has both gets both."
    )
    assert page.context["warnings"] == [other]
    looked = client.post(f"{START}?program=cashback", fill(page, look="1", card_type=str(card.pk)))
    assert looked.context["warnings"] == [told]
    assert results(looked) == [
        ("Points for the guest", Decimal("3.75")),
        ("Points by Bonus cashback", Decimal("3.75")),
        ("Together", Decimal("7.50")),
    ]
    # A discount does not add to points.
    assert told not in text_of(opened(cast, "tiers")[1]) and stands(opened(cast, "tiers")[1], "card_type") == str(
        card.pk
    )
    plain = make_card_type(cast.aurora, "Plain card")
    assert stands(opened(cast)[1], "card_type") == str(plain.pk)


def test_the_bill_of_every_n_th_free_has_the_price_of_the_service(cast: Cast) -> None:
    make_item(cast.aurora, "Blow-dry", "29.50")
    _client, page = opened(cast, "free")
    assert Decimal(stands(page, "example-unit_price")) == Decimal("29.50")
    assert "After every 5 units of Blow-dry that the guest paid for, the next Blow-dry is free." in text_of(page)
    assert results(page) == [("Discount", Decimal("29.50"))]


@pytest.mark.races
def test_of_two_who_start_the_same_at_once_one_is_told(cast: Cast) -> None:
    about: dict[str, Any] = {"chain": cast.aurora, "at": LONG_AGO, "acting_user": PROGRAM}
    offer, seen = cashback(Decimal(5), None, None), version_of_start(cast.aurora)

    def begin() -> Promotion:
        return start_promotion(offer=offer, card_type=None, is_automatic=True, seen=seen, **about)

    assert getattr(overtaken(begin, by=begin), "code", "") == "stale_edit"
    assert [each.promotions.count() for each in CardType.objects.all()] == [1]
    club = CardType.objects.get()

    def give_another() -> Promotion:
        return start_promotion(offer=offer, card_type=club, is_automatic=True, **about)

    def edit() -> object:
        return change_card_type(card_type=club, automatic_issue="never", at=LONG_AGO, acting_user=PROGRAM)

    assert isinstance(overtaken(give_another, by=edit), Promotion)
    assert terms_of(CardType.objects.get()).automatic_issue == "any"


def test_names_of_full_length_and_of_another_case_are_evaded(cast: Cast) -> None:
    for name in ("LOYALTY CARD", "Loyalty card 2", "x" * 150):
        make_card_type(cast.aurora, name)
    assert free_name(cast.aurora.card_types, "Loyalty card") == "Loyalty card 3"
    assert free_name(cast.aurora.card_types, "x" * 150) == "x" * 148 + " 2"


@pytest.mark.parametrize(
    ("program", "texts", "place", "told"),
    [
        ("cashback", {"percent": "0"}, "percent", "With 0 there is nothing to turn on."),
        ("cashback", {"percent": "many"}, "percent", "Type a figure such as"),
        ("cashback", {"percent": "101"}, "percent", "100"),
        ("cashback", {"months": "1", "notice": "40"}, "notice", "Type at most 31 days."),
        ("cashback", {"months": "-1"}, "months", "Type a number from 1"),
        ("tiers", {"rules-0-value": "many"}, "rules", "Row 1: Type a figure"),
        ("tiers", {"rules-1-start": "200"}, "rules", "Two rows begin at 200."),
        ("friend", {"points": "0"}, "points", "With 0 there is nothing to turn on."),
    ],
)
def test_what_cannot_be_stands_beside_its_field_and_nothing_is_made(
    cast: Cast, program: str, texts: dict[str, str], place: str, told: str
) -> None:
    client, page = opened(cast, program)
    answer = client.post(f"{START}?program={program}", fill(page, save="1", **texts))
    assert told in " ".join(mistakes(answer)[place])
    assert {name: stands(answer, name) for name in texts} == texts
    assert not Promotion.objects.exists() and not CardType.objects.exists()


def test_what_is_typed_is_shown_in_words_and_kept_nowhere(cast: Cast) -> None:
    client, page = opened(cast)
    looked = client.post(f"{START}?program=cashback", fill(page, look="1", percent="8", **{"example-services": "100"}))
    assert "Every visit gives 8 %" in text_of(looked) and results(looked) == [("Points for the guest", Decimal("9.20"))]
    assert stands(looked, "percent") == "8"
    missing = client.post(f"{START}?program=cashback", fill(page, look="1", percent=""))
    assert missing.context["missing"] == ["Points back, in percent"]
    assert not Promotion.objects.exists()


def test_a_chain_without_a_location_is_led_to_one(cast: Cast) -> None:
    bare = make_chain("Bare")
    make_access(cast.administrator, bare, Role.ADMINISTRATOR)
    client, page = opened(cast, chain="bare")
    assert "/chains/bare/settings/locations/new/" in page.content.decode()
    assert client.post("/chains/bare/start/", {"percent": "5", "save": "1"}).status_code == 200
    assert not Promotion.objects.exists()


def test_figures_suit_a_currency_without_cents(cast: Cast) -> None:
    tokyo = make_chain("Tokyo", currency="JPY", time_zone="Asia/Tokyo", region="JP")
    make_location(tokyo, "Ginza")
    make_access(cast.administrator, tokyo, Role.ADMINISTRATOR)
    _client, page = opened(cast, "tiers", "tokyo")
    assert [stands(page, f"rules-{row}-start") for row in range(3)] == ["20000", "50000", "100000"]
    assert stands(page, "example-services") == "6000"
    assert results(page) == [("Discount", Decimal("375"))]


def test_the_pages_of_what_is_off_lead_to_where_it_is_set_up(cast: Cast) -> None:
    client = visitor(cast.administrator)
    alone = make_promotion(cast.aurora, "Alone", PromotionKind.DISCOUNT_FIXED, "10")
    assert client.get(f"{START}{alone.pk}/")["Location"] == f"/chains/aurora/promotions/{alone.pk}/"
    assert client.get(f"{START}referral/")["Location"] == "/chains/aurora/referral/"


def test_lists_lead_to_the_start(cast: Cast) -> None:
    client = visitor(cast.administrator)
    pages = ("/chains/aurora/promotions/", "/chains/aurora/card-types/")
    for address in pages:
        assert client.get(address).context["add"].label == "Start a program"
    turned_on(cast)
    for address in pages:
        page = client.get(address)
        assert page.context["add"].label.startswith("New ")
        assert "Start a program" in [link.label for link in page.context["links"]]

"""Referral programs of single locations, set up over HTTP, and what holds where."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import Client as Guest
from loyalty.cards.services import attach_promotions
from loyalty.promotions.models import Promotion
from loyalty.referral.models import ReferralProgram, ReferralTerms
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast, make_location
from tests.loyalty.pages import CARD_TYPES, PROMOTIONS, REFERRAL, save, told
from tests.loyalty.test_program_try import upload
from tests.pages import mistakes, text_of
from tests.programs import (
    make_card_type,
    make_client,
    make_item,
    make_own_program,
    make_promotion,
    make_referral_program,
    make_visit,
)

COMBINATIONS = f"{PROMOTIONS}combinations/"


def page_of(location: object) -> str:
    return f"{REFERRAL}locations/{getattr(location, 'pk', 0)}/"


def says(client: Client) -> dict[str, tuple[bool, str, str]]:
    """What the table says of each location: whether the program is its own, its state, what it gives."""
    return {str(each.location): (each.is_own, each.state, each.says) for each in client.get(REFERRAL).context["places"]}


def test_a_location_gets_a_program_of_its_own(administrator: Client, cast: Cast) -> None:
    assert says(administrator) == {"Center": (False, "", "No program."), "Harbour": (False, "", "No program.")}
    bonus = make_card_type(cast.aurora, "Bonus")
    make_referral_program(cast.aurora, bonus)
    welcome = make_promotion(cast.aurora, "Harbour welcome", PromotionKind.DISCOUNT_FIXED, "15", unit="amount")
    thanks = make_promotion(cast.aurora, "Harbour thanks", PromotionKind.CASHBACK_FIXED_SOLD, "8")
    place = page_of(cast.harbour)
    page = administrator.get(place)
    assert page.context["form"].initial["state"] == "none"
    assert "Harbour has no referral program of its own, so that of the chain holds here." in text_of(page)
    assert "gets 10 % off" in text_of(page)

    # On without its parts but the one card type that there is, then whole.
    page = save(administrator, page, place, state="on")
    assert set(mistakes(page)) == {"discount", "cashback"}
    assert ReferralTerms.objects.count() == 1
    chosen = {"discount": welcome.pk, "cashback": thanks.pk, "card_type": bonus.pk, "accrues": "every_visit"}
    page = save(administrator, page, place, first_in="location", counts_free_visits=None, **chosen)
    assert page.status_code == 302 and page["Location"] == place
    found = ReferralProgram.objects.get(location=cast.harbour).as_rules()
    assert found and (found.discount.id, found.accrues, found.first_in) == (welcome.pk, "every_visit", "location")
    assert not found.counts_free_visits
    shown = text_of(administrator.get(place))
    assert "The referral program of Harbour was saved and is on." in shown
    assert "Whoever comes to the location for the first time on a client's invitation gets €15.00 off" in shown
    assert "Who came to other locations only may still be invited, unless somebody invited them before." in shown
    assert "Visits that cost nothing do not count" in shown
    assert says(administrator) == {
        "Center": (False, "On", "10 % off; for the inviter 5 % of paid, once"),
        "Harbour": (True, "On", "€15.00 off; for the inviter 8 % of sold, on every visit"),
    }

    save(administrator, administrator.get(place), place, state="off")
    assert says(administrator)["Harbour"] == (True, "Off", "No invitations here.")
    save(administrator, administrator.get(place), place, state="none")
    assert says(administrator)["Harbour"] == (False, "On", "10 % off; for the inviter 5 % of paid, once")
    # What it gave is kept for when it is on again.
    assert save(administrator, administrator.get(place), place, state="on").status_code == 302
    assert ReferralProgram.objects.get(location=cast.harbour).as_rules() is not None
    history = text_of(administrator.get(f"{place}history/"))
    assert "History of the referral program of Harbour" in history
    assert "none: that of the chain holds" in history and "gets €15.00 off" in history


def test_off_needs_nothing_else_and_the_chain_is_on_or_off(administrator: Client, cast: Cast) -> None:
    place = page_of(cast.harbour)
    assert save(administrator, administrator.get(place), place, state="off").status_code == 302
    assert says(administrator)["Harbour"] == (True, "Off", "No invitations here.")
    page = save(administrator, administrator.get(REFERRAL), REFERRAL, state="none")
    assert set(mistakes(page)) == {"state"}
    assert not ReferralProgram.objects.filter(location=None).exists()


def test_a_place_has_one_program(cast: Cast) -> None:
    for location in (None, cast.harbour):
        ReferralProgram.objects.create(chain=cast.aurora, location=location)
        with pytest.raises(IntegrityError), transaction.atomic():
            ReferralProgram.objects.create(chain=cast.aurora, location=location)


def test_what_a_location_gives_is_on_no_card_and_said_before_it_is_archived(administrator: Client, cast: Cast) -> None:
    bonus = make_card_type(cast.aurora, "Bonus")
    make_own_program(cast.harbour, bonus)
    welcome, thanks = (
        Promotion.objects.get(name="Welcome to Harbour"),
        Promotion.objects.get(name="Thanks from Harbour"),
    )
    for promotion in (welcome, thanks):
        with pytest.raises(ValidationError):
            attach_promotions(card_type=bonus, promotions=[promotion])
        edit = f"{PROMOTIONS}{promotion.pk}/"
        page = save(administrator, administrator.get(edit), edit, card_types=[bonus.pk])
        assert set(mistakes(page)) == {"card_types"}
        assert "The referral program gives it" in text_of(administrator.get(f"{edit}archive/"))
    assert "The referral program gives its points on it" in text_of(
        administrator.get(f"{CARD_TYPES}{bonus.pk}/archive/")
    )
    edit = f"{PROMOTIONS}{welcome.pk}/"
    assert set(mistakes(save(administrator, administrator.get(edit), edit, every="2"))) == {"every"}
    assert not bonus.promotions.exists()
    # And what a card carries is not taken by a location.
    carried = make_promotion(cast.aurora, "Carried", PromotionKind.DISCOUNT_FIXED, "10")
    attach_promotions(card_type=bonus, promotions=[carried])
    place = page_of(cast.harbour)
    page = save(administrator, administrator.get(place), place, discount=carried.pk)
    assert set(mistakes(page)) == {"discount"}
    # Turned off, it lets them go.
    assert save(administrator, administrator.get(place), place, state="off").status_code == 302
    attach_promotions(card_type=bonus, promotions=[thanks])


def test_the_program_of_a_location_is_not_overwritten(administrator: Client, cast: Cast) -> None:
    make_own_program(cast.harbour, make_card_type(cast.aurora, "Bonus"))
    place = page_of(cast.harbour)
    first, second = administrator.get(place), administrator.get(place)
    save(administrator, first, place, first_in="location")
    page = save(administrator, second, place, state="off")
    assert told(page) == {"First visit in": ("the chain", "the location", "", "the location")}
    assert f'href="{place}history/"' in page.content.decode()
    assert save(administrator, page, place, state="off").status_code == 302
    terms = ReferralTerms.objects.order_by("pk").last()
    assert terms and (terms.first_in, terms.state) == ("location", "off")


def test_what_meets_where_names_the_programs_and_what_is_odd_of_them(administrator: Client, cast: Cast) -> None:
    bonus = make_card_type(cast.aurora, "Bonus")
    make_referral_program(cast.aurora, bonus)
    assert "On a first visit by invitation, Welcome of the referral program" in text_of(administrator.get(COMBINATIONS))
    elsewhere = make_card_type(cast.aurora, "Elsewhere", locations=[cast.center.pk])
    make_own_program(cast.harbour, elsewhere)
    page = administrator.get(COMBINATIONS)
    assert "“Welcome” of the referral program comes before all other discounts at Center." in text_of(page)
    assert "“Welcome to Harbour” of the referral program comes before all other discounts at Harbour." in text_of(page)
    odd = {each.name: (each.url, each.sentences) for each in page.context["warnings"]}
    assert odd["Referral program of Harbour"] == (
        page_of(cast.harbour),
        ["There is no location where all three work: invited guests may save, but inviters get nothing."],
    )
    assert "Referral program" not in odd


def test_the_starter_of_a_location_plays(administrator: Client, cast: Cast) -> None:
    starter = f"/chains/aurora/try/referral/locations/{cast.harbour.pk}/"
    assert administrator.get(starter)["Location"] == page_of(cast.harbour)
    own = {"first_in": "location", "counts_free_visits": False, "accrues": "every_visit"}
    make_own_program(cast.harbour, make_card_type(cast.aurora, "Bonus"), **own)
    make_item(cast.aurora, "Haircut", "60.00")
    file = administrator.get(starter).content
    for said in (b"locations:\n    Harbour:", b"first_in: location", b"free_visits_count: no"):
        assert said in file
    page = upload(administrator, file)
    assert page.context["difference"] is None
    assert sum("Referral program accrual" in row for step in page.context["steps"] for row in step.rows) == 2


def test_many_programs_take_no_more_queries(administrator: Client, cast: Cast) -> None:
    bonus = make_card_type(cast.aurora, "Bonus")
    make_referral_program(cast.aurora, bonus)
    make_own_program(cast.harbour, bonus, first_in="location", accrues="every_visit")
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    anna = make_client(cast.center, "Anna Schmidt", "+4915112345601")

    def figures() -> list[int]:
        guest = make_client(cast.center, f"Guest {timezone.now()}", f"+4915112345{700 + Guest.objects.count()}")
        found = []
        for days, referral in ((3, ""), (2, str(anna.phone)), (1, "")):
            location = cast.harbour if referral else cast.center
            with CaptureQueriesContext(connection) as save_of_visit:
                at = timezone.now() - timedelta(days=days)
                visit = make_visit(location, guest, [haircut], at=at, referral=referral)
            found.append(len(save_of_visit))
            assert bool(visit.inviter_id) == bool(referral)
        for address in (REFERRAL, COMBINATIONS):
            with CaptureQueriesContext(connection) as page:
                administrator.get(address)
            found.append(len(page))
        return found

    figures()  # issues the card of the inviter
    few = figures()
    for number in range(8):
        make_own_program(make_location(cast.aurora, f"Branch {number}"), bonus)
    assert figures() == few


def test_two_cashbacks_of_one_card_are_told_to_add_up(administrator: Client, cast: Cast) -> None:
    first = make_promotion(cast.aurora, "Bonus cashback", PromotionKind.CASHBACK_FIXED_PAID, "5")
    second = make_promotion(cast.aurora, "Thanks", PromotionKind.CASHBACK_FIXED_PAID, "2")
    make_card_type(cast.aurora, "Bonus card", [first])
    make_card_type(cast.aurora, "Thanks card", [second])
    page = text_of(administrator.get(COMBINATIONS))
    assert "No conflicts were found." in page and "add up" not in page
    make_card_type(cast.aurora, "Both card", [first, second])
    page = text_of(administrator.get(COMBINATIONS))
    assert "No conflicts were found." not in page
    assert "Both card gives together: Bonus cashback (5 % of paid) + Thanks (2 % of paid), at " in page

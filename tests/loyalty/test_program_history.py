"""Copies, the history of programs, and two people at the same form."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from loyalty.cards.models import CardType
from loyalty.promotions.models import Promotion
from loyalty.promotions.services import change_promotion
from loyalty.rules.terms import PromotionKind
from tests.cast import LONG_AGO, PROGRAM, Cast, make_cast, make_location
from tests.loyalty.pages import CARD_TYPES, PROMOTIONS, REFERRAL
from tests.pages import fill, rows_of
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

KEPT = (
    "PromotionEvent",
    "CardTypeEvent",
    "AttachmentEvent",
    "PromotionTerms",
    "CardTypeTerms",
    "ReferralTerms",
)


def save(client: Client, address: str, **texts: Any) -> Any:
    return client.post(address, fill(client.get(address), save="1", **texts))


def history(client: Client, address: str) -> list[tuple[str, dict[str, tuple[str, str]]]]:
    """Who changed what, from and to, the newest first."""
    found = client.get(f"{address}history/").context["history"]
    return [(edit.who, {each.label: (each.before, each.after) for each in edit.differences}) for edit in found]


def kept() -> dict[str, int]:
    return {name: apps.get_model("loyalty", name)._default_manager.count() for name in KEPT}


@pytest.mark.races
@pytest.mark.real_clock
def test_every_edit_is_kept_and_one_that_changes_nothing_is_none(transactional_db: None) -> None:
    """Commits, since the database says when a transaction began, and here several are told apart."""
    cast, administrator = make_cast(), Client()
    administrator.force_login(cast.administrator)
    club, gold = make_card_type(cast.aurora, "Club"), make_card_type(cast.aurora, "Gold")
    new = f"{PROMOTIONS}new/?kind=cashback_fixed_paid"
    assert save(administrator, new, name="Back", value="5", card_types=[club.pk]).status_code == 302
    promotion = Promotion.objects.get()
    edit = f"{PROMOTIONS}{promotion.pk}/"
    save(administrator, edit, name="Bonus", value="6", card_types=[club.pk, gold.pk], burn_count="2")
    save(administrator, f"{CARD_TYPES}{club.pk}/", promotions=[], limit_percent="30")
    administrator.post(f"{edit}archive/")

    who = "Adam Administrator"
    assert history(administrator, edit) == [
        (who, {"Archived": ("no", "yes")}),
        (who, {"Card types": ("Club, Gold", "Gold")}),
        (
            who,
            {
                "Name": ("Back", "Bonus"),
                "Value": ("5", "6"),
                "Burning of unused points": ("never", "2 days"),
                "Card types": ("Club", "Club, Gold"),
            },
        ),
        (who, {"Card types": ("none", "Club")}),
    ]
    first = administrator.get(f"{edit}history/").context["history"][-1]
    assert first.made[0] == "Every visit gives 5 % of what the guest paid, in points."
    assert history(administrator, f"{CARD_TYPES}{club.pk}/")[0] == (
        who,
        {"Limit in percent of due": ("0", "30"), "Promotions": ("Bonus", "none")},
    )

    make_referral_program(cast.aurora, club)
    before = kept()
    for address in (edit, f"{CARD_TYPES}{club.pk}/", f"{CARD_TYPES}{gold.pk}/", REFERRAL):
        assert save(administrator, address).status_code == 302
    assert kept() == before
    save(administrator, REFERRAL, accrues="every_visit")
    assert history(administrator, REFERRAL) == [
        (who, {"Accrue": ("for the first visit only", "for every visit")}),
        ("", {}),
    ]


def test_what_one_person_did_not_touch_is_never_taken_back(administrator: Client, cast: Cast) -> None:
    """Both change the value; one besides the links and the burning, the other the limit and other links."""
    club, gold, far = (make_card_type(cast.aurora, name) for name in ("Club", "Gold", "Far"))
    promotion = make_promotion(cast.aurora, "Back", PromotionKind.CASHBACK_FIXED_PAID, "5")
    by: dict[str, Any] = {"at": LONG_AGO, "acting_user": PROGRAM}
    change_promotion(promotion=promotion, card_types=[club, far], **by)
    edit = f"{PROMOTIONS}{promotion.pk}/"
    opened = administrator.get(edit)
    change_promotion(promotion=promotion, card_types=[club, gold, far], value=6, burn_count=1, burn_unit="months", **by)
    page = administrator.post(edit, fill(opened, save="1", value="7", limit="3", card_types=[far.pk]))
    assert {str(each.label): (each.theirs, each.yours, each.stays) for each in page.context["form"].overtaken} == {
        "Value": ("6", "7", "7"),
        "Burning of unused points": ("1 month", "", "1 month"),
        "Card types": ("Club, Far, Gold", "Far", "Far, Gold"),
    }
    # A third one saves before the second looks up; it is told again, and nobody's work is lost.
    change_promotion(promotion=promotion, name="Bonus", **by)
    page = administrator.post(edit, fill(page, save="1"))
    assert [(str(each.label), each.stays) for each in page.context["form"].overtaken] == [("Name", "Bonus")]
    assert administrator.post(edit, fill(page, save="1")).status_code == 302
    promotion = Promotion.objects.select_related("terms").get()
    terms = promotion.terms
    assert terms and (promotion.name, terms.value, terms.limit) == ("Bonus", Decimal(7), 3)
    assert (terms.burn_count, terms.burn_unit) == (1, "months")
    assert {str(each) for each in promotion.card_types.all()} == {"Far", "Gold"}


def test_rows_and_lists_that_both_changed_hold_both(administrator: Client, cast: Cast) -> None:
    """One raises a row, adds one and closes a location; the other raises another row, drops one and adds a location."""
    far = make_location(cast.aurora, "Far")
    center, harbour = cast.center.pk, cast.harbour.pk
    gold = make_promotion(
        cast.aurora,
        "Gold",
        PromotionKind.CASHBACK_CUMULATIVE_SOLD,
        rules=[["0", "3"], ["200", "5"], ["400", "8"]],
        locations=[center, harbour],
    )
    edit = f"{PROMOTIONS}{gold.pk}/"
    opened = administrator.get(edit)
    save(administrator, edit, locations=[center], **{"rules-1-value": "6", "rules-2-start": "500"})
    mine = {"rules-0-start": "", "rules-0-value": "", "rules-2-value": "9", "locations": [center, harbour, far.pk]}
    page = administrator.post(edit, fill(opened, save="1", **mine))
    assert {str(each.label): each.stays for each in page.context["form"].overtaken} == {
        "Rules": "from 200: 6; from 400: 9; from 500: 8",
        "Valid for the locations": "Center, Far",
    }
    assert administrator.post(edit, fill(page, save="1")).status_code == 302
    terms = Promotion.objects.select_related("terms").get().as_rules()
    assert terms.locations == frozenset({center, far.pk})
    assert [(int(start), int(value)) for start, value in terms.rules] == [(200, 6), (400, 9), (500, 8)]


def test_a_page_that_was_tampered_with_is_stale_and_saves_nothing(administrator: Client, cast: Cast) -> None:
    promotion = make_promotion(cast.aurora, "Back", PromotionKind.CASHBACK_FIXED_PAID, "5")
    edit = f"{PROMOTIONS}{promotion.pk}/"
    for seen in (
        "",
        "x",
        "[1]",
        '[99999999, "Back", []]',
        '[1e400, "Back", []]',
        f'[{"9" * 30}, "Back", [{"9" * 30}]]',
    ):
        page = administrator.post(edit, fill(administrator.get(edit), save="1", value="9", seen=seen))
        assert page.context["form"].is_stale, seen
    assert Promotion.objects.select_related("terms").get().as_rules().value == 5


def test_a_referral_page_without_what_it_was_made_from_overwrites_nothing(administrator: Client, cast: Cast) -> None:
    club = make_card_type(cast.aurora, "Club")
    welcome = make_promotion(cast.aurora, "Welcome", PromotionKind.DISCOUNT_FIXED, "10")
    thanks = make_promotion(cast.aurora, "Thanks", PromotionKind.CASHBACK_FIXED_PAID, "5")
    chosen = {
        "state": "on",
        "discount": welcome.pk,
        "cashback": thanks.pk,
        "card_type": club.pk,
        "first_in": "chain",
        "save": "1",
    }
    assert administrator.post(REFERRAL, {**chosen, "accrues": "first_visit", "seen": '[7, "", []]'}).status_code == 302
    for seen in ("", "x", "[1]", '[99999999, "", []]'):
        page = administrator.post(REFERRAL, {**chosen, "accrues": "every_visit", "seen": seen})
        assert page.context["form"].is_stale, seen
    assert kept()["ReferralTerms"] == 1


def test_a_promotion_is_copied_and_restored(administrator: Client, cast: Cast) -> None:
    club = make_card_type(cast.aurora, "Club")
    rules = [["0", "3"], ["200", "5"]]
    gold = make_promotion(
        cast.aurora, "Gold", PromotionKind.CASHBACK_CUMULATIVE_SOLD, rules=rules, burn_count=2, burn_unit="weeks"
    )
    club.promotions.add(gold)
    copy = f"{PROMOTIONS}new/?from={gold.pk}"
    page = administrator.get(copy)
    assert fill(page)["name"] == ["Copy of Gold"] and fill(page)["rules-1-start"] == ["200.00"]
    assert save(administrator, copy).status_code == 302
    made = Promotion.objects.select_related("terms").get(name="Copy of Gold")
    assert made.as_rules().rules == gold.as_rules().rules and made.as_rules().burn == gold.as_rules().burn
    assert list(gold.card_types.all()) == [club] and list(made.card_types.all()) == []
    assert administrator.get(f"{PROMOTIONS}new/?from=999999").status_code == 404


def test_the_list_counts_visits_points_and_discounts_net_of_what_was_undone(
    administrator: Client, cast: Cast, time_machine: Any
) -> None:
    back = make_promotion(cast.aurora, "Back", PromotionKind.CASHBACK_FIXED_PAID, "5")
    club = make_card_type(cast.aurora, "Club", [back], acts_from="at_once")
    guest, other = (make_client(cast.center, name, f"+491511234560{number}") for number, name in enumerate("AB", 1))
    make_card(guest, club)
    make_card(other, club)
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    time_machine.move_to(moment("2026-03-31 12:00"))
    # Midnight in Berlin of 2 March is 23:00 of the day before: the first instant of the last 30 days.
    make_visit(cast.center, guest, [haircut], at=moment("2026-03-01 22:59"))
    make_visit(cast.center, guest, [haircut], at=moment("2026-03-01 23:00"))
    make_visit(cast.center, other, [haircut, haircut], at=moment("2026-03-20 10:00"))
    (row,) = rows_of(administrator.get(PROMOTIONS))
    assert row[5:8] == ["3", "9.00", "–"]
    assert CardType.objects.count() == 1

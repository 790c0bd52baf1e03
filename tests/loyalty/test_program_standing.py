"""What the pages say of programs that are in use, archived, or act through nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from loyalty.ledger.burning import burn_points
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.promotions.models import Promotion
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast
from tests.pages import fill, mistakes, rows_of, text_of
from tests.programs import (
    make_card_type,
    make_client,
    make_item,
    make_promotion,
    make_referral_program,
    make_visit,
    moment,
)

PROMOTIONS = "/chains/aurora/promotions/"
NEW = f"{PROMOTIONS}new/"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_the_visits_of_a_promotion_are_those_of_the_list(administrator: Client, cast: Cast) -> None:
    """The burning of its points belongs to no visit."""
    burning = {"burn_count": 1, "burn_unit": "days"}
    cashback = make_promotion(cast.aurora, "5 % back", PromotionKind.CASHBACK_FIXED_PAID, "5", **burning)
    make_card_type(cast.aurora, "Bonus card", [cashback], automatic_issue="any")
    anna = make_client(cast.center, "Anna", "+49 151 1234 5601")
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    for day in (1, 3):
        make_visit(cast.center, anna, [haircut], at=moment(f"2026-02-0{day} 10:00"))
    burn_points(chain=cast.aurora, at=NOW)
    assert Transaction.objects.filter(kind=TransactionKind.BURNING, promotion=cashback, visit=None).count() == 2
    assert "It acted on 2 visits so far." in text_of(administrator.get(f"{PROMOTIONS}{cashback.pk}/"))
    [row] = administrator.get(PROMOTIONS).context["table"].rows
    assert row.record.visit_count == 2


# Mistakes
# ----------------------------------------------------------------------------


def test_all_mistakes_are_told_at_once_and_in_words_of_ours(administrator: Client, cast: Cast) -> None:
    page = administrator.post(NEW, fill(administrator.get(NEW), kind="cashback_fixed_paid", show_fields="1"))
    typed = {
        "name": "",
        "value": "105",
        "every": "0",
        "limit": "-1",
        "burn_count": "1",
        "notice": "300",
        "first_day": "2026-03-02",
        "last_day": "2026-03-01",
    }
    found = mistakes(administrator.post(NEW, fill(page, save="1", **typed)))
    assert found == {
        "name": ["This field is required."],
        "value": ["Type a percentage from 0 to 100 with at most two decimals."],
        "every": ["Type a number from 1; 1 is every visit."],
        "limit": ["Type a number from 0; 0 is without limit."],
        "notice": ["The points burn sooner than that. Type at most 1 days."],
        "last_day": ["The last day is before the first day."],
    }
    assert not Promotion.objects.exists()
    # Whoever does not come through the form is told the same.
    with pytest.raises(ValidationError) as refused:
        make_promotion(cast.aurora, "Try", PromotionKind.CASHBACK_FIXED_PAID, "105", every=0, limit=-1, notice=-1)
    assert refused.value.message_dict == {
        "value": found["value"],
        "every": found["every"],
        "limit": found["limit"],
        "notice": ["Type a number of days from 0, or leave it blank to tell nobody."],
    }


def test_every_row_of_the_rules_that_is_wrong_is_told(administrator: Client) -> None:
    page = administrator.post(NEW, fill(administrator.get(NEW), kind="cashback_cumulative_sold", show_fields="1"))
    rows = (("0", "101"), ("50", "x"), ("1.005", "5"), ("70", "5"), ("70", "6"))
    texts = {
        f"rules-{number}-{name}": text
        for number, row in enumerate(rows)
        for name, text in zip(("start", "value"), row, strict=True)
    }
    found = mistakes(administrator.post(NEW, fill(page, save="1", name="Try", every="-2", **texts)))
    assert found == {
        "rules": [
            "Row 2: Type a figure such as 12.50.",
            (
                "Row 3: “1.005” can be read in two ways. Type 1005 without anything between thousands, or a figure "
                "such as 12.50."
            ),
            "Row from 0: Type a percentage from 0 to 100 with at most two decimals.",
            "Two rows begin at 70. Keep one of them.",
        ],
        "every": ["Type a number from 1; 1 is every visit."],
    }


def test_all_mistakes_of_a_card_type_are_told_at_once(administrator: Client) -> None:
    new = "/chains/aurora/card-types/new/"
    typed = {"name": "Gold", "limit_percent": "101", "limit_amount": "0.001", "inactivity_count": "-1"}
    assert mistakes(administrator.post(new, fill(administrator.get(new), save="1", **typed))) == {
        "limit_amount": ["Type an amount of 0 or more with at most 2 decimals."],
        "limit_percent": ["Type a percentage from 0 to 100."],
        "inactivity_count": ["Type a number from 1, or leave it blank for never."],
    }


# Archived
# ----------------------------------------------------------------------------


def test_an_archived_promotion_says_so_where_it_is_edited(administrator: Client, cast: Cast) -> None:
    welcome = make_promotion(cast.aurora, "Welcome", PromotionKind.DISCOUNT_FIXED, "5")
    edit = f"{PROMOTIONS}{welcome.pk}/"
    assert "Archived" not in text_of(administrator.get(edit))
    administrator.post(f"{edit}archive/")
    page = administrator.get(edit)
    assert '<span class="badge program-state bg-secondary-lt">Archived</span>' in page.content.decode()
    assert f'href="{edit}restore/"' in page.content.decode()
    saved = text_of(administrator.post(edit, fill(page, save="1", value="6"), follow=True))
    assert "Welcome was saved. It is archived and gives nothing until it is restored." in saved
    administrator.post(f"{edit}restore/")
    saved = text_of(administrator.post(edit, fill(administrator.get(edit), save="1", value="7"), follow=True))
    assert "Welcome was saved. It counts from now on; what was given stays." in saved


def test_archiving_what_the_referral_program_needs_is_told(administrator: Client, cast: Cast) -> None:
    friends = make_card_type(cast.aurora, "Friends")
    archive = f"/chains/aurora/card-types/{friends.pk}/archive/"
    assert "referral program" not in text_of(administrator.get(archive)).replace("Referral program", "")
    program = make_referral_program(cast.aurora, friends)
    assert "inviters without such a card get nothing from now on" in text_of(administrator.get(archive))
    assert program.terms is not None
    assert state(administrator) == "On"
    administrator.post(archive)
    assert state(administrator) == "On, gives inviters without a card nothing"
    for promotion, said in (
        (program.terms.parts[1], "On, gives inviters nothing"),
        (program.terms.parts[0], "On, gives nothing"),
    ):
        administrator.post(f"{PROMOTIONS}{promotion.pk}/archive/")
        assert state(administrator) == said


def state(administrator: Client) -> str:
    page = administrator.get("/chains/aurora/referral/")
    assert f">{page.context['state']}</span>" in page.content.decode()
    return str(page.context["state"])


# Through nothing
# ----------------------------------------------------------------------------


def test_what_no_card_carries_and_what_the_referral_program_gives(administrator: Client, cast: Cast) -> None:
    lone, carried = (
        make_promotion(cast.aurora, name, PromotionKind.DISCOUNT_FIXED, "5") for name in ("Alone", "Carried")
    )
    make_card_type(cast.aurora, "Club", [carried])
    make_card_type(cast.aurora, "Gold", [carried])
    program = make_referral_program(cast.aurora, make_card_type(cast.aurora, "Friends"))
    rows = {row[0]: (row[4], row[8]) for row in rows_of(administrator.get(PROMOTIONS))}
    assert rows == {
        "Alone": ("–", "On no card"),
        "Carried": ("Club, Gold", "Active"),
        "Thank you": ("Referral program", "Active"),
        "Welcome": ("Referral program", "Active"),
    }
    for status, names in (("on_no_card", ["Alone"]), ("active", ["Carried", "Thank you", "Welcome"])):
        assert [row[0] for row in rows_of(administrator.get(f"{PROMOTIONS}?status={status}"))] == names
    assert program.terms is not None
    words = {
        lone: "Every visit takes 5 % off the bill.",
        program.terms.parts[0]: "The invited guest gets 10 % off the bill of the first visit.",
        program.terms.parts[1]: "The inviter gets 5 % of what the invited guest paid, in points.",
    }
    for promotion, sentence in words.items():
        assert administrator.get(f"{PROMOTIONS}{promotion.pk}/").context["sentences"][0] == sentence


def test_every_nth_free_asks_for_services_only(administrator: Client, cast: Cast) -> None:
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    shown = administrator.post(NEW, fill(administrator.get(NEW), kind="discount_nth_free", show_fields="1"))
    assert "product_mode" not in fill(shown) and "Products" not in text_of(shown)
    typed = {"name": "Sixth free", "value": "5", "service_mode": "listed", "services": [haircut.pk]}
    page = administrator.post(NEW, fill(shown, look="1", **typed))
    free = "After every 5 units of Haircut that the guest paid for, the next Haircut is free."
    assert page.context["sentences"] == [free, "Visits of the whole chain count."]
    assert not any("products" in sentence for sentence in page.context["sentences"])
    refused = administrator.post(NEW, fill(shown, save="1", **{**typed, "service_mode": "none"}))
    assert mistakes(refused) == {"service_mode": ["Without services it gives nothing."]}
    assert administrator.post(NEW, fill(shown, save="1", **typed)).status_code == 302
    made = Promotion.objects.select_related("terms").get()
    assert made.terms is not None
    assert (made.terms.services, made.terms.product_mode) == ([haircut.pk], "none")
    # One of before keeps what it has, and saving it unchanged writes nothing.
    before = make_promotion(cast.aurora, "Third free", PromotionKind.DISCOUNT_NTH_FREE, "2")
    edit = f"{PROMOTIONS}{before.pk}/"
    assert administrator.post(edit, fill(administrator.get(edit), save="1")).status_code == 302
    assert before.all_terms.count() == 1 and before.all_terms.get().product_mode == "any"


# Changed by somebody else
# ----------------------------------------------------------------------------


def test_who_saved_meanwhile_is_named_and_when(administrator: Client, cast: Cast) -> None:
    friends = make_card_type(cast.aurora, "Friends")
    program = make_referral_program(cast.aurora, friends)
    assert program.terms is not None
    places: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        f"{PROMOTIONS}{program.terms.discount_id}/": ({"value": "15"}, {"value": "20"}),
        f"/chains/aurora/card-types/{friends.pk}/": ({"limit_percent": "30"}, {"limit_percent": "40"}),
        "/chains/aurora/referral/": ({"accrues": "every_visit"}, {"state": "off"}),
    }
    other = Client()
    other.force_login(cast.owner)
    for place, (theirs, mine) in places.items():
        page = administrator.get(place)
        assert other.post(place, fill(other.get(place), save="1", **theirs)).status_code == 302
        stale = administrator.post(place, fill(page, save="1", **mine))
        assert "Olivia Owner saved it on " in text_of(stale)
        assert f'href="{place}history/"' in stale.content.decode()

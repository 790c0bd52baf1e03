"""What stands beside the forms of programs: words, warnings, and worked bills that come out at the desk."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from loyalty.ledger.kinds import TransactionKind
from loyalty.promotions.models import Promotion
from loyalty.rules.plan import DiscountChoice
from loyalty.rules.terms import KINDS, PickedBy, PromotionKind, TakenOf
from tests.cast import LONG_AGO, Cast, make_location
from tests.pages import fill
from tests.programs import make_card, make_card_type, make_client, make_item, make_promotion, make_referral_program
from tests.programs import make_visit as visit_of

NEW = "/chains/aurora/promotions/new/"
REFERRAL = "/chains/aurora/referral/"
COMBINATIONS = "/chains/aurora/promotions/combinations/"
RULES = {"rules-0-start": "0", "rules-0-value": "5", "rules-1-start": "2", "rules-1-value": "10"}


def form_of(client: Client, kind: str) -> Any:
    return client.post(NEW, fill(client.get(NEW), kind=kind, show_fields="1"))


def looked_at(client: Client, page: Any, address: str = NEW, **texts: Any) -> Any:
    """The page with what stands beside it, after something was typed; nothing is saved by that."""
    return client.post(address, fill(page, look="1", **texts))


def words(page: Any) -> str:
    return " ".join(page.context["sentences"])


# A worked bill is what the desk comes to
# ----------------------------------------------------------------------------

#: What a bill of 60.00 comes to, discount and points, after two visits of 60.00: by hand.
COMES_TO = {
    PromotionKind.DISCOUNT_FIXED: ("6.00", "0"),
    PromotionKind.DISCOUNT_CUMULATIVE_SOLD: ("6.00", "0"),
    PromotionKind.DISCOUNT_CUMULATIVE_PAID: ("6.00", "0"),
    PromotionKind.DISCOUNT_CUMULATIVE_VISITS: ("6.00", "0"),
    PromotionKind.DISCOUNT_NTH_FREE: ("60.00", "0"),
    **{kind: ("0", "6.00") for kind in PromotionKind if kind.startswith("cashback")},
}


@pytest.mark.parametrize("kind", PromotionKind)
def test_the_worked_bill_of_a_new_program_is_what_the_desk_comes_to(
    administrator: Client, cast: Cast, kind: PromotionKind
) -> None:
    """Made through the form without JavaScript, tried on a bill there, and then checked out."""
    club = make_card_type(cast.aurora, "Club")
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    value = {"value": "2" if KINDS[kind].taken_of is TakenOf.ONE_UNIT else "10"}
    figures = value if KINDS[kind].picked_by in (PickedBy.NOTHING, PickedBy.UNITS_PAID) else RULES
    page = looked_at(administrator, form_of(administrator, kind), name="Try", card_types=[club.pk], **figures)
    asked = page.context["example"].fields
    told = {
        "services": "60",
        "products": "0",
        "visits_before": "2",
        "sold_before": "120",
        "paid_before": "120",
        "unit_price": "60",
        "units_before": "2",
    }
    page = looked_at(administrator, page, **{f"example-{name}": text for name, text in told.items() if name in asked})
    ((_title, bill),) = page.context["bills"]
    discount, points = (Decimal(figure) for figure in COMES_TO[kind])
    assert (bill.settlement.sold, bill.settlement.discount) == (60, discount)
    assert sum(each.amount for each in bill.results if each.is_points) == points
    assert not Promotion.objects.exists()

    assert administrator.post(NEW, fill(page, save="1")).status_code == 302
    promotion = Promotion.objects.get()
    guest = make_client(cast.center, "Gina Guest", "+4915112345601")
    card = make_card(guest, club)
    for week in range(2):
        visit_of(cast.center, guest, [haircut], at=LONG_AGO + timedelta(weeks=week))
    chosen = (DiscountChoice(card.pk, promotion.pk),) if discount else ()
    third = visit_of(cast.center, guest, [haircut], at=LONG_AGO + timedelta(weeks=2), discounts=chosen)
    rows = third.transactions.filter(kind=TransactionKind.PROMOTION_ACCRUAL)
    assert (third.discount, sum(row.amount for row in rows)) == (discount, points)


def test_the_bill_is_changed_and_says_why(administrator: Client, cast: Cast) -> None:
    """Every third visit, with points of a card that pays 30 % at most."""
    club = make_card_type(cast.aurora, "Club", limit_percent=30)
    page = form_of(administrator, PromotionKind.CASHBACK_FIXED_PAID)
    typed = {"name": "Third", "value": "5", "every": "3", "burn_count": "30", "burn_unit": "days", "notice": "5"}
    page = looked_at(administrator, page, card_types=[club.pk], **typed)
    assert words(page) == (
        "Every third visit gives 5 % of what the guest paid, in points. "
        "Points that were not spent burn after 30 days; the guest is told 5 days before."
    )
    ((_title, bill),) = page.context["bills"]
    (result,) = bill.results
    assert (bill.settlement.sold, result.amount) == (Decimal(75), Decimal("3.75"))
    assert result.good_through == bill.on + timedelta(days=30)

    changed = {"example-visits_before": "3", "example-points": "40", "example-services": "100"}
    ((_title, bill),) = looked_at(administrator, page, **changed).context["bills"]
    (result,) = bill.results
    assert bill.settlement.points_paid == Decimal("34.50")
    assert bill.problems == ["So many points cannot be used: at most 34.50, 30 % of due."]
    assert result.amount == 0 and "number 1 of 3" in result.why[0]

    page = looked_at(administrator, page, **{"example-services": "-5", "example-visits_before": "x"})
    assert page.context["bills"] == [] and set(page.context["example"].errors) == {"services", "visits_before"}
    assert fill(page)["example-visits_before"] == ["x"]


@pytest.mark.parametrize(
    ("kind", "typed", "told"),
    [
        ("discount_fixed", {"value": "10", "unit": "amount"}, "Every visit takes €10.00 off the bill."),
        ("discount_nth_free", {"value": "5"}, "After every 5 units that the guest paid for, the next one is free."),
        (
            "cashback_visits_paid",
            {**RULES, "source": "card", "history_from": "2026-01-01"},
            "5 % from 0 visits, 10 % from 2 visits. Visits count where the card works, and nowhere else. Those before",
        ),
        ("discount_cumulative_paid", {**RULES, "rules-0-start": "1"}, "Below €1.00 there is nothing."),
        (
            "discount_cumulative_sold",
            {**RULES, "burn_count": "2", "burn_unit": "months"},
            "After more than 2 months without a visit, the history begins anew.",
        ),
        ("cashback_visit_paid", {**RULES, "unit": "amount", "every": "12"}, "One visit in 12 gives 5 to 10.00 points."),
        ("cashback_fixed_sold", {"value": "5", "limit": "1"}, "One card uses it once at most. Its points do not burn."),
        (
            "discount_fixed",
            {"value": "5", "product_mode": "none", "first_day": "2026-01-01", "last_day": "2026-02-01"},
            "It runs from 1 January 2026 to 1 February 2026. It looks at all services and no products.",
        ),
    ],
)
def test_a_program_in_words(administrator: Client, kind: str, typed: dict[str, str], told: str) -> None:
    assert told in words(looked_at(administrator, form_of(administrator, kind), **typed))


def test_extremes_of_the_calendar_and_of_counts_are_shown_too(administrator: Client) -> None:
    page = form_of(administrator, "cashback_visits_paid")
    for first, last in (("9999-12-31", ""), ("", "0001-01-01"), ("0001-01-01", "9999-12-31")):
        texts = {"first_day": first, "last_day": last, "history_from": first, "burn_count": "100", "burn_unit": "years"}
        ((_title, bill),) = looked_at(administrator, page, **RULES, **texts).context["bills"]
        assert bill.results[0].why
    page = looked_at(administrator, page, **RULES, every="99999999999999999999")
    assert page.context["missing"] == ["Number of visits (to apply): Type a smaller number."]
    assert page.context["sentences"] == [] and page.context["bills"] == []


def test_what_is_made_for_the_referral_program_leads_back_to_it(administrator: Client, cast: Cast) -> None:
    make_card_type(cast.aurora, "Bonus")
    address = administrator.post(REFERRAL, fill(administrator.get(REFERRAL), make="discount"))["Location"]
    assert address.startswith(f"{NEW}?kind=discount_fixed&for=referral")
    page = looked_at(administrator, administrator.get(address), address, name="Welcome", value="10")
    assert page.context["warnings"] == []
    # On a card type the referral program could not give it.
    assert not page.context["form"].choices_of("card_types").queryset.exists()
    assert administrator.post(address, fill(page, save="1"))["Location"].startswith(f"{REFERRAL}?")


def test_what_is_still_missing_is_told_instead(administrator: Client) -> None:
    assert administrator.get(NEW).context["missing"] == []
    page = looked_at(
        administrator, form_of(administrator, "cashback_fixed_paid"), value="5", burn_count="3", notice="5"
    )
    sooner = "Notification before burning: The points burn sooner than that. Type at most 3 days."
    assert page.context["missing"] == [sooner]
    assert not page.context["sentences"] and not page.context["form"].errors
    page = looked_at(administrator, page, value="x")
    assert page.context["missing"] == ["Value: Type a figure such as 12.50.", sooner]


def test_fields_that_a_kind_brings_are_not_missing_before_they_are_shown(administrator: Client) -> None:
    """As the script asks once a kind is chosen: the page has no field of it yet."""
    page = administrator.post(NEW, {"kind": "discount_fixed", "look": "1"})
    assert page.context["missing"] == ["Value"]
    page = administrator.post(NEW, {"kind": "discount_fixed", "value": "5", "look": "1"})
    assert page.context["missing"] == [] and "5 % off" in words(page)
    # A page that is saved has all of them, or is refused.
    assert "every" in administrator.post(NEW, {"kind": "discount_fixed", "save": "1"}).context["form"].errors


def test_a_card_type_with_a_mistake_says_which(administrator: Client) -> None:
    address = "/chains/aurora/card-types/new/"
    page = looked_at(administrator, administrator.get(address), address, limit_percent="x", inactivity_count="9.5")
    assert page.context["missing"] == [
        "Limit in percent of due: Type a figure such as 12.50.",
        "Unused points expire: Enter a whole number.",
    ]
    assert "Choose what it gives" not in page.content.decode()


@pytest.mark.parametrize("kind", PromotionKind)
def test_every_field_has_a_sentence_of_help(administrator: Client, kind: PromotionKind) -> None:
    form = form_of(administrator, kind).context["form"]
    assert [field.name for field in form.visible_fields() if not field.help_text] == []


def test_card_types_and_the_referral_program_have_words_and_help_too(administrator: Client, cast: Cast) -> None:
    page = administrator.get("/chains/aurora/card-types/new/")
    assert [field.name for field in page.context["form"].visible_fields() if not field.help_text] == []
    typed = {"name": "Gold", "limit_percent": "30", "inactivity_count": "90", "automatic_issue": "any"}
    page = looked_at(administrator, page, "/chains/aurora/card-types/new/", **typed)
    assert "Cards of new clients act at once; issued by hand, from the next visit on." in words(page)
    by_hand = looked_at(administrator, page, "/chains/aurora/card-types/new/", automatic_issue="never")
    assert "A card acts from the next visit on." in words(by_hand)
    assert "At most 30 % of what is due is paid with points." in words(page)
    assert "Points that were not spent expire 90 days after the client's last visit." in words(page)

    make_referral_program(cast.aurora, make_card_type(cast.aurora, "Bonus"))
    page = administrator.get(REFERRAL)
    assert [field.name for field in page.context["form"].visible_fields() if not field.help_text] == []
    assert "the inviting client gets 5 % of paid on a card of the type Bonus" in words(page)
    (_, first), (_, later) = page.context["bills"]
    assert first.settlement.discount == Decimal("7.50")
    assert [each.amount for each in first.results] == [Decimal("7.50"), Decimal("3.38")]
    assert [each.why for each in later.results] == [["The program accrues for the first visit only."]]
    (_, first), (_, later) = looked_at(
        administrator, page, REFERRAL, accrues="every_visit", **{"example-services": "100"}
    ).context["bills"]
    assert [each.amount for each in first.results] == [Decimal("11.50"), Decimal("5.18")]
    assert [each.amount for each in later.results] == [Decimal("5.75")]


# What cannot work
# ----------------------------------------------------------------------------


def warned(client: Client, kind: str = "discount_fixed", **typed: Any) -> list[str]:
    figures = {} if kind.startswith("cashback_c") else {"value": "5"}
    warnings: list[str] = looked_at(client, form_of(client, kind), **figures, **typed).context["warnings"]
    return warnings


def test_what_cannot_work_is_told_on_the_form(administrator: Client, cast: Cast) -> None:
    closed = make_location(cast.aurora, "Closed")
    club = make_card_type(cast.aurora, "Club", locations=[cast.harbour.pk])
    gone = make_card_type(cast.aurora, "Gone", locations=[closed.pk])
    assert warned(administrator) == ["No card type carries it yet, so no guest gets it."]
    assert warned(administrator, card_types=[club.pk]) == []
    assert warned(administrator, card_types=[club.pk], where="listed", locations=[cast.center.pk]) == [
        "Cards of the type Club work only where it is not valid: the two never meet."
    ]
    closed.archived = True
    closed.save()
    assert warned(administrator, card_types=[gone.pk]) == ["Cards of the type Gone work at no open location."]
    promotion = make_promotion(
        cast.aurora, "Nowhere", PromotionKind.DISCOUNT_FIXED, "5", locations=[closed.pk], last_day=date(2025, 1, 1)
    )
    assert administrator.get(f"/chains/aurora/promotions/{promotion.pk}/").context["warnings"] == [
        "It is valid at no open location, so it acts nowhere.",
        "No card type carries it yet, so no guest gets it.",
        "Its last day was 1 January 2025, so it gives nothing any more.",
    ]
    assert administrator.get(f"/chains/aurora/card-types/{gone.pk}/").context["warnings"] == [
        "Its cards work at no open location."
    ]
    falling = {**RULES, "rules-0-value": "20", "rules-2-start": "9", "rules-2-value": "20"}
    assert warned(administrator, "cashback_cumulative_sold", card_types=[club.pk], notice="5", **falling) == [
        "The row from €2.00 gives 10 %, less than the 20 % from €0.00 on.",
        "The row from €9.00 adds nothing: already from €0.00 on it is 20 %.",
        "Its points never burn, so the notice before burning is never sent.",
    ]


def test_what_meets_where_and_in_which_order(administrator: Client, cast: Cast) -> None:
    assert "Make the first card type." in administrator.get(COMBINATIONS).content.decode()
    off = make_promotion(cast.aurora, "Ten off", PromotionKind.DISCOUNT_FIXED, "10", locations=[cast.center.pk])
    back = make_promotion(cast.aurora, "Back", PromotionKind.CASHBACK_FIXED_PAID, "5")
    more = make_promotion(cast.aurora, "More", PromotionKind.CASHBACK_FIXED_SOLD, "1")
    over = make_promotion(cast.aurora, "Over", PromotionKind.DISCOUNT_FIXED, "1", last_day=date(2025, 1, 1))
    make_card_type(cast.aurora, "Club", [off, back, more, over])
    make_card_type(cast.aurora, "Far", [off], locations=[cast.harbour.pk])
    make_promotion(cast.aurora, "Loose", PromotionKind.DISCOUNT_FIXED, "1")
    page = administrator.get(COMBINATIONS)
    club, far = page.context["card_types"]
    center, harbour = club.combinations
    assert [str(each) for each in center.locations] == ["Center"]
    assert [each.promotion for each in (*center.discounts, *center.cashbacks)] == [off, back, more]
    assert center.order == [
        "Discounts come first; the cashbacks are then taken of what they left, or of full prices.",
        "The cashbacks add up; their points are written in this order.",
    ]
    assert harbour.discounts == [] and [each.promotion for each in harbour.cashbacks] == [back, more]
    assert club.idle == [(over, "Ended")]
    assert far.idle == [(off, "valid at none of them")] and far.combinations[0].cashbacks == []
    odd = {each.name: each.sentences for each in page.context["warnings"]}
    assert odd["Loose"] == ["No card type carries it yet, so no guest gets it."]
    assert odd["Ten off"] == ["Cards of the type Far work only where it is not valid: the two never meet."]
    assert "Ended" in page.content.decode()

"""Promotions and card types, set up over HTTP and read back as the rules see them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from chains.models import Chain
from loyalty.accounts.models import AccountType
from loyalty.cards.models import CardType, CardTypeTerms
from loyalty.gift_cards.models import GiftCardType
from loyalty.memberships.models import MembershipType
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.promotions.services import change_promotion
from loyalty.rules.terms import (
    ActsFrom,
    AutomaticIssue,
    Period,
    PeriodUnit,
    PromotionKind,
    Scope,
    ScopeMode,
    Source,
    Unit,
)
from tests.cast import LONG_AGO, PROGRAM, Cast
from tests.loyalty.pages import (
    ACCOUNT_TYPES,
    CARD_TYPES,
    GIFT_CARD_TYPES,
    MEMBERSHIP_TYPES,
    NEW,
    PROMOTIONS,
    REFERRAL,
    save,
    told,
)
from tests.pages import fill, mistakes, rows_of, sorts_by_every_column
from tests.plugins.query_counts import CountQueries
from tests.programs import (
    make_account_type,
    make_card,
    make_card_type,
    make_client,
    make_gift_card,
    make_gift_card_type,
    make_item,
    make_membership_type,
    make_promotion,
    make_visit,
)

FIXED = {PromotionKind.DISCOUNT_FIXED, PromotionKind.CASHBACK_FIXED_SOLD, PromotionKind.CASHBACK_FIXED_PAID}


def form_of(client: Client, kind: str, address: str = NEW) -> Any:
    """The form with the fields of a kind, as the button without JavaScript brings it."""
    return client.post(address, fill(client.get(address), kind=kind, show_fields="1"))


def rules(*rows: tuple[str, str]) -> dict[str, str]:
    return {
        f"rules-{number}-{name}": text
        for number, row in enumerate(rows)
        for name, text in zip(("start", "value"), row, strict=True)
    }


# Promotions
# ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PromotionKind)
def test_every_kind_is_made_through_the_form(administrator: Client, cast: Cast, kind: PromotionKind) -> None:
    card_type = make_card_type(cast.aurora, "Bonus")
    page = form_of(administrator, kind)
    has_value = kind in FIXED or kind is PromotionKind.DISCOUNT_NTH_FREE
    figures = {"value": "5"} if has_value else rules(("200", "5"), ("0", "3"))
    response = save(administrator, page, name="Try", every="2", card_types=[card_type.pk], **figures)
    assert response.status_code == 302, mistakes(response)
    promotion = Promotion.objects.select_related("terms").get()
    found = promotion.as_rules()
    assert (found.kind, found.every, found.limit, found.unit) == (kind, 2, 0, Unit.PERCENT)
    assert found.value == (5 if has_value else 0)
    assert found.rules == (() if has_value else ((Decimal(0), Decimal(3)), (Decimal(200), Decimal(5))))
    assert list(promotion.card_types.all()) == [card_type]
    (row,) = rows_of(administrator.get(PROMOTIONS))
    assert row[0] == "Try" and row[4] == "Bonus" and row[8] == "Active"

    edit = f"{PROMOTIONS}{promotion.pk}/"
    assert save(administrator, administrator.get(edit), edit).status_code == 302
    assert PromotionTerms.objects.count() == 1


def test_every_field_is_saved_and_read_back(administrator: Client, cast: Cast) -> None:
    haircut = make_item(cast.aurora, "Haircut", "60.00", category="Hair")
    page = form_of(administrator, "cashback_cumulative_paid")
    texts: dict[str, Any] = {
        "name": "Gold",
        "unit": "amount",
        **rules(("0", "1,50"), ("500.5", "3")),
        "source": "active",
        "history_from": "2026-01-01",
        "every": "3",
        "limit": "12",
        "burn_count": "6",
        "burn_unit": "months",
        "notice": "10",
        "where": "listed",
        "locations": [cast.center.pk],
        "first_day": "2026-02-01",
        "last_day": "2026-12-31",
        "service_mode": "listed",
        "services": [haircut.pk],
        "service_categories": [haircut.category_id],
        "product_mode": "none",
    }
    assert save(administrator, page, **texts).status_code == 302
    promotion = Promotion.objects.select_related("terms").get()
    found = promotion.as_rules()
    assert (found.unit, found.source, found.every, found.limit, found.notice) == (Unit.AMOUNT, Source.ACTIVE, 3, 12, 10)
    assert found.rules == ((Decimal(0), Decimal("1.5")), (Decimal("500.5"), Decimal(3)))
    assert (found.history_from, found.burn) == (date(2026, 1, 1), Period(6, PeriodUnit.MONTHS))
    assert (found.first_day, found.last_day, found.locations) == (
        date(2026, 2, 1),
        date(2026, 12, 31),
        frozenset({cast.center.pk}),
    )
    assert found.scopes.services == Scope(
        ScopeMode.LISTED, frozenset({haircut.pk}), frozenset({haircut.category_id or 0})
    )
    assert found.scopes.products == Scope(ScopeMode.NONE)

    edit = f"{PROMOTIONS}{promotion.pk}/"
    page = administrator.get(edit)
    kept = fill(page)
    assert (kept["rules-1-start"], kept["rules-1-value"], kept["burn_unit"]) == (["500.50"], ["3.00"], ["months"])
    assert save(administrator, page, edit).status_code == 302
    assert PromotionTerms.objects.count() == 1
    save(administrator, administrator.get(edit), edit, where="all", service_mode="any", burn_count="", notice="")
    found = Promotion.objects.select_related("terms").get().as_rules()
    assert (found.locations, found.scopes.services, found.burn) == (None, Scope(), None)


def test_only_the_fields_of_the_kind_are_asked_and_what_was_typed_stays(administrator: Client) -> None:
    page = form_of(administrator, "cashback_cumulative_sold")
    assert {"rules", "source", "burn_count", "notice"} <= set(page.context["form"].fields)
    typed = fill(page, name="Mine", every="4", notice="5", kind="discount_fixed", show_fields="1", **rules(("0", "3")))
    page = administrator.post(NEW, typed)
    fields = set(page.context["form"].fields)
    assert "value" in fields and not fields & {"rules", "source", "history_from", "burn_count", "notice"}
    assert fill(page)["name"] == ["Mine"] and fill(page)["every"] == ["4"]
    assert not page.context["form"].errors and not Promotion.objects.exists()
    # What the page before had is not kept, even where a browser sends it.
    save(administrator, page, value="10", notice="5", burn_count="3", burn_unit="days", **rules(("0", "3")))
    found = Promotion.objects.select_related("terms").get().as_rules()
    assert (found.value, found.rules) == (Decimal(10), ())
    assert found.notice is None and found.burn is None


def test_rows_of_the_rules_come_and_go(administrator: Client) -> None:
    page = form_of(administrator, "discount_cumulative_visits")
    assert "Visits from" in page.content.decode()
    typed = fill(page, name="Club", **rules(("5", "5"), ("9", "10"), ("x", "1")))
    page = administrator.post(NEW, {**typed, "remove_rule": "1"})
    assert fill(page)["rules-1-start"] == ["x"] and "rules-2-start" not in fill(page)
    page = administrator.post(NEW, {**fill(page), "add_rule": "1"})
    assert fill(page)["rules-2-start"] == [""]
    page = save(administrator, page)
    assert mistakes(page)["rules"] == ["Row 2: Type a figure such as 12.50."]
    assert save(administrator, page, **{"rules-1-start": "9"}).status_code == 302
    assert Promotion.objects.select_related("terms").get().as_rules().rules == (
        (Decimal(5), Decimal(5)),
        (Decimal(9), Decimal(1)),
    )


@pytest.mark.parametrize(
    ("kind", "texts", "field"),
    [
        ("discount_fixed", {"value": "101"}, "value"),
        ("discount_fixed", {"value": "-1"}, "value"),
        ("discount_fixed", {"value": "0"}, "value"),
        ("discount_fixed", {"value": "1.234"}, "value"),
        ("discount_fixed", {"value": "1,000"}, "value"),
        ("discount_fixed", {"value": ""}, "value"),
        ("discount_fixed", {"name": " "}, "name"),
        ("discount_fixed", {"every": "0"}, "every"),
        ("discount_fixed", {"every": "99999"}, "every"),
        ("discount_fixed", {"limit": "-1"}, "limit"),
        ("discount_fixed", {"limit": "1.5"}, "limit"),
        ("discount_fixed", {"first_day": "2026-03-02", "last_day": "2026-03-01"}, "last_day"),
        ("discount_fixed", {"first_day": "31.02.2026"}, "first_day"),
        ("discount_fixed", {"where": "listed"}, "locations"),
        ("discount_fixed", {"service_mode": "listed"}, "services"),
        ("discount_fixed", {"service_mode": "none", "product_mode": "none"}, "product_mode"),
        ("discount_nth_free", {"value": "2.5"}, "value"),
        ("cashback_fixed_paid", {"burn_count": "0"}, "burn_count"),
        ("cashback_fixed_paid", {"burn_count": "1", "burn_unit": "weeks", "notice": "8"}, "notice"),
        ("cashback_fixed_paid", {"notice": "-1"}, "notice"),
        ("cashback_cumulative_sold", rules(("0", "5"), ("0.00", "6")), "rules"),
        ("cashback_cumulative_sold", rules(("0", "101")), "rules"),
        ("cashback_cumulative_sold", rules(("0", "")), "rules"),
        ("cashback_cumulative_sold", {}, "rules"),
        ("cashback_visits_sold", rules(("1.5", "3")), "rules"),
    ],
)
def test_what_cannot_be_stands_beside_its_field(
    administrator: Client, cast: Cast, kind: str, texts: dict[str, str], field: str
) -> None:
    given = {"name": "Try", **({"value": "5"} if not kind.startswith(("cashback_c", "cashback_v")) else {}), **texts}
    page = save(administrator, form_of(administrator, kind), **given)
    assert set(mistakes(page)) == {field}
    assert f'id="id_{field}_error"' in page.content.decode() and f'href="#id_{field}"' in page.content.decode()
    kept = fill(page)
    assert all(kept[name] == [text] for name, text in given.items())
    assert not Promotion.objects.exists()


def test_a_used_promotion_keeps_kind_and_unit_and_is_archived(administrator: Client, cast: Cast) -> None:
    bonus = make_promotion(cast.aurora, "Bonus", PromotionKind.CASHBACK_FIXED_PAID, "5")
    guest = make_client(cast.center, "Gina", "+4915112345601")
    make_card(guest, make_card_type(cast.aurora, "Card", [bonus]))
    make_visit(cast.center, guest, [make_item(cast.aurora, "Haircut", "60.00")], at=LONG_AGO)
    edit = f"{PROMOTIONS}{bonus.pk}/"
    page = administrator.get(edit)
    assert page.content.decode().count("It was used already, so this stays:") == 2
    assert save(administrator, page, edit, kind="discount_fixed", unit="amount", value="6").status_code == 302
    bonus = Promotion.objects.select_related("terms").get()
    found = bonus.as_rules()
    assert (found.kind, found.unit, found.value) == (PromotionKind.CASHBACK_FIXED_PAID, Unit.PERCENT, Decimal(6))

    archive = f"{edit}archive/"
    assert "What it gave before stays" in administrator.get(archive).content.decode()
    assert not Promotion.objects.select_related("terms").get().as_rules().archived
    for _time in ("once", "and by a double click"):
        administrator.post(archive)
        assert rows_of(administrator.get(PROMOTIONS, {"status": "archived"}))[0][8] == "Archived"
    administrator.post(f"{edit}restore/")
    assert rows_of(administrator.get(PROMOTIONS, {"status": "active"}))[0][8] == "Active"


def test_the_second_administrator_is_told_what_changed(administrator: Client, cast: Cast) -> None:
    promotion = make_promotion(cast.aurora, "Welcome", PromotionKind.DISCOUNT_FIXED, "10")
    edit = f"{PROMOTIONS}{promotion.pk}/"
    page = administrator.get(edit)
    card_type = make_card_type(cast.aurora, "Club")
    by: dict[str, Any] = {"at": LONG_AGO, "acting_user": PROGRAM}
    change_promotion(promotion=promotion, name="Hello", card_types=[card_type], value=15, **by)
    page = save(administrator, page, edit, value="20")
    assert told(page) == {
        "Name": ("Welcome", "Hello", "", "Hello"),
        "Card types": ("none", "Club", "", "Club"),
        "Value": ("10", "15", "20", "20"),
    }
    assert "Someone else changed this meanwhile" in page.content.decode()
    assert Promotion.objects.select_related("terms").get().as_rules().value == 15
    # What was not touched is theirs, so that saving what is shown now overwrites nothing of it.
    assert save(administrator, page, edit).status_code == 302
    promotion = Promotion.objects.select_related("terms").get()
    assert (promotion.name, promotion.as_rules().value) == ("Hello", Decimal(20))
    assert list(promotion.card_types.all()) == [card_type]


def test_the_list_says_what_each_gives_and_is_filtered(administrator: Client, cast: Cast) -> None:
    make_promotion(cast.aurora, "Ten off", PromotionKind.DISCOUNT_FIXED, "10", unit="amount")
    tiers: dict[str, Any] = {"rules": [["0", "3"], ["100", "5"], ["200", "10"]]}
    gold = make_promotion(
        cast.aurora, "Gold", PromotionKind.CASHBACK_CUMULATIVE_SOLD, locations=[cast.center.pk], **tiers
    )
    make_promotion(cast.aurora, "Sixth", PromotionKind.DISCOUNT_NTH_FREE, "5", last_day=date(2025, 1, 1))
    make_promotion(cast.aurora, "Back", PromotionKind.CASHBACK_FIXED_PAID, "5", first_day=date(2099, 1, 1))
    club = make_card_type(cast.aurora, "Club", [gold])
    assert [(row[0], row[2], row[3], row[4], row[8]) for row in rows_of(administrator.get(PROMOTIONS))] == [
        ("Back", "5 % of paid", "all", "–", "Not yet begun"),
        ("Gold", "3 / 5 / 10 % by sold", "Center", "Club", "Active"),
        ("Sixth", "1 free after 5 paid", "all", "–", "Ended"),
        ("Ten off", "€10.00", "all", "–", "On no card"),
    ]
    for query, names in (
        ({"name": "OFF"}, ["Ten off"]),
        ({"kind": "discount_nth_free"}, ["Sixth"]),
        ({"card_type": club.pk}, ["Gold"]),
        ({"status": "planned"}, ["Back"]),
        ({"status": "ended"}, ["Sixth"]),
        ({"status": "active"}, ["Gold"]),
    ):
        page = administrator.get(PROMOTIONS, query)
        assert [row[0] for row in rows_of(page)] == names
        assert len(page.context["filters"].chips()) == 1
    sorts_by_every_column(administrator, PROMOTIONS)
    assert "Nothing matches" in administrator.get(PROMOTIONS, {"name": "zz"}).content.decode()


# Card types
# ----------------------------------------------------------------------------


def test_every_field_of_a_card_type_is_saved_and_read_back(administrator: Client, cast: Cast) -> None:
    promotion = make_promotion(cast.aurora, "Bonus", PromotionKind.CASHBACK_FIXED_PAID, "5")
    wax = make_item(cast.aurora, "Wax", "14.00")
    page = administrator.get(f"{CARD_TYPES}new/")
    texts: dict[str, Any] = {
        "name": "Gold card",
        "promotions": [promotion.pk],
        "automatic_issue": "own",
        "acts_from": "at_once",
        "where": "listed",
        "locations": [cast.harbour.pk],
        "service_mode": "listed",
        "services": [wax.pk],
        "product_mode": "none",
        "limit_amount": "25.50",
        "limit_percent": "30",
        "inactivity_count": "90",
        "inactivity_unit": "days",
    }
    assert save(administrator, page, f"{CARD_TYPES}new/", **texts).status_code == 302
    card_type = CardType.objects.select_related("terms").get()
    found = card_type.as_rules()
    assert list(card_type.promotions.all()) == [promotion]
    assert (found.automatic_issue, found.acts_from) == (AutomaticIssue.OWN, ActsFrom.AT_ONCE)
    assert found.locations == frozenset({cast.harbour.pk})
    assert (found.limit_amount, found.limit_percent) == (Decimal("25.5"), Decimal(30))
    assert found.inactivity == Period(90, PeriodUnit.DAYS)
    assert found.pays.services == Scope(ScopeMode.LISTED, frozenset({wax.pk}))
    assert found.pays.products == Scope(ScopeMode.NONE)

    edit = f"{CARD_TYPES}{card_type.pk}/"
    assert save(administrator, administrator.get(edit), edit).status_code == 302
    assert CardTypeTerms.objects.count() == 1
    # The same link, seen and undone from its other side.
    other_side = f"{PROMOTIONS}{promotion.pk}/"
    assert fill(administrator.get(other_side))["card_types"] == [str(card_type.pk)]
    save(administrator, administrator.get(other_side), other_side, card_types=[])
    assert "promotions" not in fill(administrator.get(edit))


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Club"}, "name"),
        ({"limit_amount": "0.001"}, "limit_amount"),
        ({"limit_percent": "100.5"}, "limit_percent"),
        ({"inactivity_count": "0"}, "inactivity_count"),
        ({"where": "listed"}, "locations"),
        ({"product_mode": "listed"}, "products"),
    ],
)
def test_a_card_type_that_cannot_be(administrator: Client, cast: Cast, texts: dict[str, str], field: str) -> None:
    make_card_type(cast.aurora, "Club")
    new = f"{CARD_TYPES}new/"
    page = save(administrator, administrator.get(new), new, **{"name": "Gold", **texts})
    assert set(mistakes(page)) == {field}
    assert CardType.objects.count() == 1


def test_card_types_are_listed_with_cards_and_points_and_archived(administrator: Client, cast: Cast) -> None:
    assert "Start with both, on one page." in administrator.get(CARD_TYPES).content.decode()
    bonus = make_promotion(cast.aurora, "Bonus", PromotionKind.CASHBACK_FIXED_PAID, "5")
    club = make_card_type(cast.aurora, "Club", [bonus])
    make_card_type(cast.aurora, "Gold")
    guest = make_client(cast.center, "Gina", "+4915112345601")
    make_card(guest, club)
    make_visit(cast.center, guest, [make_item(cast.aurora, "Haircut", "60.00")], at=LONG_AGO)
    assert [[row[0], row[1], row[4], row[5]] for row in rows_of(administrator.get(CARD_TYPES))] == [
        ["Club", "Bonus", "1", "3.00"],
        ["Gold", "–", "0", "0.00"],
    ]
    assert [row[0] for row in rows_of(administrator.get(CARD_TYPES, {"promotion": bonus.pk}))] == ["Club"]
    sorts_by_every_column(administrator, CARD_TYPES)
    archive = f"{CARD_TYPES}{club.pk}/archive/"
    assert "1 card with 3.00 points outstanding" in administrator.get(archive).content.decode()
    for _time in ("once", "and by a double click"):
        administrator.post(archive)
        assert [row[0] for row in rows_of(administrator.get(CARD_TYPES, {"status": "archived"}))] == ["Club"]
    administrator.post(f"{CARD_TYPES}{club.pk}/restore/")
    assert not rows_of(administrator.get(CARD_TYPES, {"status": "archived"}))


def test_the_second_editor_of_a_card_type_is_told(administrator: Client, cast: Cast) -> None:
    club = make_card_type(cast.aurora, "Club")
    edit = f"{CARD_TYPES}{club.pk}/"
    first, second = administrator.get(edit), administrator.get(edit)
    save(administrator, first, edit, limit_percent="30")
    page = save(administrator, second, edit, name="Club card")
    assert told(page) == {"Limit in percent of due": ("0", "30", "", "30")}
    assert CardType.objects.get().name == "Club"
    assert save(administrator, page, edit).status_code == 302
    card_type = CardType.objects.select_related("terms").get()
    assert (card_type.name, card_type.as_rules().limit_percent) == ("Club card", Decimal(30))


# Queries
# ----------------------------------------------------------------------------


def fill_lists(chain: Chain, rows: int) -> None:
    for number in range(rows):
        promotion = make_promotion(chain, f"Promotion {number}", PromotionKind.DISCOUNT_FIXED, "10")
        make_card_type(chain, f"Type {number}", [promotion])
        make_item(chain, f"Service {number}", "10.00", category=f"Category {number}")
        make_gift_card(make_gift_card_type(chain, f"Gift card {number}"), "10.00")
        make_account_type(chain, f"Account {number}")
        make_membership_type(chain, f"Membership {number}")


@pytest.mark.parametrize("rows", [3, 30])
def test_the_queries_of_programs(administrator: Client, cast: Cast, count_queries: CountQueries, rows: int) -> None:
    fill_lists(cast.aurora, rows)
    promotion, card_type = Promotion.objects.first(), CardType.objects.first()
    gift_card_type, account_type = GiftCardType.objects.first(), AccountType.objects.first()
    membership_type = MembershipType.objects.first()
    assert promotion and card_type and gift_card_type and account_type and membership_type
    administrator.get(PROMOTIONS)
    for what, address in (
        ("promotions", PROMOTIONS),
        ("a promotion", f"{PROMOTIONS}{promotion.pk}/"),
        ("card types", CARD_TYPES),
        ("a card type", f"{CARD_TYPES}{card_type.pk}/"),
        ("gift card types", GIFT_CARD_TYPES),
        ("a gift card type", f"{GIFT_CARD_TYPES}{gift_card_type.pk}/"),
        ("account types", ACCOUNT_TYPES),
        ("an account type", f"{ACCOUNT_TYPES}{account_type.pk}/"),
        ("membership types", MEMBERSHIP_TYPES),
        ("a membership type", f"{MEMBERSHIP_TYPES}{membership_type.pk}/"),
        ("referral program", REFERRAL),
        ("conflicts", f"{PROMOTIONS}combinations/"),
        ("history of a promotion", f"{PROMOTIONS}{promotion.pk}/history/"),
        ("try a program", "/chains/aurora/try/"),
    ):
        with count_queries(f"page: {what}"):
            administrator.get(address)

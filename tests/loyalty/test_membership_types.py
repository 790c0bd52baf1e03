"""Membership types, set up over HTTP and read back as the rules see them."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from chains.catalog.models import Item
from chains.models import Chain
from loyalty.memberships.counters import kept_counter, kept_hours
from loyalty.memberships.models import MembershipType, MembershipTypeTerms
from loyalty.memberships.services import change_membership_type, grant_opening_balance
from loyalty.rules.terms import Begins, CoveredHours, MembershipCounter, Period, PeriodUnit, Scope, ScopeMode
from tests.cast import LONG_AGO, PROGRAM, Cast
from tests.loyalty.pages import MEMBERSHIP_TYPES, save, told
from tests.pages import fill, mistakes, rows_of, sorts_by_every_column, text_of
from tests.programs import make_client, make_item, make_membership_type

NEW = f"{MEMBERSHIP_TYPES}new/"
BY: dict[str, Any] = {"at": LONG_AGO, "acting_user": PROGRAM}


@pytest.fixture
def haircut(cast: Cast) -> Item:
    return make_item(cast.aurora, "Haircut", "60.00", category="Hair")


@pytest.fixture
def beard(cast: Cast) -> Item:
    return make_item(cast.aurora, "Beard", "20.00")


def eight(item: Item, **texts: Any) -> dict[str, Any]:
    """Eight visits for the item within six months, for 400.00."""
    counted = {"counters-0-services": [item.pk], "counters-0-count": "8"}
    return {"name": "Hair 8", "price": "400", "lasts_count": "6", "lasts_unit": "months", **counted, **texts}


def press(client: Client, page: Any, address: str, button: str, value: Any = "1", **texts: Any) -> Any:
    return client.post(address, fill(page, **{**texts, button: value}))


def look(client: Client, address: str = NEW, **texts: Any) -> Any:
    return press(client, client.get(address), address, "look", **texts)


def words(page: Any) -> str:
    return " ".join(page.context["sentences"])


def days(page: Any) -> dict[str, str]:
    return dict(page.context["days_in_words"])


def found() -> MembershipType:
    return MembershipType.objects.select_related("terms").latest("pk")


def listed(*services: Item) -> Scope:
    return Scope(ScopeMode.LISTED, frozenset(item.pk for item in services))


def test_every_field_is_saved_and_read_back(administrator: Client, cast: Cast, haircut: Item, beard: Item) -> None:
    page = administrator.get(NEW)
    page = press(administrator, page, NEW, "add_counters", **eight(haircut, shape="split", begins="first_use"))
    page = press(administrator, page, NEW, "add_hours", when="listed")
    texts: dict[str, Any] = {
        "counters-0-categories": [haircut.category_id],
        "counters-1-services": [beard.pk],
        "counters-1-unlimited": "on",
        "begins_within_count": "3",
        "freeze_days": "30",
        "holder": "named",
        "hours-0-weekdays": ["0", "4"],
        "hours-0-since": "09:00",
        "hours-0-until": "15:30",
        "hours-1-weekdays": ["5"],
        "where": "listed",
        "locations": [cast.harbour.pk],
        "online_title": "Eight times",
        "online_description": "Fine\nhair",
        "online_price": "380.5",
    }
    page = save(administrator, page, NEW, **texts)
    assert page.status_code == 302, mistakes(page)
    rules, terms = found().as_rules(), MembershipTypeTerms.objects.get()
    hair = Scope(ScopeMode.LISTED, frozenset({haircut.pk}), frozenset({haircut.category_id or 0}))
    assert rules.counters == (MembershipCounter(1, hair, 8), MembershipCounter(2, listed(beard), None))
    assert (found().name, rules.price, rules.lasts) == ("Hair 8", Decimal(400), Period(6, PeriodUnit.MONTHS))
    assert (rules.begins, rules.begins_within) == (Begins.FIRST_USE, Period(3, PeriodUnit.MONTHS))
    assert (rules.freeze_days, rules.named, rules.renews) == (30, True, False)
    weekdays = (CoveredHours(frozenset({0, 4}), time(9), time(15, 30)), CoveredHours(frozenset({5})))
    assert (rules.hours, rules.locations) == (weekdays, frozenset({cast.harbour.pk}))
    assert (terms.online_title, terms.online_description.split()) == ("Eight times", ["Fine", "hair"])
    assert terms.online_price == Decimal("380.5")

    edit = f"{MEMBERSHIP_TYPES}{found().pk}/"
    kept = fill(administrator.get(edit))
    assert [kept[name] for name in ("shape", "price", "counters-0-count", "counters-1-unlimited")] == [
        ["split"],
        ["400.00"],
        ["8"],
        ["on"],
    ]
    assert save(administrator, administrator.get(edit), edit).status_code == 302
    assert MembershipTypeTerms.objects.count() == 1

    other = {"shape": "overall", "lasts": "without_end", "begins": "purchase", "when": "all", "where": "all"}
    assert save(administrator, administrator.get(edit), edit, **other, holder="bearer").status_code == 302
    rules = found().as_rules()
    assert rules.counters == (MembershipCounter(1, hair, 8),)
    assert (rules.lasts, rules.begins_within, rules.hours, rules.locations, rules.named) == (
        None,
        None,
        (),
        None,
        False,
    )


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({"name": " "}, "name"),
        ({"price": ""}, "price"),
        ({"price": "-1"}, "price"),
        ({"price": "1.234"}, "price"),
        ({"price": "99999999999999999"}, "price"),
        ({"counters-0-services": None}, "counters"),
        ({"counters-0-services": ["99999999"]}, "counters"),
        ({"counters-0-count": ""}, "counters"),
        ({"counters-0-count": "0"}, "counters"),
        ({"counters-0-count": "2.5"}, "counters"),
        ({"counters-0-count": "10000"}, "counters"),
        ({"shape": "split", "counters-0-count": ""}, "counters"),
        ({"lasts_count": ""}, "lasts_count"),
        ({"lasts_count": "0"}, "lasts_count"),
        ({"lasts_count": "101", "lasts_unit": "years"}, "lasts_count"),
        ({"begins": "first_use", "begins_within_count": "0"}, "begins_within_count"),
        ({"begins": "first_use", "begins_within_count": "x"}, "begins_within_count"),
        ({"freeze_days": "-1"}, "freeze_days"),
        ({"freeze_days": "99999"}, "freeze_days"),
        ({"when": "listed"}, "hours"),
        ({"when": "listed", "hours-0-since": "09:00"}, "hours"),
        ({"when": "listed", "hours-0-weekdays": ["1"], "hours-0-since": "nine"}, "hours"),
        ({"when": "listed", "hours-0-weekdays": ["1"], "hours-0-since": "15:00", "hours-0-until": "09:00"}, "hours"),
        ({"where": "listed"}, "locations"),
        ({"online_price": "-1"}, "online_price"),
        ({"online_title": "x" * 151}, "online_title"),
    ],
)
def test_what_cannot_be_stands_beside_its_field(
    administrator: Client, haircut: Item, texts: dict[str, Any], field: str
) -> None:
    typed = eight(haircut, online_description="Kept", **texts)
    page = save(administrator, administrator.get(NEW), NEW, **typed)
    assert set(mistakes(page)) == {field}
    assert f'id="id_{field}_error"' in page.content.decode()
    kept = fill(page)
    assert kept["online_description"] == ["Kept"] and kept["shape"] == [typed.get("shape", "overall")]
    assert [kept[name] for name in texts if isinstance(texts[name], str)] == [
        [text.strip() if name.startswith(("counters", "hours")) else text]
        for name, text in texts.items()
        if isinstance(text, str)
    ]
    assert not MembershipType.objects.exists()


def test_rows_are_added_and_removed_by_named_buttons(administrator: Client, haircut: Item, beard: Item) -> None:
    page = administrator.get(NEW)
    page = press(administrator, page, NEW, "add_counters", **eight(haircut, shape="split"))
    assert "Remove counter 2" in page.content.decode() and not MembershipType.objects.exists()
    page = press(administrator, page, NEW, "look", **{"counters-1-services": [beard.pk], "counters-1-count": "x"})
    assert page.context["missing"] == [
        "Services and visits: Counter 2: Type how many visits it covers, as a whole number."
    ]
    page = press(administrator, page, NEW, "remove_counters", "0", **{"counters-1-count": "3"})
    kept = fill(page)
    assert kept["counters-0-services"] == [str(beard.pk)] and kept["counters-0-count"] == ["3"]
    assert "counters-1-key" not in kept
    # A row that is left blank is none; of a type that has none the first stands there to be filled in.
    page = press(administrator, page, NEW, "add_counters")
    assert save(administrator, page, NEW).status_code == 302
    assert found().as_rules().counters == (MembershipCounter(1, listed(beard), 3),)


def test_all_that_a_counter_lacks_is_told_at_once(administrator: Client, haircut: Item) -> None:
    lacks = ["Choose at least one service, or a category.", "Type how many visits it covers, as a whole number."]
    page = save(administrator, administrator.get(NEW), NEW, name="Hair", price="1", lasts="without_end")
    assert mistakes(page) == {"counters": lacks}
    page = press(administrator, page, NEW, "add_counters", shape="split", **{"counters-0-services": [haircut.pk]})
    page = save(administrator, page, NEW, **{"counters-0-count": "2", "counters-1-unlimited": "on"})
    assert mistakes(page) == {"counters": [f"Counter 2: {lacks[0]}"]}
    # By its number on the page, though a blank one before it is none.
    page = save(administrator, page, NEW, **{"counters-0-services": None, "counters-0-count": ""})
    assert mistakes(page) == {"counters": [f"Counter 2: {lacks[0]}"]}


def test_the_usual_shapes_stand_in_words(administrator: Client, haircut: Item, beard: Item) -> None:
    page = administrator.get(NEW)
    assert page.context["sentences"] == [] and page.context["missing"] == []
    page = look(administrator, **eight(haircut, begins="first_use", freeze_days="30", begins_within_count="2"))
    assert words(page) == (
        "8 × Haircut, within 6 months of the first use, for €400.00; may be frozen for 30 days. "
        "Without a use it begins by itself 2 months after the sale. "
        "It covers for whoever brings its code, at all locations."
    )
    both = {"counters-0-services": [haircut.pk, beard.pk]}
    assert "8 × one of Beard, Haircut, within 6 months of the sale" in words(
        look(administrator, **eight(haircut, **both))
    )
    page = look(administrator, **eight(haircut, shape="unlimited", lasts="without_end", begins="date"))
    assert "Haircut without limit, from a day given at the sale on without end, for €400.00; cannot be frozen" in words(
        page
    )
    assert days(page)["A visit is worth"] == "nothing by itself, as they are not counted"
    texts = {"when": "listed", "hours-0-weekdays": ["0", "1"], "hours-0-since": "09:00", "hours-0-until": "15:00"}
    page = look(administrator, **eight(haircut, holder="named", **texts))
    assert "It covers visits that begin then: Monday, Tuesday from 09:00 until 15:00" in words(page)
    assert "for its owner alone, without a code" in words(page)


def test_an_example_has_days_values_and_a_bill(administrator: Client, cast: Cast, haircut: Item) -> None:
    today = cast.aurora.local_date(timezone.now())
    typed = eight(haircut, begins="first_use", freeze_days="30", lasts_count="60", lasts_unit="days", price="100.02")
    page = look(administrator, **typed, **{"example-begins_after": "10", "example-frozen": "14", "example-units": "2"})
    first_on = today + timedelta(days=10)
    frozen_from = first_on + timedelta(days=7)
    assert days(page) == {
        "Sold": date_format(today),
        "Begins": date_format(first_on),
        "Frozen": f"{date_format(frozen_from)} to {date_format(frozen_from + timedelta(days=13))}",
        # The sixtieth day from the first on, and as many more as were frozen.
        "Covers through": date_format(first_on + timedelta(days=59 + 14)),
        "A visit is worth": "2 × €12.51, 6 × €12.50",
    }
    ((_title, bill),) = page.context["bills"]
    # Two haircuts of 60.00, and 20.00 of what it does not cover.
    assert (bill.settlement.sold, bill.settlement.covered, bill.money) == (140, 120, 20)
    assert [(each.label, each.amount, each.why) for each in bill.results] == [
        ("2 visits covered", 120, ["6 visits are left."])
    ]
    page = look(administrator, **typed, **{"example-units": "9"})
    ((_title, bill),) = page.context["bills"]
    assert bill.problems == ["It covers less: 8 are left on it."] and bill.money == 80

    # It begins by itself before the guest comes, and is never frozen for longer than it may be.
    typed |= {"begins_within_count": "5", "begins_within_unit": "days", "freeze_days": "3"}
    page = look(administrator, **typed, **{"example-begins_after": "10", "example-frozen": "14"})
    assert days(page)["Begins by itself"] == date_format(today + timedelta(days=5))
    assert days(page)["Covers through"] == date_format(today + timedelta(days=5 + 59 + 3))


def test_what_is_odd_is_worth_a_look(administrator: Client, haircut: Item) -> None:
    assert look(administrator, **eight(haircut)).context["warnings"] == []
    page = look(administrator, **eight(haircut, price="0", lasts="without_end", freeze_days="5"))
    assert [warning.split(",")[0] for warning in page.context["warnings"]] == [
        "It costs nothing",
        "It has no end that could move",
    ]


@pytest.mark.parametrize(
    ("currency", "price", "is_wrong"), [("JPY", "5000.5", True), ("JPY", "5000", False), ("KWD", "5.125", False)]
)
def test_a_currency_without_and_with_three_decimals(
    administrator: Client, cast: Cast, haircut: Item, currency: str, price: str, is_wrong: bool
) -> None:
    Chain.objects.filter(pk=cast.aurora.pk).update(currency=currency)
    page = look(administrator, **eight(haircut, price=price))
    assert bool(page.context["missing"]) == is_wrong, page.context["missing"]


# After the first sale
# ----------------------------------------------------------------------------


def test_after_the_first_sale_services_are_added_and_nothing_is_taken_away(
    administrator: Client, cast: Cast, haircut: Item, beard: Item
) -> None:
    wash = make_item(cast.aurora, "Wash", "10.00")
    hair = make_membership_type(cast.aurora, "Hair", haircut, beard)
    edit = f"{MEMBERSHIP_TYPES}{hair.pk}/"
    guest = make_client(cast.center, "Gina Guest", "+4915112345601")
    grant_opening_balance(membership_type=hair, client=guest, **BY)
    text = text_of(administrator.get(edit))
    assert "1 membership was sold." in text and "All else is for new sales" in text
    for taken in ({"counters-0-services": [haircut.pk]}, {"shape": "unlimited"}):
        page = save(administrator, administrator.get(edit), edit, **taken)
        assert set(mistakes(page)) == {"counters"} and "nothing is taken away" in text_of(page)
    assert MembershipTypeTerms.objects.count() == 1
    more = {"counters-0-services": [haircut.pk, beard.pk, wash.pk], "counters-0-count": "12"}
    assert save(administrator, administrator.get(edit), edit, **more).status_code == 302
    assert found().as_rules().counters == (MembershipCounter(1, listed(haircut, beard, wash), 12),)
    (change,) = administrator.get(f"{edit}history/").context["history"][0].differences
    assert (change.label, change.before, change.after) == (
        "What it covers",
        "10 × one of Beard, Haircut",
        "12 × one of Beard, Haircut, Wash",
    )


# Two edits, copies, archiving, the list
# ----------------------------------------------------------------------------


def test_the_second_administrator_is_told_what_changed(
    administrator: Client, cast: Cast, haircut: Item, beard: Item
) -> None:
    counters = [kept_counter(1, [haircut.pk], [], 8), kept_counter(2, [beard.pk], [], 3)]
    hours = [kept_hours([0], time(9), None)]
    hair = make_membership_type(cast.aurora, "Hair", haircut, counters=counters, hours=hours)
    edit = f"{MEMBERSHIP_TYPES}{hair.pk}/"
    page = administrator.get(edit)
    theirs = [kept_counter(1, [haircut.pk], [], 9), counters[1]]
    both_hours = [*hours, kept_hours([1], time(10), None)]
    change_membership_type(membership_type=hair, name="Hair 9", counters=theirs, hours=both_hours, **BY)
    page = press(administrator, page, edit, "add_counters", **{"counters-1-count": "4"})
    page = save(
        administrator,
        page,
        edit,
        **{"hours-0-since": "08:00", "counters-2-services": [beard.pk], "counters-2-unlimited": "on"},
    )
    assert told(page) == {
        "Name": ("Hair", "Hair 9", "", "Hair 9"),
        "What it covers": (
            "8 × Haircut, 3 × Beard",
            "9 × Haircut, 3 × Beard",
            "8 × Haircut, 4 × Beard, Beard without limit",
            "9 × Haircut, 4 × Beard, Beard without limit",
        ),
        "Days and hours": (
            "Monday from 09:00 on",
            "Monday from 09:00 on and Tuesday from 10:00 on",
            "Monday from 08:00 on",
            "Monday from 08:00 on and Tuesday from 10:00 on",
        ),
    }
    assert found().name == "Hair 9" and found().as_rules().counts == 12
    assert save(administrator, page, edit).status_code == 302
    assert [(each.key, each.count) for each in found().as_rules().counters] == [(1, 9), (2, 4), (3, None)]
    assert [each.since for each in found().as_rules().hours] == [time(8), time(10)]


def test_a_type_is_copied_and_archived(administrator: Client, cast: Cast, haircut: Item) -> None:
    hair = make_membership_type(cast.aurora, "Hair", haircut, named=True)
    page = administrator.get(NEW, {"from": hair.pk})
    assert fill(page)["name"] == ["Copy of Hair"] and fill(page)["holder"] == ["named"]
    assert save(administrator, page, NEW).status_code == 302
    assert found().name == "Copy of Hair" and found().as_rules().counters == hair.as_rules().counters
    page = save(administrator, administrator.get(NEW), NEW, **eight(haircut, name="HAIR"))
    assert set(mistakes(page)) == {"name"}
    ask = administrator.get(f"{MEMBERSHIP_TYPES}{hair.pk}/archive/")
    assert "What was sold goes on covering: 0 memberships." in text_of(ask)
    for _time in ("once", "and by a double click"):
        administrator.post(f"{MEMBERSHIP_TYPES}{hair.pk}/archive/")
        assert [row[0] for row in rows_of(administrator.get(MEMBERSHIP_TYPES, {"status": "archived"}))] == ["Hair"]
    administrator.post(f"{MEMBERSHIP_TYPES}{hair.pk}/restore/")
    assert rows_of(administrator.get(MEMBERSHIP_TYPES, {"status": "archived"})) == []


def test_the_list_says_what_is_covered_and_how_many_were_sold(administrator: Client, cast: Cast, haircut: Item) -> None:
    page = administrator.get(MEMBERSHIP_TYPES).content.decode()
    assert "Nothing here yet" in page and "Membership types" in page
    hair = make_membership_type(cast.aurora, "Hair", haircut, lasts_count=6, lasts_unit="months")
    make_membership_type(
        cast.aurora, "Open", haircut, begins="first_use", named=True, price=Decimal(99), locations=[cast.center.pk]
    )
    guest = make_client(cast.center, "Gina Guest", "+4915112345601")
    grant_opening_balance(membership_type=hair, client=guest, **BY)
    assert [row[:8] for row in rows_of(administrator.get(MEMBERSHIP_TYPES))] == [
        ["Hair", "10 × Haircut", "6 months", "On purchase", "all", "1", "€400.00", "Active"],
        ["Open", "10 × Haircut", "Without end", "At the first use", "Center", "0", "€99.00", "Active"],
    ]
    for query, names in (
        ({"name": "hai"}, ["Hair"]),
        ({"begins": "first_use"}, ["Open"]),
        ({"named": "False"}, ["Hair"]),
    ):
        assert [row[0] for row in rows_of(administrator.get(MEMBERSHIP_TYPES, query))] == names
    sorts_by_every_column(administrator, MEMBERSHIP_TYPES)


def test_who_may_not_set_programs_up_neither_sees_types_nor_makes_them(
    manager: Client, cast: Cast, haircut: Item
) -> None:
    hair = make_membership_type(cast.aurora, "Hair", haircut)
    for address in (MEMBERSHIP_TYPES, NEW, f"{MEMBERSHIP_TYPES}{hair.pk}/", f"{MEMBERSHIP_TYPES}{hair.pk}/history/"):
        assert manager.get(address).status_code == 403
    assert manager.post(NEW, eight(haircut, shape="overall")).status_code == 403
    assert "membership-types" not in manager.get("/chains/aurora/").content.decode()
    assert MembershipType.objects.count() == 1

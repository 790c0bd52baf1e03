"""Random programs and bills: as columns of terms, by small numbers for items, categories and locations.

Nearly everything leans towards programs that give something, so that examples meet each other instead of refusals.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from loyalty.promotions.fields import columns_of, counts_visits, gives_points, has_rules, is_free_units
from loyalty.rules.terms import KINDS, Gives, PromotionKind, Source

PLACES = {"EUR": 2, "JPY": 0, "KWD": 3}
ITEMS = (
    1,
    2,
    3,
    4,
)  # the first two are services, of category 1 and of none; the others products, of category 2 and none
CATEGORIES = (1, 2)
CATEGORY = {1: 1, 2: None, 3: 2, 4: None}
LOCATIONS = (1, 2)

CARD_KINDS = sorted(PromotionKind)
DISCOUNT_KINDS = [kind for kind in CARD_KINDS if KINDS[kind].gives is Gives.DISCOUNT]
INVITER_KINDS = [PromotionKind.CASHBACK_FIXED_SOLD, PromotionKind.CASHBACK_FIXED_PAID]


def amounts(places: int, *, most: int = 300, least: int = 0) -> SearchStrategy[Decimal]:
    """Amounts in the minor unit: round ones as often as crooked ones."""
    unit = Decimal(1).scaleb(-places)
    crooked = st.integers(least * 10**places, most * 10**places).map(lambda units: units * unit)
    return st.one_of(st.integers(least, most).map(Decimal), crooked)


def percents(*, most: int = 100) -> SearchStrategy[Decimal]:
    return st.one_of(
        st.sampled_from([Decimal(5), Decimal(10), Decimal(50), Decimal(most)]),
        st.integers(1, most * 100).map(lambda hundredths: Decimal(hundredths) / 100),
    )


def usually(value: object, other: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """``value`` in nine of ten."""
    return st.integers(0, 9).flatmap(lambda die: other if die == 6 else st.just(value))


#: What terms say where nothing else was chosen; left out, so that an example is short to read.
UNCHOSEN: dict[str, Any] = {
    "archived": False,
    "every": 1,
    "history_from": None,
    "limit": 0,
    "limit_amount": 0,
    "limit_percent": 0,
    "locations": None,
    "notice": None,
    "product_mode": "any",
    "service_mode": "any",
    "source": "chain",
    "unit": "percent",
}


def chosen(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if value != [] and UNCHOSEN.get(name, columns) != value}


@st.composite
def periods(draw: DrawFn, prefix: str) -> dict[str, Any]:
    count, unit = draw(st.sampled_from([(1, "days"), (20, "days"), (2, "weeks"), (1, "months"), (1, "years")]))
    return {f"{prefix}_count": count, f"{prefix}_unit": unit}


@st.composite
def scopes(draw: DrawFn) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for mode, items, categories, of_kind in (
        ("service_mode", "services", "service_categories", ITEMS[:2]),
        ("product_mode", "products", "product_categories", ITEMS[2:]),
    ):
        columns[mode] = draw(usually("any", st.sampled_from(["none", "listed", "listed"])))
        listed = columns[mode] == "listed"
        columns[items] = sorted(draw(st.sets(st.sampled_from(of_kind)))) if listed else []
        columns[categories] = sorted(draw(st.sets(st.sampled_from(CATEGORIES)))) if listed else []
    return columns


places_where = usually(None, st.sets(st.sampled_from(LOCATIONS), min_size=1).map(sorted))


@st.composite
def figures(draw: DrawFn, kind: PromotionKind, places: int, unit: str) -> dict[str, Any]:
    """The value of a kind, or its rules, which begin at 0 more often than not."""
    values = percents() if unit == "percent" else amounts(places, most=60, least=1)
    if is_free_units(kind):
        return {"value": Decimal(draw(st.integers(1, 4)))}
    if not has_rules(kind):
        return {"value": draw(values)}
    starts = st.integers(0, 3) if counts_visits(kind) else st.sampled_from([0, 50, 100, 250])
    rows = draw(st.sets(starts, min_size=1, max_size=3))
    return {"rules": [[str(start), str(draw(values))] for start in sorted({*rows, *draw(usually([0], st.just([])))})]}


@st.composite
def promotion_columns(draw: DrawFn, places: int, kinds: list[PromotionKind]) -> dict[str, Any]:
    """Columns of ``PromotionTerms`` that the domain accepts."""
    kind = draw(st.sampled_from(kinds))
    used = columns_of(kind)
    unit = draw(st.sampled_from(["percent", "percent", "amount"])) if "unit" in used else "percent"
    columns: dict[str, Any] = {
        "kind": kind.value,
        "unit": unit,
        "every": draw(usually(1, st.integers(2, 3))),
        "limit": draw(usually(0, st.integers(1, 2))),
        "locations": draw(places_where),
        "archived": draw(usually(False, st.booleans())),
        **draw(figures(kind, places, unit)),
        **draw(scopes()),
    }
    if "source" in used:
        columns["source"] = draw(st.sampled_from([each.value for each in Source]))
        columns["history_from"] = draw(usually(None, st.just(date(2026, 3, 5))))
    if "burn_count" in used and draw(st.booleans()):
        columns |= draw(periods("burn"))
        if gives_points(kind):
            columns["notice"] = draw(st.sampled_from([None, 0, 1]))
    return chosen(columns)


@st.composite
def card_type_columns(draw: DrawFn, places: int) -> dict[str, Any]:
    """Columns of ``CardTypeTerms`` that the domain accepts."""
    columns = {
        "locations": draw(places_where),
        "acts_from": draw(st.sampled_from(["next_visit", "at_once"])),
        "limit_amount": draw(usually(Decimal(0), amounts(places, most=40, least=1))),
        "limit_percent": draw(usually(Decimal(0), percents())),
        **draw(scopes()),
        **(draw(periods("inactivity")) if draw(st.booleans()) else {}),
    }
    return chosen(columns)


@st.composite
def terms_changes(draw: DrawFn) -> dict[str, Any]:
    """An edit of a promotion, of whatever kind, that the domain accepts."""
    return draw(
        st.one_of(
            st.fixed_dictionaries({"every": st.integers(1, 2)}),
            st.fixed_dictionaries({"limit": st.integers(0, 2)}),
            st.fixed_dictionaries({"archived": st.booleans()}),
            st.fixed_dictionaries({"last_day": st.sampled_from([None, date(2026, 3, 10)])}),
            scopes(),
        )
    )


def with_keys(columns: Mapping[str, Any], keys: Mapping[str, Mapping[int, int]]) -> dict[str, Any]:
    """The columns with the primary keys for their small numbers, by kind of thing: locations, items, categories."""
    things = {"locations": "locations", "services": "items", "products": "items"}
    things |= {"service_categories": "categories", "product_categories": "categories"}
    return {
        name: [keys[things[name]][number] for number in value] if name in things and value else value
        for name, value in columns.items()
    }

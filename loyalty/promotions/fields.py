"""Which of its fields a kind of promotion needs; the others are not asked and not kept."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from loyalty.rules.terms import KINDS, Gives, Kind, PickedBy, PromotionKind, Source, Unit

FROM_HISTORY = frozenset({PickedBy.HISTORY_SOLD, PickedBy.HISTORY_PAID, PickedBy.HISTORY_VISITS})
FROM_VISIT = frozenset({PickedBy.VISIT_SOLD, PickedBy.VISIT_PAID})

#: What a column holds where the kind has no use for it.
UNUSED: Mapping[str, Any] = {
    "unit": Unit.PERCENT.value,
    "value": Decimal(0),
    "rules": [],
    "source": Source.CHAIN.value,
    "history_from": None,
    "burn_count": None,
    "burn_unit": "",
    "notice": None,
}


def has_rules(kind: str) -> bool:
    """Whether a table of rules picks the value, instead of one value for all."""
    return _kind(kind).picked_by in FROM_HISTORY | FROM_VISIT


def is_free_units(kind: str) -> bool:
    """Whether the value is a number of units to pay for."""
    return _kind(kind).picked_by is PickedBy.UNITS_PAID


def counts_visits(kind: str) -> bool:
    """Whether the rows of the rules begin at numbers of visits, not at amounts."""
    return _kind(kind).picked_by is PickedBy.HISTORY_VISITS


def gives_points(kind: str) -> bool:
    return _kind(kind).gives is Gives.POINTS


def columns_of(kind: str) -> frozenset[str]:
    """Those columns of ``UNUSED`` that the kind does use."""
    looks_back = _kind(kind).picked_by in FROM_HISTORY or is_free_units(kind)
    used = {"rules"} if has_rules(kind) else {"value"}
    if not is_free_units(kind):
        used.add("unit")
    if looks_back:
        used |= {"source", "history_from"}
    if gives_points(kind):
        used.add("notice")
    if gives_points(kind) or _kind(kind).picked_by in FROM_HISTORY:
        used |= {"burn_count", "burn_unit"}
    return frozenset(used)


def unused_by(kind: str) -> dict[str, Any]:
    """The columns that the kind has no use for, as they are kept."""
    return {column: value for column, value in UNUSED.items() if column not in columns_of(kind)}


def _kind(kind: str) -> Kind:
    return KINDS[PromotionKind(kind)]

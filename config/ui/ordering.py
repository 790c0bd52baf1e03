"""Orders in which what is empty stands last, whichever way they go, and what lies beside a place in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, F, Field, Model, Q, QuerySet, TextField, Value
from django.db.models.expressions import OrderBy
from django.db.models.functions import NullIf

#: A field as ``order_by`` takes it, or an expression.
Order = str | OrderBy | Any


def empty_last(rows: QuerySet[Any], order: Iterable[Order]) -> list[Order]:
    """The same order of the rows, but for what is NULL or an empty text.

    What can be neither, or stands last anyway, is left as it is, so that an index still serves it.
    """
    return [_empty_last(rows, each) if isinstance(each, str) else each for each in order]


def _empty_last(rows: QuerySet[Any], name: str) -> Order:
    bare = name.removeprefix("-")
    is_descending = bare != name
    field, may_be_null = (None, True) if bare in rows.query.annotations else _field(rows.model, bare)
    may_be_blank = isinstance(field, CharField | TextField) and field.blank
    if not may_be_blank and not (may_be_null and is_descending):
        return name
    value = NullIf(bare, Value(""), output_field=CharField()) if may_be_blank else F(bare)
    return value.desc(nulls_last=True) if is_descending else value.asc(nulls_last=True)


@dataclass(frozen=True)
class Step:
    """A part of an order: what is compared, which way, and where rows stand that have none of it."""

    compared: Any
    is_descending: bool
    is_empty_last: bool
    may_be_empty: bool

    def back(self) -> Step:
        """The same, read from the end."""
        return Step(self.compared, not self.is_descending, not self.is_empty_last, self.may_be_empty)

    def equal(self, name: str, value: Any) -> Q:
        """Rows that have this value of what goes by that name; None is none."""
        return Q((f"{name}__isnull", True)) if value is None else Q((name, value))

    def beyond(self, name: str, value: Any) -> Q:
        """Rows that stand after those."""
        if value is None:
            return Q(pk__in=()) if self.is_empty_last else Q((f"{name}__isnull", False))
        farther = Q((f"{name}__{'lt' if self.is_descending else 'gt'}", value))
        return farther | Q((f"{name}__isnull", True)) if self._ends_empty else farther

    def from_there(self, name: str, value: Any) -> Q:
        """Rows that stand there or after; as a single bound where it can be one, for an index."""
        if value is None or self._ends_empty:
            return self.equal(name, value) | self.beyond(name, value)
        return Q((f"{name}__{'lte' if self.is_descending else 'gte'}", value))

    @property
    def _ends_empty(self) -> bool:
        return self.may_be_empty and self.is_empty_last


def _step(rows: QuerySet[Any], order: Order) -> Step:
    """As PostgreSQL takes it: NULL stands above every value."""
    if isinstance(order, str):
        bare = order.removeprefix("-")
        is_descending = bare != order
        return Step(
            F(bare), is_descending, not is_descending, bare in rows.query.annotations or _field(rows.model, bare)[1]
        )
    if not isinstance(order, OrderBy):
        order = order.asc()
    is_empty_last = bool(order.nulls_last or not (order.nulls_first or order.descending))
    return Step(order.expression, order.descending, is_empty_last, may_be_empty=True)


def beside(rows: QuerySet[Any], order: Iterable[Order], key: int, *, is_before: bool) -> QuerySet[Any] | None:
    """Those of the rows that stand after the one with that key, or before it; None where it is none of them."""
    steps = [_step(rows, each) for each in order]
    place = next(iter(rows.order_by().filter(pk=key).values_list(*(step.compared for step in steps))), None)
    if place is None:
        return None
    named = {f"step_{at}": step.compared for at, step in enumerate(steps)}
    lies_beside, is_equal, begins = Q(pk__in=()), Q(), Q()
    ways = [step.back() if is_before else step for step in steps]
    for name, step, value in zip(named, ways, place, strict=True):
        # What the first step bounds is said once more, for the index.
        begins = begins or step.from_there(name, value)
        lies_beside |= is_equal & step.beyond(name, value)
        is_equal &= step.equal(name, value)
    found: QuerySet[Any] = rows.alias(**named).filter(begins, lies_beside)
    return found


def _field(model: type[Model], path: str) -> tuple[Field[Any, Any] | None, bool]:
    """The field at the end of a path, and whether the path may lead to nothing."""
    field: Any = None
    may_be_null = False
    for part in path.split("__"):
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            return None, False
        may_be_null = may_be_null or field.null
        model = field.related_model or model
    # What another model is ordered by is its own matter.
    return (None, False) if field.is_relation else (field, may_be_null)

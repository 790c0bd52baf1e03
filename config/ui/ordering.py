"""Orders in which what is empty stands last, whichever way they go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, F, Field, Model, QuerySet, TextField, Value
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

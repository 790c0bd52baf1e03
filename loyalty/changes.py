"""What is different between two rows of terms, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Model
from django.utils import formats
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from chains.models import Chain
from loyalty.terms import ImmutableTerms, Seen


@dataclass(frozen=True)
class Change:
    """One field, as it was and as it is."""

    label: str | Promise
    before: str
    after: str


class Names:
    """The names of what terms keep by id, each kind of thing read once."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    @cached_property
    def locations(self) -> Mapping[int, str]:
        return dict(self.chain.locations.values_list("pk", "name"))

    @cached_property
    def items(self) -> Mapping[int, str]:
        return dict(self.chain.items.values_list("pk", "name"))

    @cached_property
    def categories(self) -> Mapping[int, str]:
        return dict(self.chain.categories.values_list("pk", "name"))

    def of(self, column: str, ids: Iterable[int]) -> str:
        names = {"locations": "locations", "services": "items", "products": "items"}.get(column, "categories")
        known: Mapping[int, str] = getattr(self, names)
        return ", ".join(sorted(known.get(pk, "?") for pk in ids)) or _("none")


def changes_between(before: ImmutableTerms, after: ImmutableTerms, chain: Chain) -> list[Change]:
    """Each column that differs, with its words then and now."""
    names = Names(chain)
    old, new = type(before).choices_of(before), type(after).choices_of(after)
    return [
        Change(_label(after, column), _words(before, column, names), _words(after, column, names))
        for column in new
        if old[column] != new[column]
    ]


def link_changes(
    seen: Seen, name: str, attached: Mapping[int, str], every: Mapping[int, str], label: str
) -> list[Change]:
    """What differs in the name and in what is attached."""
    changes = [Change(_("Name"), seen.name, name)] if seen.name != name else []
    if seen.attached != frozenset(attached):
        before = ", ".join(sorted(every.get(pk, "?") for pk in seen.attached)) or _("none")
        changes.append(Change(label, before, ", ".join(sorted(attached.values())) or _("none")))
    return changes


def _label(terms: ImmutableTerms, column: str) -> str:
    if column in _UNITS:
        column = _UNITS[column]
    field = terms._meta.get_field(column.removesuffix("_id"))
    return capfirst(str(getattr(field, "verbose_name", column)))


_UNITS = {"burn_unit": "burn_count", "inactivity_unit": "inactivity_count"}


def _words(terms: ImmutableTerms, column: str, names: Names) -> str:
    value: Any = getattr(terms, column)
    display = getattr(terms, f"get_{column}_display", None)
    if display and value:
        return str(display())
    if column == "rules":
        return "; ".join(f"{start} → {given}" for start, given in value) or _("none")
    if column == "locations" and value is None:
        return _("all")
    if isinstance(value, list):
        return names.of(column, value)
    if column.endswith("_id"):
        return str(getattr(terms, column.removesuffix("_id")))
    return _simple(value)


def _simple(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return formats.number_format(value.normalize().__format__("f"))
    if isinstance(value, date) and not isinstance(value, datetime):
        return formats.date_format(value, "SHORT_DATE_FORMAT")
    return _("none") if value in (None, "") else str(value)


def subject_names(things: Iterable[Model]) -> dict[int, str]:
    return {thing.pk: str(thing) for thing in things}

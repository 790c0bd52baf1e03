"""What is different between two rows of terms, and what remains of two edits of the same: in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.history import Difference, in_words, listed
from chains.models import Chain
from loyalty.rules.terms import ScopeMode
from loyalty.terms import ImmutableTerms
from loyalty.words import period_in_words


@dataclass(frozen=True)
class Overtaken:
    """One field that somebody else changed meanwhile: as it was, as it is now, as it was typed, and what stays.

    ``yours`` is empty where the field was not touched; then theirs stays.
    """

    label: str
    before: str
    theirs: str
    yours: str
    stays: str


@dataclass(frozen=True)
class Version:
    """A promotion, a card type or the referral program, kept or typed; ``attached`` are the ids of its other side."""

    terms: ImmutableTerms
    name: str = ""
    attached: frozenset[int] = frozenset()

    @property
    def columns(self) -> dict[str, Any]:
        return type(self.terms).choices_of(self.terms)


Columns = Mapping[str, Any]


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

    @cached_property
    def promotions(self) -> Mapping[int, str]:
        return dict(self.chain.promotions.values_list("pk", "name"))

    @cached_property
    def card_types(self) -> Mapping[int, str]:
        return dict(self.chain.card_types.values_list("pk", "name"))

    def of(self, column: str, ids: Iterable[int]) -> str:
        """The names of the things that a column lists, "none" where it lists nothing."""
        known: Mapping[int, str] = getattr(self, _THINGS.get(column, column))
        return listed(ids, known)

    def of_scope(self, terms: ImmutableTerms, mode: str, items: str, categories: str) -> str:
        """Which services (or products) a scope covers."""
        if getattr(terms, mode) != ScopeMode.LISTED:
            return {ScopeMode.ANY: _("all"), ScopeMode.NONE: _("none")}[ScopeMode(getattr(terms, mode))]
        listed = [self.of(column, ids) for column in (items, categories) if (ids := getattr(terms, column))]
        return ", ".join(listed) or _("none")


_THINGS = {
    "services": "items",
    "products": "items",
    "service_categories": "categories",
    "product_categories": "categories",
    "discount_id": "promotions",
    "cashback_id": "promotions",
    "card_type_id": "card_types",
}


def differences(before: ImmutableTerms, after: ImmutableTerms, names: Names) -> list[Difference]:
    """Each column that differs, with its words then and now."""
    return [
        Difference(label_of(after, column), words_of(before, column, names), words_of(after, column, names))
        for column in type(after).choices_of(after)
        if differs(before, after, column)
    ]


def differs(one: ImmutableTerms, other: ImmutableTerms, column: str) -> bool:
    """Whether two rows say something else in a column; a count stands for its unit too."""
    pair = (column, f"{column.removesuffix('_count')}_unit") if column.endswith("_count") else (column,)
    if column.endswith("_unit"):
        return False
    return any(getattr(one, each) != getattr(other, each) for each in pair)


def merged(base: Version, theirs: Version, yours: Version) -> dict[str, Any]:
    """The columns after both edits: what you did not touch is theirs, what you did is yours.

    Columns that are chosen together (``TOGETHER``) stay together. Of lists that both changed, each has what both
    added and lacks what either took off; of tables of rules, each row is whose it was.
    """
    was, now, typed = base.columns, theirs.columns, yours.columns
    groups = type(base.terms).TOGETHER
    single = [(column,) for column in now if not any(column in group for group in groups)]
    columns = dict(now)
    for group in (*groups, *single):
        if any(typed[column] != was[column] for column in group):
            columns |= {column: typed[column] for column in group}
            columns |= _merged_lists(group, was, now, typed)
    return columns


def _merged_lists(group: tuple[str, ...], was: Columns, now: Columns, typed: Columns) -> dict[str, Any]:
    """The lists of a group that both sides changed, where nothing else of the group differs between them."""
    lists = [each for each in group if all(isinstance(columns[each], list) for columns in (was, now, typed))]
    if any(not was[each] == now[each] == typed[each] for each in group if each not in lists):
        return {}
    merge = {"rules": _merged_rows}
    return {each: merge.get(each, _merged_ids)(was[each], now[each], typed[each]) for each in lists}


def _merged_ids(was: list[int], now: list[int], typed: list[int]) -> list[int]:
    return sorted((set(now) | (set(typed) - set(was))) - (set(was) - set(typed)))


def _merged_rows(was: list[list[str]], now: list[list[str]], typed: list[list[str]]) -> list[list[str]]:
    """By where the rows begin; one that you changed, added or took away is as you have it."""
    old, theirs, yours = ({row[0]: row[1] for row in rows} for rows in (was, now, typed))
    rows = {start: value for start, value in theirs.items() if start in yours or start not in old}
    rows |= {start: value for start, value in yours.items() if old.get(start) != value}
    return sorted(([start, value] for start, value in rows.items()), key=lambda row: Decimal(row[0]))


def merged_name(base: Version, theirs: Version, yours: Version) -> str:
    return theirs.name if yours.name == base.name else yours.name


def merged_links(base: Version, theirs: Version, yours: Version) -> frozenset[int]:
    """Theirs, with what you attached and without what you took off."""
    return (theirs.attached | (yours.attached - base.attached)) - (base.attached - yours.attached)


def overtaken(base: Version, theirs: Version, yours: Version, names: Names, *, links: str = "") -> list[Overtaken]:
    """What others changed since ``base``, field by field; ``links`` is what ``attached`` is called in ``Names``."""
    stays = Version(
        type(base.terms)(**merged(base, theirs, yours)),
        merged_name(base, theirs, yours),
        merged_links(base, theirs, yours),
    )
    found = []
    if theirs.name != base.name:
        typed = yours.name if yours.name != base.name else ""
        found.append(Overtaken(_("Name"), base.name, theirs.name, typed, stays.name))
    for column in theirs.columns:
        if differs(base.terms, theirs.terms, column):
            is_touched = differs(yours.terms, base.terms, column) or differs(stays.terms, theirs.terms, column)
            words = [words_of(version.terms, column, names) for version in (base, theirs, yours, stays)]
            words[2] = words[2] if is_touched else ""
            found.append(Overtaken(label_of(base.terms, column), *words))
    if theirs.attached != base.attached:
        words = [names.of(links, version.attached) for version in (base, theirs, yours, stays)]
        words[2] = words[2] if yours.attached != base.attached else ""
        found.append(Overtaken(capfirst(str(_LABELS[links])), *words))
    return found


def label_of(terms: ImmutableTerms, column: str) -> str:
    """The name of a column for people."""
    if column in _LABELS:
        return capfirst(str(_LABELS[column]))
    field = terms._meta.get_field(column.removesuffix("_id"))
    return capfirst(str(getattr(field, "verbose_name", column)))


_LABELS = {
    "services": gettext_lazy("listed services"),
    "service_categories": gettext_lazy("listed categories of services"),
    "products": gettext_lazy("listed products"),
    "product_categories": gettext_lazy("listed categories of products"),
    # The other side of the link between promotions and card types.
    "card_types": gettext_lazy("card types"),
    "promotions": gettext_lazy("promotions"),
}


def words_of(terms: ImmutableTerms, column: str, names: Names) -> str:
    """What a column holds, for people."""
    value: Any = getattr(terms, column)
    display = getattr(terms, f"get_{column}_display", None)
    if display and value:
        return str(display())
    if column.endswith("_count"):
        return period_in_words(value, getattr(terms, f"{column.removesuffix('_count')}_unit")) if value else _("never")
    if column == "rules":
        rows = [_("from %(start)s: %(value)s") % {"start": start, "value": given} for start, given in value]
        return "; ".join(rows) or _("none")
    if column == "locations" and value is None:
        return _("all")
    if isinstance(value, list):
        return names.of(column, value)
    if column.endswith("_id"):
        return names.of(column, [value])
    return in_words(value)

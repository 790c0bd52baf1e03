"""What is different between two rows of terms, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chains.history import Difference, in_words, listed
from chains.models import Chain
from chains.questions import Question
from loyalty.programs.periods import period_in_words
from loyalty.programs.terms import LISTS, ImmutableTerms
from loyalty.rules.terms import ScopeMode

#: The names of a chain's promotions and of its card types, by id, archived ones too.
promotion_names: Question[[Chain], Mapping[int, str]] = Question("promotion_names")
card_type_names: Question[[Chain], Mapping[int, str]] = Question("card_type_names")


class ProgramNames:
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
        return promotion_names(self.chain)

    @cached_property
    def card_types(self) -> Mapping[int, str]:
        return card_type_names(self.chain)

    def of(self, column: str, ids: Iterable[int]) -> str:
        """The names of the things that a column lists, "none" where it lists nothing."""
        known: Mapping[int, str] = getattr(self, _THINGS.get(column, column))
        return listed(ids, known)

    def of_services(self, terms: Any) -> str:
        """Which services terms cover, to stand within a sentence."""
        return {
            ScopeMode.ANY: _("all services"),
            ScopeMode.NONE: _("no services"),
            ScopeMode.LISTED: ngettext(
                "the service %(names)s", "the services %(names)s", _count(terms, "services", "service_categories")
            )
            % {"names": self._of_lists(terms, "services", "service_categories")},
        }[ScopeMode(terms.service_mode)]

    def of_products(self, terms: Any) -> str:
        return {
            ScopeMode.ANY: _("all products"),
            ScopeMode.NONE: _("no products"),
            ScopeMode.LISTED: ngettext(
                "the product %(names)s", "the products %(names)s", _count(terms, "products", "product_categories")
            )
            % {"names": self._of_lists(terms, "products", "product_categories")},
        }[ScopeMode(terms.product_mode)]

    def _of_lists(self, terms: Any, *columns: str) -> str:
        return ", ".join(self.of(column, ids) for column in columns if (ids := getattr(terms, column))) or _("none")


def _count(terms: Any, items: str, categories: str) -> int:
    """How many single things two lists name; a category stands for several."""
    return len(getattr(terms, items)) + 2 * len(getattr(terms, categories))


_THINGS = {
    "services": "items",
    "products": "items",
    "service_categories": "categories",
    "product_categories": "categories",
    "discount_id": "promotions",
    "cashback_id": "promotions",
    "card_type_id": "card_types",
}


def differences(before: ImmutableTerms, after: ImmutableTerms, names: ProgramNames) -> list[Difference]:
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


def label_of(terms: ImmutableTerms | type[ImmutableTerms], column: str) -> str:
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


def words_of(terms: ImmutableTerms, column: str, names: ProgramNames) -> str:
    """What a column holds, for people."""
    value: Any = getattr(terms, column)
    if column in terms.WORDS:
        return terms.WORDS[column](value, names)
    display = getattr(terms, f"get_{column}_display", None)
    if display and value:
        return str(display())
    if not value and column in terms.BLANKS:
        return str(terms.BLANKS[column])
    if column.endswith("_count"):
        return period_in_words(value, getattr(terms, f"{column.removesuffix('_count')}_unit")) if value else _("never")
    if column == "rules":
        rows = [_("from %(start)s: %(value)s") % {"start": start, "value": given} for start, given in value]
        return "; ".join(rows) or _("none")
    if column == "locations" and value is None:
        return _("all")
    if isinstance(value, list):
        return names.of(column, value) if column in LISTS else "; ".join(map(in_words, value)) or _("none")
    if column.endswith("_id") and column in _THINGS:
        return names.of(column, [value])
    if column.endswith("_id") and value:
        # Such as a picture, which has no name.
        return _("number %(number)s") % {"number": value}
    return in_words(value)

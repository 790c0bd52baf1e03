"""What the forms of promotions and types share: a name, where it counts and on what, and what the page showed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from chains.edits import Columns
from chains.models import Chain
from chains.writing import EditForm
from config.ui.forms import ManyChoices, OneChoice
from loyalty.labels import choices_of
from loyalty.programs.terms import ImmutableTerms
from loyalty.rules.terms import ItemKind, ScopeMode

ALL, LISTED = "all", "listed"
WHERE = ((ALL, _("all")), (LISTED, _("listed")))

#: Kind of item, and the columns of its scope: mode, items, categories.
SCOPES = (
    (ItemKind.SERVICE, "service_mode", "services", "service_categories"),
    (ItemKind.PRODUCT, "product_mode", "products", "product_categories"),
)


class TermsForm(EditForm):
    """The base of the forms of programs: some of their fields are lists of choices."""

    def has_choice(self, name: str) -> bool:
        """Whether a list of choices offers anything."""
        offered = self.choices_of(name).queryset
        return offered is not None and offered.exists()

    def choices_of(self, name: str) -> forms.ModelChoiceField[Any]:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        return field


class PlacedForm(TermsForm):
    """What promotions and types share. Bound to what was posted; or unbound, over what was typed or is kept."""

    #: The field for what it is attached to, if to anything.
    LINKS: ClassVar[str] = ""
    #: What stands in the fields of a new type.
    DEFAULTS: ClassVar[dict[str, Any]] = {}

    name = forms.CharField(
        label=_("Name"), max_length=150, help_text=_("As the desk and the guest read it, unique in the chain.")
    )
    where = forms.ChoiceField(choices=WHERE, widget=OneChoice)
    locations: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        queryset=None,
        label=_("Listed locations"),
        widget=ManyChoices,
        required=False,
        help_text=_("Tick those that count."),
    )

    def __init__(self, *args: Any, chain: Chain, terms: ImmutableTerms | None, **kwargs: Any) -> None:
        self.chain = chain
        super().__init__(*args, **kwargs)
        self.kept: dict[str, Any] = type(terms).choices_of(terms) if terms else {}
        self.offer("locations", chain.locations.all())

    def offer(self, name: str, choices: Any) -> None:
        """What is not archived, and what was chosen before it was."""
        offered = choices.filter(Q(archived=False) | Q(pk__in=self.kept.get(name) or ()))
        self.choices_of(name).queryset = offered.order_by("name_folded", "pk")

    @property
    def chosen(self) -> dict[str, Any]:
        """Name, links and columns of the terms, as the services take them."""
        taken = ("name", "key", *([self.LINKS] if self.LINKS else []))
        return {**{field: self.cleaned_data[field] for field in taken}, **self.choices}

    @property
    def choices(self) -> dict[str, Any]:
        """The columns of the terms, as they would be kept."""
        raise NotImplementedError

    @property
    def columns(self) -> dict[str, Any]:
        links = {self.LINKS: _ids(self.cleaned_data[self.LINKS])} if self.LINKS else {}
        return {"name": self.cleaned_data["name"], **self.choices, **links}

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if chosen.get("where") == LISTED and not chosen.get("locations"):
            self.add_error("locations", _("Choose at least one location."))
        return chosen

    def scope_columns(self) -> dict[str, Any]:
        """Where it counts, as terms keep it."""
        chosen = self.cleaned_data
        if "where" not in chosen:
            return {}
        return {"locations": _ids(chosen.get("locations") or ()) if chosen["where"] == LISTED else None}

    def add_mistakes_of(self, terms: ImmutableTerms, apart: Collection[str] = ()) -> None:
        """What the domain would refuse, beside the mistakes of single fields, so that all is told at once.

        ``apart`` are fields that the answer to another one hides.
        """
        for name, found in terms.mistakes().items():
            if name in self.fields and name not in self.errors and name not in apart:
                self.add_error(name, [ValidationError(text) for text in found])


class ProgramForm(PlacedForm):
    """What those share that look at some services and products only."""

    service_mode = forms.ChoiceField(choices=choices_of(ScopeMode), widget=OneChoice)
    services: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        queryset=None,
        label=_("Listed services"),
        widget=ManyChoices,
        required=False,
        help_text=_("Single services, whatever their category."),
    )
    service_categories: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        queryset=None,
        label=_("All services of the categories"),
        widget=ManyChoices,
        required=False,
        help_text=_("Also those that are added to the category later."),
    )
    product_mode = forms.ChoiceField(choices=choices_of(ScopeMode), widget=OneChoice)
    products: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        queryset=None,
        label=_("Listed products"),
        widget=ManyChoices,
        required=False,
        help_text=_("Single products, whatever their category."),
    )
    product_categories: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        queryset=None,
        label=_("All products of the categories"),
        widget=ManyChoices,
        required=False,
        help_text=_("Also those that are added to the category later."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, _mode, items, categories in SCOPES:
            self.offer(items, self.chain.items.filter(kind=kind))
            self.choices_of(categories).queryset = self.chain.categories.order_by("name_folded", "pk")

    def clean(self) -> dict[str, Any]:
        chosen = super().clean()
        for _kind, mode, items, categories in SCOPES:
            if chosen.get(mode) == ScopeMode.LISTED and not (chosen.get(items) or chosen.get(categories)):
                self.add_error(items, _("Choose at least one, or a category."))
        return chosen

    def scope_columns(self) -> dict[str, Any]:
        """Where and on what; lists that the choice has no use for are not kept."""
        chosen, columns = self.cleaned_data, super().scope_columns()
        for _kind, mode, *lists in SCOPES:
            if mode in chosen:
                is_listed = chosen[mode] == ScopeMode.LISTED
                columns[mode] = chosen[mode]
                columns |= {name: _ids(chosen.get(name) or ()) if is_listed else [] for name in lists}
        return columns


def place_texts(columns: Columns) -> dict[str, Any]:
    """The fields of where it counts as terms keep them."""
    return {"where": ALL if columns["locations"] is None else LISTED, "locations": columns["locations"] or []}


def scope_texts(columns: Columns) -> dict[str, Any]:
    """Those of where and on what."""
    return {**place_texts(columns), **{name: columns[name] for _kind, *names in SCOPES for name in names}}


PLACE_DEFAULTS: dict[str, Any] = {"where": ALL}
SCOPE_DEFAULTS: dict[str, Any] = {**PLACE_DEFAULTS, "service_mode": ScopeMode.ANY, "product_mode": ScopeMode.ANY}


def typed_in(post: QueryDict, form: type[forms.Form], defaults: dict[str, Any]) -> dict[str, Any]:
    """What stands in the fields of a posted page, to show it again as it was typed; new fields as usual."""
    texts = dict(defaults)
    for name, field in form.base_fields.items():
        value = field.widget.value_from_datadict(post, {}, name)
        if value not in (None, ""):
            texts[name] = value
        elif name in post:
            texts[name] = ""
    return texts


def with_defaults(post: QueryDict, defaults: dict[str, Any]) -> QueryDict:
    """What was posted, with the usual choice in fields that the page did not have yet."""
    filled = post.copy()
    for name, value in defaults.items():
        if name not in post:
            filled[name] = str(value)
    return filled


def missing_in(form: forms.Form, apart: Collection[str] = ()) -> list[str]:
    """What keeps the program from standing in words, field by field; those named in ``apart`` do not.

    Of a field that is blank so far the label says enough.
    """
    return [
        str(form.fields[name].label) if error.code == "required" else f"{form.fields[name].label}: {error.messages[0]}"
        for name, errors in form.errors.as_data().items()
        if name in form.fields and name not in apart
        for error in errors
    ]


def _ids(chosen: Iterable[Any]) -> list[int]:
    return sorted(each.pk for each in chosen)

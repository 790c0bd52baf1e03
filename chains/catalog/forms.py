"""Forms of services, products and their categories."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from chains.catalog.kinds import ItemKind
from chains.catalog.models import ITEM_KINDS, Category, Item
from chains.catalog.services import was_sold
from chains.models import Chain
from chains.writing import EditForm, stay
from config.ui.fields import FigureField

#: A month: nobody cancels earlier than that so that it counts.
MOST_HOURS = 31 * 24


class ItemForm(EditForm):
    """A service or product; its price is that of every location."""

    name = forms.CharField(
        label=_("Name"), max_length=150, help_text=_("As the desk looks for it and as it stands on the bill.")
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind, capfirst(words)) for kind, words in ITEM_KINDS],
        help_text=_("Promotions treat services and products apart."),
    )
    category: forms.ModelChoiceField[Category] = forms.ModelChoiceField(
        queryset=None,
        label=_("Category"),
        required=False,
        empty_label=_("none"),
        help_text=_("Promotions and card types can name a whole category instead of single services."),
    )
    price = FigureField(
        label=_("Price"), help_text=_("The usual price; staff with the right may change it in a visit.")
    )

    free_cancellation_hours = forms.IntegerField(
        label=_("Free cancellation until so many hours before the start"),
        required=False,
        min_value=0,
        max_value=MOST_HOURS,
        help_text=_(
            "A membership that covers it is debited by itself at its start, whether the guest comes or not; and where "
            "the visit was cancelled later than that. Blank: memberships are debited at the desk alone."
        ),
    )

    SECTIONS = (
        (_("The service or product"), ("name", "kind", "category", "price")),
        (_("Memberships"), ("free_cancellation_hours",)),
    )

    def __init__(
        self, *args: Any, chain: Chain, item: Item | None, uses_memberships: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, initial={"kind": ItemKind.SERVICE.value}, **kwargs)
        price, category = self.fields["price"], self.fields["category"]
        assert isinstance(price, FigureField) and isinstance(category, forms.ModelChoiceField)
        price.count_in(chain.places)
        price.label = _("Price, %(currency)s") % {"currency": chain.currency}
        category.queryset = chain.categories.order_by("name_folded", "pk")
        self.kept_hours = item.free_cancellation_hours if item else None
        if not uses_memberships:
            del self.fields["free_cancellation_hours"]
        if item and was_sold(item):
            stay(self.fields["kind"], _("It was sold already, so it stays what it is."))

    @property
    def chosen(self) -> dict[str, Any]:
        """What was typed, as the services take it."""
        chosen = {name: self.cleaned_data[name] for name in ("name", "kind", "category", "price", "key")}
        hours = self.cleaned_data.get("free_cancellation_hours", self.kept_hours)
        return {**chosen, "free_cancellation_hours": hours}


class CategoryForm(EditForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=150,
        help_text=_("Such as Hair, Nails or Retail; one category may hold services and products."),
    )

    SECTIONS = ((_("The category"), ("name",)),)

    @property
    def chosen(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "key")}

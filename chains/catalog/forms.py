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

    SECTIONS = ((_("The service or product"), ("name", "kind", "category", "price")),)

    def __init__(self, *args: Any, chain: Chain, item: Item | None, **kwargs: Any) -> None:
        super().__init__(*args, initial={"kind": ItemKind.SERVICE.value}, **kwargs)
        price, category = self.fields["price"], self.fields["category"]
        assert isinstance(price, FigureField) and isinstance(category, forms.ModelChoiceField)
        price.count_in(chain.places)
        price.label = _("Price, %(currency)s") % {"currency": chain.currency}
        category.queryset = chain.categories.order_by("name_folded", "pk")
        if item and was_sold(item):
            stay(self.fields["kind"], _("It was sold already, so it stays what it is."))

    @property
    def chosen(self) -> dict[str, Any]:
        """What was typed, as the services take it."""
        return {name: self.cleaned_data[name] for name in ("name", "kind", "category", "price", "key")}


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

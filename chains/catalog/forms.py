"""Forms of services, products and their categories."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from chains.catalog.kinds import ItemKind
from chains.catalog.models import ITEM_KINDS, Category, Item
from chains.catalog.services import save_category, save_item, seen_item, was_sold
from chains.models import Chain, User
from chains.refusals import Refusal
from config.ui.fields import FigureField
from config.ui.figures import format_money


class KeyForm(forms.Form):
    """A form that counts once, however often it is sent."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["key"] = uuid.uuid4()


class ItemForm(KeyForm, forms.ModelForm[Item]):
    """A service or product; its price is that of every location."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    price = FigureField(
        label=_("Price"), help_text=_("The usual price; staff with the right may change it in a visit.")
    )

    class Meta:
        model = Item
        fields = ("name", "kind", "category", "price")
        help_texts = {
            "name": _("As the desk looks for it and as it stands on the bill."),
            "kind": _("Promotions treat services and products apart."),
            "category": _("Promotions and card types can name a whole category instead of single services."),
        }

    def __init__(self, *args: Any, chain: Chain, acting_user: User, **kwargs: Any) -> None:
        self.acting_user = acting_user
        instance = kwargs.pop("instance", None) or Item(chain=chain, kind=ItemKind.SERVICE)
        super().__init__(*args, instance=instance, **kwargs)
        price, category, kind = self.fields["price"], self.fields["category"], self.fields["kind"]
        assert isinstance(price, FigureField) and isinstance(category, forms.ModelChoiceField)
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(value, capfirst(label)) for value, label in ITEM_KINDS]
        price.count_in(chain.places)
        price.label = _("Price, %(currency)s") % {"currency": chain.currency}
        category.queryset = chain.categories.order_by("name_folded", "pk")
        category.empty_label = str(_("none"))
        if instance.pk:
            self.initial["seen"] = seen_item(instance)
        if instance.pk and was_sold(instance):
            kind.disabled = True
            kind.help_text = _("It was sold already, so it stays what it is.")

    def save(self, commit: bool = True) -> Item:
        """Save, or say what somebody else made of it meanwhile, over which it may be saved then."""
        chosen = self.cleaned_data
        try:
            return save_item(
                item=self.instance,
                seen=chosen["seen"],
                key=chosen["key"],
                at=timezone.now(),
                acting_user=self.acting_user,
            )
        except Refusal as refusal:
            if self.instance.pk is None:
                raise ValidationError(str(refusal)) from refusal
            kept = Item.objects.select_related("category", "chain").get(pk=self.instance.pk)
            assert isinstance(self.data, QueryDict)
            typed = self.data.copy()
            typed["seen"] = seen_item(kept)
            self.data = typed
            raise ValidationError([str(refusal), _as_it_is(kept)]) from refusal


def _as_it_is(item: Item) -> str:
    shown = [item.name, item.get_kind_display(), item.category or _("no category")]
    listed = ", ".join([*map(str, shown), format_money(item.price, item.chain.currency)])
    return _("It is now: %(item)s. Save again if what you typed is right.") % {"item": listed}


class CategoryForm(KeyForm, forms.ModelForm[Category]):
    class Meta:
        model = Category
        fields = ("name",)
        help_texts = {"name": _("Such as Hair, Nails or Retail; one category may hold services and products.")}

    def __init__(self, *args: Any, chain: Chain, acting_user: User, **kwargs: Any) -> None:
        self.acting_user = acting_user
        instance = kwargs.pop("instance", None) or Category(chain=chain)
        super().__init__(*args, instance=instance, **kwargs)

    def save(self, commit: bool = True) -> Category:
        key = self.cleaned_data["key"]
        try:
            return save_category(category=self.instance, key=key, at=timezone.now(), acting_user=self.acting_user)
        except Refusal as refusal:
            raise ValidationError(str(refusal)) from refusal

"""What a chain sells: services and products with their usual prices, and the categories they stand in."""

from __future__ import annotations

from typing import ClassVar, Self

import pghistory
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from chains.catalog.kinds import ItemKind
from chains.folding import FoldedField, SpellingsField, finding
from chains.validators import is_price

#: The kinds in words.
ITEM_KINDS = ((ItemKind.SERVICE.value, _("service")), (ItemKind.PRODUCT.value, _("product")))


@pghistory.track(exclude=["name_folded", "name_spellings"])
class Category(models.Model):
    """A group of services or products, by which promotions may choose them."""

    chain = models.ForeignKey("chains.Chain", models.PROTECT, related_name="categories", verbose_name=_("chain"))
    name = models.CharField(_("name"), max_length=150)
    name_folded = FoldedField()
    name_spellings = SpellingsField()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = (models.UniqueConstraint("chain", Lower("name"), name="category_name_once_per_chain"),)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name = self.name.strip()


class ItemQuerySet(models.QuerySet["Item"]):
    def for_sale(self) -> Self:
        return self.filter(archived=False).order_by("name_folded", "pk")

    def matching(self, text: str) -> Self:
        """Those whose name holds every word of ``text``, in any of its spellings."""
        return self.filter(finding(text, "name_spellings"))


@pghistory.track(exclude=["name_folded", "name_spellings"])
class Item(models.Model):
    """A service or a product that the chain sells, at its usual price."""

    chain = models.ForeignKey("chains.Chain", models.PROTECT, related_name="items", verbose_name=_("chain"))
    kind = models.CharField(_("kind"), max_length=10, choices=ITEM_KINDS)
    name = models.CharField(_("name"), max_length=150)
    name_folded = FoldedField()
    name_spellings = SpellingsField()
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="items", verbose_name=_("category")
    )
    price = models.DecimalField(_("price"), max_digits=19, decimal_places=4)
    # Hours before its start until which an appointment is cancelled freely; then memberships are debited by themselves.
    free_cancellation_hours = models.PositiveSmallIntegerField(
        _("free cancellation, hours before"), null=True, blank=True
    )
    archived = models.BooleanField(_("archived"), default=False)

    objects: ClassVar[models.Manager[Item]] = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("service or product")
        verbose_name_plural = _("services and products")
        constraints = (models.UniqueConstraint("chain", "kind", Lower("name"), name="item_name_once_per_chain"),)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name = self.name.strip()
        if self.free_cancellation_hours is not None and self.kind != ItemKind.SERVICE:
            raise ValidationError({"free_cancellation_hours": _("Only services are debited at the start.")})
        if self.price is not None and not is_price(self.price, self.chain.places):
            raise ValidationError(
                {
                    "price": _("Type a price of 0 or more with at most %(places)s decimals.")
                    % {"places": self.chain.places}
                }
            )

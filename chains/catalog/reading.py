"""What was changed of services, products and categories, read from their history."""

from __future__ import annotations

from chains.catalog.models import Category, Item
from chains.history import Fields
from chains.models import Chain
from config.ui.figures import format_money

CATEGORY_FIELDS = Fields(Category, ("name",))


def item_fields(chain: Chain) -> Fields:
    """The fields of what the chain sells; its prices in the chain's currency."""
    return Fields(
        Item,
        ("kind", "name", "category", "price", "archived"),
        words={"price": lambda price: format_money(price, chain.currency)},
    )

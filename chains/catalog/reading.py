"""What was changed of services, products and categories, read from their history."""

from __future__ import annotations

from chains.catalog.models import Category, Item
from chains.edits import EditedRow
from chains.history import Fields
from config.ui.figures import format_money

CATEGORY_FIELDS = Fields(Category, ("name",))


def edited_category(category: Category) -> EditedRow:
    return EditedRow(category, CATEGORY_FIELDS)


def edited_item(item: Item) -> EditedRow:
    """A service or product, its prices in the chain's currency."""
    currency = item.chain.currency
    words = {"price": lambda price: format_money(price, currency)}
    return EditedRow(
        item, Fields(Item, ("kind", "name", "category", "price", "free_cancellation_hours", "archived"), words=words)
    )

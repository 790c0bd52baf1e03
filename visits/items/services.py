"""What the chain sells is written here: services and products, and the categories they stand in."""

import uuid
from datetime import datetime
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.submissions import claim, finish
from visits.models import Category, Item

Sold = TypeVar("Sold", Item, Category)


def save_item(*, item: Item, key: uuid.UUID | None = None, at: datetime) -> Item:
    """Add or change a service or product; ``key`` is that of the form that added it, which counts once.

    Raises ``ValidationError`` for a price that is none in the chain's currency, for a name that is taken, and
    where the kind of what was sold already would change.
    """
    if item.pk and item.is_used and Item.objects.get(pk=item.pk).kind != item.kind:
        raise ValidationError({"kind": _("It was sold already, so it stays what it is.")})
    return _save(item, key, at, _("Another one of this kind has this name. Choose a different name."))


def save_category(*, category: Category, key: uuid.UUID | None = None, at: datetime) -> Category:
    """Add or rename a category. Raises ``ValidationError`` for a name that is taken."""
    return _save(category, key, at, _("There is already a category of this name. Choose a different name."))


def _save(sold: Sold, key: uuid.UUID | None, at: datetime, taken: str | Promise) -> Sold:
    kind = type(sold)
    with transaction.atomic():
        submission = claim(chain=sold.chain, key=key, action=f"save_{kind.__name__.lower()}", at=at)
        if submission.result_id:
            return kind.objects.get(pk=submission.result_id)
        sold.full_clean(validate_constraints=False)
        try:
            with transaction.atomic():
                sold.save()
        except IntegrityError as error:
            raise ValidationError({"name": taken}) from error
        finish(submission, sold.pk)
    return sold

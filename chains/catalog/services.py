"""What the chain sells is written here: services and products, and the categories they stand in."""

import json
import uuid
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.catalog.models import Category, Item
from chains.models import User
from chains.questions import Question
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish

#: Whether a service or product was ever on a bill.
was_sold: Question[[Item], bool] = Question("was_sold")


@transaction.atomic
def save_item(
    *, item: Item, seen: str = "", key: uuid.UUID | None = None, at: datetime, acting_user: User | None
) -> Item:
    """Add or change a service or product; ``key`` is that of the form that asked for it, which counts once.

    Refuses ``stale_edit`` where the item is no longer what ``seen`` says. Raises ``ValidationError`` for a price that
    is none in the chain's currency, for a name that is taken, and where the kind of what was sold already would change.
    """
    submission = claim(chain=item.chain, key=key, action="save_item", user=acting_user, on=(item,), at=at)
    if submission.result_id:
        return Item.objects.get(pk=submission.result_id)
    if item.pk:
        kept = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
        if seen and seen != seen_item(kept):
            raise Refusal(Code.STALE_EDIT, _("Someone else changed this meanwhile. Nothing was saved."))
        if kept.kind != item.kind and was_sold(kept):
            raise ValidationError({"kind": _("It was sold already, so it stays what it is.")})
        item.archived = kept.archived
    _write(item, _("Another one of this kind has this name. Choose a different name."))
    finish(submission, item.pk)
    return item


def seen_item(item: Item) -> str:
    """The item as a page shows it."""
    return json.dumps([item.name, item.kind, item.category_id, str(item.price)])


@transaction.atomic
def save_category(
    *, category: Category, key: uuid.UUID | None = None, at: datetime, acting_user: User | None
) -> Category:
    """Add or rename a category. Raises ``ValidationError`` for a name that is taken."""
    submission = claim(chain=category.chain, key=key, action="save_category", user=acting_user, on=(category,), at=at)
    if submission.result_id:
        return Category.objects.get(pk=submission.result_id)
    _write(category, _("There is already a category of this name. Choose a different name."))
    finish(submission, category.pk)
    return category


def _write(sold: Item | Category, taken: str | Promise) -> None:
    sold.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            sold.save()
    except IntegrityError as error:
        raise ValidationError({"name": taken}) from error

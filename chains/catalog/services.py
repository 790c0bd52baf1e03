"""What the chain sells is written here: services and products, and the categories they stand in."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting
from chains.catalog.models import Category, Item
from chains.edits import check_seen
from chains.history import kept_as
from chains.models import Chain
from chains.questions import Question
from chains.submissions import claim, finish

#: Whether a service or product was ever on a bill.
was_sold: Question[[Item], bool] = Question("was_sold")

_ITEM_TAKEN = _("Another one of this kind has this name. Choose a different name.")
_CATEGORY_TAKEN = _("There is already a category of this name. Choose a different name.")


@transaction.atomic
def add_item(
    *,
    chain: Chain,
    name: str,
    kind: str,
    category: Category | None,
    price: Decimal,
    free_cancellation_hours: int | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Item:
    """Add a service or product, which every location sells at once; ``key`` is that of the form, which counts once.

    Raises ``ValidationError`` by column, for a price that is none in the chain's currency and a name that is taken.
    """
    submission = claim(chain=chain, key=key, action="add_item", user=acting_user, on=(chain,), at=at)
    if submission.result_id:
        return Item.objects.get(pk=submission.result_id)
    item = Item(
        chain=chain,
        name=name,
        kind=kind,
        category=category,
        price=price,
        free_cancellation_hours=free_cancellation_hours,
    )
    _write(item, _ITEM_TAKEN, acting_user)
    finish(submission, item.pk)
    return item


@transaction.atomic
def change_item(
    *,
    item: Item,
    name: str,
    kind: str,
    category: Category | None,
    price: Decimal,
    free_cancellation_hours: int | None = None,
    seen: str,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> None:
    """Change a service or product; visits keep the prices they have.

    Refuses ``stale_edit`` where ``seen`` is not the newest version. Raises ``ValidationError`` by column, also where
    the kind of what was sold already would change.
    """
    submission = claim(chain=item.chain, key=key, action="change_item", user=acting_user, on=(item,), at=at)
    if submission.result_id:
        return
    kept = _locked(item)
    check_seen(kept, seen)
    if kind != kept.kind and was_sold(kept):
        raise ValidationError({"kind": _("It was sold already, so it stays what it is.")})
    kept.name, kept.kind, kept.category, kept.price = name, kind, category, price
    kept.free_cancellation_hours = free_cancellation_hours
    _write(kept, _ITEM_TAKEN, acting_user)
    finish(submission, kept.pk)


@transaction.atomic
def add_category(
    *, chain: Chain, name: str, key: uuid.UUID | None = None, at: datetime, acting_user: Acting
) -> Category:
    """Add a category. Raises ``ValidationError`` for a name that is taken."""
    submission = claim(chain=chain, key=key, action="add_category", user=acting_user, on=(chain,), at=at)
    if submission.result_id:
        return Category.objects.get(pk=submission.result_id)
    category = Category(chain=chain, name=name)
    _write(category, _CATEGORY_TAKEN, acting_user)
    finish(submission, category.pk)
    return category


@transaction.atomic
def rename_category(
    *, category: Category, name: str, seen: str, key: uuid.UUID | None = None, at: datetime, acting_user: Acting
) -> None:
    """Rename a category; promotions and card types that name it keep it.

    Refuses ``stale_edit`` where ``seen`` is not the newest version. Raises ``ValidationError`` for a taken name.
    """
    chain = category.chain
    submission = claim(chain=chain, key=key, action="rename_category", user=acting_user, on=(category,), at=at)
    if submission.result_id:
        return
    kept = Category.objects.select_for_update(no_key=True).get(pk=category.pk)
    check_seen(kept, seen)
    kept.name = name
    _write(kept, _CATEGORY_TAKEN, acting_user)
    finish(submission, kept.pk)


def _locked(item: Item) -> Item:
    return Item.objects.select_for_update(no_key=True).get(pk=item.pk)


def _write(sold: Item | Category, taken: str | Promise, acting_user: Acting) -> None:
    sold.full_clean(validate_constraints=False)
    try:
        with transaction.atomic(), kept_as(acting_user):
            sold.save()
    except IntegrityError as error:
        raise ValidationError({"name": taken}) from error

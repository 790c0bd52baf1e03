"""What a chain no longer uses is archived, and never deleted."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from chains.acting import Acting
from chains.history import kept_as


@transaction.atomic
def set_archived(row: Any, *, archived: bool, acting_user: Acting) -> None:
    """Take a row out of every list and choice, or put it back; nothing of what happened with it goes.

    Twice is once. What stands in terms, as of promotions and card types, is archived by their own services.
    """
    kept = type(row).objects.select_for_update(no_key=True).get(pk=row.pk)
    kept.archived = archived
    with kept_as(acting_user):
        kept.save(update_fields=["archived"])

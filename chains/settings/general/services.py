"""The settings of the chain itself are changed here."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from chains.history import Fields, kept_as, version_of
from chains.models import Chain, User
from chains.refusals import stale_edit
from chains.submissions import claim, finish

#: Why a chain cannot change to a currency, or (without one) to any; empty where it can.
CurrencyLock = Callable[[Chain, str], str]

FIELDS = Fields(Chain, ("name", "currency", "time_zone", "region", "notice_hour", "late_entry_days"))


@transaction.atomic
def change_chain(
    *,
    chain: Chain,
    currency_lock: CurrencyLock,
    seen: str,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: User | None,
    **columns: Any,
) -> None:
    """Change what the chain is; ``columns`` are those of ``FIELDS``.

    Refuses ``stale_edit`` where ``seen`` is not the newest version. Raises ``ValidationError`` by column, also for a
    currency that ``currency_lock`` keeps: amounts that are written stay in the currency they were written in.
    """
    submission = claim(chain=chain, key=key, action="change_chain", user=acting_user, on=(chain,), at=at)
    if submission.result_id:
        return
    kept = Chain.objects.select_for_update(no_key=True).get(pk=chain.pk)
    if seen != version_of(kept):
        raise stale_edit()
    currency = columns["currency"]
    if currency != kept.currency and (reason := currency_lock(kept, currency)):
        raise ValidationError({"currency": reason})
    for column, value in columns.items():
        setattr(kept, column, value)
    kept.full_clean(validate_constraints=False)
    with kept_as(acting_user):
        kept.save(update_fields=[*columns, "name_folded"])
    finish(submission, kept.pk)

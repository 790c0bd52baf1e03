"""The settings of the chain itself are changed here."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chains.access import Right
from chains.acting import Acting, authority_of
from chains.edits import EditedRow, check_seen
from chains.history import Fields, kept_as
from chains.models import Chain
from chains.questions import Question
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish

#: Why a chain cannot change to a currency, or (without one) to any; empty where it can.
currency_lock: Question[[Chain, str], str] = Question("currency_lock")

#: What staff may do by hand; only who decides who works for the chain changes it.
LIMITS = ("front_desk_discount", "manager_discount", "administrator_discount", "most_units")

FIELDS = Fields(Chain, ("name", "currency", "time_zone", "region", "notice_hour", "late_entry_days", *LIMITS))


def edited_chain(chain: Chain) -> EditedRow:
    return EditedRow(chain, FIELDS)


@transaction.atomic
def change_chain(
    *,
    chain: Chain,
    seen: str,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
    **columns: Any,
) -> None:
    """Change what the chain is; ``columns`` are those of ``FIELDS``.

    Refuses ``stale_edit`` where ``seen`` is not the newest version, ``forbidden`` for ``LIMITS`` that no owner changes.
    Raises ``ValidationError`` by column, also for a currency that ``currency_lock`` keeps: what is written stays
    in its currency.
    """
    submission = claim(chain=chain, key=key, action="change_chain", user=acting_user, on=(chain,), at=at)
    if submission.result_id:
        return
    kept = Chain.objects.select_for_update(no_key=True).get(pk=chain.pk)
    check_seen(kept, seen)
    if any(
        columns.get(name, kept_limit) != kept_limit for name, kept_limit in _limits_of(kept).items()
    ) and not authority_of(acting_user, kept).has(Right.MANAGE_USERS):
        raise Refusal(Code.FORBIDDEN, _("Only owners change what staff may do by hand."))
    currency = columns["currency"]
    if currency != kept.currency and (reason := currency_lock(kept, currency)):
        raise ValidationError({"currency": reason})
    for column, value in columns.items():
        setattr(kept, column, value)
    kept.full_clean(validate_constraints=False)
    with kept_as(acting_user):
        kept.save(update_fields=[*columns, "name_folded"])
    finish(submission, kept.pk)


def _limits_of(chain: Chain) -> dict[str, Any]:
    return {name: getattr(chain, name) for name in LIMITS}

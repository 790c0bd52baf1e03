"""The same form sent twice counts once: its key is stored with what came of it.

A key is that of one user, one action and one place. Whoever sends it from elsewhere is told that the page was sent
before, and never what came of it.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db.models import Model

from chains.acting import Acting, user_of
from chains.batches import Batch
from chains.models import Chain, Submission
from chains.refusals import SentBefore

# One statement that waits for another sender of the key, and sees what that one committed.
_CLAIM = """
    INSERT INTO chains_submission (chain_id, key, user_id, action, place, created_at) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (chain_id, key) DO UPDATE SET key = excluded.key
    RETURNING *
"""


def claim(
    *, chain: Chain, key: uuid.UUID | None, action: str, user: Acting, on: tuple[Model | str, ...], at: datetime
) -> Submission:
    """Take ``key`` for this operation, inside its transaction; None where no form asked for it.

    ``on`` is what the operation acts on: what it changes, or where it makes something new.
    Where the same form is being saved at this moment, this waits for it. A submission that comes back
    with a ``result_id`` was done before: answer with that result and do nothing. Refuses ``stale_edit`` where
    the form was sent before by somebody else, to do something else, or somewhere else.
    """
    asked = Submission(chain=chain, user=user_of(user), action=action, place=_place(on), created_at=at)
    if key is None:
        return asked
    values = [chain.pk, key, asked.user_id, action, asked.place, at]
    (kept,) = Submission.objects.raw(_CLAIM, values)
    if (kept.user_id, kept.action, kept.place) != (asked.user_id, asked.action, asked.place):
        raise SentBefore
    return kept


def finish(submission: Submission, result_id: int, batch: Batch | None = None) -> None:
    """Keep what came of the form; at once, or with the rest of a batch."""
    if submission.pk:
        submission.result_id = result_id
        together = batch or Batch()
        together.update([submission], "result_id")
        if batch is None:
            together.send()


def _place(on: tuple[Model | str, ...]) -> str:
    """What is not saved yet is known by its kind alone: the place it is made in comes before it."""
    return " ".join(each if isinstance(each, str) else f"{each._meta.label_lower}:{each.pk or 'new'}" for each in on)

"""The same form sent twice counts once: its key is stored with what came of it."""

import uuid
from datetime import datetime

from chains.models import Chain, Submission


def claim(*, chain: Chain, key: uuid.UUID, action: str, at: datetime) -> Submission:
    """Take ``key`` for this operation, inside its transaction.

    Where the same form is being saved at this moment, this waits for it. A submission that comes back
    with a ``result_id`` was done before: answer with that result and do nothing.
    """
    fresh = Submission(chain=chain, key=key, action=action, created_at=at)
    Submission.objects.bulk_create([fresh], ignore_conflicts=True)
    return Submission.objects.get(chain=chain, key=key)


def finish(submission: Submission, result_id: int) -> None:
    """Keep what came of the form."""
    Submission.objects.filter(pk=submission.pk).update(result_id=result_id)

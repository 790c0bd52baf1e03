"""The same form sent twice counts once: its key is stored with what came of it."""

import uuid
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from chains.models import Chain, Submission
from chains.refusals import Code, Refusal

# One statement that waits for another sender of the key, and sees what that one committed.
_CLAIM = """
    INSERT INTO chains_submission (chain_id, key, action, created_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (chain_id, key) DO UPDATE SET key = excluded.key
    RETURNING *
"""


def claim(*, chain: Chain, key: uuid.UUID | None, action: str, at: datetime) -> Submission:
    """Take ``key`` for this operation, inside its transaction; None where no form asked for it.

    Where the same form is being saved at this moment, this waits for it. A submission that comes back
    with a ``result_id`` was done before: answer with that result and do nothing. Refuses ``stale_edit`` where
    the form was sent before to do something else.
    """
    if key is None:
        return Submission(chain=chain, action=action, created_at=at)
    (submission,) = Submission.objects.raw(_CLAIM, [chain.pk, key, action, at])
    if submission.action != action:
        raise Refusal(Code.STALE_EDIT, _("This page was sent before. Look at it as it is now, then try again."))
    return submission


def finish(submission: Submission, result_id: int) -> None:
    """Keep what came of the form."""
    if submission.pk:
        Submission.objects.filter(pk=submission.pk).update(result_id=result_id)

"""A membership stops to renew itself: cancelled, refused, undone, or given to somebody whose method it is not."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chains.acting import Acting, user_of
from loyalty.memberships.models import Membership
from loyalty.memberships.renewals.models import Renewal, Stopped


@transaction.atomic
def stop_renewal(*, membership: Membership, why: Stopped, at: datetime, acting_user: Acting) -> None:
    """Let a membership work to its end and not renew itself; twice is once: the first reason stays.

    What is asked for at this moment may still be paid, and is granted then.
    """
    going_on = Renewal.objects.going_on().filter(membership=membership).select_for_update(no_key=True)
    for renewal in going_on:
        renewal.stopped_at, renewal.stopped_by, renewal.stopped_why = at, user_of(acting_user), why
        renewal.save(update_fields=["stopped_at", "stopped_by", "stopped_why"])

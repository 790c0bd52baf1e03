"""The jobs of exports: writing them, and deleting what was kept long enough."""

from celery import shared_task
from django.utils import timezone

from reports.exports.services import delete_past, write_next

#: A sheet as full as it can be takes half an hour.
LONGEST = 2 * 60 * 60


@shared_task(time_limit=LONGEST)
def write_exports() -> None:
    """Write what waits, one workbook after the other."""
    while write_next(clock=timezone.now):
        pass


@shared_task
def delete_past_exports() -> None:
    delete_past(at=timezone.now())

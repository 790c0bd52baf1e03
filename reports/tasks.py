"""The jobs of exports, and the workers' sign of life."""

from celery import shared_task
from django.utils import timezone

from reports.exports.services import delete_past, write_next
from reports.health.models import Heartbeat, Part

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


@shared_task
def note_worker() -> None:
    """Reaches the table only where scheduler, Redis and a worker all work."""
    Heartbeat.objects.note(Part.WORKER, at=timezone.now())

"""The scheduler of `celery -A config beat`: sends the jobs when they are due, and says that it lives.

It keeps no file. Every job takes up whatever is due when it runs, so one that was
missed while the scheduler was down is made good by the next. That Redis is away it
says in a line now and then, not in a page at every job.
"""

import logging
import time
from typing import Any

from celery import beat
from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

# How often it says that jobs cannot be sent; they come every few seconds.
SAY_SECONDS = 60

logger = logging.getLogger(__name__)


class Scheduler(beat.Scheduler):
    _noted: float | None = None
    _said: float | None = None

    def tick(self, *arguments: Any, **options: Any) -> float:
        """Send what is due, then say that this lives."""
        pause: float = super().tick(*arguments, **options)
        if self._noted is None or time.monotonic() - self._noted >= settings.HEARTBEAT_SECONDS:
            self._note()
        return pause

    def apply_entry(self, entry: beat.ScheduleEntry, producer: Any = None) -> None:
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except beat.SchedulingError as error:
            now = time.monotonic()
            if self._said is None or now - self._said >= SAY_SECONDS:
                self._said = now
                logger.error("Jobs cannot be sent, and are once Redis answers: %s", str(error).split("\n")[0])

    def _note(self) -> None:
        # The apps are loaded after the scheduler is named.
        from reports.health.models import Heartbeat, Part

        try:
            Heartbeat.objects.note(Part.SCHEDULER, at=timezone.now())
            self._noted = time.monotonic()
        except Error as error:
            # The jobs go on; that nothing is heard of the scheduler is told by /health/.
            logger.warning("The heartbeat could not be written: %s", " ".join(str(error).split()))
        finally:
            connection.close()

"""The scheduler of `celery -A config beat`: sends the jobs when they are due, and says that it lives.

It keeps no file. Every job takes up whatever is due when it runs, so one that was
missed while the scheduler was down is made good by the next.
"""

import logging
import time
from typing import Any

from celery import beat
from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

logger = logging.getLogger(__name__)


class Scheduler(beat.Scheduler):
    _noted: float | None = None

    def tick(self, *arguments: Any, **options: Any) -> float:
        """Send what is due; the heartbeat comes after it, so one that cannot reach Redis is not heard of."""
        pause: float = super().tick(*arguments, **options)
        if self._noted is None or time.monotonic() - self._noted >= settings.HEARTBEAT_SECONDS:
            self._note()
        return pause

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

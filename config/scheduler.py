"""The scheduler: Celery's own, which says in a line now and then that Redis is away, not in a page at every job."""

import logging
import time
from typing import Any

from celery.beat import PersistentScheduler, ScheduleEntry, SchedulingError

# How often it says so; jobs come every few seconds.
SAY_SECONDS = 60

logger = logging.getLogger(__name__)


class Scheduler(PersistentScheduler):
    said_at: float | None = None

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except SchedulingError as error:
            now = time.monotonic()
            if self.said_at is None or now - self.said_at >= SAY_SECONDS:
                self.said_at = now
                logger.error("Jobs cannot be sent, and are once Redis answers: %s", str(error).split("\n")[0])

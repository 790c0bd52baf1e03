"""When each part that answers no requests was last heard of."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Part(models.TextChoices):
    SCHEDULER = "scheduler", _("Scheduler")
    WORKER = "worker", _("Worker")


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def note(self, part: Part, *, at: datetime) -> None:
        """Write that ``part`` lives; in one statement, as several workers do so at once."""
        heartbeat = Heartbeat(part=part, heard_at=at)
        self.bulk_create([heartbeat], update_conflicts=True, unique_fields=["part"], update_fields=["heard_at"])


class Heartbeat(models.Model):
    """The latest sign of life of the scheduler, and of any worker. In PostgreSQL, as Redis may be what is down."""

    part = models.CharField(_("part"), max_length=10, choices=Part.choices, primary_key=True)
    heard_at = models.DateTimeField(_("heard of"))

    objects: ClassVar[models.Manager[Heartbeat]] = HeartbeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return f"{self.get_part_display()}, {self.heard_at}"

"""What clients are told: the outbox."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chains.models import Chain


class MessageKind(models.TextChoices):
    POINTS_BURNING = "points_burning", _("Points are about to burn")


class Message(models.Model):
    """Something a client is to be told, queued in the transaction that gave the reason for it.

    ``subject_on`` is the day it is about (the last day of the points that burn): with the client and
    the kind it makes a second message about the same thing impossible. ``figures`` hold what the
    text is made of: amounts and dates as text.
    """

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="messages", verbose_name=_("chain"))
    client = models.ForeignKey("clients.Client", models.PROTECT, related_name="messages", verbose_name=_("client"))
    kind = models.CharField(_("kind"), max_length=30, choices=MessageKind.choices)
    subject_on = models.DateField(_("about"))
    figures = models.JSONField(_("figures"), default=dict)
    queued_at = models.DateTimeField(_("queued"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = (models.UniqueConstraint("client", "kind", "subject_on", name="message_once_per_client_and_day"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.subject_on}"

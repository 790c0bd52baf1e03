"""The job of the outbox, every few seconds."""

from celery import shared_task
from django.utils import timezone

from clients.messages.carriers import carrier_of_site
from clients.messages.delivery import deliver_due


@shared_task
def deliver_messages() -> None:
    """Send what clients are to be told; several workers at once share the work."""
    deliver_due(carrier=carrier_of_site(), at=timezone.now(), clock=timezone.now)

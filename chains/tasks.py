"""The job that forgets sessions which have ended, and what was sent after that."""

from importlib import import_module

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from chains.sent import forget_past


@shared_task
def forget_sessions() -> None:
    """Delete the sessions past their end, and the forms that nobody sent again in time."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    forget_past(timezone.now())

"""The job that forgets sessions which have ended."""

from importlib import import_module

from celery import shared_task
from django.conf import settings


@shared_task
def forget_sessions() -> None:
    """Delete the sessions past their end: one may hold what somebody typed (``chains/sent.py``)."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()

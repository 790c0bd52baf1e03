"""How the project is put together: settings, addresses, tasks, servers."""

from config.celery import app as celery_app

__all__ = ["celery_app"]

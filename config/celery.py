"""The task application: `celery -A config worker` and `celery -A config beat`.

Nothing is enqueued from a request or a service; the scheduler is the only
sender. So a Redis that is down delays the jobs and touches nothing else.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("regulars")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

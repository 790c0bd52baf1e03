"""The web application, as gunicorn and other servers look for it."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# The settings come first: they read `.env` into the environment.
if not settings.PATHS.secret_key.exists() and not os.environ.get("SECRET_KEY"):
    # Each process would make up one of its own, and know no session that another one began.
    raise ImproperlyConfigured("Set SECRET_KEY to a long random text, the same for all web processes.")

application = get_wsgi_application()

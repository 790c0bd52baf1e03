"""The project's settings over a data directory that is thrown away.

The process that pytest starts first picks the name of that directory; its xdist
workers, and whatever else the tests start, inherit it through the environment.
A developer's own `.env` and variables do not reach the tests, except the two
that name servers.
"""

import os
import tempfile
from pathlib import Path

for name in ("SITE_URL", "SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "EMAIL_URL", "BEHIND_PROXY", "LOG_LEVEL"):
    os.environ.pop(name, None)
os.environ["REGULARS_ENV_FILE"] = os.devnull
# The tests start dozens of programs, and each would compile the whole project anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
if "REGULARS_TEST_EMAIL_URL" in os.environ:
    # A worker that a test started beside a mail server of its own.
    os.environ["EMAIL_URL"] = os.environ["REGULARS_TEST_EMAIL_URL"]
os.environ.setdefault("REGULARS_TEST_VAR", str(Path(tempfile.gettempdir()) / f"regulars-tests-{os.getpid()}"))
os.environ["REGULARS_VAR"] = os.environ["REGULARS_TEST_VAR"]

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, MIDDLEWARE, PATHS, REDIS_URL  # noqa: E402

# Each xdist worker has a database (pytest-django names it), a Redis database
# and a queue of its own: 0 is the process that runs without xdist.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
WORKER_NUMBER = int(WORKER.removeprefix("gw")) + 1 if WORKER else 0

SECRET_KEY = "known to everyone, as the tests need no secret"

DATABASES["default"]["ENGINE"] = "tests.plugins.postgres"
# A thread of the live server answers all requests of one connection of a browser, which ends with the test.
DATABASES["default"]["CONN_MAX_AGE"] = 60
if "REGULARS_TEST_DATABASE" in os.environ:
    # A process that a test started: it joins that test's database.
    DATABASES["default"]["NAME"] = os.environ["REGULARS_TEST_DATABASE"]

if REDIS_URL:
    address, _, number = REDIS_URL.rpartition("/")
    first = int(number) if number.isdigit() else 0
    address = address if number.isdigit() else REDIS_URL.rstrip("/")
    CELERY_BROKER_URL = f"{address}/{first + WORKER_NUMBER}"
else:
    CELERY_BROKER_URL = f"redis+socket://{PATHS.redis_socket}?virtual_host={WORKER_NUMBER}"
CELERY_TASK_DEFAULT_QUEUE = f"tests-{WORKER or 'main'}"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Looking for every static file takes longer than most tests; the live server finds them by itself.
MIDDLEWARE.remove("config.static.StaticFiles")

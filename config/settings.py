"""The one settings file. Every variable it reads is described in README.md.

Importing it starts nothing and writes nothing: the embedded servers belong to
`config.servers`, and this file only knows where their sockets will be.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from config.servers import paths

# Lets the code name what a form or a manager is of, as in ModelForm[User].
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(os.environ.get("REGULARS_ENV_FILE", str(BASE_DIR / ".env")))
# After the file, which may name the data directory too.
PATHS = paths.current()

# Where the site lives
# ----------------------------------------------------------------------------
# An https:// address is what makes an installation a production one: cookies,
# redirects and HSTS follow from it, so no second switch can contradict it.

HOST = env.str("HOST", default="") or "127.0.0.1"
PORT = env.str("PORT", default="") or "8000"
SITE_URL = (env.str("SITE_URL", default="") or f"http://{HOST}:{PORT}").rstrip("/")
HTTPS = urlsplit(SITE_URL).scheme == "https"
DEBUG = env.bool("DEBUG", default=False)
# Whether `make run` fills an empty database. Never that of a public site: everyone knows the demo's passwords.
DEMO = env.bool("DEMO", default=True) and not HTTPS


def read_secret_key() -> str:
    """Take SECRET_KEY, or the key that `make run` keeps beside its data."""
    # Not by `env`, which takes a value that begins with $ for the name of another variable.
    if key := os.environ.get("SECRET_KEY", ""):
        return key
    if HTTPS:
        raise ImproperlyConfigured("Set SECRET_KEY to a long random text: SITE_URL says that this is a public site.")
    # An empty file is no key; the owner of the data makes a new one or refuses to start.
    if PATHS.secret_key.exists() and (kept := PATHS.secret_key.read_text().strip()):
        return kept
    return get_random_secret_key()


SECRET_KEY = read_secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(SITE_URL).hostname, "localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "chains.csrf.refused"

# Security
# ----------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 3600) if HTTPS else 0
# Both reach beyond this site and are hard to take back, so whoever owns the domain asks for them.
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS and env.bool("HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = HTTPS and env.bool("HSTS_PRELOAD", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_PROXY", default=False):
    # Only behind a proxy that always sets or strips these headers itself.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

# Application
# ----------------------------------------------------------------------------

INSTALLED_APPS = [
    "config.ui",
    "chains",
    "clients",
    "loyalty",
    "visits",
    "reports",
    "config",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "phonenumber_field",
    "pghistory",
    "pgtrigger",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "reports.health.middleware.health",
    "django.middleware.security.SecurityMiddleware",
    "config.static.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "chains.middleware.user_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pghistory.middleware.HistoryMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.i18n",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chains.context_processors.frame",
                "config.replica.read_as_of",
            ],
        },
    },
]
FORM_RENDERER = "config.ui.forms.FormRenderer"

# Data
# ----------------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASE_REPLICA_URL = env.str("DATABASE_REPLICA_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")

for name, url in {"DATABASE_URL": DATABASE_URL, "DATABASE_REPLICA_URL": DATABASE_REPLICA_URL}.items():
    if url and not url.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(f"{name} must begin with postgres://, as PostgreSQL is the only database.")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://")):
    raise ImproperlyConfigured("REDIS_URL must begin with redis:// or, with TLS, rediss://.")


def read_database_url(url: str, name: str) -> dict[str, Any]:
    """Take the server of an address; what cannot be read is not shown, as it holds a password."""
    try:
        return dict(env.db_url_config(url))
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} cannot be read: write it as postgres://user:password@host:5432/name, and in the password "
            "%2F for /, %3F for ?, %23 for # and %25 for %."
        ) from None


DATABASES = {
    "default": {
        **(
            read_database_url(DATABASE_URL, "DATABASE_URL")
            if DATABASE_URL
            else {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": paths.POSTGRES_DATABASE,
                "USER": paths.POSTGRES_USER,
                "HOST": str(PATHS.sockets),
            }
        ),
        "CONN_MAX_AGE": env.int("DATABASE_CONNECTION_SECONDS", default=60),
        "CONN_HEALTH_CHECKS": True,
    },
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
if DATABASE_REPLICA_URL:
    # A copy that PostgreSQL itself keeps up to date; reports and exports are read from it (config/replica.py).
    DATABASES["replica"] = {**DATABASES["default"], **read_database_url(DATABASE_REPLICA_URL, "DATABASE_REPLICA_URL")}
    DATABASES["replica"]["OPTIONS"] = DATABASES["replica"].get("OPTIONS", {}) | {"connect_timeout": 10}
DATABASE_ROUTERS = ["config.replica.Router"]

# Counts failed sign-ins. In the database, so that the desk can still sign in
# while Redis is down, and all web processes see the same count.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
    },
}

# Sign-in
# ----------------------------------------------------------------------------

AUTH_USER_MODEL = "chains.User"
AUTHENTICATION_BACKENDS = ["chains.backends.UsersWithAccesses"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "chains.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "chains.forms.SignInForm",
    "reset_password_from_key": "chains.forms.ChoosePasswordForm",
}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "chains.links.PasswordLinks"  # noqa: S105 - the name of a class
# Wrong passwords are counted by chains/devices.py, and whole salons sign in from one address.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "5/300s/key"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
# Whoever has the link is who they say; a second factor is still asked for.
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
# A stranger who asks for a new password gets the same answer, but no mail.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
MFA_ADAPTER = "chains.adapter.MFAAdapter"
MFA_FORMS = {"add_webauthn": "chains.forms.PasskeyForm"}
MFA_TOTP_ISSUER = "Regulars"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey holds no secret that could be guessed.
MFA_RATE_LIMITS = {"webauthn_login": "120/m/ip"}
# Whose an e-mail is, chains/proof.py knows; what was set up before ends with the proof.
MFA_ALLOW_UNVERIFIED_EMAIL = True

# Mail
# ----------------------------------------------------------------------------

# Without a mail server, mails to users are printed, and messages to clients stay in the mailbox on their page.

EMAIL_URL = env.str("EMAIL_URL", default="")
globals().update(env.email_url_config(EMAIL_URL or "consolemail://"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"Regulars <no-reply@{urlsplit(SITE_URL).hostname}>")
# Where answers of clients go; without it, to the sender.
REPLY_TO_EMAIL = env.str("REPLY_TO_EMAIL", default="")

# Languages, time, phones
# ----------------------------------------------------------------------------

LANGUAGE_CODE = "en"
# A language is offered once its catalogue in locale/ is complete.
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "UTC"

PHONENUMBER_DB_FORMAT = "E164"
PHONENUMBER_DEFAULT_FORMAT = "INTERNATIONAL"

# Static files
# ----------------------------------------------------------------------------
# A public site serves collected files under names that carry their contents;
# everywhere else they come straight from the folders, with nothing to collect.

STATIC_URL = "/static/"
STATIC_ROOT = PATHS.var / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not HTTPS
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if HTTPS
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        ),
    },
}

# Tasks
# ----------------------------------------------------------------------------
# A job may be lost with its worker and sent again, so it is acknowledged only
# when it is done; every job is one that two runs of do no more than one.

CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{PATHS.redis_socket}?virtual_host=0"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# However long Redis is away: a worker that gives up would have to be started again.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_DEFAULT_QUEUE = "regulars"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 30 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 2 * CELERY_TASK_TIME_LIMIT}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "config.scheduler:Scheduler"
# How often workers look for what waits in the database to be done.
OUTBOX_SECONDS = 5
# How often scheduler and workers say that they live, which /health/ reads.
HEARTBEAT_SECONDS = 15
CELERY_BEAT_SCHEDULE = {
    "burn points": {
        "task": "visits.tasks.burn_points",
        "schedule": crontab(minute=5),
        "options": {"expires": 55 * 60},
    },
    "debit appointments": {
        "task": "visits.tasks.debit_appointments",
        "schedule": crontab(),
        "options": {"expires": 55},
    },
    "renew memberships": {
        "task": "visits.tasks.renew_memberships",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 9 * 60},
    },
    "send notices before burning": {
        "task": "visits.tasks.send_notices",
        "schedule": crontab(minute=20),
        "options": {"expires": 55 * 60},
    },
    "sum up the ledger": {
        "task": "visits.tasks.sum_rows",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 9 * 60},
    },
    "deliver messages": {
        "task": "clients.tasks.deliver_messages",
        "schedule": OUTBOX_SECONDS,
        "options": {"expires": OUTBOX_SECONDS},
    },
    "write exports": {
        "task": "reports.tasks.write_exports",
        "schedule": OUTBOX_SECONDS,
        "options": {"expires": OUTBOX_SECONDS},
    },
    "note that a worker lives": {
        "task": "reports.tasks.note_worker",
        "schedule": HEARTBEAT_SECONDS,
        "options": {"expires": HEARTBEAT_SECONDS},
    },
    "forget sessions": {
        "task": "chains.tasks.forget_sessions",
        "schedule": crontab(minute=50),
        "options": {"expires": 55 * 60},
    },
    "delete past exports": {
        "task": "reports.tasks.delete_past_exports",
        "schedule": crontab(minute=35),
        "options": {"expires": 55 * 60},
    },
}

# Lists
# ----------------------------------------------------------------------------
# As many rows are counted, numbered by pages and sorted by any column; of more there is a next page and one before.

MOST_NUMBERED = 10_000

# Exports
# ----------------------------------------------------------------------------
# A list with more rows than this is not written while a browser waits, but by a worker.

EXPORT_ROWS = env.int("EXPORT_ROWS", default=20_000)

# Health
# ----------------------------------------------------------------------------
# Who knows this word is told by /health/ what is wrong; everyone else, whether something is.

HEALTH_TOKEN = os.environ.get("HEALTH_TOKEN", "")

# Logs
# ----------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}

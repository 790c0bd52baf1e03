"""`make run`: servers, migrations, a demo chain for an empty database, then web, worker and scheduler.

This process owns everything it starts. It ends when it is told to, or when one
of its parts ends by itself, and leaves no process behind.
"""

import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import StringIO
from types import FrameType
from urllib.parse import urlsplit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from redis import Redis
from redis.exceptions import RedisError

from config.servers import paths, processes
from config.servers.commands import configured_servers
from config.servers.errors import CannotStart
from config.servers.logs import rotate
from config.servers.supervisor import Servers
from config.servers.watch import WatchedPart, watch

WEB = "gunicorn -c python:config.gunicorn config.wsgi --workers 2 --threads 8 --log-level warning"
WORKER = "celery --quiet -A config worker --concurrency 2 --loglevel warning"
SCHEDULER = "celery --quiet -A config beat --loglevel warning"
# In a container everything runs as root, and there is nobody to warn.
ENVIRONMENT = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
START_SECONDS = 60
OLDEST_POSTGRES = (15,)


class Stop(BaseException):
    """Ctrl-C, or the signal that ends a service."""


def main() -> int:
    listen_to_signals()
    try:
        run()
    except (CannotStart, CommandError, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        return 1
    except Stop:
        print("Stopped.")
    return 0


def listen_to_signals() -> None:
    """Stop once: a second Ctrl-C must not interrupt the stopping."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(_signum: int, _frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise Stop

    for each in signals:
        signal.signal(each, stop)


def run() -> None:
    django.setup()
    servers = configured_servers()
    servers.own(f"make run at {settings.SITE_URL}")
    check_port()
    with servers:
        check_database()
        check_redis()
        prepare_database()
        with parts_running() as parts:
            wait_for_web(parts)
            greet()
            watch([*server_parts(servers), *parts], lambda: rotate_logs(servers))


def check_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, int(settings.PORT)))
        except (OSError, ValueError, OverflowError) as error:
            raise CannotStart(
                f"Port {settings.PORT} of {settings.HOST} cannot be used, most likely because another program uses it: "
                "choose another one, as in `make run PORT=8001`."
            ) from error


def check_database() -> None:
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise CannotStart(
            f"The PostgreSQL server of DATABASE_URL cannot be used ({one_line(error)}): "
            "start it, correct DATABASE_URL, or unset it to use the embedded one."
        ) from error
    if connection.get_database_version() < OLDEST_POSTGRES:
        raise CannotStart("The server of DATABASE_URL is older than PostgreSQL 15: upgrade it, or use another one.")


def check_redis() -> None:
    if not settings.REDIS_URL:
        return
    try:
        with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        raise CannotStart(
            f"The Redis server of REDIS_URL cannot be used ({one_line(error)}): "
            "start it, correct REDIS_URL, or unset it to use the embedded one."
        ) from error


def one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def prepare_database() -> None:
    print("Preparing the database", flush=True)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    load_demo()
    connection.close()
    if settings.HTTPS:
        call_command("collectstatic", interactive=False, verbosity=0)


def load_demo() -> None:
    from chains.models import Chain

    if settings.DEMO and not Chain.objects.exists():
        print("Loading a demo chain", flush=True)
        call_command("demo", stdout=StringIO())


@contextmanager
def parts_running() -> Iterator[list[WatchedPart]]:
    commands = {
        "web server": f"{WEB} --bind {settings.HOST}:{settings.PORT}",
        "worker": WORKER,
        "scheduler": SCHEDULER,
    }
    parts: list[WatchedPart] = []
    try:
        for name, command in commands.items():
            launch = partial(
                processes.spawn, [sys.executable, "-m", *command.split()], env=ENVIRONMENT, cwd=paths.PROJECT
            )
            parts.append(WatchedPart(name, launch, processes.clear_away, launch(), since=time.monotonic()))
        yield parts
    finally:
        processes.end(*(part.process for part in parts))


def server_parts(servers: Servers) -> list[WatchedPart]:
    """The embedded servers, to be watched; they were started before and are stopped after the parts."""
    return [
        WatchedPart(
            f"embedded {type(server).__name__}", server.launch, processes.clear_away, server.process, time.monotonic()
        )
        for server in servers.running
        if server.process
    ]


def rotate_logs(servers: Servers) -> None:
    for server in servers.running:
        rotate(server.log)


def wait_for_web(parts: list[WatchedPart]) -> None:
    # A public site whose proxy is not believed leads everybody to its https:// address.
    good = {200, 301} if settings.HTTPS and not settings.SECURE_PROXY_SSL_HEADER else {200}
    deadline = time.monotonic() + START_SECONDS
    while (status := web_status()) not in good:
        check_parts(parts)
        if time.monotonic() > deadline:
            answered = "does not answer" if status is None else f"answers with the error {status}"
            raise CannotStart(f"The web server {answered}: what it printed above says why.")
        time.sleep(0.1)


def web_status() -> int | None:
    """What the page for signing in answers to somebody who comes by the address of the site."""
    host = settings.HOST.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - not bound here
    asked = http.client.HTTPConnection(host, int(settings.PORT), timeout=5)
    headers = {"Host": urlsplit(settings.SITE_URL).netloc, "X-Forwarded-Proto": urlsplit(settings.SITE_URL).scheme}
    try:
        asked.request("GET", "/sign-in/", headers=headers)
        return asked.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        asked.close()


def check_parts(parts: list[WatchedPart]) -> None:
    """Until pages answer, a part that ends is one that cannot be started."""
    for part in parts:
        if part.process.poll() is not None:
            raise CannotStart(
                f"The {part.name} ended by itself and all else was stopped: what it printed above says why."
            )


def greet() -> None:
    print(f"\nRegulars is ready at {settings.SITE_URL}\n")
    for who, email, password in sign_ins():
        print(f"  {who:<26} {email:<32} {password}")
    print("\nCtrl-C stops it.", flush=True)


def sign_ins() -> list[tuple[str, str, str]]:
    """Those of the demo that this database knows."""
    from chains.models import User
    from visits.demo import demo_sign_ins

    if not settings.DEMO:
        return []
    found = [each for each in demo_sign_ins() if User.objects.filter(email=each[1]).exists()]
    connection.close()
    return found


if __name__ == "__main__":
    sys.exit(main())

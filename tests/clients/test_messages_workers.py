"""Workers that are killed while they send: every guest is told exactly once."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.utils import timezone

from chains.models import Chain
from clients.messages.carriers import MailServer as Carrier
from clients.messages.delivery import deliver_due
from clients.messages.models import Message, MessageState
from clients.tasks import deliver_messages
from config.celery import app
from config.servers import paths, processes
from tests.cast import Cast
from tests.clients.messages import make_guests
from tests.plugins.mail import MailServer, mail_server, speaks_at
from tests.plugins.worker import wait_for
from visits.tasks import send_notices

pytestmark = pytest.mark.workers

GUESTS = 8
# The worker of the other tests knows no mail server.
QUEUE = f"{settings.CELERY_TASK_DEFAULT_QUEUE}-mail"
Workers = list[subprocess.Popen[bytes]]


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def workers(transactional_db: None, server: MailServer) -> Iterator[Workers]:
    """Three Celery workers of their own, who know the mail server and are there to be killed."""
    env = {"REGULARS_TEST_DATABASE": str(connection.settings_dict["NAME"]), "REGULARS_TEST_EMAIL_URL": server.url}
    started = [
        processes.spawn(
            [
                *(sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "--pool", "solo"),
                *("--queues", QUEUE, "--hostname", f"mail{number}@%h"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            env=env,
            cwd=paths.PROJECT,
        )
        for number in range(3)
    ]
    yield started
    processes.end(*started)
    app.control.purge()


def as_the_scheduler_goes_on(condition: Callable[[], bool]) -> Callable[[], bool]:
    """Every few looks the scheduler sends its job again, and the pause after an interrupted try is over."""
    looks = iter(range(10_000))

    def look() -> bool:
        if next(looks) % 10 == 0:
            Message.objects.filter(state=MessageState.SENDING).update(due_at=timezone.now())
            deliver_messages.apply_async(queue=QUEUE)
        return condition()

    return look


def kill(workers: Workers, port: int) -> None:
    """Kill the worker that speaks at the port, as a machine would that is out of memory."""
    speaks = speaks_at(port)
    (victim,) = [worker for worker in workers if worker.poll() is None and speaks(worker.pid)]
    victim.kill()
    victim.wait()


def all_are(state: MessageState) -> bool:
    return set(Message.objects.values_list("state", flat=True)) == {state}


def test_each_notice_arrives_once_though_workers_are_killed(
    cast: Cast, server: MailServer, workers: Workers, mailoutbox: list[EmailMessage]
) -> None:
    make_guests(cast, GUESTS, at=timezone.now())
    Chain.objects.update(notice_hour=0)
    before_any, before_the_letter = server.hold("MAIL"), server.hold("DATA")
    for _ in range(3):
        send_notices.apply_async(queue=QUEUE)
    wait_for(lambda: Message.objects.count() == GUESTS)
    deliver_messages.apply_async(queue=QUEUE)
    kill(workers, before_any.reached())
    before_any.let_go()
    deliver_messages.apply_async(queue=QUEUE)
    kill(workers, before_the_letter.reached())
    before_the_letter.let_go()
    wait_for(as_the_scheduler_goes_on(lambda: all_are(MessageState.SENT)))
    assert sum(worker.poll() is None for worker in workers) == 1
    assert Counter(server.message_ids) == Counter(dict.fromkeys(server.message_ids, 1))
    assert server.readers == sorted(f"guest{number}@example.com" for number in range(GUESTS))
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [1] * (GUESTS - 2) + [2, 2]

    # Between "taken" and the commit nobody can know: the letter comes again, as the same one.
    Message.objects.update(state=MessageState.WAITING, due_at=timezone.now(), attempts=0)
    server.taken.clear()
    taken = server.hold(".")
    deliver_messages.apply_async(queue=QUEUE)
    kill(workers, taken.reached())
    taken.let_go()
    assert len(server.taken) == 1 and not Message.objects.filter(state=MessageState.SENT).exists()
    Message.objects.update(due_at=timezone.now())
    deliver_due(carrier=Carrier(), at=timezone.now())
    assert all_are(MessageState.SENT)
    assert server.message_ids[0] in {letter.message()["Message-ID"] for letter in mailoutbox}

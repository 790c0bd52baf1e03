"""What is looked at: the database, signs of life, and the oldest job that is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from django.db import Error, connection, transaction
from django.db.models import Min

from clients.messages.models import Message
from reports.exports.models import Export
from reports.health.models import Heartbeat, Part

#: Longer than this, nobody waits for a database that does not answer.
PATIENCE_SECONDS = 2
#: Signs of life come every `HEARTBEAT_SECONDS`; a worker may be at one job for a while before it gives the next.
SILENCE = {Part.SCHEDULER: timedelta(minutes=2), Part.WORKER: timedelta(minutes=10)}
#: Jobs are taken up within seconds; a worker who died holds one for a minute, or until the next try of a message.
OVERDUE = timedelta(minutes=10)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is well, and the seconds that say so (None: never, or nothing)."""

    is_well: bool
    seconds: int | None = None


def look_at_database() -> dict[str, Finding]:
    """Whether a new connection is to be had: all that pages need."""
    return {"database": Finding(_database_answers())}


def look_at_everything(at: datetime) -> dict[str, Finding]:
    """The database, the age of the latest signs of life at ``at``, and how long the oldest due jobs have waited."""
    findings = look_at_database()
    if not findings["database"].is_well:
        return findings
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE_SECONDS}s'")
            return {**findings, **_signs_of_life(at), "messages": _messages(at), "exports": _exports(at)}
    except Error:
        # It answers and cannot be used: it is not migrated, or too slow.
        return {"database": Finding(False)}


def _database_answers() -> bool:
    """By a connection of its own, as one that is kept may hang for as long as the network likes."""
    try:
        wanted = {**connection.get_connection_params(), "connect_timeout": PATIENCE_SECONDS}
        psycopg.connect(**wanted).close()
    except psycopg.Error:
        return False
    return True


def _signs_of_life(at: datetime) -> dict[str, Finding]:
    heard = {heartbeat.part: at - heartbeat.heard_at for heartbeat in Heartbeat.objects.all()}
    return {str(part): _age(heard.get(part), SILENCE[part]) for part in Part}


def _age(age: timedelta | None, longest: timedelta) -> Finding:
    if age is None:
        return Finding(False)
    return Finding(age <= longest, max(0, int(age.total_seconds())))


def _messages(at: datetime) -> Finding:
    return _waiting(Message.objects.due(at).order_by().aggregate(since=Min("due_at"))["since"], at)


def _exports(at: datetime) -> Finding:
    """They are written one after the other, and a long one takes its time: while it does, the others are not late."""
    found = _waiting(Export.objects.to_write(at).order_by().aggregate(since=Min("asked_at"))["since"], at)
    if Export.objects.being_written(at).exists():
        return Finding(True, found.seconds)
    return found


def _waiting(since: datetime | None, at: datetime) -> Finding:
    return Finding(True) if since is None else _age(at - since, OVERDUE)

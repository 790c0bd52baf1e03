"""Asking for a workbook, writing it in the background, and clearing it away.

A worker who takes an export up holds it on a lease that a thread beside it prolongs for as long as it lives, whatever
it is at: sorting a long list and saving its file tell nothing of themselves. Who is not heard of for `LEASE` has died,
and the next one begins anew; who hangs is ended by the time limit of the task. Each writes to a temporary file of its
own; one becomes that of the export in one transaction, that of the worker who took it up last.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import IO

from django.db import Error, connection, transaction

from chains.models import Chain, User
from chains.submissions import claim, finish
from config.ui.exports import NotThere, WantedWorkbook, Writer, open_list
from config.ui.spreadsheets import TooManyRows
from reports.exports.models import Export, ExportPart, ExportQuerySet, ExportState, Failure

LEASE = timedelta(minutes=1)
#: How often a lease is prolonged while it lasts, and told how far the work is; so that many a beat may be lost.
BEATS = 120
KEPT = timedelta(hours=24)
MOST_TRIES = 3
#: Exports that are written at the same time over all workers, so that the other jobs have workers too.
AT_ONCE = 1
#: What a file is stored and sent in.
PIECE = 512 * 1024

Clock = Callable[[], datetime]


@transaction.atomic
def ask_export(
    *, chain: Chain, wanted: WantedWorkbook, language: str, key: uuid.UUID, at: datetime, acting_user: User
) -> Export:
    """Ask for a list as a workbook; the same form sent twice asks once."""
    submission = claim(chain=chain, key=key, action="export", user=acting_user, on=(chain, _digest(wanted.path)), at=at)
    if submission.result_id:
        return Export.objects.get(pk=submission.result_id)
    export = Export.objects.create(
        chain=chain,
        user=acting_user,
        title=wanted.title[:200],
        filename=wanted.filename[-300:],
        path=wanted.path,
        language=language,
        rows_total=wanted.rows,
        asked_at=at,
        expires_at=at + KEPT,
    )
    finish(submission, export.pk)
    return export


def write_next(*, clock: Clock) -> Export | None:
    """Take up what waits the longest and write it to its end; None where nothing is to be written now."""
    export = _take_up(clock())
    if export and export.state == ExportState.WRITING:
        try:
            sink = _Workbook(export, clock)
            with _alive(sink):
                open_list(
                    export.path,
                    user=_asker(export),
                    language=export.language,
                    sink=sink,
                    file_format=export.format,
                )
        except NotThere:
            _fail(export, Failure.NOT_THERE)
        except TooManyRows:
            _fail(export, Failure.TOO_LONG)
        except Overtaken:
            pass
    return export


def delete_past(*, at: datetime) -> int:
    """Delete what was kept long enough, whatever became of it; returns how many exports."""
    past = Export.objects.past(at)
    ExportPart.objects.filter(export__in=past).delete()
    return past.delete()[1].get("reports.Export", 0)


@transaction.atomic
def _take_up(at: datetime) -> Export | None:
    if Export.objects.being_written(at).count() >= AT_ONCE:
        return None
    export = Export.objects.to_write(at).select_for_update(no_key=True, skip_locked=True).first()
    if export is None:
        return None
    if export.attempts >= MOST_TRIES:
        export.state, export.failure = ExportState.FAILED, Failure.BROKE_OFF
    else:
        export.state, export.attempts, export.rows_done = ExportState.WRITING, export.attempts + 1, 0
        export.leased_until = at + LEASE
    export.save(update_fields=["state", "failure", "attempts", "rows_done", "leased_until"])
    return export


def _asker(export: Export) -> User:
    user = User.objects.get(pk=export.user_id)
    if not user.is_active:
        raise NotThere
    return user


def _digest(path: str) -> str:
    """The address of a list, of any length, as what a submission acts on."""
    return hashlib.sha256(path.encode()).hexdigest()


class Overtaken(Exception):
    """The lease ran out, and another worker has taken the export up."""


class _Workbook:
    """Where a list is written to by a worker.

    The rows are read in one transaction, within which nothing could be told to others: how far it is tells the thread
    that prolongs the lease.
    """

    def __init__(self, export: Export, clock: Clock) -> None:
        self._export = export
        self._clock = clock
        self._rows = 0
        self._overtaken = threading.Event()

    def take(self, write: Writer) -> None:
        with tempfile.TemporaryFile() as file:
            write(file, self._go_on)
            _keep(self._export, file, self._clock())

    def _go_on(self, rows: int) -> None:
        self._rows = rows
        if self._overtaken.is_set():
            raise Overtaken

    def beat(self) -> bool:
        """Prolong the lease and say how far it is; False once another worker has the export."""
        until = self._clock() + LEASE
        if not _mine(self._export).update(leased_until=until, rows_done=self._rows):
            self._overtaken.set()
        return not self._overtaken.is_set()


@contextmanager
def _alive(workbook: _Workbook) -> Iterator[None]:
    """Prolong the lease for as long as the block takes."""
    over = threading.Event()
    beats = threading.Thread(target=_beat, args=(workbook, over), daemon=True)
    beats.start()
    try:
        yield
    finally:
        over.set()
        beats.join()


def _beat(workbook: _Workbook, over: threading.Event) -> None:
    try:
        while not over.wait(LEASE.total_seconds() / BEATS):
            try:
                if not workbook.beat():
                    break
            except Error:
                # The next beat begins with a connection of its own.
                connection.close()
    finally:
        connection.close()


def _mine(export: Export) -> ExportQuerySet:
    """The export, if nobody has taken it up since."""
    return Export.objects.filter(pk=export.pk, state=ExportState.WRITING, attempts=export.attempts)


@transaction.atomic
def _keep(export: Export, file: IO[bytes], at: datetime) -> None:
    """Make the file that of the export."""
    if _mine(export).select_for_update(no_key=True).first() is None:
        raise Overtaken
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    for number, content in enumerate(iter(lambda: file.read(PIECE), b"")):
        ExportPart.objects.create(export=export, number=number, content=content)
    _mine(export).update(
        state=ExportState.READY,
        rows_done=export.rows_total,
        size=size,
        leased_until=None,
        expires_at=at + KEPT,
    )


def _fail(export: Export, failure: Failure) -> None:
    _mine(export).update(state=ExportState.FAILED, failure=failure, leased_until=None)

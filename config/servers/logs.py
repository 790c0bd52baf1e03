"""The logs of the embedded servers: for the owner's eyes, and never larger than two files of a few megabytes.

A server writes at the end of its file, wherever that is. So the supervisor can put a long file aside and empty it,
and needs no server's help.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

LARGEST_BYTES = 5_000_000


def open_log(log: Path) -> BinaryIO:
    """Open a log to be written to; what an older version left readable for all is closed to them."""
    file = os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
    os.fchmod(file.fileno(), 0o600)
    return file


def rotate(log: Path) -> None:
    """Put a long log aside as the one before. Where the disk is too full for that, it is emptied all the same."""
    try:
        if log.stat().st_size <= LARGEST_BYTES:
            return
    except FileNotFoundError:
        return
    before = log.with_name(f"{log.name}.1")
    try:
        with log.open("rb") as source, open_log(before) as target:
            target.truncate(0)
            shutil.copyfileobj(source, target)
    except OSError:
        before.unlink(missing_ok=True)
    with suppress(OSError):
        os.truncate(log, 0)

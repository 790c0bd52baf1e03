"""The one key of an installation that sets no SECRET_KEY itself."""

import os
import secrets
from collections.abc import Callable

from config.servers.errors import CannotStart
from config.servers.paths import Paths


def make_secret_key(paths: Paths, has_signed: Callable[[], bool]) -> None:
    """Make the key where there is none. An empty file is none, unless users have signed in with what stood there."""
    if paths.secret_key.exists():
        if paths.secret_key.read_text().strip():
            return
        if has_signed():
            raise CannotStart(
                f"{paths.secret_key} is empty, and this installation has users: put the file back from a backup, or "
                "delete it to have a new key made; everybody then signs in again, and links in letters end."
            )
    write_whole(paths)


def write_whole(paths: Paths) -> None:
    """Write beside the place and move there, so that no crash leaves half a key. Only the owner of the data does."""
    unfinished = paths.secret_key.with_name("secret-key.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(50))
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(paths.secret_key)
    folder = os.open(paths.var, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""Where the embedded servers keep their data and their sockets.

Settings read this to know where to attach, so nothing here touches the disk.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent

POSTGRES_USER = "regulars"
POSTGRES_DATABASE = "regulars"

# The kernel keeps 108 bytes for the path of a socket (104 on macOS), and
# PostgreSQL writes a lock file beside its socket.
LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True)
class Paths:
    """The folders and files below one data directory."""

    var: Path

    @property
    def postgres(self) -> Path:
        return self.var / "postgres"

    @property
    def redis(self) -> Path:
        return self.var / "redis"

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def secret_key(self) -> Path:
        return self.var / "secret-key"

    @property
    def owner(self) -> Path:
        """Locked by the process that started the servers, for as long as it lives."""
        return self.var / "owner.lock"

    @property
    def users(self) -> Path:
        """Locked, shared, by every command that uses the servers without owning them."""
        return self.var / "users.lock"

    @property
    def sockets(self) -> Path:
        """`var/run`, or a short folder in /tmp where that path is too long for a socket."""
        folder = self.var / "run"
        if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH:
            return folder
        digest = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:16]
        return Path("/tmp") / f"regulars-{digest}"  # noqa: S108 - checked for its owner when it is made

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"


def current() -> Paths:
    """The data directory of this process: `var/`, or what REGULARS_VAR names."""
    return Paths(Path(os.environ.get("REGULARS_VAR") or PROJECT / "var").resolve())

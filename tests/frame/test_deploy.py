"""The files that run the parts elsewhere say what the README says."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import yaml

from config.servers.paths import PROJECT
from tests.readme import production_commands, running_parts

UNITS = PROJECT / "deploy" / "systemd"


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
    return found


def test_containers_run_the_commands_of_the_readme() -> None:
    services = compose()["services"]
    assert {name: shlex.split(services[name]["command"]) for name in running_parts()} == running_parts()
    shell, option, script = shlex.split(services["migrate"]["command"])
    steps = [shlex.split(step) for step in script.split(" && ")]
    assert (shell, option) == ("sh", "-ec")
    assert steps == [words for words in production_commands() if words[-1] in {"migrate", "createcachetable"}]


def test_the_image_is_made_and_started_by_the_commands_of_the_readme() -> None:
    text = (PROJECT / "Dockerfile").read_text()
    (started,) = re.findall(r"^CMD (.*)$", text, re.MULTILINE)
    assert json.loads(started) == running_parts()["web"]
    made = [words for words in production_commands() if {"venv", "pip", "collectstatic"} & set(words)]
    assert len(made) == 3 and all(shlex.join(words) in text for words in made)


def test_units_run_the_commands_of_the_readme() -> None:
    for part, words in running_parts().items():
        text = (UNITS / f"regulars-{part}.service").read_text()
        (started,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
        assert shlex.split(started.replace("/opt/regulars/.venv", ".venv")) == words


def test_containers_and_units_may_do_nothing_but_their_work() -> None:
    services = compose()["services"]
    for part in (*running_parts(), "migrate"):
        service = services[part]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]
    assert all("healthcheck" in services[name] for name in ("web", "postgres", "redis"))
    assert all("restart" in service for service in services.values())
    assert "\nUSER regulars\n" in (PROJECT / "Dockerfile").read_text()
    common = (UNITS / "regulars-.service.d" / "common.conf").read_text()
    for line in ("User=regulars", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="):
        assert f"\n{line}\n" in common


def test_no_secret_stands_in_them_and_every_variable_is_passed_on() -> None:
    """What is a secret comes from `.env`; what README ▸ Configuration names for a site reaches the containers."""
    text = (PROJECT / "compose.yaml").read_text()
    assert not re.findall(r"(?:SECRET_KEY|PASSWORD|TOKEN|EMAIL_URL):[ \t]+(?!\$\{)\S", text)
    section = (PROJECT / "README.md").read_text().partition("\n## Configuration\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", section, re.MULTILINE)
    named = {name for row in rows for name in re.findall("[A-Z_]+", row)}
    of_other_ways = {"DEBUG", "DEMO", "HOST", "PORT", "REGULARS_ENV_FILE", "REGULARS_VAR"}
    assert set(compose()["services"]["web"]["environment"]) == named - of_other_ways


def test_all_rooms_are_in_the_image_and_no_data() -> None:
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!/") for line in ignored if line.startswith("!")}
    assert "*" in ignored
    rooms = {path.parent.name for path in PROJECT.glob("*/__init__.py")} - {"tests"}
    assert allowed == rooms | {"static", "templates", "manage.py", "requirements.lock"} | (
        {"locale"} if (PROJECT / "locale").exists() else set()
    )

"""What gunicorn is told by `make run` and by the command of the README."""

import re
import sys
from pathlib import Path

import pytest
from gunicorn.app.wsgiapp import WSGIApplication  # type: ignore[import-untyped]

from config.run import WEB

README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.mark.parametrize("command", [WEB, *re.findall(r"-m (gunicorn .*)", README)])
def test_gunicorn_outlives_the_connections_of_proxies_and_is_steered_by_nobody(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, *arguments = command.split()
    monkeypatch.setattr(sys, "argv", [program, *arguments])
    settings = WSGIApplication(prog=program).cfg
    assert (settings.keepalive, settings.control_socket_disable) == (75, True)
    assert settings.worker_class_str == "gthread"
    assert len(re.findall(r"-m gunicorn ", README)) == 1

"""Lets the scenes of a test stand before it begins; see tests/scene.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.plugins import clock
from tests.scene import STAGE, Make, Stage, parameters


def scenes_of(item: pytest.Item) -> list[Make]:
    """The scenes that a test asks for, by itself or through fixtures, each after those it rests on."""
    fixtures = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    makes = {name: found[-1].func.scene for name, found in fixtures.items() if hasattr(found[-1].func, "scene")}
    ordered: dict[str, Make] = {}

    def add(name: str) -> None:
        needs = parameters(makes[name])
        if all(need in makes for need in needs):
            for need in needs:
                add(need)
            ordered.setdefault(name, makes[name])

    for name in sorted(makes):
        add(name)
    return list(ordered.values())


@pytest.hookimpl(trylast=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the tests of a file that rest on more than the cast run in one process, so that it is made once."""
    if not item.get_closest_marker("xdist_group") and {make.__name__ for make in scenes_of(item)} - {"cast"}:
        item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def commits(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    fixtures: list[str] = item.fixturenames  # type: ignore[attr-defined]
    return bool(mark and mark.kwargs) or not {"transactional_db", "live_server"}.isdisjoint(fixtures)


@pytest.fixture(scope="session")
def _stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    yield STAGE
    with django_db_blocker.unblock():
        STAGE.clear()


@pytest.fixture
def _scenes(request: pytest.FixtureRequest, _stage: Stage, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    alone = commits(request.node) or clock.is_real(request.node)
    with django_db_blocker.unblock():
        _stage.prepare([] if alone else scenes_of(request.node), clock.beginning(request.config))
    _stage.copy()
    yield
    _stage.copies = {}
    with django_db_blocker.unblock():
        _stage.check()


@pytest.fixture
def _django_db_helper(_scenes: None, _django_db_helper: None) -> None:
    """What `db` and the mark rest on in pytest-django: the transaction of a test begins upon the scenes."""

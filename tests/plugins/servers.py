"""The throwaway PostgreSQL and Redis of a test run, and how the tests share them.

The process that pytest starts owns the servers; xdist's workers attach. Most
tests run in a transaction that is rolled back. Those that commit carry one of
three marks, and each mark is a group that xdist keeps together:

- `races`: real connections against each other (see `tests.plugins.races`)
- `workers`: a real Celery worker (fixture `celery_worker`)
- `browser`: a real Chromium (fixtures `page`, `new_page`)
"""

import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache

from config.servers import paths
from config.servers.errors import CannotStart
from config.servers.supervisor import Servers

COMMITTING_MARKS = ("races", "workers", "browser")
SERVERS = pytest.StashKey[Servers]()


def pytest_configure(config: pytest.Config) -> None:
    is_xdist_worker = hasattr(config, "workerinput")
    if is_xdist_worker or config.option.collectonly or config.option.showfixtures:
        return
    servers = Servers(paths.current(), postgres=not settings.DATABASE_URL, redis=not settings.REDIS_URL, durable=False)
    try:
        servers.own("tests")
        servers.start()
    except CannotStart as error:
        pytest.exit(str(error), returncode=1)
    config.stash[SERVERS] = servers


def pytest_unconfigure(config: pytest.Config) -> None:
    if servers := config.stash.get(SERVERS, None):
        servers.stop()
        shutil.rmtree(servers.paths.var, ignore_errors=True)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Group what commits. Browser tests are one group per file, so that two browsers can share the work."""
    for name in COMMITTING_MARKS:
        if item.get_closest_marker(name):
            item.add_marker(pytest.mark.django_db(transaction=True))
            item.add_marker(pytest.mark.xdist_group(f"{name} {item.path.stem}" if name == "browser" else name))


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """The count of failed sign-ins lives in the cache, and no test inherits another's."""
    yield
    cache.clear()

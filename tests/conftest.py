"""The cast of the tests. What they run on is in tests/plugins."""

import pytest
from django.test import Client

from tests.cast import Cast, make_cast
from tests.scene import scene

pytest_plugins = [
    "tests.plugins.browser",
    "tests.plugins.clock",
    "tests.plugins.forms",
    "tests.plugins.garbage",
    "tests.plugins.properties",
    "tests.plugins.query_counts",
    "tests.plugins.scenes",
    "tests.plugins.servers",
    "tests.plugins.templates",
    "tests.plugins.worker",
]


@scene
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def administrator(cast: Cast, client: Client) -> Client:
    """A browser in which the chain's administrator is signed in."""
    client.force_login(cast.administrator)
    return client


@pytest.fixture
def manager(cast: Cast, client: Client) -> Client:
    """A browser in which the chain's manager is signed in."""
    client.force_login(cast.manager)
    return client

"""The cast of the tests. What they run on is in tests/plugins."""

import pytest

from tests.cast import Cast, make_cast

pytest_plugins = [
    "tests.plugins.browser",
    "tests.plugins.properties",
    "tests.plugins.query_counts",
    "tests.plugins.servers",
    "tests.plugins.worker",
]


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()

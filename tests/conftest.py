"""The cast of the tests. What they run on is in tests/plugins."""

pytest_plugins = [
    "tests.plugins.browser",
    "tests.plugins.servers",
    "tests.plugins.worker",
]

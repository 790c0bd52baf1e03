"""Collects garbage seldom: a test process has memory enough, and looking took a twelfth of the time of the suite."""

import gc


def pytest_collection_finish() -> None:
    """All that is imported by now stays, and need not be looked through again."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)

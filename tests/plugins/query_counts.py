"""How many queries things take, recorded in one file: a change of it is a diff in review.

`REGULARS_RECORD=1 make test ARGS="-n 0 -k queries"` writes what it counts instead of comparing.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

FILE = Path(__file__).parent.parent / "query_counts.json"

CountQueries = Callable[[str], AbstractContextManager[CaptureQueriesContext]]


@pytest.fixture
def count_queries(db: None) -> CountQueries:
    """Compare the queries of a block with the recorded number: `with count_queries("save a visit"): …`."""
    return recorded


@contextmanager
def recorded(what: str) -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as captured:
        yield captured
    counts = json.loads(FILE.read_text()) if FILE.exists() else {}
    if os.environ.get("REGULARS_RECORD"):
        FILE.write_text(json.dumps({**counts, what: len(captured)}, indent=2, sort_keys=True) + "\n")
    elif len(captured) != counts.get(what):
        listing = "\n".join(f"{number}. {query['sql'][:300]}" for number, query in enumerate(captured, start=1))
        pytest.fail(f"{what}: {len(captured)} queries, recorded are {counts.get(what)}\n{listing}")

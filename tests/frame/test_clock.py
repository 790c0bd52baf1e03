"""No test asks what time it is before it begins: the answer would be that of the collection."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.plugins.clock import zone_of_noon

TESTS = Path(__file__).resolve().parent.parent
ASKS = {"now", "today", "utcnow", "localdate", "localtime"}


def calls_at_import(node: ast.AST) -> Iterator[ast.Call]:
    """Calls in a module outside of the bodies of its functions: decorators and defaults belong to them."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*child.decorator_list, child.args):
                yield from calls_at_import(part)
                yield from [part] if isinstance(part, ast.Call) else []
        elif not isinstance(child, ast.Lambda):
            yield from [child] if isinstance(child, ast.Call) else []
            yield from calls_at_import(child)


def test_no_module_of_the_tests_reads_the_clock_when_it_is_imported() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{call.lineno}"
        for path in sorted(TESTS.rglob("*.py"))
        for call in calls_at_import(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call.func, ast.Attribute) and call.func.attr in ASKS
    ]
    assert found == []


def test_where_it_is_about_noon_at_any_hour() -> None:
    for hours in range(48):
        at = datetime(2026, 10, 24, 0, 59, 59, tzinfo=UTC) + timedelta(hours=hours)
        assert at.astimezone(ZoneInfo(zone_of_noon(at))).hour == 12

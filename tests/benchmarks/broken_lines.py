"""How well the tests catch what is wrong: breaks lines of code at random, one at a time, and runs the tests on each.

    python -m tests.benchmarks.broken_lines --lines 30 --seed 1

Works on a copy of what is committed, never on the tree itself, in two rounds. The first runs all tests once on the
copy as it is and notes which of them reach the functions of the chosen lines, and what each takes. The second breaks
one line after the other within one process, by giving its functions other code, and runs the tests that reach it, the
cheapest first, until one fails. So thirty lines cost little more than one run.

Prints a line for each break: where, what became of it, and the first test that failed, or SURVIVED. The same seed
breaks the same lines of the same commit, so that what a shorter suite catches can be compared with what a longer one
did. Lines outside of functions are not broken, nor is what only another process runs.
"""

from __future__ import annotations

import argparse
import ast
import functools
import gc
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from pytest_django.plugin import blocking_manager_key

from tests.scene import STAGE

PROJECT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("chains", "clients", "loyalty", "visits", "reports", "config/ui")
SWAPS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.And: (" and ", " or "),
    ast.Or: (" or ", " and "),
    ast.In: (" in ", " not in "),
    ast.NotIn: (" not in ", " in "),
    ast.Is: (" is ", " is not "),
    ast.IsNot: (" is not ", " is "),
}


@dataclass(frozen=True)
class Break:
    """One line of a file, and the same line broken."""

    file: str
    line: int
    before: str
    after: str


def breaks_of(path: Path, root: Path) -> Iterator[Break]:
    text = path.read_text()
    lines = text.split("\n")
    name = str(path.relative_to(root))
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = {line for each in functions for line in range(each.body[0].lineno, (each.end_lineno or 0) + 1)}
    for node in ast.walk(tree):
        number = getattr(node, "lineno", 0)
        if not number or number != node.end_lineno:  # type: ignore[attr-defined]
            continue
        line = lines[number - 1]
        if line.lstrip().startswith("@") or number not in inside:
            continue  # what a module does while it is imported is done
        for after in _broken(node, line):
            if after != line:
                yield Break(name, number, line.strip(), after)


def _broken(node: ast.AST, line: str) -> Iterator[str]:
    start, end = node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
    part = line.encode()[start:end].decode()
    operators: list[ast.AST] = []
    if isinstance(node, ast.Compare):
        operators = list(node.ops)
    elif isinstance(node, ast.BoolOp | ast.BinOp):
        operators = [node.op]
    for operator in operators[:1]:
        old, new = SWAPS.get(type(operator), ("", ""))
        if old and part.count(old) == 1:
            yield line.replace(part, part.replace(old, new), 1)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield line.replace(part, str(not node.value), 1)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and part.startswith("not "):
        yield line.replace(part, part.removeprefix("not "), 1)
    if isinstance(node, ast.Return) and node.value is not None and part != "return None":
        yield line.replace(part, "return None", 1)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield line.replace(part, "pass", 1)


def chosen(root: Path, count: int, seed: int) -> list[Break]:
    """So many breaks, at most one a line, evenly over all lines that can be broken."""
    files = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py"))]
    found = [each for path in files if "migrations" not in path.parts for each in breaks_of(path, root)]
    dice = random.Random(seed)
    dice.shuffle(found)
    by_line: dict[tuple[str, int], Break] = {}
    for each in found:
        by_line.setdefault((each.file, each.line), each)
    return list(by_line.values())[:count]


# Other code for the functions of a module
# ----------------------------------------------------------------------------


def replace(file: str, tree: ast.Module) -> None:
    """Give all functions of a module, also those within others, the code of this tree."""
    path = str(Path.cwd() / file)
    codes = {(code.co_qualname, code.co_firstlineno): code for code in codes_of(compile(tree, path, "exec"))}
    gc.unfreeze()
    for each in gc.get_objects():
        # The kind is asked of nothing that would load itself for the answer.
        if type(each) is FunctionType and each.__code__.co_filename == path:
            code = codes.get((each.__code__.co_qualname, each.__code__.co_firstlineno))
            if code and code.co_freevars == each.__code__.co_freevars:
                each.__code__ = code
        elif type(each) is functools._lru_cache_wrapper:
            each.cache_clear()
    gc.freeze()


def codes_of(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from codes_of(each)


def reporting(tree: ast.Module, number: int, line: int) -> ast.Module:
    """The same, where the function around a line says that it is reached."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    innermost = max(around, key=lambda node: node.lineno)
    call = ast.parse(f"__import__('tests.benchmarks.broken_lines', fromlist=['reached']).reached({number})").body[0]
    for part in ast.walk(call):
        ast.copy_location(part, innermost.body[0])
    innermost.body.insert(0, call)
    return tree


# The two rounds, as a plugin of pytest
# ----------------------------------------------------------------------------

BREAKS, REACHES = "REGULARS_BREAKS", "REGULARS_REACHES"
LONGEST_SECONDS = 60
_reached: set[int] = set()
_failed: list[str] = []


def reached(number: int) -> None:
    _reached.add(number)


def breaks_asked() -> list[Break]:
    return [Break(**each) for each in json.loads(Path(os.environ[BREAKS]).read_text())]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    if REACHES not in os.environ:
        return
    breaks = breaks_asked()
    for file in {each.file for each in breaks}:
        importlib.import_module(file.removesuffix(".py").replace("/", ".").removesuffix(".__init__"))
        tree = ast.parse(Path(file).read_text())
        for number, each in enumerate(breaks):
            if each.file == file:
                tree = reporting(tree, number, each.line)
        replace(file, tree)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    if REACHES not in os.environ:
        return (yield)
    _reached.clear()
    began = time.process_time()
    result = yield
    note = {"test": item.nodeid, "seconds": time.process_time() - began, "reaches": sorted(_reached)}
    with Path(os.environ[REACHES]).open("a") as notes:
        notes.write(f"{json.dumps(note)}\n")
    return result


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _failed.append(report.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    if REACHES in os.environ or BREAKS not in os.environ:
        return None
    signal.signal(signal.SIGPROF, ends_a_hang)
    items = {item.nodeid: item for item in session.items}
    reaching: dict[int, list[str]] = defaultdict(list)
    for note in sorted(notes_of(f"{os.environ[BREAKS]}.reaches"), key=lambda note: note["seconds"]):
        for number in note["reaches"]:
            reaching[number].append(note["test"])
    survived = 0
    for number, each in enumerate(breaks_asked()):
        caught = first_failure(each, [items[test] for test in reaching[number] if test in items], session.items)
        survived += caught is None
        print(f"\n{each.file}:{each.line}: {each.before}  →  {each.after.strip()}")
        print(f"    {caught or 'SURVIVED'} ({len(reaching[number])} tests reach it)", flush=True)
    print(f"{len(breaks_asked()) - survived} of {len(breaks_asked())} caught")
    return True


def notes_of(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def first_failure(broken: Break, items: list[pytest.Item], all_items: list[pytest.Item]) -> str | None:
    whole = Path(broken.file).read_text()
    lines = whole.split("\n")
    lines[broken.line - 1] = broken.after
    replace(broken.file, ast.parse("\n".join(lines)))
    _failed.clear()
    try:
        for item in items:
            # Whatever comes next lies in another folder: all that is not the session's is taken down.
            elsewhere = next(each for each in all_items if each.path.parent != item.path.parent)
            signal.setitimer(signal.ITIMER_PROF, LONGEST_SECONDS)
            item.ihook.pytest_runtest_protocol(item=item, nextitem=elsewhere)
            signal.setitimer(signal.ITIMER_PROF, 0)
            if _failed:
                return _failed[0]
        return None
    finally:
        replace(broken.file, ast.parse(whole))
        with all_items[0].config.stash[blocking_manager_key].unblock():
            STAGE.clear()


def ends_a_hang(_signum: int, _frame: object) -> None:
    pytest.fail("hangs")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="broken-") as folder:
        root = Path(folder) / "copy"
        subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(root)], check=True)
        root.parent.chmod(0o755)
        (root / ".venv").symlink_to(PROJECT / ".venv")
        breaks = Path(folder) / "breaks.json"
        breaks.write_text(json.dumps([asdict(each) for each in chosen(root, asked.lines, asked.seed)]))
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "tests.benchmarks.broken_lines",
            "-p",
            "no:cacheprovider",
        ]
        variables = {**os.environ, BREAKS: str(breaks)}
        subprocess.run(command, cwd=root, env={**variables, REACHES: f"{breaks}.reaches"}, check=False)
        return subprocess.run([*command, "-n", "0", "-s"], cwd=root, env=variables, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

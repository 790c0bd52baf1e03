"""How well the tests catch what is wrong: breaks lines of code at random, one at a time, and runs the tests on each.

    python -m tests.benchmarks.broken_lines --lines 30 --seed 1 [--tests "tests/rules tests/visits"]

Works on a copy of what is committed, never on the tree itself. Prints a line for each break: where, what became of
it, and the first test that failed, or SURVIVED. The same seed breaks the same lines of the same commit, so that
what a shorter suite catches can be compared with what a longer one did.
"""

from __future__ import annotations

import argparse
import ast
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("chains", "clients", "loyalty", "visits", "reports", "config/ui")
#: Cheap tests first, and the browser last: most breaks are found by the first.
STAGES = (
    "not browser and not workers and not races and not production",
    "browser or workers or races",
)
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
    for node in ast.walk(ast.parse(text)):
        number = getattr(node, "lineno", 0)
        if not number or number != node.end_lineno:  # type: ignore[attr-defined]
            continue
        line = lines[number - 1]
        if line.lstrip().startswith("@"):
            continue  # nothing of the product rests on a dataclass being frozen
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


def first_failure(root: Path, file: str, tests: list[str]) -> str | None:
    # Most breaks are found by the tests of the app they are in.
    near = root / "tests" / Path(file).parts[0].replace("config", "ui")
    runs = [(stage, tests) for stage in STAGES]
    if not tests and near.is_dir():
        runs.insert(0, (STAGES[0], [str(near)]))
    for stage, where in runs:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", stage, *where]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 5):
            failed = [line for line in done.stdout.split("\n") if line.startswith(("FAILED", "ERROR"))]
            return failed[0][:110] if failed else "the tests could not start"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tests", default="", help="where to look for tests; all, if left out")
    asked = parser.parse_args()
    survived = 0
    with tempfile.TemporaryDirectory(prefix="broken-") as folder:
        root = Path(folder) / "copy"
        subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(root)], check=True)
        root.parent.chmod(0o755)
        (root / ".venv").symlink_to(PROJECT / ".venv")
        for each in chosen(root, asked.lines, asked.seed):
            path = root / each.file
            whole = path.read_text()
            lines = whole.split("\n")
            lines[each.line - 1] = each.after
            path.write_text("\n".join(lines))
            caught = first_failure(root, each.file, asked.tests.split())
            path.write_text(whole)
            survived += caught is None
            print(f"{each.file}:{each.line}: {each.before}  →  {each.after.strip()}", flush=True)
            print(f"    {caught or 'SURVIVED'}", flush=True)
    print(f"{asked.lines - survived} of {asked.lines} caught")
    return 0


if __name__ == "__main__":
    sys.exit(main())

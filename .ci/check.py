"""`make check` and `make format`: every check that needs no server.

All of them run even if an earlier one finds something, so that one run shows everything.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from acting import acting_as_nobody
from inline_code import inline_code
from style_sheets import colours_outside_of_tokens, too_many_lines, undeclared_classes, unused_classes

PROJECT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
NOT_OURS = {".venv", "var", "node_modules", "vendor"}
LONGEST_FILE = 500  # a longer one is a new room
LONGEST_TEMPLATE_LINE = 160  # a longer one is cut into named parts

# A public site, as far as a check can tell.
PRODUCTION = {
    "REGULARS_ENV_FILE": os.devnull,
    "SITE_URL": "https://regulars.example",
    "SECRET_KEY": "long enough for a check, and used for nothing else: 0123456789",
}


def main() -> int:
    os.chdir(PROJECT)
    if "--format" in sys.argv:
        return 0 if format_everything() else 1
    failed = [name for name, check in CHECKS.items() if not announced(name, check)]
    print(f"\nFailed: {', '.join(failed)}" if failed else "\nAll checks passed.")
    return 1 if failed else 0


def announced(name: str, check: Callable[[], bool]) -> bool:
    print(f"== {name}", flush=True)
    return check()


def call(program: str, *arguments: str, **environment: str) -> bool:
    command = [str(PROGRAMS / program), *arguments]
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode == 0


def manage(*arguments: str, **environment: str) -> bool:
    # Nothing is started for these, and they need not say that they found no database.
    return call("python", "-W", "ignore::RuntimeWarning", "manage.py", *arguments, **environment)


def ours(pattern: str) -> list[Path]:
    found = (path.relative_to(PROJECT) for path in PROJECT.rglob(pattern))
    return sorted(path for path in found if not NOT_OURS & set(path.parts))


def code_style() -> bool:
    return all(
        [
            call("ruff", "check", "--quiet", "--output-format", "concise"),
            call("ruff", "format", "--check", "--quiet", "--output-format", "concise"),
        ]
    )


def template_style() -> bool:
    templates = [str(path) for path in ours("*.html")]
    return not templates or all(
        [
            call("djade", "--target-version", "5.2", "--check", *templates),
            call("djhtml", "--tabwidth", "2", "--check", *templates),
        ]
    )


def template_policy() -> bool:
    found = [line for path in ours("*.html") for line in inline_code(path)]
    print(*found, sep="\n", end="\n" if found else "")
    return not found


def style_sheets() -> bool:
    sheets, templates = ours("*.css"), ours("*.html")
    found = [
        *too_many_lines(sheets),
        *colours_outside_of_tokens(sheets),
        *unused_classes(sheets, [*templates, *ours("*.py"), *ours("*.js")]),
        *undeclared_classes(sheets, templates),
    ]
    print(*found, sep="\n", end="\n" if found else "")
    return not found


def file_lengths() -> bool:
    lengths = {path: path.read_text().count("\n") for path in ours("*.py") if "migrations" not in path.parts}
    found = [f"{path}: {lines} lines" for path, lines in lengths.items() if lines > LONGEST_FILE]
    print(*found, sep="\n", end="\n" if found else "")
    return not found


def template_lines() -> bool:
    found = [
        f"{path}:{number}: {len(line)} characters"
        for path in ours("*.html")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > LONGEST_TEMPLATE_LINE
    ]
    print(*found, sep="\n", end="\n" if found else "")
    return not found


def who_acts() -> bool:
    texts = {path: path.read_text() for path in ours("*.py") if "migrations" not in path.parts}
    found = [f"{path}:{line}: nobody acts here" for path, text in texts.items() for line in acting_as_nobody(text)]
    print(*found, sep="\n", end="\n" if found else "")
    return not found


def format_everything() -> bool:
    call("ruff", "check", "--quiet", "--fix")
    call("ruff", "format")
    if templates := [str(path) for path in ours("*.html")]:
        call("djade", "--target-version", "5.2", *templates)
        call("djhtml", "--tabwidth", "2", *templates)
    return code_style() and template_style()


CHECKS: dict[str, Callable[[], bool]] = {
    "code style": code_style,
    "file lengths": file_lengths,
    "template lines": template_lines,
    "who acts": who_acts,
    "types": lambda: call("mypy", "--no-error-summary", "."),
    "layers": lambda: call("lint-imports", "--no-logo", PYTHONPATH=str(PROJECT / ".ci")),
    "upward reads": lambda: call("python", ".ci/upward_reads.py"),
    "words": lambda: call("python", ".ci/words.py"),
    "template style": template_style,
    "template policy": template_policy,
    "style sheets": style_sheets,
    "migrations": lambda: manage("makemigrations", "--check", "--dry-run"),
    "production settings": lambda: manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION),
}

if __name__ == "__main__":
    sys.exit(main())

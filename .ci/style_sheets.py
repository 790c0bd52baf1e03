"""Holds the style sheets together: their length, where colours stand, and that a class is both declared and used."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

MOST_LINES = 2100
TOKENS = Path("static/css/theme.css")
# Classes of templates that no rule is for: scripts and tests find elements by them.
HOOKS = {
    *("filter-chosen", "pane-unreachable", "program-effects"),
    *("give-change", "kind-name", "live", "program-state", "report-rows", "stamps", "undoing"),
}

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|oklab|light-dark)\(|:\s*(?:white|black)\b", re.IGNORECASE)
# What stands before a brace, or before a comma that ends a line of selectors; declarations end with a semicolon.
PRELUDE = re.compile(r"[^{};]*(?=\{)")
SELECTED = re.compile(r"\.(-?[a-z_][\w-]*)", re.IGNORECASE)
CODE = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
CLASSES = re.compile(r'\bclass="([^"]*)"')


def too_many_lines(sheets: Iterable[Path]) -> Iterator[str]:
    lines = sum(sheet.read_text().count("\n") for sheet in sheets)
    if lines > MOST_LINES:
        yield f"static: {lines} lines of CSS, of {MOST_LINES} at most"


def colours_outside_of_tokens(sheets: Iterable[Path]) -> Iterator[str]:
    for sheet in sheets:
        if sheet != TOKENS:
            for number, line in enumerate(sheet.read_text().splitlines(), 1):
                if found := COLOUR.search(line):
                    yield f"{sheet}:{number}: {found[0]} is a colour; give it a name in {TOKENS}"


def unused_classes(sheets: Iterable[Path], sources: Iterable[Path]) -> Iterator[str]:
    texts = "\n".join(source.read_text() for source in sources)
    words = set(re.findall(r"[\w-]+", texts))
    begun = tuple(set(re.findall(r"([\w-]+-)(?:{{|{%|{})", texts)))
    for sheet in sheets:
        for name in sorted(classes_of(sheet)):
            if name not in words and not name.startswith(begun):
                yield f"{sheet}: nothing has the class {name}"


def undeclared_classes(sheets: Iterable[Path], templates: Iterable[Path]) -> Iterator[str]:
    declared = set().union(*(classes_of(sheet) for sheet in sheets)) | HOOKS
    for template in templates:
        for name in sorted(_given(template) - declared):
            yield f"{template}: no rule is for the class {name}"


def classes_of(sheet: Path) -> set[str]:
    """The classes that a style sheet has rules for."""
    preludes = PRELUDE.findall(COMMENT.sub("", sheet.read_text()))
    return {name for prelude in preludes for name in SELECTED.findall(re.sub(r"\"[^\"]*\"|url\([^)]*\)", "", prelude))}


def _given(template: Path) -> set[str]:
    """The classes that a template names whole; one that is put together of its code is no name."""
    marked = [CODE.sub("\0", value) for value in CLASSES.findall(CODE.sub(_without_quotes, template.read_text()))]
    names = {name for value in marked for name in re.sub(r"(?<=-)\0\S*|\0-\S*", " ", value).replace("\0", " ").split()}
    return {name for name in names if not name.endswith("-")}


def _without_quotes(code: re.Match[str]) -> str:
    return code[0].replace('"', "'")

"""How much an uploaded scenario may ask for; a file on the server's own disk may ask for more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation

import yaml

from visits.scenario.keys import FILE_KEYS
from visits.scenario.reader import Entry, ScenarioError

MOST_BYTES = 64 * 1024
MOST_STEPS = 100
MOST_LINES = 30
MOST_THINGS = 100
MOST_DEPTH = 12
MOST_DIGITS = 15
LONGEST_TEXT = 200
FIRST_YEAR, LAST_YEAR = 1900, 9000

#: Where things of a kind stand, however many kinds there are.
_SECTIONS = tuple(key for key in FILE_KEYS if key not in {"title", "chain", "referral", "steps"})
#: What has rows on a bill.
_ROWS = frozenset({"lines", "value", "memberships"})
_DAY = re.compile(r"(\d{4})-\d\d-\d\d.*")
_IMPOSSIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def check_text(text: str, name: str) -> None:
    """Raise ``ScenarioError`` for a text that would grow or nest beyond reason once it is read.

    An alias (``*name``) repeats a part of the file, and parts that repeat parts grow without end.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise _error(name, event, "a part of the file may not be repeated by an alias")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MOST_DEPTH:
                raise _error(name, event, f"parts stand within parts more than {MOST_DEPTH} times")
    except yaml.YAMLError:
        return  # what is not YAML is told by the reader, with its line
    except RecursionError as error:
        raise ScenarioError(f"{name}: parts stand within parts too often") from error


def _error(name: str, event: yaml.Event, message: str) -> ScenarioError:
    line = event.start_mark.line + 1 if event.start_mark else 1
    return ScenarioError(f"{name}:{line}: {message}")


def check_size(file: Entry) -> None:
    """Raise ``ScenarioError`` with its place for what would keep the server too busy."""
    keys = file.table()
    for section in _SECTIONS:
        if section in keys and _length(keys[section]) > MOST_THINGS:
            raise keys[section].error(f"at most {MOST_THINGS} of them")
    if "steps" in keys and _length(keys["steps"]) > MOST_STEPS:
        raise keys["steps"].error(f"at most {MOST_STEPS} steps")
    for key, entry in _walk(file):
        _check_list(key, entry)
        if entry.is_text:
            for check in CHECKS:
                check(entry)


def _check_list(key: str, entry: Entry) -> None:
    if key in _ROWS and not entry.is_table and _length(entry) > MOST_LINES:
        raise entry.error(f"at most {MOST_LINES} lines on a bill")


def _walk(entry: Entry, key: str = "") -> Iterator[tuple[str, Entry]]:
    yield key, entry
    if entry.is_table:
        for name, each in entry.table().items():
            yield "", Entry(name, each.place)
            yield from _walk(each, name)
    elif not entry.is_text:
        for each in entry.list():
            yield from _walk(each)


def _length(entry: Entry) -> int:
    return 1 if isinstance(entry.value, str) else len(entry.value)


def _text(entry: Entry) -> None:
    if len(entry.text()) > LONGEST_TEXT:
        raise entry.error(f"a text of more than {LONGEST_TEXT} characters")
    if _IMPOSSIBLE.search(entry.text()):
        raise entry.error("a character that no text may have")


def _figure(entry: Entry) -> None:
    """Figures that are written short and are endlessly long, such as 1e999999."""
    try:
        figure = Decimal(entry.text())
    except InvalidOperation:
        return
    if figure.is_finite() and not -MOST_DIGITS <= figure.adjusted() <= MOST_DIGITS and not _is_phone(entry.text()):
        raise entry.error(f"a figure of more than {MOST_DIGITS} digits")


def _is_phone(text: str) -> bool:
    return re.fullmatch(r"\+?\d{1,20}", text) is not None


def _day(entry: Entry) -> None:
    found = _DAY.fullmatch(entry.text())
    if found and not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise entry.error(f"a day before {FIRST_YEAR} or after {LAST_YEAR}")


CHECKS: tuple[Callable[[Entry], None], ...] = (_text, _figure, _day)

"""Reads scenario files: YAML in which every value is text and every place is known.

Whatever cannot be read, is unknown or stands there twice is a ``ScenarioError`` with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

import yaml


class ScenarioError(Exception):
    """A scenario that cannot be played as it is written."""


class NotMade(ScenarioError):
    """A step needs what an earlier one was to make: a visit, a card, a client. The file may be right all the same."""


@dataclass(frozen=True)
class Entry:
    """A value in a scenario file, with its place."""

    value: str | tuple[Entry, ...] | Mapping[str, Entry]
    place: str

    def error(self, message: str) -> ScenarioError:
        return ScenarioError(f"{self.place}: {message}")

    def not_made(self, message: str) -> NotMade:
        return NotMade(f"{self.place}: {message}")

    @property
    def is_text(self) -> bool:
        return isinstance(self.value, str)

    @property
    def is_table(self) -> bool:
        return isinstance(self.value, Mapping)

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.error("a single value is expected here")
        return self.value

    def list(self) -> tuple[Entry, ...]:
        if not isinstance(self.value, tuple):
            raise self.error("a list is expected here")
        return self.value

    def table(self, allowed: Iterable[str] | None = None) -> Mapping[str, Entry]:
        """The keys and values; a key that is not ``allowed`` is an error."""
        if self.value == "":
            return {}
        if not isinstance(self.value, Mapping):
            raise self.error("keys with values are expected here")
        if allowed is not None:
            known = sorted(allowed)
            for key, entry in self.value.items():
                if key not in known:
                    raise entry.error(f"unknown key {key!r}; known here: {', '.join(known)}")
        return self.value

    def decimal(self) -> Decimal:
        try:
            number = Decimal(self.text())
        except InvalidOperation as error:
            raise self.error(f"{self.value!r} is not a number") from error
        if not number.is_finite():
            raise self.error(f"{self.value!r} is not a number")
        return number

    def integer(self) -> int:
        try:
            return int(self.text())
        except ValueError as error:
            raise self.error(f"{self.value!r} is not a whole number") from error

    def truth(self) -> bool:
        known = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
        if self.text().lower() not in known:
            raise self.error(f"{self.value!r} is neither true nor false")
        return known[self.text().lower()]

    def date(self) -> date:
        try:
            return date.fromisoformat(self.text())
        except ValueError as error:
            raise self.error(f"{self.value!r} is not a date such as 2026-03-01") from error

    def local_time(self) -> datetime:
        try:
            return datetime.strptime(self.text(), "%Y-%m-%d %H:%M")  # noqa: DTZ007 - the chain's zone is added by the reader
        except ValueError as error:
            raise self.error(f"{self.value!r} is not a time such as 2026-03-01 10:00") from error

    def one_of(self, known: Iterable[str]) -> str:
        if self.text() not in known:
            raise self.error(f"{self.value!r} is not one of {', '.join(known)}")
        return self.text()


Thing = TypeVar("Thing")


def named(things: Mapping[str, Thing], entry: Entry, what: str) -> Thing:
    """The thing of that name; an unknown one is an error."""
    if entry.text() not in things:
        raise entry.error(f"unknown {what} {entry.text()!r}")
    return things[entry.text()]


def read_file(path: Path) -> Entry:
    """The scenario in a file."""
    try:
        return read_text(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: cannot be read: {error}") from error


def read_text(text: str, name: str) -> Entry:
    """The scenario in a text; ``name`` is how its places are called."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 1}" if mark else name
        raise ScenarioError(f"{place}: not YAML: {getattr(error, 'problem', None) or error}") from error
    if node is None:
        raise ScenarioError(f"{name}: the file is empty")
    return _entry(node, name)


def _entry(node: yaml.Node, name: str) -> Entry:
    place = f"{name}:{node.start_mark.line + 1}"
    if isinstance(node, yaml.ScalarNode):
        return Entry(node.value, place)
    if isinstance(node, yaml.SequenceNode):
        return Entry(tuple(_entry(each, name) for each in node.value), place)
    table: dict[str, Entry] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise ScenarioError(f"{name}:{key.start_mark.line + 1}: a key must be a single value")
        if key.value in table:
            raise ScenarioError(f"{name}:{key.start_mark.line + 1}: {key.value!r} stands here twice")
        table[key.value] = _entry(value, name)
    return Entry(table, place)

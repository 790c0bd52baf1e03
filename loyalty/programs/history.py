"""The history of a program: every edit with who, when, and each field from → to.

What was promised stands in the rows of terms; names and what is attached to what in the events of django-pghistory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from django.apps import apps

from chains.history import Fields, HistoryEntry, Links, as_history, changes_of
from loyalty.programs.differences import ProgramNames, differences, label_of
from loyalty.programs.terms import ImmutableTerms


def changes_of_terms(rows: Any, names: ProgramNames, in_words: Callable[[Any], list[str]]) -> Iterator[HistoryEntry]:
    """The making of the first row of terms, in words, and what each later one changed."""
    terms: list[Any] = list(rows.order_by("pk"))
    for row in terms[:1]:
        yield HistoryEntry(row.set_at, row.set_by_id, made=in_words(row))
    for before, after in pairwise(terms):
        yield HistoryEntry(after.set_at, after.set_by_id, differences(before, after, names))


def history_of_type(subject: Any, in_words: Callable[[Any], list[str]]) -> list[HistoryEntry]:
    """All edits of a type that is linked to nothing, the newest first."""
    terms = changes_of_terms(subject.all_terms, ProgramNames(subject.chain), in_words)
    return as_history([*terms, *changes_of(subject, Fields(type(subject), ("name",)))])


def changes_of_links(
    terms: type[ImmutableTerms], column: str, names: Mapping[int, str], **subject: int
) -> Iterator[HistoryEntry]:
    """What was attached and detached; ``column`` says to what."""
    events = apps.get_model("loyalty", "AttachmentEvent")._default_manager.filter(**subject)
    return Links(label_of(terms, terms.LINKS), events, column, names).changes()

"""The rows of a query as plain values, one part after the other, for files of very many rows.

To make a model of each row and of all that it points to takes many times as long as to read and to write it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from types import SimpleNamespace
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

#: Rows that are read from the database at a time.
PART = 500


def in_parts(rows: QuerySet[Any]) -> Generator[Any]:
    """Row by row through a cursor of the server, in one transaction: so any number of servers may stand in between.

    The transaction lasts until the last row or until this is closed. Whoever may leave it half-way closes it: what is
    written before that is rolled back with it.
    """
    with transaction.atomic(using=rows.db):
        yield from rows.iterator(chunk_size=PART)


def streamed(
    rows: QuerySet[Any], paths: Sequence[str], kind: type[SimpleNamespace] = SimpleNamespace
) -> Generator[Any]:
    """Rows that answer to these paths as models would, and to nothing else.

    What is asked for as ``visit__client__name`` is ``row.visit.client.name``; what a row does not point to is None.
    Each row is a ``kind``, and so is what it points to in its own table. It is to be closed as ``in_parts`` is.
    """
    paths = list(dict.fromkeys((*paths, *(f"{relation}__pk" for relation in _relations(paths)))))
    make = _maker(dict(zip(paths, range(len(paths)), strict=True)), kind)
    with closing(in_parts(rows.select_related(None).values_list(*paths))) as parts:
        for values in parts:
            yield make(values)


def _relations(paths: Sequence[str]) -> list[str]:
    parts = [path.split("__")[:-1] for path in paths]
    return ["__".join(part[:depth]) for part in parts for depth in range(1, len(part) + 1)]


def _maker(places: Mapping[str, int], kind: type[SimpleNamespace]) -> Callable[[Sequence[Any]], Any]:
    """What makes a row of its values, ``places`` being where they stand among them."""
    below: dict[str, dict[str, int]] = {}
    own: list[tuple[str, int]] = []
    for path, place in places.items():
        first, _, rest = path.partition("__")
        if rest:
            below.setdefault(first, {})[rest] = place
        else:
            own.append((first, place))
    children = [(name, _maker(found, kind), found["pk"]) for name, found in below.items()]

    def make(values: Sequence[Any]) -> SimpleNamespace:
        made = kind()
        known = made.__dict__
        for name, place in own:
            known[name] = values[place]
        for name, child, key in children:
            known[name] = None if values[key] is None else child(values)
        return made

    return make

"""Names that are unique whatever their case, brought about where rows of before have the same one."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.db.models.functions import Lower

from chains.folding import folded


def tell_apart(model: Any, *within: str) -> None:
    """Trim the names of all rows; of those that are the same but for case, the later get a number behind.

    ``within`` are the columns within which a name is there once. Written for migrations: ``model`` is a historical one.
    """
    longest = model._meta.get_field("name").max_length
    taken: set[tuple[Any, ...]] = set()
    for row in model.objects.annotate(lower_name=Lower("name")).order_by("pk"):
        group = [getattr(row, column) for column in within]
        for number in count(1):
            suffix = f" ({number})" if number > 1 else ""
            lower, name = (f"{text.strip()[: longest - len(suffix)]}{suffix}" for text in (row.lower_name, row.name))
            if (*group, lower) not in taken:
                break
        taken.add((*group, lower))
        if name != row.name:
            columns = {"name_folded": folded(name)} if hasattr(row, "name_folded") else {}
            model.objects.filter(pk=row.pk).update(name=name, **columns)

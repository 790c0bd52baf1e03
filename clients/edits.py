"""Who changed what of a client, read from its history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from clients.models import Client

#: What staff edit, in the order of the form.
EDITED = {
    "name": _("Name"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "birthday_on": _("Birthday"),
    "comment": _("Comment"),
}


@dataclass(frozen=True)
class Edit:
    """One thing that is not what it was."""

    label: str
    before: str
    now: str


def edits_since(client: Client, version: int) -> list[Edit]:
    """What was changed since the client was shown at ``version``."""
    events = apps.get_model("clients", "ClientEvent").objects
    shown = events.filter(pgh_obj=client, version=version).order_by("-pgh_id").first()
    return list(_differences(shown, client)) if shown else []


def _differences(before: Any, now: Client) -> Iterable[Edit]:
    for name, label in EDITED.items():
        old, new = getattr(before, name), getattr(now, name)
        if old != new:
            yield Edit(str(label), _shown(old), _shown(new))


def _shown(value: Any) -> str:
    if not value:
        return "–"
    return str(getattr(value, "as_international", "")) or (
        date_format(value) if hasattr(value, "isoformat") else str(value)
    )

"""What was changed of a client meanwhile, read from its history."""

from __future__ import annotations

from typing import Any

from chains.history import Difference, Fields, events_of
from clients.models import Client

#: What staff edit, in the order of the form.
EDITED = Fields(Client, ("name", "phone", "email", "birthday_on", "comment"))


def shown_client(client: Client, version: int) -> Any:
    """The client as at a version; None where there never was that one."""
    return events_of(client).filter(version=version).order_by("-pgh_id").first()


def differences_since(client: Client, shown: Any) -> list[Difference]:
    """What was changed since the client was shown so."""
    return EDITED.differences(shown, client) if shown else []

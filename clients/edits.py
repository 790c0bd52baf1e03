"""What was changed of a client meanwhile, read from its history."""

from __future__ import annotations

from chains.history import Difference, Fields, events_of
from clients.models import Client

#: What staff edit, in the order of the form.
EDITED = Fields(Client, ("name", "phone", "email", "birthday_on", "comment"))


def differences_since(client: Client, version: int) -> list[Difference]:
    """What was changed since the client was shown at ``version``."""
    shown = events_of(client).filter(version=version).order_by("-pgh_id").first()
    return EDITED.differences(shown, client) if shown else []

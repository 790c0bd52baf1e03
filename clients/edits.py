"""What is edited of a client, and how it stood when a page was opened."""

from __future__ import annotations

from chains.edits import EditedRow
from chains.history import Fields
from clients.models import Client

#: What staff edit, in the order of the form.
EDITED = Fields(
    Client,
    ("name", "phone", "email", "birthday_on", "comment"),
    edited_as={"phone": lambda phone: phone.as_international if phone else ""},
)


def edited_client(client: Client) -> EditedRow:
    return EditedRow(client, EDITED)

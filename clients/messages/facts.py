"""What a message says when it is sent: true at that instant, or not said at all (docs/rules.md, section 10).

Clients know nothing of points. Who does is named once, by kind of message, in the setting MESSAGE_FACTS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from clients.messages.models import Message, Trouble


@dataclass(frozen=True)
class Facts:
    """Of what a message is about, at an instant: the figures of its text, or ``untold``, why it is not to be told."""

    figures: Mapping[str, Any] = field(default_factory=dict)
    untold: Trouble | None = None


#: Reads the facts of a message at an instant.
Reader = Callable[[Message, datetime], Facts]


def facts_of(message: Message, *, at: datetime) -> Facts:
    """What is true at ``at`` of what the message is about; whoever sends it reads this while it holds the message."""
    if message.subject_on < message.chain.local_date(at):
        return Facts(untold=Trouble.DAY_PASSED)
    read: Reader = import_string(settings.MESSAGE_FACTS[message.kind])
    return read(message, at)

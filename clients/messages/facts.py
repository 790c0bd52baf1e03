"""What a message says when it is sent: true at that instant, or not said at all (docs/rules.md, section 10).

Clients know nothing of points; who does is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chains.questions import Question
from clients.messages.models import Message, MessageKind, Trouble


@dataclass(frozen=True)
class Facts:
    """Of what a message is about, at an instant: the figures of its text, or ``untold``, why it is not to be told."""

    figures: Mapping[str, Any] = field(default_factory=dict)
    untold: Trouble | None = None


#: How many points of the client end on the day that the message is about, as it is known at an instant.
points_burning: Question[[Message, datetime], Facts] = Question("points_burning")

READERS = {MessageKind.POINTS_BURNING: points_burning}


def facts_of(message: Message, *, at: datetime) -> Facts:
    """What is true at ``at`` of what the message is about; whoever sends it reads this while it holds the message."""
    if message.subject_on < message.chain.local_date(at):
        return Facts(untold=Trouble.DAY_PASSED)
    return READERS[MessageKind(message.kind)](message, at)

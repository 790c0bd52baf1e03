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
    """Of what a message is about, at an instant: the figures of its text, or ``untold``, why it is not to be told.

    ``told`` is what else stands in the text and is kept nowhere but there. ``address`` is whose the message is, None
    for the client's.
    """

    figures: Mapping[str, Any] = field(default_factory=dict)
    untold: Trouble | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    address: str | None = None


#: How many points of the client end on the day that the message is about, as it is known at an instant.
points_burning: Question[[Message, datetime], Facts] = Question("points_burning")

#: What is on a gift card that somebody is to get, or what a payment left on one.
gift_card: Question[[Message, datetime], Facts] = Question("gift_card")
gift_card_used: Question[[Message, datetime], Facts] = Question("gift_card_used")

READERS = {
    MessageKind.POINTS_BURNING: points_burning,
    MessageKind.GIFT_CARD: gift_card,
    MessageKind.GIFT_CARD_USED: gift_card_used,
}
#: Those that tell of a day to come; any other is as true a day later.
OF_A_DAY = {MessageKind.POINTS_BURNING}


def facts_of(message: Message, *, at: datetime) -> Facts:
    """What is true at ``at`` of what the message is about; whoever sends it reads this while it holds the message."""
    if message.kind in OF_A_DAY and message.subject_on < message.chain.local_date(at):
        return Facts(untold=Trouble.DAY_PASSED)
    return READERS[MessageKind(message.kind)](message, at)

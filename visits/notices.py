"""What notices say: points whose lives depend on visits, read for a message at the instant it is sent."""

from datetime import datetime

from clients.messages.facts import Facts
from clients.messages.models import Message
from loyalty.ledger.burning import facts_of_notice
from visits.history import last_visits


def points_burning(message: Message, at: datetime) -> Facts:
    """How many points of the client end on the day that the message is about."""
    return facts_of_notice(message, at=at, last_visits=last_visits)

"""The outbox on its way: each message goes out once, though workers die.

A try has two transactions. The first *claims*: it counts the try and says when the message is taken up again should
nobody end it. The second holds the row locked for the whole conversation with the mail server and ends with the result.
So no two workers ever talk about the same message, a try that was claimed by a worker who died counts for nothing but
a pause, and PostgreSQL lets the row go the instant its worker is gone.

What the letter says is read in that second transaction, at every try anew. Where it would no longer be true the message
is *dropped*: it is not tried again, and what is then true may be queued as a message of its own.

A letter can arrive twice only where a worker dies between the server's "taken" and the commit right after it; its
Message-ID is then the same, by which receivers drop doubles.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from chains.models import Chain
from clients.messages.carriers import Carrier, Mailbox, NotCarried
from clients.messages.facts import facts_of
from clients.messages.letters import address_of, write_letter
from clients.messages.models import Message, MessageQuerySet, MessageState, Trouble

#: How long after each try the next one comes; after the last one the message is given up. A day in all.
PAUSES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=1),
)
MOST_TRIES = len(PAUSES)

#: Messages that one run takes at most, so that runs stay short; the next one comes in seconds.
RUN = 200


def deliver_due(
    *, carrier: Carrier, at: datetime, chain: Chain | None = None, clock: Callable[[], datetime] | None = None
) -> int:
    """Try what is due at ``at``, of one chain or of all; returns how many messages were tried.

    ``clock`` tells the instant of each try, which a slow mail server may put into the next day; without it that is
    ``at``. A run ends early where the server cannot be used at all: the next one will ask it again.
    """
    tried = 0
    with carrier:
        while tried < RUN and (claimed := _claim(at, chain)):
            tried += 1
            if not _deliver(claimed, carrier, clock() if clock else at):
                break
    return tried


def put_in_mailbox(*, chain: Chain, at: datetime) -> int:
    """Deliver what the chain has due, whatever the settings say, to where only staff read it."""
    return deliver_due(carrier=Mailbox(), at=at, chain=chain)


def try_again(*, messages: MessageQuerySet, at: datetime) -> int:
    """Put what is stuck on its way once more, as if it had not been tried; returns how many."""
    return messages.retryable().update(state=MessageState.WAITING, due_at=at, attempts=0, trouble="", answer="")


@transaction.atomic
def _claim(at: datetime, chain: Chain | None) -> Message | None:
    due = Message.objects.due(at)
    message = (due.filter(chain=chain) if chain else due).taken().first()
    if message is None:
        return None
    if message.attempts >= MOST_TRIES:
        # Only a worker who died in the last try leaves a message like this.
        _end(message, MessageState.GIVEN_UP, Trouble.INTERRUPTED)
        return message
    message.due_at = at + PAUSES[message.attempts]
    message.attempts += 1
    message.state = MessageState.SENDING
    message.tried_at = at
    message.save(update_fields=["due_at", "attempts", "state", "tried_at"])
    return message


@transaction.atomic
def _deliver(claimed: Message, carrier: Carrier, at: datetime) -> bool:
    """End the try that was claimed; returns whether another message may be tried now."""
    mine = Message.objects.filter(pk=claimed.pk, attempts=claimed.attempts, state=MessageState.SENDING).taken()
    message = mine.select_related("chain", "client").first()
    if message is None:
        # Somebody was faster, or its tries are over.
        return True
    facts = facts_of(message, at=at)
    if facts.untold:
        _drop(message, facts.untold)
        return True
    if not address_of(message, facts):
        _end(message, MessageState.UNDELIVERABLE, Trouble.NO_ADDRESS)
        return True
    letter = write_letter(message, facts, at=at)
    message.figures = dict(facts.figures)
    message.address, message.subject, message.text = letter.to, letter.subject, letter.text
    try:
        carrier.carry(letter)
    except NotCarried as problem:
        is_last = problem.is_final or message.attempts >= MOST_TRIES
        state = MessageState.GIVEN_UP if is_last else MessageState.FAILED
        _end(message, state, problem.trouble, problem.answer)
        return not problem.stops_all
    _end(message, carrier.leaves)
    return True


def _drop(message: Message, trouble: Trouble) -> None:
    """Never to be told: the text of a try that failed goes with it."""
    message.address = message.subject = message.text = ""
    _end(message, MessageState.DROPPED, trouble)


def _end(message: Message, state: MessageState, trouble: Trouble | None = None, answer: str = "") -> None:
    """Write the result; only what failed keeps the instant of its next try."""
    message.state, message.trouble, message.answer = state, trouble or "", answer
    if state != MessageState.FAILED:
        message.due_at = None
    message.save(update_fields=["state", "due_at", "trouble", "answer", "figures", "address", "subject", "text"])

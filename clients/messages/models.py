"""What clients are told: the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chains.models import Chain


class MessageKind(models.TextChoices):
    POINTS_BURNING = "points_burning", _("Points are about to burn")
    GIFT_CARD = "gift_card", _("Gift card for you")
    GIFT_CARD_USED = "gift_card_used", _("Gift card used")


class MessageState(models.TextChoices):
    """Where a message is on its way; one that is on it has an instant of its next try."""

    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    IN_MAILBOX = "in_mailbox", _("In the mailbox")
    FAILED = "failed", _("Failed, will be tried again")
    UNDELIVERABLE = "undeliverable", _("Not deliverable")
    GIVEN_UP = "given_up", _("Given up")
    DROPPED = "dropped", _("Dropped")


#: States from which a worker takes a message up by itself.
ON_ITS_WAY = (MessageState.WAITING, MessageState.SENDING, MessageState.FAILED)
#: States from which staff may send it off once more. What was dropped is not: it would say what is not so.
STUCK = (MessageState.FAILED, MessageState.UNDELIVERABLE, MessageState.GIVEN_UP)


class Trouble(models.TextChoices):
    """Why a message did not go out, in words that say what to do."""

    NO_ADDRESS = "no_address", _("The client has no e-mail address. Add one on the client's page, then try again.")
    DAY_PASSED = "day_passed", _("The day that it is about has passed, so it would tell nothing new.")
    NOTHING_LEFT = (
        "nothing_left",
        _("The points were used or taken back before it was sent, so nothing is left to burn."),
    )
    BURNED = "burned", _("The points burned before it was sent.")
    DAY_MOVED = "day_moved", _("The points are now good through another day. The client is told of that day in time.")
    CARD_RETURNED = "card_returned", _("The gift card was returned before it was sent.")
    CARD_BLOCKED = "card_blocked", _("The gift card was blocked before it was sent.")
    CARD_EXPIRED = "card_expired", _("The gift card expired before it was sent.")
    CARD_USED_UP = "card_used_up", _("The gift card was used up before it was sent.")
    USE_UNDONE = "use_undone", _("The payment was undone before it was sent.")
    UNREACHABLE = "unreachable", _("The mail server could not be reached.")
    REFUSED = "refused", _("The mail server did not take the message.")
    ADDRESS_REFUSED = "address_refused", _("The mail server does not know the address. Check it on the client's page.")
    INTERRUPTED = "interrupted", _("The program was stopped while it sent the message.")


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, at: datetime) -> Self:
        """What is to be tried at ``at``, the longest waiting first."""
        return self.filter(state__in=ON_ITS_WAY, due_at__lte=at).order_by("due_at", "pk")

    def retryable(self) -> Self:
        """What is stuck and may be tried once more."""
        return self.filter(state__in=STUCK)

    def standing(self) -> Self:
        """What was told or is to be told: what was dropped told nobody anything, and may be queued once more."""
        return self.exclude(state=MessageState.DROPPED)

    def taken(self) -> Self:
        """Held until the transaction ends; without those that somebody else holds."""
        return self.select_for_update(no_key=True, skip_locked=True, of=("self",))


class Message(models.Model):
    """Something a client is to be told, queued in the transaction that gave the reason for it.

    ``subject_on`` is the day it is about (the last day of the points that burn, the day of sending of a gift card):
    with the client and the kind it makes a second message about the same thing impossible, unless the first was dropped
    unsent. ``about_id`` is the gift card, or the row of a payment: where there is one, it does that with the kind, and
    ``client`` is the buyer, None for nobody on file.
    ``figures`` hold what the text is made of, amounts and dates as text: first as they were found at the queueing, then
    as they were read for the latest try. ``address``, ``subject`` and ``text`` are those of that try too, so that they
    are those of the client as he is then.
    """

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="messages", verbose_name=_("chain"))
    client = models.ForeignKey(
        "clients.Client", models.PROTECT, null=True, related_name="messages", verbose_name=_("client")
    )
    kind = models.CharField(_("kind"), max_length=30, choices=MessageKind.choices)
    subject_on = models.DateField(_("about"))
    about_id = models.BigIntegerField(null=True, editable=False)
    figures = models.JSONField(_("figures"), default=dict)
    queued_at = models.DateTimeField(_("queued"))
    state = models.CharField(_("state"), max_length=20, choices=MessageState.choices, default=MessageState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    # Of a message being sent: when it is taken up again if its worker died.
    due_at = models.DateTimeField(_("next try"), null=True)
    tried_at = models.DateTimeField(_("latest try"), null=True)
    trouble = models.CharField(_("reason"), max_length=20, choices=Trouble.choices, blank=True)
    # What the mail server said, in its own words.
    answer = models.CharField(_("answer of the mail server"), max_length=300, blank=True)
    address = models.EmailField(_("sent to"), blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True)

    objects: ClassVar[models.Manager[Message]] = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = (
            models.UniqueConstraint(
                fields=("client", "kind", "subject_on"),
                condition=~Q(state=MessageState.DROPPED) & Q(about_id=None),
                name="message_once_per_client_and_day",
            ),
            models.UniqueConstraint(
                fields=("kind", "about_id"),
                condition=~Q(state=MessageState.DROPPED) & Q(about_id__isnull=False),
                name="message_once_per_thing",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ON_ITS_WAY, due_at__isnull=False) | ~Q(state__in=ON_ITS_WAY) & Q(due_at=None),
                name="message_on_its_way_is_due",
            ),
        )
        indexes = (
            models.Index("due_at", "id", condition=Q(state__in=ON_ITS_WAY), name="message_by_next_try"),
            models.Index(fields=("chain", "-queued_at"), name="message_by_chain"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.subject_on}"

    @property
    def is_retryable(self) -> bool:
        return self.state in STUCK

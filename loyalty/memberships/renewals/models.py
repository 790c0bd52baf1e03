"""What a membership renews itself by, and each charge that was asked for."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from loyalty.memberships.models import Membership, PeriodState

#: So many days after the last day of a period its price is still charged, where no run could do it before.
LATEST = timedelta(days=3)


class Stopped(models.TextChoices):
    """Why a membership does not renew itself any more."""

    BY_STAFF = "by_staff", _("Cancelled by staff")
    REFUSED = "refused", _("The payment was refused")
    LATE = "late", _("It could not be charged in time")
    RETURNED = "returned", _("A sale of it was undone")
    GIVEN = "given", _("Given to another client")


class RenewalQuerySet(models.QuerySet["Renewal"]):
    def going_on(self) -> Self:
        return self.filter(stopped_at=None)

    def uncharged(self) -> Self:
        """Those that go on, of which nobody asked for the price of the next period."""
        asked = RenewalCharge.objects.filter(renewal=OuterRef("pk"), number=OuterRef("membership__period__number") + 1)
        return self.going_on().filter(~Exists(asked), membership__period__state=PeriodState.GRANTED)

    def due(self, today: date) -> Self:
        """Those whose price is to be charged on the chain's day ``today``: on the last day, or soon after it."""
        last_on = {"membership__period__last_on__lte": today, "membership__period__last_on__gte": today - LATEST}
        return self.uncharged().filter(membership__blocked_at=None, **last_on)

    def late(self, today: date) -> Self:
        """Those that are not charged any more."""
        return self.uncharged().filter(membership__period__last_on__lt=today - LATEST)


@pghistory.track()
class Renewal(models.Model):
    """The payment method that a membership renews itself by, and what its owner agreed to.

    ``token`` is the provider's name of the method, never a card number; ``label`` what staff and guest call it. ``key``
    begins the keys of its charges. ``stopped_at`` None goes on.
    """

    membership = models.OneToOneField(Membership, models.PROTECT, related_name="renewal")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider = models.CharField(max_length=20)
    token = models.CharField(max_length=200)
    label = models.CharField(_("payment method"), max_length=100)
    consent = models.TextField(_("consent"))
    consented_at = models.DateTimeField(_("consented"))
    consented_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    stopped_at = models.DateTimeField(_("cancelled"), null=True)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    stopped_why = models.CharField(_("why"), max_length=10, choices=Stopped.choices, blank=True)

    objects: ClassVar[models.Manager[Renewal]] = RenewalQuerySet.as_manager()

    class Meta:
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")

    def __str__(self) -> str:
        return f"{self.membership_id}, {self.label}"

    def key_of(self, number: int) -> str:
        """The key by which the price of a period is asked for, however often."""
        return f"{self.key}-{number}"


class ChargeState(models.TextChoices):
    """Where a charge is; one that is open has an instant at which it is taken up again."""

    ASKED = "asked", _("Asked for")
    UNANSWERED = "unanswered", _("Not answered")
    PAID = "paid", _("Paid")
    REFUSED = "refused", _("Refused")
    DROPPED = "dropped", _("Not charged")


OPEN = (ChargeState.ASKED, ChargeState.UNANSWERED)


class RenewalChargeQuerySet(models.QuerySet["RenewalCharge"]):
    def due(self, at: datetime) -> Self:
        """Those that nobody is known to talk about at ``at``, the longest waiting first."""
        return self.filter(state__in=OPEN, due_at__lte=at).order_by("due_at", "pk")


class RenewalCharge(models.Model):
    """The price of a period, asked for under one key. ``number`` is that of the period that it pays for.

    ``attempts`` counts who asked; ``due_at`` is when it is taken up again. ``visit`` is the sale that it paid.
    """

    renewal = models.ForeignKey(Renewal, models.PROTECT, related_name="charges")
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=80, unique=True)
    amount = models.DecimalField(_("amount"), max_digits=19, decimal_places=4)
    state = models.CharField(_("state"), max_length=10, choices=ChargeState.choices, default=ChargeState.ASKED)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=1)
    asked_at = models.DateTimeField(_("asked for"))
    due_at = models.DateTimeField(_("asked for again"), null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    # What the provider said, in its own words.
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    visit = models.ForeignKey("visits.Visit", models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager[RenewalCharge]] = RenewalChargeQuerySet.as_manager()

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        constraints = (
            models.UniqueConstraint("renewal", "number", name="charge_once_per_period"),
            models.CheckConstraint(
                condition=Q(state__in=OPEN, due_at__isnull=False) | ~Q(state__in=OPEN) & Q(due_at=None),
                name="open_charge_is_due",
            ),
        )
        indexes = (models.Index(F("due_at"), F("id"), condition=Q(state__in=OPEN), name="charge_by_next_try"),)

    def __str__(self) -> str:
        return f"{self.key} {self.amount}"

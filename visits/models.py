"""Visits and what is sold in them (docs/rules.md, section 2)."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Prefetch, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chains.catalog.models import ITEM_KINDS, Category, Item
from chains.models import Chain, Location
from clients.models import Client
from loyalty.cards.models import Card, CardTypeTerms
from loyalty.labels import choices_of
from loyalty.ledger.models import APPEND_ONLY, Holder
from loyalty.memberships.models import Membership
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.referral.models import ReferralTerms
from loyalty.rules.plan import PaymentMethod, PlanValue, Recipient, Status
from visits.changes.kinds import ChangeKind
from visits.summed import VisitSum as VisitSum
from visits.summing import ADDS_TO_SUMS

#: The part of a visit's discount that promotions gave, where figures of many visits are added up.
PROMOTION_DISCOUNT = F("discount") - F("manual_discount")


def began_before(visit: Visit, prefix: str = "") -> Q:
    """Began before ``visit``, or together with it and saved first; a new visit comes after all saved ones."""
    if visit.pk is None:
        return Q(**{f"{prefix}starts_at__lte": visit.starts_at})
    together = Q(**{f"{prefix}starts_at": visit.starts_at, f"{prefix}pk__lt": visit.pk})
    return Q(**{f"{prefix}starts_at__lt": visit.starts_at}) | together


class VisitQuerySet(models.QuerySet["Visit"]):
    def settled(self) -> Self:
        """Visits that are arrived and paid in full: those that count in histories, so no sales."""
        return self.filter(settled_at__isnull=False, is_sale=False)

    def of_client(self, client_id: int | None) -> Self:
        """Visits of a client; a bill without a guest is nobody's, so that nobody has any."""
        return self.filter(client=client_id) if client_id else self.none()

    def begun_before(self, visit: Visit) -> Self:
        """Visits that began before this one; of those that began together, the one saved first."""
        return self.filter(began_before(visit))

    def came_before(self, visit: Visit) -> Self:
        """Visits on which the guest of ``visit`` had arrived before it, wherever in the chain, paid or not."""
        came = self.of_client(visit.client_id).filter(status=Status.ARRIVED, is_sale=False).begun_before(visit)
        return came.exclude(pk=visit.pk) if visit.pk else came

    def with_plan(self) -> Self:
        """With all that the plan of the visit is read from."""
        return self.select_related(
            "location",
            "client",
            "inviter",
            "referral_link",
            "referral_terms__card_type__terms",
            "referral_discount_terms",
            "referral_cashback_terms",
        ).prefetch_related(
            "lines",
            "payments",
            Prefetch("means", VisitMeans.objects.select_related("holder__card")),
            "promotions",
        )

    def locked(self) -> Self:
        """These visits in primary-key order, held until the transaction ends."""
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))


#: A visit of these statuses does not take place: nothing is to be paid, and recorded money goes back to the guest.
CALLED_OFF = frozenset({Status.NO_SHOW, Status.CANCELLED})


class Visit(models.Model):
    """A guest at a location: the plan of the visit, and the figures of its last save.

    ``client`` None is a bill without a guest. ``sold``, ``discount``, ``due``, ``points_paid`` and ``paid`` are 0 or
    more, in the chain's currency; ``value`` is the price of what is sold beside the lines, ``left`` still to pay of
    both. ``sells_value``: there are value lines; ``is_sale``: there is nothing else, which counts as no visit anywhere.
    ``has_covers``: memberships are to cover some of it.
    ``manual_discount`` is the part of ``discount`` that staff gave by hand; promotions gave the rest.
    ``recorded`` is the money of its payments, whatever it paid: what a client account paid is none of it.
    ``settled_at`` is the save that settled it, None while it is not settled. ``version`` grows with each save.
    """

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="visits", verbose_name=_("chain"))
    location = models.ForeignKey(Location, models.PROTECT, related_name="visits", verbose_name=_("location"))
    client = models.ForeignKey(Client, models.PROTECT, null=True, related_name="visits", verbose_name=_("client"))
    starts_at = models.DateTimeField(_("start"))
    starts_on = models.DateField(_("date"))
    status = models.CharField(_("status"), max_length=10, choices=choices_of(Status), default=Status.WAITING.value)
    version = models.PositiveIntegerField(default=1)
    sold = models.DecimalField(_("sold"), max_digits=19, decimal_places=4, default=0)
    discount = models.DecimalField(_("discount"), max_digits=19, decimal_places=4, default=0)
    due = models.DecimalField(_("due"), max_digits=19, decimal_places=4, default=0)
    points_paid = models.DecimalField(_("paid with points"), max_digits=19, decimal_places=4, default=0)
    paid = models.DecimalField(_("paid"), max_digits=19, decimal_places=4, default=0)
    value = models.DecimalField(_("value"), max_digits=19, decimal_places=4, default=0)
    left = models.DecimalField(_("left"), max_digits=19, decimal_places=4, default=0)
    recorded = models.DecimalField(_("recorded"), max_digits=19, decimal_places=4, default=0)
    sells_value = models.BooleanField(default=False)
    is_sale = models.BooleanField(default=False)
    has_covers = models.BooleanField(default=False)
    manual_discount = models.DecimalField(_("discount by hand"), max_digits=19, decimal_places=4, default=0)
    settled_at = models.DateTimeField(_("settled"), null=True)
    saved_at = models.DateTimeField(_("saved"))
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # The referral that staff asked for: the phone as typed, and the terms it was put on the visit under.
    referral_phone = models.CharField(_("inviter's phone"), max_length=40, blank=True)
    inviter = models.ForeignKey(Client, models.PROTECT, null=True, related_name="+", verbose_name=_("inviter"))
    referral_terms = models.ForeignKey(ReferralTerms, models.PROTECT, null=True, related_name="+")
    referral_discount_terms = models.ForeignKey(PromotionTerms, models.PROTECT, null=True, related_name="+")
    referral_cashback_terms = models.ForeignKey(PromotionTerms, models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager[Visit]] = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes = (
            models.Index("location", "starts_on", "starts_at", name="visit_by_day"),
            models.Index("chain", "starts_on", name="visit_of_chain_by_day"),
            # All that the reports add up, so that these read the index alone.
            models.Index(
                fields=("chain", "starts_on", "location"),
                include=("sold", "paid", "discount", "manual_discount"),
                condition=Q(settled_at__isnull=False, is_sale=False),
                name="visit_settled_by_day",
            ),
            models.Index("chain", F("starts_at").desc(), F("id").desc(), name="visit_by_time"),
            models.Index("location", F("starts_at").desc(), F("id").desc(), name="visit_of_location_by_time"),
            models.Index("client", "starts_at", name="visit_by_client"),
            # When a client came last.
            models.Index(
                "client",
                "starts_on",
                condition=Q(settled_at__isnull=False, is_sale=False),
                name="visit_settled_of_client",
            ),
        )
        triggers = (ADDS_TO_SUMS,)

    def __str__(self) -> str:
        return f"{self.guest_name}, {self.starts_on}"

    @property
    def guest_name(self) -> str:
        """Whose visit it is, as lists show it."""
        return self.client.name if self.client else gettext("Without a guest")

    @property
    def title(self) -> str:
        """What its pages are called."""
        if self.is_sale:
            return gettext("Sale to %(guest)s") % {"guest": self.guest_name} if self.client else gettext("Sale")
        if self.client is None:
            return gettext("Bill without a guest")
        return gettext("Visit of %(guest)s") % {"guest": self.client}

    @property
    def promotion_discount(self) -> Decimal:
        """The part of ``discount`` that promotions gave."""
        return self.discount - self.manual_discount

    @property
    def covered(self) -> Decimal:
        """What memberships took off, 0 or more."""
        return self.sold - self.discount - self.due

    @property
    def to_hand_back(self) -> Decimal | None:
        """The money recorded on a visit that does not take place, 0 or more; None for one that does.

        Where there is such an amount, nothing is left to pay: ``left`` is only what the plan would come to.
        """
        if self.status not in CALLED_OFF:
            return None
        return self.recorded


class Cancellation(models.Model):
    """Why staff cancelled a visit; a text of its own, so that it can be erased."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="cancellations", verbose_name=_("visit"))
    reason = models.TextField(_("reason"), blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"))
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("cancellation")
        verbose_name_plural = _("cancellations")

    def __str__(self) -> str:
        return self.reason


class VisitLine(models.Model):
    """A service or product on the bill; kept when it is taken off, for the ledger rows that name it.

    Kind and category are those of the item when it was put on the bill. ``free_units`` are units that
    promotions gave free, ``covered_units`` those that memberships cover, at ``covered`` in all.
    """

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    item = models.ForeignKey(Item, models.PROTECT, related_name="lines", verbose_name=_("service or product"))
    kind = models.CharField(max_length=10, choices=ITEM_KINDS)
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("price"), max_digits=19, decimal_places=4)
    # The catalogue price when it was put on the bill: what a price by hand is measured by.
    usual_price = models.DecimalField(_("usual price"), max_digits=19, decimal_places=4, null=True)
    manual_discount = models.DecimalField(_("discount, %"), max_digits=5, decimal_places=2, default=0)
    sold = models.DecimalField(_("sold"), max_digits=19, decimal_places=4, default=0)
    due = models.DecimalField(_("due"), max_digits=19, decimal_places=4, default=0)
    free_units = models.PositiveIntegerField(default=0)
    covered = models.DecimalField(_("covered"), max_digits=19, decimal_places=4, default=0)
    covered_units = models.PositiveIntegerField(default=0)
    removed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ("position", "pk")
        indexes = (models.Index("visit", "position", name="line_in_order"),)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.item}"

    @property
    def is_given_away(self) -> bool:
        """Whether all of it was taken off by hand, so that it was not sold."""
        return self.manual_discount == 100

    @property
    def nominal(self) -> Decimal:
        """Price × quantity, also of a line that was given away."""
        return self.unit_price * self.quantity


class VisitPayment(models.Model):
    """Money handed over for a visit, by one method."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="payments")
    position = models.PositiveSmallIntegerField()
    method = models.CharField(_("method"), max_length=10, choices=choices_of(PaymentMethod))
    amount = models.DecimalField(_("amount"), max_digits=19, decimal_places=4)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ("position", "pk")
        constraints = (models.UniqueConstraint("visit", "method", name="payment_once_per_method"),)

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.amount}"


class VisitMeans(models.Model):
    """What a holder is to pay of the visit, such as points of a card, in the order given."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="means")
    position = models.PositiveSmallIntegerField()
    holder = models.ForeignKey(Holder, models.PROTECT, related_name="+", verbose_name=_("holder"))
    amount = models.DecimalField(_("amount"), max_digits=19, decimal_places=4)
    # Whether its code was given, or is asked of nobody.
    with_code = models.BooleanField(default=True)

    class Meta:
        ordering = ("position", "pk")
        constraints = (models.UniqueConstraint("visit", "holder", name="means_once_per_holder"),)

    def __str__(self) -> str:
        return f"{self.holder}: {self.amount}"


class VisitCover(models.Model):
    """Units of a line that a membership is to cover, in the order given.

    ``is_debited``: they were taken at the start of the appointment, and stay taken until the cover is taken off.
    """

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="covers")
    position = models.PositiveSmallIntegerField()
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("membership"))
    line = models.ForeignKey(VisitLine, models.PROTECT, related_name="+")
    units = models.PositiveIntegerField(_("visits"))
    # Whether its code was given, or is asked of nobody.
    with_code = models.BooleanField(default=True)
    is_debited = models.BooleanField(default=False)

    class Meta:
        ordering = ("position", "pk")
        constraints = (
            models.UniqueConstraint("visit", "membership", "line", name="cover_once_per_membership_and_line"),
        )

    def __str__(self) -> str:
        return f"{self.membership}: {self.units}"


class Debit(models.Model):
    """Whether a membership was debited by itself for a line at the start of its appointment, and if not, why.

    ``why`` is one of the rules, ``membership`` what was debited. It is decided anew where the appointment is moved.
    """

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="debits")
    line = models.ForeignKey(VisitLine, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    membership = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    why = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint("visit", "line", "starts_at", name="debit_once_per_line_and_start"),)

    def __str__(self) -> str:
        return f"{self.line_id}: {self.membership_id or 'not debited'}"


class ValueLine(models.Model):
    """What is sold beside the lines, one piece; kept when it is taken off, for the ledger rows that name it.

    ``subject_id`` says of what it is (a type, an account), ``amount`` what it grants, ``holder`` what was granted to.
    ``number`` is one that was typed for it, such as that printed on a gift card; the columns after it say for whom it
    is, and can be erased.
    """

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="value_lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=20)
    subject_id = models.BigIntegerField(null=True)
    price = models.DecimalField(_("price"), max_digits=19, decimal_places=4)
    amount = models.DecimalField(_("amount"), max_digits=19, decimal_places=4)
    holder = models.ForeignKey(Holder, models.PROTECT, null=True, related_name="value_lines")
    number = models.CharField(_("number"), max_length=40, blank=True)
    recipient_name = models.CharField(_("name of who receives it"), max_length=150, blank=True)
    recipient_email = models.EmailField(_("e-mail of who receives it"), blank=True)
    recipient_message = models.TextField(_("message"), max_length=1000, blank=True)
    send_on = models.DateField(_("send on"), null=True, blank=True)
    begins_on = models.DateField(_("begins on"), null=True, blank=True)
    removed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("value line")
        verbose_name_plural = _("value lines")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return f"{self.kind} {self.price}"

    @property
    def recipient(self) -> Recipient:
        """For whom it is."""
        return Recipient(self.recipient_name, self.recipient_email, self.recipient_message, self.send_on)

    def as_plan(self) -> PlanValue:
        return PlanValue(
            self.kind,
            self.price,
            self.amount,
            self.subject_id,
            self.pk,
            number=self.number,
            recipient=self.recipient,
            begins_on=self.begins_on,
        )


class VisitPromotion(models.Model):
    """What a promotion was on a visit: applied by staff, counted, fired, and under which terms of both.

    ``position`` orders the discounts that staff applied, None for what acts by itself; ``card`` None is the
    referral discount. ``eligible``: the visit counts for "every n-th visit"; ``fired``: it used the promotion.
    """

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="promotions")
    card = models.ForeignKey(Card, models.PROTECT, null=True, related_name="+")
    promotion = models.ForeignKey(Promotion, models.PROTECT, related_name="visits")
    terms = models.ForeignKey(PromotionTerms, models.PROTECT, related_name="+")
    card_type_terms = models.ForeignKey(CardTypeTerms, models.PROTECT, null=True, related_name="+")
    position = models.PositiveSmallIntegerField(null=True)
    eligible = models.BooleanField(default=False)
    fired = models.BooleanField(default=False)
    free_units = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("visit", "card", "promotion"), nulls_distinct=False, name="promotion_once_per_visit_and_card"
            ),
        )
        indexes = (models.Index("card", "promotion", name="visit_promotion_by_card"),)

    def __str__(self) -> str:
        return f"{self.promotion}"


AFTER_ENTERING = Q(version__gt=1) | Q(days_after__gt=0)


class VisitChangeQuerySet(models.QuerySet["VisitChange"]):
    def after_entering(self) -> Self:
        """Without the ordinary first save of each visit, on its day or before; what was entered late stays."""
        return self.filter(AFTER_ENTERING)

    def told(self) -> Self:
        """With what is told of each beside its differences."""
        found = self.select_related("visit__client", "visit__location", "location", "acting_user", "reason")
        return found.prefetch_related("visit__cancellations")


class VisitChange(models.Model):
    """What one save changed of a visit, its first save included: one row a version, which is never changed.

    ``differences`` are those of ``visits/changes/differences.py``: ids and figures, no personal data. ``taken_off`` is
    by how much less money is recorded than before, 0 or more; ``days_after`` the days from the visit's day to the
    save, by the location's clock, below 0 before it.
    """

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="visit_changes", verbose_name=_("chain"))
    location = models.ForeignKey(Location, models.PROTECT, related_name="visit_changes", verbose_name=_("location"))
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="changes", verbose_name=_("visit"))
    version = models.PositiveIntegerField(_("version"))
    at = models.DateTimeField(_("date and time"))
    acting_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    kinds = ArrayField(models.CharField(max_length=20, choices=ChangeKind.choices), verbose_name=_("kinds"))
    days_after = models.IntegerField(_("days after"))
    due_before = models.DecimalField(_("due before"), max_digits=19, decimal_places=4, null=True)
    due = models.DecimalField(_("due"), max_digits=19, decimal_places=4)
    taken_off = models.DecimalField(_("money taken off"), max_digits=19, decimal_places=4)
    differences = models.JSONField(_("differences"))

    objects = VisitChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a visit")
        verbose_name_plural = _("changes of visits")
        constraints = (models.UniqueConstraint("visit", "version", name="visit_change_once_per_version"),)
        indexes = (
            models.Index("chain", "at", name="visit_change_of_chain"),
            models.Index("location", "at", name="visit_change_of_location"),
            # Without the first saves of ordinary days, which are most.
            models.Index("chain", "at", "id", condition=AFTER_ENTERING, name="visit_change_after_entering"),
            models.Index("location", "at", "id", condition=AFTER_ENTERING, name="visit_change_after_entering_at"),
        )
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.visit_id}, {self.version}"


class ChangeReason(models.Model):
    """Why staff took money off a visit; a text of its own, so that it can be erased."""

    change = models.OneToOneField(VisitChange, models.PROTECT, related_name="reason")
    text = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("reason of a change")
        verbose_name_plural = _("reasons of changes")

    def __str__(self) -> str:
        return self.text

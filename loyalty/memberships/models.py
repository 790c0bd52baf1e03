"""Membership types, their terms, and the memberships that were sold (docs/rules.md, section 14)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from chains.access import Right
from chains.folding import FoldedField, SpellingsField, folded_number
from chains.models import Access, Chain, Location
from clients.models import Client
from loyalty.labels import choices_of
from loyalty.ledger.models import Holder
from loyalty.memberships.checks import TOO_SMALL, check_terms
from loyalty.memberships.counters import counter_of, hours_of
from loyalty.memberships.words import counters_in_words, hours_in_words
from loyalty.programs.numbers import masked
from loyalty.programs.terms import ImmutableTerms, KnownTerms, period_of
from loyalty.promotions.models import of_each
from loyalty.rules import terms as rules_terms
from loyalty.rules.memberships import Days, Frozen
from loyalty.rules.terms import Begins, PeriodUnit


class MembershipTypeQuerySet(models.QuerySet["MembershipType"]):
    def with_figures(self, chain: Chain) -> Self:
        """Those of a chain: ``sold``, how many memberships of each were sold and not returned."""
        granted = Membership.objects.sold().filter(chain=chain).order_by()
        sold = dict(granted.values_list("membership_type").annotate(Count("pk")))
        return self.filter(chain=chain).annotate(sold=of_each(sold, models.IntegerField()))


@pghistory.track(exclude=["name_folded", "name_spellings"])
class MembershipType(models.Model):
    """A sort of membership: what it covers and how often, for how long, and what it costs."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="membership_types", verbose_name=_("chain"))
    name = models.CharField(_("name"), max_length=150)
    name_folded = FoldedField()
    name_spellings = SpellingsField()
    terms = models.ForeignKey("loyalty.MembershipTypeTerms", models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager[MembershipType]] = MembershipTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership type")
        verbose_name_plural = _("membership types")
        constraints = (models.UniqueConstraint("chain", Lower("name"), name="membership_type_name_once_per_chain"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_sold(self) -> bool:
        """Whether a membership of it was ever sold, returned ones too."""
        return self.pk is not None and Membership.objects.filter(membership_type=self).exists()

    def as_rules(self) -> rules_terms.MembershipType:
        """The membership type under the terms in force."""
        assert self.terms is not None
        return self.terms.as_rules()


class MembershipTypeTerms(ImmutableTerms):
    """What memberships sold under them may do, from an edit until the next.

    ``counters`` and ``hours`` are those of ``loyalty/memberships/counters.py``. A membership lasts ``lasts_count``
    units or without end; one that begins at its first use does so by itself ``begins_within_count`` units after the
    sale. ``tells_…`` say which letters its owner gets: so many days before its end, with so many uses left, at each
    debit.
    """

    membership_type = models.ForeignKey(MembershipType, models.PROTECT, related_name="all_terms")
    renews = models.BooleanField(_("renews by itself"), default=False)
    counters = models.JSONField(_("what it covers"), default=list)
    price = models.DecimalField(_("price"), max_digits=19, decimal_places=4, default=0)
    lasts_count = models.PositiveSmallIntegerField(_("lasts"), null=True, blank=True)
    lasts_unit = models.CharField(max_length=10, choices=choices_of(PeriodUnit), blank=True)
    begins = models.CharField(_("begins"), max_length=10, choices=choices_of(Begins), default=Begins.PURCHASE.value)
    begins_within_count = models.PositiveSmallIntegerField(_("begins by itself after"), null=True, blank=True)
    begins_within_unit = models.CharField(max_length=10, choices=choices_of(PeriodUnit), blank=True)
    freeze_days = models.PositiveSmallIntegerField(_("days that may be frozen"), default=0)
    books_while_frozen = models.BooleanField(_("booking while frozen"), default=False)
    named = models.BooleanField(_("named"), default=False)
    hours = models.JSONField(_("days and hours"), default=list, blank=True)
    locations = ArrayField(models.BigIntegerField(), null=True, blank=True, verbose_name=_("locations"))
    tells_days_before = models.PositiveSmallIntegerField(_("letter before the end, days"), null=True, blank=True)
    tells_uses_left = models.PositiveSmallIntegerField(_("letter at so many uses left"), null=True, blank=True)
    tells_uses = models.BooleanField(_("letter at each use"), default=False)
    online_title = models.CharField(_("title online"), max_length=150, blank=True)
    online_description = models.TextField(_("description online"), max_length=2000, blank=True)
    online_price = models.DecimalField(_("price online"), max_digits=19, decimal_places=4, null=True, blank=True)
    archived = models.BooleanField(_("archived"), default=False)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    SUBJECT: ClassVar[str] = "membership_type"
    TOGETHER = (("lasts_count", "lasts_unit"), ("begins", "begins_within_count", "begins_within_unit"))
    BLANKS = {"lasts_count": _("without end"), "begins_within_count": _("never")}
    WORDS = {"counters": counters_in_words, "hours": hours_in_words}
    TOO_SMALL = TOO_SMALL

    def check_choices(self, wrong: frozenset[str] = frozenset()) -> None:
        check_terms(self, wrong)

    def __str__(self) -> str:
        return f"{self.membership_type_id}, {self.set_at}"

    def as_rules(self) -> rules_terms.MembershipType:
        return rules_terms.MembershipType(
            id=self.membership_type_id,
            terms_id=self.pk,
            counters=tuple(counter_of(kept) for kept in self.counters),
            price=self.price,
            lasts=period_of(self.lasts_count, self.lasts_unit),
            begins=Begins(self.begins),
            begins_within=period_of(self.begins_within_count, self.begins_within_unit),
            freeze_days=self.freeze_days,
            books_while_frozen=self.books_while_frozen,
            named=self.named,
            hours=tuple(hours_of(kept) for kept in self.hours),
            locations=None if self.locations is None else frozenset(self.locations),
            renews=self.renews,
            archived=self.archived,
        )


MEMBERSHIP_TYPE_TERMS: KnownTerms[rules_terms.MembershipType] = KnownTerms(
    MembershipTypeTerms, MembershipTypeTerms.as_rules
)


class MembershipStatus(models.TextChoices):
    """What a membership is, computed and never stored; the first that fits (docs/rules.md, section 14)."""

    RETURNED = "returned", _("Returned")
    BLOCKED = "blocked", _("Blocked")
    EXPIRED = "expired", _("Expired")
    USED_UP = "used_up", _("Used up")
    FROZEN = "frozen", _("Frozen")
    ACTIVE = "active", _("Active")
    ISSUED = "issued", _("Not begun")

    @property
    def badge(self) -> str:
        """The class of its badge: red of what holds visits that nobody can use now."""
        return {
            MembershipStatus.ACTIVE: "bg-green-lt",
            MembershipStatus.FROZEN: "bg-azure-lt",
            MembershipStatus.BLOCKED: "bg-red-lt",
            MembershipStatus.EXPIRED: "bg-red-lt",
        }.get(self, "bg-secondary-lt")


class PeriodState(models.TextChoices):
    """Whether what was paid for can be used: paid ahead it comes on its first day, returned it was undone."""

    AHEAD = "ahead", _("Paid ahead")
    GRANTED = "granted", _("Granted")
    RETURNED = "returned", _("Returned")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def sold(self) -> Self:
        """Those that were not returned."""
        return self.exclude(period__state=PeriodState.RETURNED)

    def with_status(self, today: date) -> Self:
        """With ``status`` on the chain's day ``today``."""
        usable = MembershipCounter.objects.filter(Q(count=None) | Q(holder__balance__gt=0), membership=OuterRef("pk"))
        frozen = Freeze.objects.filter(period=OuterRef("period"), first_on__lte=today, last_on__gte=today)
        return self.annotate(
            status=Case(
                When(period__state=PeriodState.RETURNED, then=Value(MembershipStatus.RETURNED.value)),
                When(blocked_at__isnull=False, then=Value(MembershipStatus.BLOCKED.value)),
                When(period__last_on__lt=today, then=Value(MembershipStatus.EXPIRED.value)),
                When(~Exists(usable), then=Value(MembershipStatus.USED_UP.value)),
                When(Exists(frozen), then=Value(MembershipStatus.FROZEN.value)),
                When(
                    Q(period__first_on__lte=today) | Q(period__first_on=None, period__latest_on__lte=today),
                    then=Value(MembershipStatus.ACTIVE.value),
                ),
                default=Value(MembershipStatus.ISSUED.value),
            )
        )

    def numbered(self, code: str) -> Self:
        """The one of this number, however it was typed; what is no number finds none."""
        typed = folded_number(code)
        return self.filter(number_folded=typed) if typed else self.none()

    def of_holders(self, holder_ids: Collection[int]) -> Self:
        """Those of which one of these holders counts."""
        counters = MembershipCounter.objects.filter(holder__in=holder_ids)
        return self.filter(pk__in=counters.values("membership"))

    def past(self, today: date) -> Self:
        """Those past their last day on which something is left."""
        left = MembershipCounter.objects.filter(membership=OuterRef("pk"), holder__balance__gt=0)
        return self.filter(Exists(left), period__last_on__lt=today)


@pghistory.track()
class Membership(models.Model):
    """A membership of a client; its uses are with the holders of its counters. It keeps the terms it was sold under.

    ``client`` is whose it is now; a *named* one covers for that client alone, another for whoever brings its number.
    ``period`` is the one it is in. ``number_folded`` is its number as it is compared; empty of a returned one whose
    printed number was sold once more.
    """

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="memberships", verbose_name=_("chain"))
    client = models.ForeignKey(Client, models.PROTECT, related_name="memberships", verbose_name=_("owner"))
    membership_type = models.ForeignKey(
        MembershipType, models.PROTECT, related_name="memberships", verbose_name=_("type")
    )
    terms = models.ForeignKey(MembershipTypeTerms, models.PROTECT, related_name="+")
    number = models.CharField(_("number"), max_length=40)
    number_folded = models.CharField(max_length=80, blank=True, editable=False)
    period = models.ForeignKey("loyalty.MembershipPeriod", models.PROTECT, null=True, related_name="+")
    location = models.ForeignKey(Location, models.PROTECT, null=True, related_name="+", verbose_name=_("sold at"))
    sold_at = models.DateTimeField(_("sold"))
    sold_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    blocked_at = models.DateTimeField(_("blocked"), null=True, blank=True)
    block_reason = models.CharField(_("reason"), max_length=300, blank=True)

    #: What it is on a day, of those that were asked for with it.
    status: str

    objects: ClassVar[models.Manager[Membership]] = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = (
            models.UniqueConstraint(
                fields=("chain", "number_folded"),
                condition=~Q(number_folded=""),
                name="membership_number_once_per_chain",
            ),
        )
        indexes = (models.Index("chain", F("sold_at").desc(), "id", name="membership_by_sale"),)

    def __str__(self) -> str:
        return f"{self.membership_type} {self.masked_number}"

    @property
    def is_blocked(self) -> bool:
        return self.blocked_at is not None

    @property
    def is_named(self) -> bool:
        """Whether nobody but its owner can use it."""
        return self.terms.named

    @property
    def masked_number(self) -> str:
        """Its number for those who may not see codes."""
        return masked(self.number)

    def number_shown_to(self, access: Access, *, on: date) -> str:
        """Its number for who may see codes, and on the day of the sale for who sold it; else masked.

        ``on`` is the chain's day. Of a named one the number is no code, as it covers for nobody else.
        """
        has_just_sold = self.sold_by_id == access.user_id and self.chain.local_date(self.sold_at) == on
        may_see = self.terms.named or has_just_sold or access.has(Right.SEE_CODES)
        return self.number if may_see else self.masked_number


class MembershipCounter(models.Model):
    """A counter of a membership: ``key`` is that of the counter of its type, ``count`` what each period is sold with.

    Without a count its holder keeps no balance.
    """

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="held_counters")
    key = models.PositiveSmallIntegerField()
    count = models.PositiveSmallIntegerField(null=True)
    holder = models.OneToOneField(Holder, models.PROTECT, related_name="membership_counter")

    class Meta:
        ordering = ("key",)
        constraints = (models.UniqueConstraint("membership", "key", name="counter_once_per_membership"),)

    def __str__(self) -> str:
        return f"{self.membership_id}, {self.key}"


@pghistory.track()
class MembershipPeriod(models.Model):
    """What was paid for at once of a membership: all of a standard one, one period of one that renews.

    ``first_on`` None has not begun, ``last_on`` None is without end. ``latest_on`` is the day on which it begins by
    itself, if it does; ``base_last_on`` a last day that was given by hand, less the days frozen then. ``sold_on`` is
    the chain's day of its sale, ``price`` what was paid on the bill ``visit``.
    """

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="periods")
    number = models.PositiveSmallIntegerField()
    visit = models.ForeignKey("visits.Visit", models.PROTECT, null=True, related_name="+")
    value_line = models.ForeignKey("visits.ValueLine", models.PROTECT, null=True, related_name="+")
    price = models.DecimalField(_("price"), max_digits=19, decimal_places=4)
    sold_on = models.DateField(_("sold on"))
    first_on = models.DateField(_("first day"), null=True, blank=True)
    last_on = models.DateField(_("valid until"), null=True, blank=True)
    latest_on = models.DateField(_("begins at the latest"), null=True, blank=True)
    base_last_on = models.DateField(null=True, blank=True)
    last_on_reason = models.CharField(_("reason of the last day"), max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=PeriodState.choices, default=PeriodState.GRANTED)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint("membership", "number", name="period_once_per_membership"),)
        indexes = (models.Index("last_on", condition=Q(last_on__isnull=False), name="period_by_last_day"),)

    def __str__(self) -> str:
        return f"{self.membership_id}, {self.number}"

    def days(self) -> Days:
        """Its days as the rules see them, with the days that are frozen; these are asked for where not prefetched."""
        frozen = tuple(Frozen(each.first_on, each.last_on) for each in self.freezes.all())
        return Days(self.first_on, self.last_on, self.sold_on, self.latest_on, self.base_last_on, frozen)

    def keep_days(self, days: Days) -> None:
        """Save it with these first and last days, where they are others; what is paid ahead begins after it."""
        if (self.first_on, self.last_on) == (days.first_on, days.last_on):
            return
        self.first_on, self.last_on = days.first_on, days.last_on
        self.save(update_fields=["first_on", "last_on"])
        if self.last_on is None:
            return
        begins_on = self.last_on + timedelta(days=1)
        ahead = MembershipPeriod.objects.filter(membership=self.membership_id, state=PeriodState.AHEAD)
        for period in ahead.filter(number__gt=self.number):
            [under] = MEMBERSHIP_TYPE_TERMS.of([self.membership.terms_id]).values()
            period.keep_days(period.days().begun(begins_on, under))


@pghistory.track()
class Freeze(models.Model):
    """Days, both ends among them, on which a membership covers nothing; its last day is later by so many."""

    period = models.ForeignKey(MembershipPeriod, models.PROTECT, related_name="freezes")
    first_on = models.DateField(_("frozen from"))
    last_on = models.DateField(_("frozen until"))
    frozen_at = models.DateTimeField(_("frozen"))
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("first_on",)
        verbose_name = _("freeze")
        verbose_name_plural = _("freezes")

    def __str__(self) -> str:
        return f"{self.first_on} – {self.last_on}"

    @property
    def days(self) -> int:
        return Frozen(self.first_on, self.last_on).days


def current_terms(types: Collection[int]) -> dict[int, rules_terms.MembershipType]:
    """The terms in force of these types: services that came to their counters hold for what was sold before too."""
    found = dict(MembershipType.objects.filter(pk__in=types).values_list("pk", "terms_id"))
    known = MEMBERSHIP_TYPE_TERMS.of(terms_id for terms_id in found.values() if terms_id)
    return {pk: known[terms_id] for pk, terms_id in found.items() if terms_id}

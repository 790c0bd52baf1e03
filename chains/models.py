"""Where and who works: chains, their locations, users, and what each user may do where."""

from __future__ import annotations

import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from chains.access import Right, Role
from chains.catalog.models import Category, Item
from chains.folding import FoldedField, SpellingsField
from chains.lists.models import ListColumns, SavedView
from chains.uses import Room, is_used
from chains.validators import validate_currency, validate_region, validate_time_zone
from config.ui.currencies import minor_unit

__all__ = [
    "Access",
    "AccessLocation",
    "Category",
    "Chain",
    "Item",
    "ListColumns",
    "Location",
    "ProofCode",
    "SavedView",
    "SentForm",
    "Submission",
    "User",
    "WrongTry",
]

#: Who enters a visit later than so many days after it needs a right for it.
MOST_LATE_DAYS = 31
#: No bill has more units of a line.
MOST_USUAL_UNITS = 9999


def _percent_field(name: StrOrPromise, percent: int) -> models.DecimalField[str | float | Decimal, Decimal]:
    return models.DecimalField(
        name,
        max_digits=5,
        decimal_places=2,
        default=Decimal(percent),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user who may sign in; without a password they choose one by the reset mail."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who works for one or more chains and signs in by e-mail."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("Device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    name_folded = FoldedField()
    name_spellings = SpellingsField()
    language = models.CharField(_("language"), max_length=12, blank=True)
    theme = models.CharField(_("theme"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    is_active = models.BooleanField(_("may sign in"), default=True)
    # The e-mail as it was proven; one that is changed since is not.
    proven_email = models.EmailField(_("proven e-mail"), blank=True, default="")

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (
            # With the unique column: nobody is there twice under two spellings.
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower"),
        )

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_proven(self) -> bool:
        """Whether the mailbox of the e-mail was shown to be the user's, by a link that went there."""
        return self.proven_email == self.email

    @cached_property
    def open_accesses(self) -> list[Access]:
        """What lets the user in during one request, chain by chain; who writes asks anew (``authority_of``)."""
        return list(Access.objects.open_to(self.pk).by_chain())

    def clean(self) -> None:
        self.email = self.email.strip().lower()


@pghistory.track(exclude=["name_folded"])
class Chain(models.Model):
    """A business with one client database, one currency and one set of loyalty programs."""

    name = models.CharField(_("name"), max_length=150)
    name_folded = FoldedField()
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    region = models.CharField(
        _("country"),
        max_length=2,
        validators=[validate_region],
        help_text=_("National phone numbers are read as numbers of this country."),
    )
    notice_hour = models.PositiveSmallIntegerField(_("hour of notices"), default=9, validators=[MaxValueValidator(23)])
    late_entry_days = models.PositiveSmallIntegerField(
        _("days to enter visits late"), default=1, validators=[MaxValueValidator(MOST_LATE_DAYS)]
    )
    # The most percent that who works in a role may take off a line by hand; an owner may take off all of it.
    front_desk_discount = _percent_field(_("front desk, %"), 10)
    manager_discount = _percent_field(_("managers, %"), 30)
    administrator_discount = _percent_field(_("administrators, %"), 100)
    most_units = models.PositiveSmallIntegerField(
        _("usual quantity at most"), default=100, validators=[MinValueValidator(1), MaxValueValidator(MOST_USUAL_UNITS)]
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("chain")
        verbose_name_plural = _("chains")
        constraints = (
            models.CheckConstraint(condition=Q(notice_hour__lte=23), name="chain_notice_hour_is_one"),
            models.CheckConstraint(
                condition=Q(late_entry_days__lte=MOST_LATE_DAYS), name="chain_late_entry_days_are_few"
            ),
            *(
                models.CheckConstraint(condition=Q(**{f"{name}__range": (0, 100)}), name=f"chain_{name}_is_percent")
                for name in ("front_desk_discount", "manager_discount", "administrator_discount")
            ),
            models.CheckConstraint(
                condition=Q(most_units__range=(1, MOST_USUAL_UNITS)), name="chain_most_units_are_some"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def places(self) -> int:
        """Digits behind the point of every amount and of every point."""
        return minor_unit(self.currency)

    @cached_property
    def locations_by_id(self) -> dict[int, Location]:
        """All its locations by id, in the order of their names, archived ones too: read once."""
        return {place.pk: place for place in self.locations.order_by("name_folded", "pk")}

    def local_date(self, at: datetime.datetime) -> datetime.date:
        return at.astimezone(self.zone).date()


class LocationQuerySet(models.QuerySet["Location"]):
    def active(self) -> LocationQuerySet:
        return self.filter(archived=False)

    def with_users(self) -> LocationQuerySet:
        """With ``users``: how many may enter the location now."""
        covers = Q(all_locations=True) | Q(locations=OuterRef("pk"))
        accesses = Access.objects.open().filter(covers, chain=OuterRef("chain"))
        counted = accesses.order_by().values("chain").annotate(users=Count("pk", distinct=True)).values("users")
        return self.annotate(users=Coalesce(Subquery(counted), 0))


@pghistory.track(exclude=["name_folded", "name_spellings"])
class Location(models.Model):
    """A place of a chain where guests come; its slug is its address, so it is unique over all chains."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="locations", verbose_name=_("chain"))
    name = models.CharField(_("name"), max_length=150)
    name_folded = FoldedField()
    name_spellings = SpellingsField()
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Leave blank for the time zone of the chain."),
    )
    bills_without_guest = models.BooleanField(_("bills without a guest"), default=True)
    archived = models.BooleanField(_("archived"), default=False)

    objects = LocationQuerySet.as_manager()

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        ordering = ("name_folded", "pk")
        constraints = (models.UniqueConstraint("chain", Lower("name"), name="location_name_once_per_chain"),)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name = self.name.strip()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or self.chain.time_zone)

    def local_datetime(self, at: datetime.datetime) -> datetime.datetime:
        return at.astimezone(self.zone)

    def local_date(self, at: datetime.datetime) -> datetime.date:
        return self.local_datetime(at).date()


class AccessQuerySet(models.QuerySet["Access"]):
    def open(self) -> AccessQuerySet:
        """Those that let somebody in now: neither suspended nor waiting for proof."""
        return self.filter(suspended=False, waits_for_proof=False)

    def open_to(self, user: User | int) -> AccessQuerySet:
        """What the user may enter now; who is suspended, or not known to be who they say, is an outsider.

        With what each chain uses, so that pages ask for it no more.
        """
        return self.open().filter(user=user).annotate(**{str(room.value): is_used(room) for room in Room})

    def by_chain(self) -> AccessQuerySet:
        return self.select_related("chain").order_by("chain__name_folded", "pk")

    def covering(self, location: Location) -> AccessQuerySet:
        """Those that this location is one of."""
        return self.filter(
            Q(all_locations=True) | Q(pk__in=AccessLocation.objects.filter(location=location).values("access"))
        )

    def owners(self) -> AccessQuerySet:
        """Owners who can sign in and act."""
        return self.open().filter(role=Role.OWNER, user__is_active=True)


@pghistory.track()
class Access(models.Model):
    """What a user may do in a chain: the rights of a role and a few more, at all or at some locations."""

    user = models.ForeignKey(User, models.PROTECT, related_name="accesses", verbose_name=_("user"))
    chain = models.ForeignKey(Chain, models.PROTECT, related_name="accesses", verbose_name=_("chain"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    extra_rights = ArrayField(
        models.CharField(max_length=30, choices=Right.choices),
        default=list,
        blank=True,
        verbose_name=_("further rights"),
    )
    all_locations = models.BooleanField(_("all locations"), default=False)
    locations = models.ManyToManyField(
        Location, through="AccessLocation", related_name="accesses", blank=True, verbose_name=_("locations")
    )
    suspended = models.BooleanField(_("suspended"), default=False)
    # Until it is known that who signs in by this e-mail is whom the chain means (chains/proof.py).
    waits_for_proof = models.BooleanField(_("waits for proof"), default=False)

    objects = AccessQuerySet.as_manager()

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("accesses")
        constraints = (models.UniqueConstraint("user", "chain", name="access_once_per_chain"),)

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"

    @property
    def rights(self) -> frozenset[Right]:
        of_role = Role(self.role).rights
        return of_role | {Right(value) for value in self.extra_rights} if self.extra_rights else of_role

    def has(self, right: Right) -> bool:
        return right in self.rights

    def has_at(self, right: Right, location_id: int) -> bool:
        """Whether the user has a right at this location of the chain."""
        return self.has(right) and self.works_at(location_id)

    def works_at(self, location_id: int) -> bool:
        """Whether the access covers this location of the chain; which ones it covers is asked once, if need be."""
        return self.all_locations or location_id in self._location_ids

    @cached_property
    def _location_ids(self) -> frozenset[int]:
        return frozenset(self.reachable_locations().values_list("pk", flat=True))

    def uses(self, room: Room) -> bool:
        """Whether the chain uses it, of an access that was asked for by ``open_to``."""
        return bool(getattr(self, room.value))

    @property
    def discount_limit(self) -> Decimal:
        """The most percent that the user may take off a line by hand, 0 to 100 (docs/rules.md, section 2)."""
        if not self.has(Right.GIVE_DISCOUNTS):
            return Decimal(0)
        limits = {
            Role.FRONT_DESK: self.chain.front_desk_discount,
            Role.MANAGER: self.chain.manager_discount,
            Role.ADMINISTRATOR: self.chain.administrator_discount,
            Role.OWNER: Decimal(100),
        }
        return limits[Role(self.role)]

    def reachable_locations(self) -> LocationQuerySet:
        """Where the user works, archived locations included: their past visits stay."""
        if self.all_locations:
            return Location.objects.filter(chain_id=self.chain_id)
        return Location.objects.filter(accesses=self, chain_id=self.chain_id)


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent())
class AccessLocation(models.Model):
    """A location that an access covers; a model of its own so that its history is kept too."""

    access = models.ForeignKey(Access, models.CASCADE, related_name="+", verbose_name=_("access"))
    location = models.ForeignKey(Location, models.CASCADE, related_name="+", verbose_name=_("location"))

    class Meta:
        verbose_name = _("location of an access")
        verbose_name_plural = _("locations of accesses")
        constraints = (models.UniqueConstraint("access", "location", name="access_location_once"),)

    def __str__(self) -> str:
        return f"{self.access}, {self.location}"


class ProofCode(models.Model):
    """What a user reads out from their profile, for a while, to be known by who adds them to a chain."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("user"))
    code = models.CharField(_("code"), max_length=8)
    expires_at = models.DateTimeField(_("good until"))

    class Meta:
        verbose_name = _("code of a user")
        verbose_name_plural = _("codes of users")

    def __str__(self) -> str:
        return f"{self.user}, {self.expires_at}"


class WrongTry(models.Model):
    """A password or code that was tried and was wrong; ``counted`` is a digest of what it counts against."""

    counted = models.CharField(_("counts against"), max_length=64)
    tried_at = models.DateTimeField(_("tried"), db_index=True)

    class Meta:
        verbose_name = _("wrong try")
        verbose_name_plural = _("wrong tries")
        indexes = (models.Index(fields=["counted", "tried_at"], name="wrong_try_counted"),)

    def __str__(self) -> str:
        return f"{self.counted}, {self.tried_at}"


class Submission(models.Model):
    """A form that was sent once: its random key, who sent it where, and what came of it."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="submissions", verbose_name=_("chain"))
    key = models.UUIDField(_("key"))
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("sent by"))
    action = models.CharField(_("action"), max_length=40)
    place = models.CharField(_("what it acts on"), max_length=120, default="")
    result_id = models.BigIntegerField(_("result"), null=True)
    created_at = models.DateTimeField(_("sent"))

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        constraints = (models.UniqueConstraint("chain", "key", name="submission_once_per_key"),)

    def __str__(self) -> str:
        return f"{self.action} {self.key}"


class SentForm(models.Model):
    """What a user sent from a device after the session had ended; ``fields`` is None where it could not be kept."""

    device = models.CharField(_("device"), max_length=32)
    user = models.ForeignKey(User, models.CASCADE, related_name="sent_forms", verbose_name=_("typed by"))
    address = models.TextField(_("sent to"))
    page = models.TextField(_("typed on"))
    fields = models.JSONField(_("what was typed"), null=True)
    sent_at = models.DateTimeField(_("sent"), db_index=True)

    class Meta:
        verbose_name = _("form that was sent too late")
        verbose_name_plural = _("forms that were sent too late")
        indexes = (models.Index(fields=["device", "user"], name="sent_form_of_device"),)

    def __str__(self) -> str:
        return f"{self.address}, {self.sent_at}"

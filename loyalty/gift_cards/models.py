"""Gift card types, their terms, and the gift cards that were sold (docs/rules.md, section 12)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import BigIntegerField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from chains.access import Right
from chains.folding import FoldedField, SpellingsField, folded_number
from chains.models import Access, Chain
from clients.models import Client
from loyalty.gift_cards.checks import TOO_SMALL, check_terms
from loyalty.labels import choices_of
from loyalty.ledger.kinds import Group, HolderKind, TransactionKind
from loyalty.ledger.models import Holder, Transaction
from loyalty.programs.numbers import masked
from loyalty.programs.terms import SCOPE_COLUMNS, ImmutableTerms, KnownTerms, period_of, scope_of
from loyalty.promotions.models import of_each
from loyalty.rules import terms as rules_terms
from loyalty.rules.money import ZERO
from loyalty.rules.plan import Recipient
from loyalty.rules.terms import PeriodUnit, ScopeMode, WriteOff


class GiftCardTypeQuerySet(models.QuerySet["GiftCardType"]):
    def with_figures(self, chain: Chain, today: date) -> Self:
        """Those of a chain: ``sold``, how many were granted and not returned; ``owed``, what is on active ones."""
        cards = GiftCard.objects.filter(chain=chain).with_status_of_many(chain, today)
        of_types = cards.order_by().values_list("gift_card_type")
        found = of_types.annotate(sold=Count("pk", filter=sale_stands()), owed=OWED)
        sold = {type_id: count for type_id, count, _owed in found}
        owed = {type_id: balance for type_id, _count, balance in found}
        return self.filter(chain=chain).annotate(
            sold=of_each(sold, models.IntegerField()), owed=of_each(owed, models.DecimalField())
        )


@pghistory.track(exclude=["name_folded", "name_spellings"])
class GiftCardType(models.Model):
    """A sort of gift card: for how much it is sold, what it pays for, where, and how long it is good."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="gift_card_types", verbose_name=_("chain"))
    name = models.CharField(_("name"), max_length=150)
    name_folded = FoldedField()
    name_spellings = SpellingsField()
    terms = models.ForeignKey("loyalty.GiftCardTypeTerms", models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager[GiftCardType]] = GiftCardTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("gift card type")
        verbose_name_plural = _("gift card types")
        constraints = (models.UniqueConstraint("chain", Lower("name"), name="gift_card_type_name_once_per_chain"),)

    def __str__(self) -> str:
        return self.name

    def as_rules(self) -> rules_terms.GiftCardType:
        """The gift card type under the terms in force."""
        assert self.terms is not None
        return self.terms.as_rules()


class Picture(models.Model):
    """A picture that a chain uploaded; never changed, another one is another row."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="+")
    content_type = models.CharField(max_length=50)
    content = models.BinaryField()
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.content_type} {self.pk}"


class GiftCardTypeTerms(ImmutableTerms):
    """What gift cards sold under them may do, from an edit until the next.

    The par value is an amount from ``par_least`` to ``par_most``, fixed where they are the same; ``suggested`` are
    amounts offered at the sale. A card is good for ``valid_count`` units from its grant, or until a day, or without
    end. ``copies`` may be sold, 0 for no limit.
    """

    gift_card_type = models.ForeignKey(GiftCardType, models.PROTECT, related_name="all_terms")
    par_least = models.DecimalField(_("par value from"), max_digits=19, decimal_places=4)
    par_most = models.DecimalField(_("par value to"), max_digits=19, decimal_places=4)
    suggested = ArrayField(
        models.DecimalField(max_digits=19, decimal_places=4),
        default=list,
        blank=True,
        verbose_name=_("suggested amounts"),
    )
    write_off = models.CharField(
        _("write-off"), max_length=10, choices=choices_of(WriteOff), default=WriteOff.MULTIPLE.value
    )
    service_mode = models.CharField(
        _("services it pays for"), max_length=10, choices=choices_of(ScopeMode), default=ScopeMode.ANY.value
    )
    services = ArrayField(models.BigIntegerField(), default=list, blank=True)
    service_categories = ArrayField(models.BigIntegerField(), default=list, blank=True)
    product_mode = models.CharField(
        _("products it pays for"), max_length=10, choices=choices_of(ScopeMode), default=ScopeMode.ANY.value
    )
    products = ArrayField(models.BigIntegerField(), default=list, blank=True)
    product_categories = ArrayField(models.BigIntegerField(), default=list, blank=True)
    valid_count = models.PositiveSmallIntegerField(_("valid for"), null=True, blank=True)
    valid_unit = models.CharField(max_length=10, choices=choices_of(PeriodUnit), blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    locations = ArrayField(models.BigIntegerField(), null=True, blank=True, verbose_name=_("locations"))
    named = models.BooleanField(_("named"), default=False)
    copies = models.PositiveIntegerField(_("how many may be sold"), default=0)
    online_title = models.CharField(_("title online"), max_length=150, blank=True)
    online_description = models.TextField(_("description online"), max_length=2000, blank=True)
    online_price = models.DecimalField(_("price online"), max_digits=19, decimal_places=4, null=True, blank=True)
    online_picture = models.ForeignKey(
        Picture, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("picture online")
    )
    archived = models.BooleanField(_("archived"), default=False)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    SUBJECT: ClassVar[str] = "gift_card_type"
    TOGETHER = (("par_least", "par_most", "suggested"), ("valid_count", "valid_unit", "valid_until"), *SCOPE_COLUMNS)

    BLANKS = {"valid_count": _("none")}
    TOO_SMALL = TOO_SMALL

    def check_choices(self, wrong: frozenset[str] = frozenset()) -> None:
        check_terms(self, wrong)

    def __str__(self) -> str:
        return f"{self.gift_card_type_id}, {self.set_at}"

    def is_sold_on(self, day: date) -> bool:
        return not self.archived and not self.as_rules().is_over(day)

    def as_rules(self) -> rules_terms.GiftCardType:
        return rules_terms.GiftCardType(
            id=self.gift_card_type_id,
            terms_id=self.pk,
            par_least=self.par_least,
            par_most=self.par_most,
            write_off=WriteOff(self.write_off),
            pays=rules_terms.Scopes(
                scope_of(self.service_mode, self.services, self.service_categories),
                scope_of(self.product_mode, self.products, self.product_categories),
            ),
            valid=period_of(self.valid_count, self.valid_unit),
            valid_until=self.valid_until,
            locations=None if self.locations is None else frozenset(self.locations),
            named=self.named,
            copies=self.copies,
            archived=self.archived,
        )


GIFT_CARD_TYPE_TERMS: KnownTerms[rules_terms.GiftCardType] = KnownTerms(GiftCardTypeTerms, GiftCardTypeTerms.as_rules)


class GiftCardStatus(models.TextChoices):
    """What a gift card is, computed and never stored; the first that fits (docs/rules.md, section 12)."""

    RETURNED = "returned", _("Returned")
    BLOCKED = "blocked", _("Blocked")
    EXPIRED = "expired", _("Expired")
    USED_UP = "used_up", _("Used up")
    ACTIVE = "active", _("Active")

    @property
    def badge(self) -> str:
        """The class of its badge: red of what may hold money that nobody can use now."""
        return {
            GiftCardStatus.ACTIVE: "bg-green-lt",
            GiftCardStatus.BLOCKED: "bg-red-lt",
            GiftCardStatus.EXPIRED: "bg-red-lt",
        }.get(self, "bg-secondary-lt")


# What can be seen without their rows comes first: of most cards nothing more has to be read.
_IS_ACTIVE = Q(holder__balance__gt=0, blocked_at=None) & Q(status=GiftCardStatus.ACTIVE)
#: What a chain owes on cards that are asked for with their status: what is on active ones, 0 or more.
OWED = Sum("holder__balance", filter=_IS_ACTIVE, default=ZERO)

#: The rows that give a gift card what it holds.
GRANTS = (TransactionKind.GIFT_CARD_ISSUE, TransactionKind.GIFT_CARD_OPENING_BALANCE)


def sale_stands() -> Exists:
    """Of a gift card that is queried: what granted it was not undone."""
    return Exists(Transaction.objects.standing().filter(holder=OuterRef("holder"), kind__in=GRANTS))


def _first_that_fits(today: date, *, returned: Q, expired: Q) -> Case:
    """The status of a gift card that is queried, by which rows of it stand (docs/rules.md, section 12)."""
    fits = (
        (GiftCardStatus.RETURNED, returned),
        (GiftCardStatus.BLOCKED, Q(blocked_at__isnull=False)),
        (GiftCardStatus.EXPIRED, Q(last_on__lt=today) | expired),
        (GiftCardStatus.USED_UP, Q(holder__balance=0)),
    )
    return Case(
        *(When(condition, then=Value(status.value)) for status, condition in fits),
        default=Value(GiftCardStatus.ACTIVE.value),
    )


class GiftCardQuerySet(models.QuerySet["GiftCard"]):
    def maybe_of(self, clients: Collection[int] | QuerySet[Client, Any], named: Collection[int] = ()) -> Self:
        """Those of the holders ``named``, and those that may be a client's: theirs, bought, or paid with.

        A union, so that each part is looked up by its index: whose each is, is to be asked of these alone.
        """
        own = Holder.objects.filter(client__in=clients, kind=HolderKind.GIFT_CARD).values("pk")
        bought = GiftCard.objects.filter(buyer__in=clients).values("holder")
        payments = Transaction.objects.filter(client__in=clients, kind=TransactionKind.GIFT_CARD_PAYMENT)
        maybe = Holder.objects.filter(pk__in=named).values("pk")
        return self.filter(holder__in=maybe.union(own, bought, payments.values("holder")))

    def with_ledger(self, *, without_visit: int | None = None) -> Self:
        """With ``is_granted``, whether its sale stands, and ``newest_debit``, the kind of what last took of it.

        That is looked for as if ``without_visit`` had taken nothing.
        """
        debits = Transaction.objects.standing().filter(holder=OuterRef("holder"), amount__lt=0)
        others = debits.filter(~Q(visit=without_visit)) if without_visit else debits
        newest_debit = others.order_by("-pk").values("kind")[:1]
        return self.annotate(is_granted=sale_stands(), newest_debit=Subquery(newest_debit))

    def with_status(self, today: date) -> Self:
        """With ``status`` on the chain's day ``today``, looked up card by card: for a few of them."""
        returned, expired = Q(is_granted=False), Q(newest_debit=TransactionKind.GIFT_CARD_EXPIRY)
        return self.with_ledger().annotate(status=_first_that_fits(today, returned=returned, expired=expired))

    def with_status_of_many(self, chain: Chain, today: date) -> Self:
        """The same for very many cards of a chain: looked up once which of its cards were returned and which expired.

        Of all cards these are few, and so is what has to be remembered of them.
        """
        rows = Transaction.objects.filter(chain=chain, kind__in=Group.GIFT_CARDS.kinds)
        of_holder = rows.standing().filter(holder=OuterRef("holder"))
        stands, later = of_holder.filter(kind__in=GRANTS), of_holder.filter(amount__lt=0, pk__gt=OuterRef("pk"))
        returned = rows.filter(~Exists(stands), kind__in=GRANTS, undoes__isnull=False)
        expired = rows.standing().filter(~Exists(later), kind=TransactionKind.GIFT_CARD_EXPIRY)
        return self.annotate(
            status=_first_that_fits(
                today,
                returned=Q(holder__in=returned.values("holder")),
                expired=Q(holder__in=expired.values("holder")),
            )
        )

    def with_holding(self) -> Self:
        """With whose it is on screen: ``held_by_id``, ``held_by`` and ``held_by_folded``, None of nobody known.

        A named one is its owner's; a bearer's is the guest's of the newest payment that stands, else its buyer's.
        """
        payments = Transaction.objects.filter(
            holder=OuterRef("holder"), kind=TransactionKind.GIFT_CARD_PAYMENT, undoes=None, undone_by=None
        )
        newest = payments.filter(client__isnull=False).order_by("-pk").values("client")[:1]
        held = self.annotate(
            held_by_id=Coalesce("holder__client", Subquery(newest), "buyer", output_field=BigIntegerField())
        )
        whose = Client.objects.filter(pk=OuterRef("held_by_id"))
        return held.annotate(
            held_by=Subquery(whose.values("name")), held_by_folded=Subquery(whose.values("name_folded"))
        )

    def with_sale(self) -> Self:
        """With the row that granted it last, whether it stands or not: ``granted_by_id``."""
        rows = Transaction.objects.filter(holder=OuterRef("holder"), undoes=None, kind__in=GRANTS)
        return self.annotate(granted_by_id=Subquery(rows.order_by("-pk").values("pk")[:1]))

    def numbered(self, code: str) -> Self:
        """The one of this code, however it was typed; what is no code finds none."""
        typed = folded_number(code)
        return self.filter(number_folded=typed) if typed else self.none()

    def past(self, today: date) -> Self:
        """Those past their last day on which something is left."""
        return self.filter(last_on__lt=today, holder__balance__gt=0)


@pghistory.track()
class GiftCard(models.Model):
    """A gift card that was sold; what is on it is with its holder in the ledger. It keeps the terms it was sold under.

    A *named* one is its buyer's, who is its holder's client; of a *bearer*'s the holder is nobody's. ``par`` is what
    it was granted with. ``number_folded`` is its code as it is compared; empty of a returned one whose printed number
    was sold once more.
    """

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="gift_cards", verbose_name=_("chain"))
    gift_card_type = models.ForeignKey(GiftCardType, models.PROTECT, related_name="gift_cards", verbose_name=_("type"))
    terms = models.ForeignKey(GiftCardTypeTerms, models.PROTECT, related_name="+")
    holder = models.OneToOneField(Holder, models.PROTECT, related_name="gift_card")
    number = models.CharField(_("number"), max_length=40)
    number_folded = models.CharField(max_length=80, blank=True, editable=False)
    par = models.DecimalField(_("par value"), max_digits=19, decimal_places=4)
    buyer = models.ForeignKey(
        Client, models.PROTECT, null=True, related_name="bought_gift_cards", verbose_name=_("buyer")
    )
    last_on = models.DateField(_("valid until"), null=True, blank=True)
    sold_at = models.DateTimeField(_("sold"))
    sold_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    blocked_at = models.DateTimeField(_("blocked"), null=True, blank=True)
    block_reason = models.CharField(_("reason"), max_length=300, blank=True)
    last_on_reason = models.CharField(_("reason of the last day"), max_length=300, blank=True)

    #: What it is on a day, and whose, of those that were asked for with it.
    status: str
    held_by_id: int | None
    held_by: str | None

    objects: ClassVar[models.Manager[GiftCard]] = GiftCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("gift card")
        verbose_name_plural = _("gift cards")
        constraints = (
            models.UniqueConstraint(
                fields=("chain", "number_folded"),
                condition=~Q(number_folded=""),
                name="gift_card_number_once_per_chain",
            ),
        )
        indexes = (
            models.Index("chain", F("sold_at").desc(), "id", name="gift_card_by_sale"),
            models.Index("chain", "last_on", condition=Q(last_on__isnull=False), name="gift_card_by_last_day"),
        )

    def __str__(self) -> str:
        return f"{self.gift_card_type} {self.masked_number}"

    @property
    def is_blocked(self) -> bool:
        return self.blocked_at is not None

    @property
    def is_named(self) -> bool:
        """Whether it is one client's, and nobody else can use it."""
        return self.terms.named

    @property
    def masked_number(self) -> str:
        """Its code for those who may not see codes: the first four signs, of a short one no more than half."""
        return masked(self.number)

    def was_just_sold_by(self, user_id: int | None, *, on: date) -> bool:
        """Whether this user sold it on this day of the chain's."""
        return user_id is not None and self.sold_by_id == user_id and self.chain.local_date(self.sold_at) == on

    def number_shown_to(self, access: Access, *, on: date) -> str:
        """Its code for who may see codes, and on the day of the sale for who sold it; else masked.

        ``on`` is the chain's day.
        """
        sees_code = access.has(Right.SEE_CODES) or self.was_just_sold_by(access.user_id, on=on)
        return self.number if sees_code else self.masked_number


class GiftCardRecipient(models.Model):
    """Who receives a gift card that was bought for somebody else; apart from it, so that it can be erased."""

    gift_card = models.OneToOneField(GiftCard, models.PROTECT, related_name="recipient")
    name = models.CharField(_("name of who receives it"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail of who receives it"), blank=True)
    message = models.TextField(_("message"), max_length=1000, blank=True)
    send_on = models.DateField(_("send on"), null=True, blank=True)

    class Meta:
        verbose_name = _("recipient of a gift card")
        verbose_name_plural = _("recipients of gift cards")

    def __str__(self) -> str:
        return self.name

    def as_plan(self) -> Recipient:
        return Recipient(self.name, self.email, self.message, self.send_on)

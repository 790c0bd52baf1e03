"""The ledger: holders, their transactions, lots and movements (docs/rules.md, sections 5 and 6).

Transactions and movements are only ever added; the database itself refuses to change them. What a
holder or a lot shows is a cache, changed in the same transaction under the holder's lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import ClassVar, NamedTuple, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from chains.models import Chain, Location
from clients.models import Client
from loyalty.labels import choices_of
from loyalty.ledger.endings import last_day, last_visit_by_clock
from loyalty.ledger.kinds import HOLDERS, ROWS, KindOfHolder, KindOfRow, LedgerUnit, holders_of, kinds_where
from loyalty.rules import points, terms
from loyalty.rules.plan import PaymentMethod

#: The order of lists of rows.
NEWEST_FIRST = (F("at").desc(), F("id").desc())
APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


def _is_named(name: str) -> Q:
    """Of rows that name one: an index of them has no room for the others."""
    return Q(**{f"{name}__isnull": False})


class HolderQuerySet(models.QuerySet["Holder"]):
    def holding(self, unit: LedgerUnit) -> Self:
        """Those that hold ``unit``; only their balances are ever added up."""
        return self.filter(kind__in=holders_of(unit))

    def locked(self) -> Self:
        """These holders in primary-key order, held until the transaction ends."""
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))

    def taken(self) -> Self:
        """Held until the transaction ends; without those that somebody else holds."""
        return self.order_by("pk").select_for_update(no_key=True, skip_locked=True, of=("self",))


class Holder(models.Model):
    """What holds something for a client, or for whoever brings it (``client`` None): the ledger's side of a card.

    ``balance`` may be negative; ``debt`` is 0 or more and never stands beside remaining lots. One that does not keep a
    balance, such as a counter of a membership without a count, has rows alone: its balance is 0 after each.
    """

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="holders", verbose_name=_("chain"))
    client = models.ForeignKey(Client, models.PROTECT, null=True, related_name="holders", verbose_name=_("client"))
    kind = models.CharField(_("kind"), max_length=20)
    balance = models.DecimalField(_("balance"), max_digits=19, decimal_places=4, default=0)
    debt = models.DecimalField(_("debt"), max_digits=19, decimal_places=4, default=0)
    keeps_balance = models.BooleanField(default=True)

    objects = HolderQuerySet.as_manager()

    class Meta:
        verbose_name = _("holder")
        verbose_name_plural = _("holders")
        constraints = (models.CheckConstraint(condition=Q(debt__gte=0), name="holder_debt_not_negative"),)

    def __str__(self) -> str:
        return f"{self.what.label} {self.pk}"

    @property
    def what(self) -> KindOfHolder:
        """What holders of its kind are."""
        return HOLDERS[self.kind]


class TransactionQuerySet(models.QuerySet["Transaction"]):
    def standing(self) -> Self:
        """Rows that were not undone and undo nothing."""
        return self.filter(undoes=None, undone_by=None)

    def of_visit(self, visit_id: int) -> Self:
        return self.filter(visit=visit_id)

    def in_full(self) -> Self:
        """With all that a list of rows shows of them."""
        return self.select_related(
            "location",
            "card__card_type",
            "promotion",
            "promotion_terms",
            "line__item",
            "visit__location",
            "acting_user",
            "comment",
            "undoes",
            "granted_lot",
            # By itself: joined, it is read as an index of all rows.
        ).prefetch_related("undone_by")


class Transaction(models.Model):
    """One loyalty operation; a mistake is undone by another row that names it.

    ``amount`` is signed (section 6): discounts and debits negative, accruals positive, a counter-row
    the opposite of what it undoes. ``client`` None is a bill without a guest. ``turn`` counts how often the same thing
    was written for its visit (or, for a burning, its lot). ``why`` holds the figures it was computed from: ids and
    numbers only.
    """

    # Nothing that a row names is deleted; what rows are looked for by has its index below.
    chain = models.ForeignKey(
        Chain, models.PROTECT, related_name="transactions", verbose_name=_("chain"), db_index=False
    )
    at = models.DateTimeField(_("date and time"))
    location = models.ForeignKey(
        Location, models.PROTECT, null=True, db_index=False, related_name="transactions", verbose_name=_("location")
    )
    client = models.ForeignKey(
        Client, models.PROTECT, null=True, db_index=False, related_name="transactions", verbose_name=_("client")
    )
    kind = models.CharField(_("type"), max_length=30)
    holder = models.ForeignKey(
        Holder, models.PROTECT, null=True, db_index=False, related_name="transactions", verbose_name=_("holder")
    )
    amount = models.DecimalField(_("amount"), max_digits=19, decimal_places=4)
    balance_after = models.DecimalField(_("balance after"), max_digits=19, decimal_places=4, null=True)
    card = models.ForeignKey(
        "loyalty.Card", models.PROTECT, null=True, db_index=False, related_name="transactions", verbose_name=_("card")
    )
    promotion = models.ForeignKey(
        "loyalty.Promotion",
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="transactions",
        verbose_name=_("promotion"),
    )
    promotion_terms = models.ForeignKey(
        "loyalty.PromotionTerms", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    card_type_terms = models.ForeignKey(
        "loyalty.CardTypeTerms", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    visit = models.ForeignKey(
        "visits.Visit", models.PROTECT, null=True, db_index=False, related_name="transactions", verbose_name=_("visit")
    )
    line = models.ForeignKey(
        "visits.VisitLine",
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="transactions",
        verbose_name=_("line"),
    )
    value_line = models.ForeignKey(
        "visits.ValueLine",
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="transactions",
        verbose_name=_("value line"),
    )
    lot = models.ForeignKey(
        "loyalty.Lot", models.PROTECT, null=True, db_index=False, related_name="burnings", verbose_name=_("burned lot")
    )
    turn = models.PositiveIntegerField(_("turn"), default=1)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by", verbose_name=_("undoes"))
    acting_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("who")
    )
    why = models.JSONField(_("why"), default=dict)

    objects: ClassVar[models.Manager[Transaction]] = TransactionQuerySet.as_manager()

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        constraints = (
            models.UniqueConstraint(
                fields=("visit", "kind", "line", "value_line", "holder", "card", "promotion", "turn"),
                condition=Q(undoes=None, visit__isnull=False),
                nulls_distinct=False,
                name="transaction_once_per_visit_and_turn",
            ),
            models.UniqueConstraint(
                fields=("lot", "turn"), condition=Q(kind="burning", undoes=None), name="burning_once_per_lot_and_turn"
            ),
            models.UniqueConstraint(
                fields=("holder", "turn"),
                condition=Q(kind__in=("gift_card_expiry", "membership_expiry"), undoes=None),
                name="expiry_once_per_holder_and_turn",
            ),
            models.CheckConstraint(
                condition=Q(holder=None, balance_after=None) | Q(holder__isnull=False, balance_after__isnull=False),
                name="transaction_balance_with_holder",
            ),
            # Only an undo takes a balance below zero, and what its kind allows to.
            models.CheckConstraint(
                condition=Q(amount__gte=0)
                | Q(undoes__isnull=False)
                | Q(holder=None)
                | Q(balance_after__gte=0)
                | Q(kind__in=kinds_where(lambda row: row.overdraws)),
                name="transaction_debit_not_below_zero",
            ),
        )
        indexes = (
            models.Index("chain", *NEWEST_FIRST, name="transaction_by_time"),
            models.Index("chain", "kind", *NEWEST_FIRST, name="transaction_by_kind"),
            models.Index("chain", "location", *NEWEST_FIRST, name="transaction_by_location"),
            models.Index("promotion", *NEWEST_FIRST, condition=_is_named("promotion"), name="transaction_by_promotion"),
            models.Index("client", *NEWEST_FIRST, condition=_is_named("client"), name="transaction_by_client"),
            models.Index("card", *NEWEST_FIRST, condition=_is_named("card"), name="transaction_by_card"),
            models.Index("holder", F("id").desc(), condition=_is_named("holder"), name="transaction_by_holder"),
            models.Index("visit", condition=_is_named("visit"), name="transaction_by_visit"),
            models.Index("lot", condition=_is_named("lot"), name="transaction_by_lot"),
            models.Index("chain", "amount", name="transaction_by_amount"),
            models.Index("chain", "id", name="transaction_in_order"),
        )
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"

    def get_kind_display(self) -> str:
        """What it does, in words."""
        return str(self.what.label)

    @property
    def what(self) -> KindOfRow:
        """What rows of its kind do."""
        return ROWS[self.kind]

    @property
    def is_manual(self) -> bool:
        """Typed by staff, and by no bill; such a row is undone by hand too."""
        return self.what.by_hand is not None and self.visit_id is None


class TransactionComment(models.Model):
    """What staff wrote beside a transaction; apart from it, so that it can be erased."""

    transaction = models.OneToOneField(Transaction, models.PROTECT, related_name="comment")
    text = models.TextField(_("comment"))

    def __str__(self) -> str:
        return self.text


class HandedMoney(models.Model):
    """By which method the money of a row was handed over, where no bill says it: a top-up or a pay-out by itself.

    How much is the amount of the row: above 0 taken from the guest, below 0 handed back. A counter-row has one too.
    """

    transaction = models.OneToOneField(Transaction, models.PROTECT, related_name="handed_money")
    method = models.CharField(_("method"), max_length=10, choices=choices_of(PaymentMethod))

    class Meta:
        verbose_name = _("money handed over")
        verbose_name_plural = _("money handed over")
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return str(self.get_method_display())


class LotQuerySet(models.QuerySet["Lot"]):
    def with_points(self) -> Self:
        return self.filter(remaining__gt=0)

    def with_last_day(self, client: str | int = "holder__client") -> Self:
        """With ``ends_on``, the last day that they are good through, None for ever; ``client`` is who owns them all."""
        return self.annotate(ends_on=last_day(client))

    def ending_through(self, day: date, client: str | int = "holder__client") -> Self:
        """Those whose last day is ``day`` or one before it, with ``ends_on``; ``client`` is who owns them all."""
        # What may end at all: read from indexes, while the last day itself is in none.
        may_end = Q(last_on__lte=day) | Q(inactivity_count__isnull=False) | Q(ended_on__isnull=False)
        return self.with_last_day(client).filter(may_end, ends_on__lte=day)

    def as_rules(self) -> Iterator[LotAsRules]:
        """Each as the rules see it: plain values, as a card may have hundreds."""
        rows = self.annotate(since=_SINCE_EPOCH, visited_on=last_visit_by_clock()).values_list(*_LOT_COLUMNS)
        for key, remaining, granted_on, since, rank, last_on, ended_on, count, unit, *others in rows:
            granted_at, idle = _EPOCH + timedelta(microseconds=since), _clock(count, unit) if count else None
            yield LotAsRules(points.Lot(key, remaining, granted_on, granted_at, rank, last_on, idle, ended_on), *others)


class LotAsRules(NamedTuple):
    """A lot, its holder, the row that granted it; one lot with a clock of each holder says when the owner came last."""

    lot: points.Lot
    holder_id: int
    row_id: int
    visited_on: date | None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: When a lot was granted, in microseconds: of hundreds of lots, reading the instants would take longer than all else.
_SINCE_EPOCH = Func(
    "granted_at",
    template="(EXTRACT(EPOCH FROM %(expressions)s) * 1000000)::bigint",
    output_field=models.BigIntegerField(),
)
_LOT_COLUMNS = (
    *("pk", "remaining", "granted_on", "since", "rank", "last_on", "ended_on"),
    *("inactivity_count", "inactivity_unit", "holder_id", "transaction_id", "visited_on"),
)


@cache
def _clock(count: int, unit: str) -> terms.Period:
    return terms.Period(count, terms.PeriodUnit(unit))


class Lot(models.Model):
    """What remains of one accrual, and until when it may be spent.

    All but ``remaining`` and ``ended_on``, the last day it had once that has passed, is stamped when it is granted and
    never changes. ``rank`` is the ledger row of the accrual, or of the one it replaced first.
    """

    holder = models.ForeignKey(Holder, models.PROTECT, related_name="lots")
    transaction = models.OneToOneField(Transaction, models.PROTECT, related_name="granted_lot")
    remaining = models.DecimalField(_("remaining"), max_digits=19, decimal_places=4)
    granted_on = models.DateField(_("accrued on"))
    granted_at = models.DateTimeField(_("accrued at"))
    rank = models.BigIntegerField()
    last_on = models.DateField(_("last day"), null=True)
    inactivity_count = models.PositiveSmallIntegerField(null=True)
    inactivity_unit = models.CharField(max_length=10, blank=True)
    ended_on = models.DateField(null=True)

    objects: ClassVar[models.Manager[Lot]] = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        constraints = (models.CheckConstraint(condition=Q(remaining__gte=0), name="lot_remaining_not_negative"),)
        indexes = (
            models.Index("holder", condition=Q(remaining__gt=0), name="lot_with_points"),
            models.Index("last_on", condition=Q(remaining__gt=0), name="lot_by_last_day"),
            # Those whose end is not, or not only, the last day stamped on them.
            models.Index(
                "holder",
                condition=Q(remaining__gt=0) & (Q(inactivity_count__isnull=False) | Q(ended_on__isnull=False)),
                name="lot_with_clock",
            ),
        )

    def __str__(self) -> str:
        return f"{self.remaining} until {self.last_on or 'ever'}"


class LotMovement(models.Model):
    """Which lot a transaction gave to or took from; ``lot`` None is the holder's debt.

    The movements of a transaction add up to its amount.
    """

    transaction = models.ForeignKey(Transaction, models.PROTECT, related_name="movements", db_index=False)
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="movements")
    amount = models.DecimalField(_("amount"), max_digits=19, decimal_places=4)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("transaction", "lot"), nulls_distinct=False, name="movement_once_per_transaction_and_lot"
            ),
        )
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.amount}"


class SummedRows(models.Model):
    """Through which row the sums of a chain go: all of its rows up to ``through_id`` are in them, and no other.

    Their days are those of ``time_zone``. Without a row nothing is summed yet.
    """

    chain = models.OneToOneField(Chain, models.PROTECT, primary_key=True, related_name="+")
    through_id = models.BigIntegerField(default=0)
    time_zone = models.CharField(max_length=63)

    def __str__(self) -> str:
        return f"{self.chain_id} through {self.through_id}"


class RowSum(models.Model):
    """What the summed rows of a day, or of the whole month that begins on it, come to; one row for each sort of rows.

    ``plus`` is what they gave and ``minus`` what they took (0 or less), ``debt`` by how much they changed the debts of
    their cards. ``visits`` is by how many visits those that a promotion acted on became more; it means something added
    up over all days, sorts of rows and locations of a promotion.
    """

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="+", db_index=False)
    of_month = models.BooleanField()
    on = models.DateField()
    # What the rows name cannot be deleted, so that nothing has to be looked up here.
    location = models.ForeignKey(
        Location, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=30)
    promotion = models.ForeignKey(
        "loyalty.Promotion", models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    card_type = models.ForeignKey(
        "loyalty.CardType", models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    rows = models.BigIntegerField()
    plus = models.DecimalField(max_digits=19, decimal_places=4)
    minus = models.DecimalField(max_digits=19, decimal_places=4)
    debt = models.DecimalField(max_digits=19, decimal_places=4)
    visits = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("chain", "of_month", "on", "location", "kind", "promotion", "card_type"),
                nulls_distinct=False,
                # So that a period is read from the index alone.
                include=("rows", "plus", "minus", "debt", "visits"),
                name="row_sum_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.on} {self.kind}: {self.rows}"

"""Account types, their terms, and the accounts that clients have (docs/rules.md, section 13)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Greatest, Lower
from django.utils.translation import gettext_lazy as _

from chains.folding import FoldedField, SpellingsField
from chains.models import Chain
from clients.models import Client
from loyalty.accounts.checks import check_terms
from loyalty.ledger.models import Holder, Transaction
from loyalty.programs.terms import ImmutableTerms, KnownTerms
from loyalty.promotions.models import of_each
from loyalty.rules import terms as rules_terms
from loyalty.rules.money import ZERO


class AccountTypeQuerySet(models.QuerySet["AccountType"]):
    def with_figures(self, chain: Chain) -> Self:
        """Those of a chain: how many accounts are ``opened``, what is ``owed`` to clients, and ``lent`` to them.

        All 0 or more: an account below zero takes nothing off what is on others.
        """
        balance, zero = "holder__balance", Value(ZERO)
        accounts = Account.objects.filter(chain=chain).order_by().values_list("account_type")
        found = accounts.annotate(
            opened=Count("pk"), owed=Sum(Greatest(balance, zero)), lent=Sum(Greatest(-F(balance), zero))
        )
        opened, owed, lent = ({row[0]: row[place] for row in found} for place in (1, 2, 3))
        return self.filter(chain=chain).annotate(
            opened=of_each(opened, models.IntegerField()),
            owed=of_each(owed, models.DecimalField()),
            lent=of_each(lent, models.DecimalField()),
        )


@pghistory.track(exclude=["name_folded", "name_spellings"])
class AccountType(models.Model):
    """A sort of client account: where it is topped up, pays and is paid out, and how far on credit."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="account_types", verbose_name=_("chain"))
    name = models.CharField(_("name"), max_length=150)
    name_folded = FoldedField()
    name_spellings = SpellingsField()
    terms = models.ForeignKey("loyalty.AccountTypeTerms", models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager[AccountType]] = AccountTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("account type")
        verbose_name_plural = _("account types")
        constraints = (models.UniqueConstraint("chain", Lower("name"), name="account_type_name_once_per_chain"),)

    def __str__(self) -> str:
        return self.name

    def as_rules(self) -> rules_terms.AccountType:
        """The account type under the terms in force."""
        assert self.terms is not None
        return self.terms.as_rules()


class AccountTypeTerms(ImmutableTerms):
    """What accounts opened under them may do, from an edit until the next; ``credit`` is 0 or more."""

    account_type = models.ForeignKey(AccountType, models.PROTECT, related_name="all_terms")
    locations = ArrayField(models.BigIntegerField(), null=True, blank=True, verbose_name=_("locations"))
    credit = models.DecimalField(_("on credit up to"), max_digits=19, decimal_places=4, default=0)
    archived = models.BooleanField(_("archived"), default=False)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    SUBJECT: ClassVar[str] = "account_type"

    def check_choices(self, wrong: frozenset[str] = frozenset()) -> None:
        check_terms(self, wrong)

    def __str__(self) -> str:
        return f"{self.account_type_id}, {self.set_at}"

    def as_rules(self) -> rules_terms.AccountType:
        return rules_terms.AccountType(
            id=self.account_type_id,
            terms_id=self.pk,
            locations=None if self.locations is None else frozenset(self.locations),
            credit=self.credit,
            archived=self.archived,
        )


ACCOUNT_TYPE_TERMS: KnownTerms[rules_terms.AccountType] = KnownTerms(AccountTypeTerms, AccountTypeTerms.as_rules)


class AccountQuerySet(models.QuerySet["Account"]):
    def held_by(self, client: Client) -> Self:
        return self.filter(client=client).order_by("opened_at", "pk")

    def with_figures(self) -> Self:
        """With ``credit_used`` and ``credit_left``, each 0 or more, and ``moved_at``, when something last came or went.

        An account may owe more than its credit, where what it had spent was undone; then none is left.
        """
        moved_at = Transaction.objects.filter(holder=OuterRef("holder")).order_by("-pk").values("at")[:1]
        used = Greatest(-F("holder__balance"), Value(ZERO))
        return self.annotate(
            credit_used=used,
            credit_left=Greatest(F("terms__credit") - used, Value(ZERO)),
            moved_at=Subquery(moved_at),
        )

    def moved_since(self, at: datetime) -> Self:
        """Those on which something came or went then or later."""
        return self.filter(Exists(Transaction.objects.filter(holder=OuterRef("holder"), at__gte=at)))


@pghistory.track()
class Account(models.Model):
    """An account of a client; its money is with its holder in the ledger. It keeps the terms it was opened under."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="accounts", verbose_name=_("chain"))
    client = models.ForeignKey(Client, models.PROTECT, related_name="accounts", verbose_name=_("client"))
    account_type = models.ForeignKey(AccountType, models.PROTECT, related_name="accounts", verbose_name=_("type"))
    terms = models.ForeignKey(AccountTypeTerms, models.PROTECT, related_name="+")
    holder = models.OneToOneField(Holder, models.PROTECT, related_name="account")
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    blocked_at = models.DateTimeField(_("blocked"), null=True, blank=True)
    block_reason = models.CharField(_("reason"), max_length=300, blank=True)

    #: Of those that were asked for with them.
    credit_used: Decimal
    credit_left: Decimal
    moved_at: datetime | None

    objects: ClassVar[models.Manager[Account]] = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("client account")
        verbose_name_plural = _("client accounts")
        constraints = (models.UniqueConstraint("client", "account_type", name="account_type_held_once_per_client"),)
        indexes = (models.Index("chain", F("opened_at").desc(), "id", name="account_by_opening"),)

    def __str__(self) -> str:
        return str(self.account_type)

    @property
    def is_blocked(self) -> bool:
        return self.blocked_at is not None

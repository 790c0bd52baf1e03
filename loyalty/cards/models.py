"""Card types, their terms, and the cards that clients hold (docs/rules.md, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from chains.folding import FoldedField, SpellingsField, folded_number
from chains.models import Chain
from clients.models import Client
from loyalty.cards.checks import TOO_SMALL, check_terms
from loyalty.labels import choices_of
from loyalty.ledger.kinds import HolderKind, kinds_where
from loyalty.ledger.models import Holder
from loyalty.ledger.sums import Chosen, Sums, read_sums
from loyalty.programs.terms import SCOPE_COLUMNS, ImmutableTerms, KnownTerms, period_of, scope_of
from loyalty.promotions.models import Promotion, of_each
from loyalty.rules import terms as rules_terms
from loyalty.rules.terms import ActsFrom, AutomaticIssue, PeriodUnit, ScopeMode

#: The rows of which all that cards hold has come.
HELD_BY_CARDS = Chosen(kinds=kinds_where(lambda row: row.holder == HolderKind.CARD))


class CardTypeQuerySet(models.QuerySet["CardType"]):
    def with_figures(self, chain: Chain) -> Self:
        """Those of a chain, with ``card_count``, and ``outstanding``: the points that its cards could still spend."""
        cards = Card.objects.filter(card_type=OuterRef("pk")).order_by().values("card_type")
        counted = cards.annotate(found=Count("*")).values("found")
        outstanding = {card_type_id: sums.amount + sums.debt for card_type_id, sums in held_by_type(chain).items()}
        return self.annotate(
            card_count=Coalesce(Subquery(counted), 0),
            outstanding=of_each(outstanding, models.DecimalField()),
        )


def held_by_type(chain: Chain) -> Mapping[int, Sums]:
    """What came to the cards of each type: balances are the amounts of their rows, debts what their movements owe."""
    return {card_type_id: sums for (card_type_id,), sums in read_sums(chain, ("card_type",), HELD_BY_CARDS).items()}


@pghistory.track(exclude=["name_folded", "name_spellings"])
class CardType(models.Model):
    """A sort of loyalty card: where its cards work, what they accrue, discount and pay."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="card_types", verbose_name=_("chain"))
    name = models.CharField(_("name"), max_length=150)
    name_folded = FoldedField()
    name_spellings = SpellingsField()
    promotions: models.ManyToManyField[Promotion, Attachment] = models.ManyToManyField(
        Promotion, through="loyalty.Attachment", related_name="card_types", blank=True, verbose_name=_("promotions")
    )
    terms = models.ForeignKey("loyalty.CardTypeTerms", models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager[CardType]] = CardTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("card type")
        verbose_name_plural = _("card types")
        constraints = (models.UniqueConstraint("chain", Lower("name"), name="card_type_name_once_per_chain"),)

    def __str__(self) -> str:
        return self.name

    def as_rules(self) -> rules_terms.CardType:
        """The card type under the terms in force."""
        assert self.terms is not None
        return self.terms.as_rules()


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent())
class Attachment(models.Model):
    """That a promotion acts through cards of a type; a model of its own so that its history is kept too."""

    card_type = models.ForeignKey(CardType, models.CASCADE, related_name="+", verbose_name=_("card type"))
    promotion = models.ForeignKey(Promotion, models.CASCADE, related_name="+", verbose_name=_("promotion"))

    class Meta:
        verbose_name = _("promotion of a card type")
        verbose_name_plural = _("promotions of card types")
        constraints = (models.UniqueConstraint("card_type", "promotion", name="promotion_attached_once"),)

    def __str__(self) -> str:
        return f"{self.card_type}: {self.promotion}"


class CardTypeTerms(ImmutableTerms):
    """What cards of a type may do, from an edit until the next; limits of 0 mean no limit."""

    card_type = models.ForeignKey(CardType, models.PROTECT, related_name="all_terms")
    locations = ArrayField(models.BigIntegerField(), null=True, blank=True, verbose_name=_("locations"))
    automatic_issue = models.CharField(
        _("automatic issue"), max_length=10, choices=choices_of(AutomaticIssue), default=AutomaticIssue.NEVER.value
    )
    acts_from = models.CharField(
        _("acts from"), max_length=12, choices=choices_of(ActsFrom), default=ActsFrom.NEXT_VISIT.value
    )
    service_mode = models.CharField(
        _("services paid with points"), max_length=10, choices=choices_of(ScopeMode), default=ScopeMode.ANY.value
    )
    services = ArrayField(models.BigIntegerField(), default=list, blank=True)
    service_categories = ArrayField(models.BigIntegerField(), default=list, blank=True)
    product_mode = models.CharField(
        _("products paid with points"), max_length=10, choices=choices_of(ScopeMode), default=ScopeMode.ANY.value
    )
    products = ArrayField(models.BigIntegerField(), default=list, blank=True)
    product_categories = ArrayField(models.BigIntegerField(), default=list, blank=True)
    limit_amount = models.DecimalField(_("limit of points per visit"), max_digits=19, decimal_places=4, default=0)
    limit_percent = models.DecimalField(_("limit in percent of due"), max_digits=5, decimal_places=2, default=0)
    inactivity_count = models.PositiveSmallIntegerField(_("unused points expire"), null=True, blank=True)
    inactivity_unit = models.CharField(max_length=10, choices=choices_of(PeriodUnit), blank=True)
    archived = models.BooleanField(_("archived"), default=False)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    SUBJECT: ClassVar[str] = "card_type"
    LINKS: ClassVar[str] = "promotions"
    TOGETHER = (("inactivity_count", "inactivity_unit"), *SCOPE_COLUMNS)

    TOO_SMALL = TOO_SMALL

    def check_choices(self, wrong: frozenset[str] = frozenset()) -> None:
        check_terms(self, wrong)

    def __str__(self) -> str:
        return f"{self.card_type_id}, {self.set_at}"

    def as_rules(self) -> rules_terms.CardType:
        return rules_terms.CardType(
            id=self.card_type_id,
            terms_id=self.pk,
            locations=None if self.locations is None else frozenset(self.locations),
            automatic_issue=AutomaticIssue(self.automatic_issue),
            acts_from=ActsFrom(self.acts_from),
            pays=rules_terms.Scopes(
                scope_of(self.service_mode, self.services, self.service_categories),
                scope_of(self.product_mode, self.products, self.product_categories),
            ),
            limit_amount=self.limit_amount,
            limit_percent=self.limit_percent,
            inactivity=period_of(self.inactivity_count, self.inactivity_unit),
            archived=self.archived,
        )


CARD_TYPE_TERMS: KnownTerms[rules_terms.CardType] = KnownTerms(CardTypeTerms, CardTypeTerms.as_rules)


class CardQuerySet(models.QuerySet["Card"]):
    def held_by(self, client: Client) -> Self:
        return self.filter(client=client).order_by("issued_at", "pk")

    def active(self) -> Self:
        return self.filter(blocked_at=None)

    def numbered(self, text: str) -> Self:
        """Cards whose number begins with what was typed, in groups or not; what is no number finds none."""
        typed = folded_number(text)
        return self.filter(number_folded__startswith=typed) if typed else self.none()


@pghistory.track()
class Card(models.Model):
    """A loyalty card of a client; its points are with its holder in the ledger.

    ``for_new_client``: issued by itself when the client was registered, so it acts at once.
    """

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="cards", verbose_name=_("chain"))
    client = models.ForeignKey(Client, models.PROTECT, related_name="cards", verbose_name=_("owner"))
    card_type = models.ForeignKey(CardType, models.PROTECT, related_name="cards", verbose_name=_("type"))
    number = models.CharField(_("number"), max_length=40)
    number_folded = models.CharField(max_length=80, editable=False)
    holder = models.OneToOneField(Holder, models.PROTECT, related_name="card")
    issued_at = models.DateTimeField(_("issued"))
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    for_new_client = models.BooleanField(_("issued automatically"), default=False)
    blocked_at = models.DateTimeField(_("blocked"), null=True, blank=True)

    objects: ClassVar[models.Manager[Card]] = CardQuerySet.as_manager()

    class Meta:
        verbose_name = _("loyalty card")
        verbose_name_plural = _("loyalty cards")
        constraints = (
            models.UniqueConstraint("chain", "number_folded", name="card_number_once_per_chain"),
            models.UniqueConstraint(
                fields=("client", "card_type"),
                condition=Q(blocked_at=None),
                name="card_type_held_once_per_client",
            ),
        )
        # Finds the beginning of a number, whatever order the database sorts letters in.
        indexes = (
            models.Index(
                fields=("chain", "number_folded"), opclasses=("int8_ops", "varchar_pattern_ops"), name="card_by_number"
            ),
            models.Index("chain", F("issued_at").desc(), "id", name="card_by_issue"),
            models.Index("card_type", condition=Q(blocked_at__isnull=False), name="card_blocked"),
        )

    def __str__(self) -> str:
        return f"{self.card_type} {self.number}"

    @property
    def is_blocked(self) -> bool:
        return self.blocked_at is not None


def names_of_card_types(chain: Chain) -> Mapping[int, str]:
    """The names of all card types of the chain, by id."""
    return dict(CardType.objects.filter(chain=chain).values_list("pk", "name"))

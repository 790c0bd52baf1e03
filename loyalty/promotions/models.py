"""Promotions and the terms they were ever given under (docs/rules.md, section 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Max, Value, When
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from chains.folding import FoldedField, SpellingsField
from chains.models import Chain
from loyalty.labels import choices_of
from loyalty.ledger.kinds import TransactionKind, points_given_by_visits
from loyalty.ledger.sums import Chosen, read_sums
from loyalty.programs.terms import SCOPE_COLUMNS, ImmutableTerms, KnownTerms, period_of, scope_of
from loyalty.promotions.checks import TOO_SMALL, check_terms
from loyalty.rules import terms as rules_terms
from loyalty.rules.terms import PeriodUnit, PromotionKind, ScopeMode, Source, Unit

#: The days that the figures of the list look back over, today included.
DAYS = 30


class PromotionQuerySet(models.QuerySet["Promotion"]):
    def active(self) -> Self:
        return self.filter(terms__archived=False)

    def with_figures(self, chain: Chain, since: date) -> Self:
        """Those of a chain, with the visits that each acted on, ``points_given`` and ``discount_given`` since a day.

        These are 0 or more and net of what was undone since, as the Transactions page adds them up.
        """
        discount = TransactionKind.PROMOTION_DISCOUNT
        lately = Chosen(since, kinds=[discount, *points_given_by_visits()])
        points: dict[int, Decimal] = defaultdict(Decimal)
        discounts: dict[int, Decimal] = defaultdict(Decimal)
        for (promotion_id, kind), sums in read_sums(chain, ("promotion", "kind"), lately).items():
            if kind == discount:
                discounts[promotion_id] -= sums.amount
            else:
                points[promotion_id] += sums.amount
        return self.annotate(
            visit_count=of_each(visits_acted_on(chain), models.IntegerField()),
            points_given=of_each(points, models.DecimalField()),
            discount_given=of_each(discounts, models.DecimalField()),
        )


def visits_acted_on(chain: Chain, promotions: Iterable[Promotion] = ()) -> Mapping[int, int]:
    """On how many visits each acted, by its id; rows that belong to no visit, and what was undone, left out."""
    found = read_sums(chain, ("promotion",), Chosen(promotions=[promotion.pk for promotion in promotions]))
    return {promotion_id: sums.visits for (promotion_id,), sums in found.items()}


def of_each(figures: Mapping[int, Any], field: models.Field[Any, Any]) -> Case:
    """The figure of each row by its key, 0 where there is none."""
    each = [When(pk=key, then=Value(figure)) for key, figure in figures.items() if key and figure]
    return Case(*each, default=Value(0), output_field=field)


@pghistory.track(exclude=["name_folded", "name_spellings"])
class Promotion(models.Model):
    """A discount or a cashback that a chain runs; what it gives stands in its terms in force."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="promotions", verbose_name=_("chain"))
    name = models.CharField(_("name"), max_length=150)
    name_folded = FoldedField()
    name_spellings = SpellingsField()
    terms = models.ForeignKey("loyalty.PromotionTerms", models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager[Promotion]] = PromotionQuerySet.as_manager()

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        constraints = (models.UniqueConstraint("chain", Lower("name"), name="promotion_name_once_per_chain"),)

    def __str__(self) -> str:
        return self.name

    def as_rules(self) -> rules_terms.Promotion:
        """The promotion under the terms in force."""
        assert self.terms is not None
        return self.terms.as_rules()


class PromotionTerms(ImmutableTerms):
    """What a promotion gives, from an edit until the next; never changed once written.

    ``value`` is percent, money, points or units to pay for, by the kind; ``rules`` are [from, value]
    rows as text. ``locations`` None is every location; items and categories are those listed.
    """

    promotion = models.ForeignKey(Promotion, models.PROTECT, related_name="all_terms")
    kind = models.CharField(_("kind"), max_length=40, choices=choices_of(PromotionKind))
    unit = models.CharField(_("unit"), max_length=10, choices=choices_of(Unit), default=Unit.PERCENT.value)
    value = models.DecimalField(_("value"), max_digits=19, decimal_places=4, default=0)
    rules = models.JSONField(_("rules"), default=list, blank=True)
    source = models.CharField(
        _("source of parameters for rules"), max_length=10, choices=choices_of(Source), default=Source.CHAIN.value
    )
    history_from = models.DateField(_("starting date of history"), null=True, blank=True)
    burn_count = models.PositiveSmallIntegerField(_("burning of unused points"), null=True, blank=True)
    burn_unit = models.CharField(max_length=10, choices=choices_of(PeriodUnit), blank=True)
    notice = models.PositiveSmallIntegerField(_("notification before burning"), null=True, blank=True)
    every = models.PositiveSmallIntegerField(_("number of visits to apply"), default=1)
    limit = models.PositiveIntegerField(_("limit of uses"), default=0)
    service_mode = models.CharField(
        _("services"), max_length=10, choices=choices_of(ScopeMode), default=ScopeMode.ANY.value
    )
    services = ArrayField(models.BigIntegerField(), default=list, blank=True)
    service_categories = ArrayField(models.BigIntegerField(), default=list, blank=True)
    product_mode = models.CharField(
        _("products"), max_length=10, choices=choices_of(ScopeMode), default=ScopeMode.ANY.value
    )
    products = ArrayField(models.BigIntegerField(), default=list, blank=True)
    product_categories = ArrayField(models.BigIntegerField(), default=list, blank=True)
    locations = ArrayField(models.BigIntegerField(), null=True, blank=True, verbose_name=_("valid for the locations"))
    first_day = models.DateField(_("first day"), null=True, blank=True)
    last_day = models.DateField(_("last day"), null=True, blank=True)
    archived = models.BooleanField(_("archived"), default=False)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    SUBJECT: ClassVar[str] = "promotion"
    LINKS: ClassVar[str] = "card_types"
    TOGETHER = (("kind", "unit", "value", "rules"), ("burn_count", "burn_unit"), *SCOPE_COLUMNS)

    TOO_SMALL = TOO_SMALL

    def check_choices(self, wrong: frozenset[str] = frozenset()) -> None:
        check_terms(self, wrong)

    def __str__(self) -> str:
        return f"{self.promotion_id}: {self.get_kind_display()}"

    def as_rules(self) -> rules_terms.Promotion:
        return rules_terms.Promotion(
            id=self.promotion_id,
            terms_id=self.pk,
            kind=PromotionKind(self.kind),
            unit=Unit(self.unit),
            value=self.value,
            rules=rules_of(self.rules),
            source=Source(self.source),
            history_from=self.history_from,
            burn=period_of(self.burn_count, self.burn_unit),
            notice=self.notice,
            every=self.every,
            limit=self.limit,
            scopes=rules_terms.Scopes(
                scope_of(self.service_mode, self.services, self.service_categories),
                scope_of(self.product_mode, self.products, self.product_categories),
            ),
            locations=None if self.locations is None else frozenset(self.locations),
            first_day=self.first_day,
            last_day=self.last_day,
            archived=self.archived,
        )


PROMOTION_TERMS: KnownTerms[rules_terms.Promotion] = KnownTerms(PromotionTerms, PromotionTerms.as_rules)


def rules_of(rows: Iterable[Sequence[Any]]) -> tuple[tuple[Decimal, Decimal], ...]:
    """The rules table from its column: (from, value) rows, ascending."""
    return tuple(sorted((Decimal(start), Decimal(value)) for start, value in rows))


def names_of_promotions(chain: Chain) -> Mapping[int, str]:
    """The names of all promotions of the chain, by id."""
    return dict(Promotion.objects.filter(chain=chain).values_list("pk", "name"))


def longest_notice_of(chain_id: int) -> int:
    """The longest notice before burning, in days, under any terms that a promotion of the chain ever had."""
    terms = PromotionTerms.objects.filter(promotion__chain=chain_id)
    return int(terms.aggregate(days=Max("notice", default=0))["days"])

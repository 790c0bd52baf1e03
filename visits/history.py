"""What is known of clients before a visit: the figures that promotions look at (docs/rules.md, section 3)."""

from collections.abc import Iterable, Mapping

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DateField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.lookups import GreaterThan

from chains.catalog.models import Item
from loyalty.promotions.models import Promotion
from loyalty.rules.desk import CameBefore, Counter, Key
from loyalty.rules.history import GivenUnits, PastUnits, PastVisit
from loyalty.rules.terms import ItemKind
from visits.models import Visit, VisitLine, VisitPromotion, began_before


def last_settled_visit(client: str | int) -> Subquery:
    """The local date of the last settled visit of the client whom this column of an outer query names, or of one."""
    of_client = OuterRef(client) if isinstance(client, str) else client
    settled = Visit.objects.settled().filter(client=of_client).order_by("-starts_on")
    return Subquery(settled.values("starts_on")[:1])


def was_on_a_bill(item: Item) -> bool:
    """Whether the service or product is or was on the bill of any visit."""
    return VisitLine.objects.filter(item=item).exists()


def was_put_on_a_visit(promotion: Promotion) -> bool:
    """Whether the promotion stands or stood on any visit, whatever came of it."""
    return VisitPromotion.objects.filter(promotion=promotion).exists()


def visits_before(visit: Visit) -> Mapping[CameBefore, int]:
    """How often the guest had arrived before the visit, paid or not, by all that a first visit goes by."""
    came = Visit.objects.came_before(visit).annotate(cost_something=GreaterThan(F("sold"), 0)).order_by()
    rows = came.values_list("location_id", "cost_something").annotate(visits=Count("pk"))
    return {CameBefore(place, cost_something): visits for place, cost_something, visits in rows}


def past_visits(visits: QuerySet[Visit], *, one_by_one: bool = True) -> tuple[PastVisit, ...]:
    """The visits as promotions see them, in order of start; those of one day and place together, unless one by one."""
    if one_by_one:
        figures = visits.order_by("starts_at", "pk").values_list("starts_on", "location_id", "sold", "paid")
        return tuple(PastVisit(*row) for row in figures)
    days = visits.order_by().values_list("starts_on", "location_id")
    summed = days.annotate(all_sold=Sum("sold"), all_paid=Sum("paid"), visits=Count("pk"))
    return tuple(PastVisit(*row) for row in summed)


def past_units(visits: QuerySet[Visit]) -> tuple[PastUnits, ...]:
    """Units that the client paid for in the visits; what cost nothing or was free is none."""
    lines = VisitLine.objects.filter(visit__in=visits, removed=False, due__gt=0)
    rows = lines.values_list("visit__starts_on", "visit__location_id", "item_id", "kind", "category_id").annotate(
        units=Sum(F("quantity") - F("free_units") - F("covered_units"))
    )
    return tuple(
        PastUnits(on, location_id, item_id, ItemKind(kind), category_id, units)
        for on, location_id, item_id, kind, category_id, units in rows.order_by()
    )


def counters(visit: Visit, card_ids: Iterable[int], *, with_units: bool) -> dict[Key, Counter]:
    """How often the promotions of these cards were met on other visits.

    ``with_units`` also counts the free units given before. The referral discount has no card and no counter:
    no other visit of its guest ever has one.
    """
    met = VisitPromotion.objects.filter(card__in=list(card_ids))
    met = met.exclude(visit=visit.pk) if visit.pk else met
    before = began_before(visit, "visit__")
    gave = Q(free_units__gt=0) & before
    counts = (
        met.order_by()
        .annotate(
            given_on=Case(When(gave, then="visit__starts_on")) if with_units else Value(None, DateField()),
            given_at=Case(When(gave, then="visit__location")) if with_units else Value(None, BigIntegerField()),
        )
        .values_list("card_id", "promotion_id", "given_on", "given_at")
        .annotate(
            eligibles=Count("pk", filter=Q(eligible=True) & before),
            uses=Count("pk", filter=Q(fired=True)),
            units=Sum("free_units"),
        )
    )
    found: dict[Key, Counter] = {}
    for card_id, promotion_id, on, location_id, eligible, uses, units in counts:
        so_far = found.get((card_id, promotion_id), Counter())
        given = (*so_far.given, GivenUnits(on, location_id, units)) if on else so_far.given
        found[(card_id, promotion_id)] = Counter(so_far.eligible_before + eligible, so_far.uses_elsewhere + uses, given)
    return found

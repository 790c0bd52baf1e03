"""What is known of clients before a visit: the figures that promotions look at (docs/rules.md, section 3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.lookups import GreaterThan

from chains.catalog.models import Item
from loyalty.promotions.models import Promotion
from loyalty.rules.desk import CameBefore, Counter, Key
from loyalty.rules.history import GivenUnits, PastUnits, PastVisit
from loyalty.rules.terms import ItemKind
from visits.models import Visit, VisitLine, VisitPromotion, began_before


def last_settled_visits(client_ids: Iterable[int]) -> Mapping[int, date]:
    """The local date of each client's last settled visit anywhere in the chain."""
    settled = Visit.objects.settled().filter(client__in=set(client_ids))
    return dict(settled.values_list("client").annotate(Max("starts_on")))


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


def past_visits(visits: QuerySet[Visit]) -> tuple[PastVisit, ...]:
    """The visits as promotions see them, in order of start."""
    figures = visits.order_by("starts_at", "pk").values_list("starts_on", "location_id", "sold", "paid")
    return tuple(PastVisit(*row) for row in figures)


def past_units(visits: QuerySet[Visit]) -> tuple[PastUnits, ...]:
    """Units that the client paid for in the visits; what cost nothing or was free is none."""
    lines = VisitLine.objects.filter(visit__in=visits, removed=False, due__gt=0)
    rows = lines.values_list("visit__starts_on", "visit__location_id", "item_id", "kind", "category_id").annotate(
        units=Sum(F("quantity") - F("free_units"))
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
    met = VisitPromotion.objects.filter(card__in=list(card_ids)).exclude(visit=visit.pk)
    before = began_before(visit, "visit__")
    counts = met.values_list("card_id", "promotion_id").annotate(
        eligible=Count("pk", filter=Q(eligible=True) & before), uses=Count("pk", filter=Q(fired=True))
    )
    given = _given_units(met.filter(before)) if with_units else {}
    return {
        (card_id, promotion_id): Counter(eligible, uses, tuple(given.get((card_id, promotion_id), ())))
        for card_id, promotion_id, eligible, uses in counts.order_by()
    }


def _given_units(met: QuerySet[VisitPromotion]) -> Mapping[Key, list[GivenUnits]]:
    found: dict[Key, list[GivenUnits]] = defaultdict(list)
    rows = met.filter(free_units__gt=0).values_list(
        "card_id", "promotion_id", "visit__starts_on", "visit__location_id", "free_units"
    )
    for card_id, promotion_id, on, location_id, units in rows:
        found[(card_id, promotion_id)].append(GivenUnits(on, location_id, units))
    return found

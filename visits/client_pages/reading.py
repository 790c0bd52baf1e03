"""What the client database shows of a client besides name and phone."""

from __future__ import annotations

from django.db.models import Count, DecimalField, Exists, Max, OuterRef, Prefetch, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from chains.models import Chain
from clients.models import Client
from loyalty.cards.models import Card
from loyalty.ledger.kinds import LedgerUnit, points_given_by_visits
from loyalty.ledger.models import Holder
from loyalty.rules.plan import Status
from visits.models import Visit

AMOUNT = DecimalField(max_digits=19, decimal_places=4)
NOTHING = Value(0, output_field=AMOUNT)


def came() -> QuerySet[Visit]:
    """Visits of the client of an outer query to which the guest came; a sale alone is none."""
    return Visit.objects.filter(client=OuterRef("pk"), status=Status.ARRIVED, is_sale=False).order_by()


def listed(chain: Chain) -> QuerySet[Client]:
    """The chain's clients with cards, points, and when and how often they came.

    The figures are computed for the rows of a page only, unless they are sorted by.
    """
    cards = Card.objects.active().select_related("card_type", "holder").order_by("issued_at", "pk")
    held = Holder.objects.holding(LedgerUnit.POINTS).filter(client=OuterRef("pk"), card__blocked_at=None)
    points = held.order_by().values("client")
    visits = came().values("client")
    return (
        chain.clients.select_related("registered_location")
        .prefetch_related(Prefetch("cards", cards))
        .annotate(
            points=Subquery(points.annotate(sum=Sum("balance")).values("sum")),
            last_visit_on=Subquery(visits.annotate(last=Max("starts_on")).values("last")),
            visits_made=Coalesce(Subquery(visits.annotate(count=Count("pk")).values("count")), 0),
        )
    )


def who_came(clients: QuerySet[Client], **when: object) -> QuerySet[Client]:
    return clients.filter(Exists(came().filter(**when)))


def who_stayed_away(clients: QuerySet[Client], **when: object) -> QuerySet[Client]:
    """Who did not come then, and who never came."""
    return clients.filter(~Exists(came().filter(**when)))


def visits_of(client: Client) -> QuerySet[Visit]:
    """The client's visits at every location, with the points that each gave and that still stand."""
    rows = client.transactions.model.objects.filter(
        visit=OuterRef("pk"), client=OuterRef("client"), kind__in=points_given_by_visits(), undone_by=None, undoes=None
    )
    given = rows.order_by().values("visit").annotate(sum=Sum("amount")).values("sum")
    return client.visits.select_related("location").annotate(points_given=Coalesce(Subquery(given), NOTHING))

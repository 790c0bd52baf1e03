"""The figures of a chain or a location, day by day.

Figures of visits go by the local date of each visit's location and count settled visits only; figures of points go by
the chain's date, are net of what was undone that day, and are 0 or more unless more was undone than done
(docs/rules.md, sections 1, 2 and 6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.models import Chain, Location
from loyalty.ledger.holdings import Outstanding
from loyalty.ledger.kinds import ROWS, LedgerUnit, TransactionKind, points_given, rows_in
from loyalty.ledger.models import Holder, Transaction
from loyalty.rules.money import ZERO
from visits.models import PROMOTION_DISCOUNT, Visit

#: So many days are shown, today included, beside as many before them.
LENGTH = 30

Days = Mapping[date, Decimal]


@dataclass(frozen=True)
class Figure:
    """What is counted: of visits, or (with ``kinds``) of rows of the ledger, whose sum times ``sign`` it is."""

    name: str
    label: str | Promise
    help_text: str | Promise
    kinds: tuple[str, ...] = ()
    sign: int = 1
    #: Whether its rows belong to no location, so that none has this figure.
    is_of_chain: bool = False

    @property
    def unit(self) -> LedgerUnit | None:
        """What its amount is in; None where things are counted, such as visits."""
        if self.kinds:
            (unit,) = {ROWS[kind].unit for kind in self.kinds}  # of two units no sum is made
            return unit
        return None if self.name == "visits" else LedgerUnit.MONEY


FIGURES = (
    Figure("visits", _("Visits"), _("settled: arrived and paid in full")),
    Figure("sold", _("Sold"), _("before discounts and points")),
    Figure("manual_discount", _("Discount by hand"), _("given by staff, line by line")),
    Figure("promotion_discount", _("Discount by promotions"), _("the referral program's with them")),
    Figure("paid", _("Paid"), _("money, without points")),
    Figure(
        "given",
        _("Points given"),
        _("less what was undone"),
        points_given(),
    ),
    Figure("points_paid", _("Paid with points"), _("less what was undone"), (TransactionKind.CARD_PAYMENT,), -1),
    Figure(
        "burned", _("Points burned"), _("unused past their last day"), (TransactionKind.BURNING,), -1, is_of_chain=True
    ),
)
#: Figures of visits that are no column of their own.
_COMPUTED = {"promotion_discount": PROMOTION_DISCOUNT}
OF_LOCATION = tuple(figure for figure in FIGURES if not figure.is_of_chain)
OF_VISITS = tuple(figure for figure in FIGURES if not figure.kinds)
OF_POINTS = tuple(figure for figure in FIGURES if figure.kinds)


@dataclass(frozen=True)
class Span:
    """Days, both of which belong to it."""

    since: date
    until: date

    def total(self, days: Days) -> Decimal:
        return sum((amount for day, amount in days.items() if self.since <= day <= self.until), ZERO)

    def __iter__(self) -> Any:
        return (self.since + timedelta(days=number) for number in range((self.until - self.since).days + 1))


@dataclass(frozen=True)
class Spans:
    """Today, the last days with today, and as many days before those."""

    today: Span
    last: Span
    before: Span

    @classmethod
    def on(cls, today: date) -> Spans:
        first = today - timedelta(days=LENGTH - 1)
        return cls(
            Span(today, today), Span(first, today), Span(first - timedelta(days=LENGTH), first - timedelta(days=1))
        )


@dataclass(frozen=True)
class Daily:
    """The days of every figure, by its name, and the spans that they are read over."""

    days: Mapping[str, Days]
    visits: Spans
    points: Spans
    #: What came to or went from cards since the last days began.
    moved: Decimal

    def spans(self, figure: Figure) -> Spans:
        return self.points if figure.kinds else self.visits


def read_daily(chain: Chain, location: Location | None, at: datetime) -> Daily:
    """All figures of the last and the earlier days, in two queries however much there is."""
    visits = Spans.on((location or chain).local_date(at))
    points = Spans.on(chain.local_date(at))
    days: dict[str, dict[date, Decimal]] = {figure.name: defaultdict(Decimal) for figure in FIGURES}
    for day, *sums in _visit_sums(_visits(chain, location, visits), "starts_on"):
        for figure, amount in zip(OF_VISITS, sums, strict=True):
            days[figure.name][day] = Decimal(amount)
    moved = ZERO
    by_day = _rows(chain, location, points).annotate(on=TruncDate("at", tzinfo=chain.zone))
    for day, kind, amount in _row_sums(by_day, "on"):
        moved += amount if day >= points.last.since else ZERO
        for figure in _figures_of(kind):
            days[figure.name][day] += figure.sign * amount
    return Daily(days, visits, points, moved)


@dataclass(frozen=True)
class Place:
    """The last days of one location, or (None) of what belongs to the chain itself."""

    location: Location | None
    sums: Mapping[str, Decimal]


def read_places(chain: Chain, at: datetime) -> list[Place]:
    """The last days location by location, in three queries; who has no figure and is closed is left out."""
    last = Spans.on(chain.local_date(at))
    sums: dict[int | None, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    settled = Visit.objects.settled().filter(chain=chain, starts_on__range=(last.last.since, last.last.until))
    for location_id, *figures in _visit_sums(settled, "location_id"):
        sums[location_id] |= {figure.name: Decimal(amount) for figure, amount in zip(OF_VISITS, figures, strict=True)}
    rows = _since(Transaction.objects.filter(chain=chain), last.last.since, chain)
    for location_id, kind, amount in _row_sums(rows, "location_id"):
        for figure in _figures_of(kind):
            sums[location_id][figure.name] += figure.sign * amount
    locations = chain.locations.order_by("name_folded", "pk")
    found = [Place(place, sums[place.pk]) for place in locations if place.pk in sums or not place.archived]
    return [*found, *([Place(None, sums[None])] if None in sums else [])]


def outstanding(chain: Chain) -> Outstanding:
    """What is on all cards at this moment."""
    return Outstanding.of(Holder.objects.filter(chain=chain).holding(LedgerUnit.POINTS))


def _visits(chain: Chain, location: Location | None, spans: Spans) -> QuerySet[Visit]:
    place = {"location": location} if location else {"chain": chain}
    return Visit.objects.settled().filter(**place, starts_on__range=(spans.before.since, spans.last.until))


def _visit_sums(visits: QuerySet[Visit], by: str) -> Iterable[tuple[Any, ...]]:
    """Rows of what they are grouped by and the figures of ``OF_VISITS``, in their order."""
    sums = {f"sum_{figure.name}": Sum(_COMPUTED.get(figure.name, F(figure.name))) for figure in OF_VISITS[1:]}
    return visits.order_by().values_list(by).annotate(count=Count("pk"), **sums)


def _rows(chain: Chain, location: Location | None, spans: Spans) -> QuerySet[Transaction]:
    place = {"location": location} if location else {}
    return _since(Transaction.objects.filter(chain=chain, **place), spans.before.since, chain)


def _since(rows: QuerySet[Transaction], day: date, chain: Chain) -> QuerySet[Transaction]:
    """Rows that moved points since the beginning of a day of the chain."""
    return rows.filter(kind__in=rows_in(LedgerUnit.POINTS), at__gte=datetime.combine(day, time.min, chain.zone))


def _row_sums(rows: QuerySet[Transaction], by: str) -> Iterable[tuple[Any, str, Decimal]]:
    return rows.order_by().values_list(by, "kind").annotate(sum=Sum(F("amount")))


def _figures_of(kind: str) -> Iterable[Figure]:
    return (figure for figure in OF_POINTS if kind in figure.kinds)

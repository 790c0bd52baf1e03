"""What visits add up to by day and by month, without reading them all (docs/architecture.md, *Sums of visits*).

Visits change, so what each save changed is added: by a trigger of their table, in the transaction of the save, as rows
of its own, so that no two saves wait for each other. A job makes one row of the many; how many there are changes no
figure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from chains.models import Chain
from loyalty.ledger.sums import spans_of
from visits.models import VisitSum
from visits.summing import SUMMED_FIGURES

_FIGURES = ("visits", *SUMMED_FIGURES)
_NAMED = ", ".join(f'"{name}"' for name in _FIGURES)
_SUMMED = ", ".join(f'sum("{name}")' for name in _FIGURES)
_LEFT_OVER = " OR ".join(f'sum("{name}") <> 0' for name in _FIGURES)
_SORT = 'of_month, "on", location_id, status, is_settled, has_guest'

#: One row for each sort of which rows were added since.
_SUM_UP = f"""
WITH sorts AS (SELECT DISTINCT {_SORT} FROM visits_visitsum WHERE chain_id = %(chain)s AND is_new), gone AS (
  DELETE FROM visits_visitsum s USING sorts n WHERE s.chain_id = %(chain)s
    AND (s.of_month, s."on", s.location_id, s.status, s.is_settled, s.has_guest)
      = (n.of_month, n."on", n.location_id, n.status, n.is_settled, n.has_guest)
  RETURNING s.*
)
INSERT INTO visits_visitsum (chain_id, {_SORT}, is_new, {_NAMED})
SELECT chain_id, {_SORT}, false, {_SUMMED} FROM gone GROUP BY chain_id, {_SORT} HAVING {_LEFT_OVER}
"""  # noqa: S608
#: Each visit once as of its day and once as of its month; taken from them what is summed.
_COMPARED = f"""
SELECT CASE WHEN of_month THEN 'month of' ELSE 'day' END, "on", location_id, status, is_settled, has_guest, {_SUMMED}
FROM (
  SELECT false AS of_month, starts_on AS "on", location_id, status, settled_at IS NOT NULL AS is_settled,
    client_id IS NOT NULL AS has_guest, 1 AS visits, {", ".join(f'"{name}"' for name in SUMMED_FIGURES)}
  FROM visits_visit WHERE NOT is_sale AND {{of_chain}}
  UNION ALL
  SELECT true, starts_on - extract(day FROM starts_on)::int + 1, location_id, status, settled_at IS NOT NULL,
    client_id IS NOT NULL, 1, {", ".join(f'"{name}"' for name in SUMMED_FIGURES)}
  FROM visits_visit WHERE NOT is_sale AND {{of_chain}}
  UNION ALL
  SELECT {_SORT}, {", ".join(f'-"{name}"' for name in _FIGURES)} FROM visits_visitsum WHERE {{of_chain}}
) compared GROUP BY {_SORT} HAVING {_LEFT_OVER} ORDER BY 1, 2, 3, 4, 5, 6
""".replace("{of_chain}", "(%(chain)s::bigint IS NULL OR chain_id = %(chain)s)")  # noqa: S608


@dataclass(frozen=True)
class ChosenVisits:
    """Which visits are meant: of these days of their locations, both included, and of what is named; None is any."""

    since: date | None = None
    until: date | None = None
    locations: Collection[int] = ()
    status: str | None = None
    is_settled: bool | None = None
    has_guest: bool | None = None

    def rows(self, chain: Chain) -> QuerySet[VisitSum]:
        days = Q()
        for of_month, first, last in spans_of(self.since or date.min, self.until or date.max, by_day=False):
            days |= Q(of_month=of_month, on__range=(first, last))
        rows = VisitSum.objects.filter(days, chain=chain)
        if self.locations:
            rows = rows.filter(location__in=self.locations)
        told = {"status": self.status, "is_settled": self.is_settled, "has_guest": self.has_guest}
        return rows.filter(**{name: value for name, value in told.items() if value is not None})


@dataclass(frozen=True)
class SumOfVisits:
    """How many visits of a status there are, settled or not, and what their figures come to."""

    status: str
    is_settled: bool
    visits: int
    figures: Mapping[str, Decimal]


def read_visit_sums(chain: Chain, chosen: ChosenVisits) -> list[SumOfVisits]:
    """The chosen visits by status, settled or not; in one query, however many there are."""
    told = chosen.rows(chain).order_by().values_list("status", "is_settled")
    found = told.annotate(**{f"sum_{name}": Sum(name) for name in _FIGURES})
    return [
        SumOfVisits(status, is_settled, int(visits), dict(zip(SUMMED_FIGURES, figures, strict=True)))
        for status, is_settled, visits, *figures in found
        if visits
    ]


def sum_up_visits(*, chain: Chain) -> None:
    """Make one row of all that belong together. Two runs at once do no more than one, and nobody waits for them."""
    with connection.cursor() as cursor:
        cursor.execute(_SUM_UP, {"chain": chain.pk})


def visit_differences(chain: Chain | None = None) -> Iterator[str]:
    """A line for each sort of visits whose sums are not those of the visits."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPARED, {"chain": chain.pk if chain else None})
        for span, on, location, status, is_settled, has_guest, *missing in cursor.fetchall():
            sort = f"{span} {on}, location {location}, {status}, settled {is_settled}, with a guest {has_guest}"
            what: Iterator[Any] = (f"{name} {amount}" for name, amount in zip(_FIGURES, missing, strict=True) if amount)
            yield f"sums of visits of the {sort}: {', '.join(what)} are missing"

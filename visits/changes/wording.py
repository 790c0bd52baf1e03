"""Changes of visits in the reader's words: ids become names, figures amounts of the chain's currency."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from chains.catalog.models import Item
from chains.history import Difference as ToldDifference
from chains.models import Chain, Location
from clients.models import Client
from config.ui.figures import format_money, format_points
from loyalty.client_pages.holders import NAMES, name_of
from loyalty.labels import choices_of, label
from loyalty.ledger.kinds import LedgerUnit
from loyalty.ledger.models import Holder
from loyalty.ledger.shown import amount_in
from loyalty.memberships.models import Membership
from loyalty.promotions.models import Promotion
from loyalty.rules.plan import PaymentMethod, Status
from visits.changes.differences import Difference
from visits.models import VisitChange
from visits.value import sold_as

_NOTHING = "–"


class Names:
    """The names of things by id: many are loaded at once, a further one when it is asked for."""

    def __init__(self, rows: QuerySet[Any], ids: Iterable[int] = ()) -> None:
        self._rows, wanted = rows, set(ids)
        self._found: dict[int, Any] = rows.in_bulk(wanted) if wanted else {}

    def row(self, pk: int) -> Any:
        """The thing itself, None where there is none."""
        if pk not in self._found:
            self._found[pk] = self._rows.filter(pk=pk).first()
        return self._found[pk]

    def of(self, pk: int | None) -> str:
        return str((pk is not None and self.row(pk)) or _NOTHING)


@dataclass(frozen=True)
class Words:
    """The names that changes of visits speak of."""

    chain: Chain
    locations: Mapping[int, Location]
    items: Names
    promotions: Names
    holders: Names
    memberships: Names
    clients: Names

    def told(self, change: VisitChange) -> list[ToldDifference]:
        """What differs, as label, before and after; what is due last."""
        found = [self._told(each, change) for each in change.differences]
        due = [self._money(change.due_before), self._money(change.due)]
        return [*found, *([ToldDifference(_("Due"), *due)] if due[0] != due[1] else [])]

    def _told(self, difference: Difference, change: VisitChange) -> ToldDifference:
        label, told = self._of(difference, change)
        return ToldDifference(label, told(difference["before"]), told(difference["after"]))

    def _of(self, difference: Difference, change: VisitChange) -> tuple[str, Callable[[Any], str]]:
        """What it is of, and how either side is told."""
        what = difference["what"]
        if what == "line":
            return self.items.of(difference["item"]), self._line
        if what == "promotion":
            return self.promotions.of(difference["promotion"]), _applied
        if what == "cover":
            return self.memberships.of(difference["membership"]), self._units
        if what == "means":
            return self._means(difference["holder"])
        if what == "value":
            return sold_as(difference["kind"]), self._money
        if what == "payment":
            return str(dict(choices_of(PaymentMethod)).get(difference["method"], _NOTHING)), self._money
        told: dict[str, tuple[str, Callable[[Any], str]]] = {
            "status": (_("Status"), _status),
            "guest": (_("Guest"), self.clients.of),
            "start": (_("Start"), lambda start: self._start(start, change)),
            "location": (_("Location"), self._location),
            "referral": (_("Invited by"), self._inviter),
        }
        return told[what]

    def _line(self, line: Mapping[str, Any] | None) -> str:
        if line is None:
            return _("not on the bill")
        price = format_points(Decimal(line["price"]), self.chain.currency)
        told = f"{line['quantity']} × {price}"
        return f"{told}, −{number_format(line['discount'])} %" if line["discount"] else told

    def _means(self, holder_id: int) -> tuple[str, Callable[[Any], str]]:
        """What paid, and how much of what it counts."""
        holder = self.holders.row(holder_id)
        if holder is None:
            return _NOTHING, self._money
        if holder.what.unit is LedgerUnit.POINTS:
            return _("Points of %(card)s") % {"card": holder.card}, partial(self._amount, holder.what.unit)
        return name_of(holder).in_words, partial(self._amount, holder.what.unit)

    def _units(self, units: int | None) -> str:
        return _NOTHING if units is None else amount_in(LedgerUnit.VISITS, Decimal(units), self.chain.currency)

    def _amount(self, unit: LedgerUnit, amount: str | None) -> str:
        return amount_in(unit, Decimal(amount), self.chain.currency) if amount else _NOTHING

    def _money(self, amount: str | Decimal | None) -> str:
        return _NOTHING if amount is None else format_money(Decimal(amount), self.chain.currency)

    def _location(self, pk: int | None) -> str:
        location = self.locations.get(pk or 0)
        return location.name if location else _NOTHING

    def _inviter(self, pk: int | None) -> str:
        return _("an unknown phone") if pk == 0 else self.clients.of(pk)

    def _start(self, start: str | None, change: VisitChange) -> str:
        if start is None:
            return _NOTHING
        zone = self.locations[change.location_id].zone
        return date_format(datetime.fromisoformat(start).astimezone(zone), "SHORT_DATETIME_FORMAT")


def words_for(changes: Iterable[VisitChange], chain: Chain) -> Words:
    """The words for these changes, in at most five queries; they serve for others too."""
    found = [each for change in changes for each in change.differences]
    sides = [each for each in found if each["what"] in {"guest", "referral"}]
    clients = {pk for each in sides for pk in (each["before"], each["after"]) if pk}
    return Words(
        chain=chain,
        locations=chain.locations_by_id,
        items=Names(Item.objects.filter(chain=chain), _ids(found, "item")),
        promotions=Names(Promotion.objects.filter(chain=chain), _ids(found, "promotion")),
        holders=Names(Holder.objects.filter(chain=chain).select_related(*NAMES), _ids(found, "holder")),
        memberships=Names(
            Membership.objects.filter(chain=chain).select_related("membership_type"), _ids(found, "membership")
        ),
        clients=Names(Client.objects.filter(chain=chain), clients),
    )


def _ids(found: Iterable[Difference], name: str) -> set[int]:
    return {each[name] for each in found if name in each}


def _applied(is_applied: bool | None) -> str:
    return _("applied") if is_applied else _("not applied")


def _status(status: str | None) -> str:
    return label(Status(status)) if status else _NOTHING

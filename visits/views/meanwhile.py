"""What somebody else saved while a page of the visit window was open, beside what was typed on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chains.catalog.models import Item
from chains.models import Location
from loyalty.labels import choices_of, label
from loyalty.rules.plan import PaymentMethod, Status
from visits.forms.amounts import read_id
from visits.forms.merging import Change, changes, merged, unpacked
from visits.forms.reading import Known, local_instant
from visits.forms.typed import Row, Typed, kept_in
from visits.models import Visit


@dataclass(frozen=True)
class ShownChange:
    """What they changed, in words: how it was when the page was opened, how it is now, what was typed."""

    what: str
    before: str
    now: str
    typed: str
    is_both: bool


def is_stale(visit: Visit | None, typed: Typed) -> bool:
    return visit is not None and str(visit.version) != typed.text("version")


def merged_with(visit: Visit, location: Location, typed: Typed) -> Typed:
    """What was typed, put onto the visit as it is kept now."""
    theirs = kept_in(visit, location)
    return merged(unpacked(typed.text("base")) or theirs, theirs, typed)


def shown_changes(visit: Visit | None, location: Location, typed: Typed, known: Known) -> list[ShownChange]:
    """Line by line what they changed; nothing where the page is not stale."""
    base = unpacked(typed.text("base"))
    if visit is None or base is None or not is_stale(visit, typed):
        return []
    found = changes(base, kept_in(visit, location), typed)
    ids = {read_id((change.theirs or change.base or {}).get("item", "")) for change in found if change.kind == "lines"}
    items = Item.objects.filter(chain=location.chain).in_bulk(ids) if ids else {}
    words = _Words(location, known, {pk: item.name for pk, item in items.items()})
    return [words.shown(change) for change in found]


@dataclass(frozen=True)
class _Words:
    location: Location
    known: Known
    items: dict[int, str]

    def shown(self, change: Change) -> ShownChange:
        what, told = self._told(change)
        before, now = told(change.base), told(change.theirs)
        typed = told(change.mine) if _is_sent(change) else before
        return ShownChange(what, before, now, typed, is_both=typed not in (before, now))

    def _told(self, change: Change) -> tuple[str, Callable[[Row | None], str]]:
        """What it is, and how one of the three is told."""
        if change.kind == "lines":
            item = read_id((change.theirs or change.base or {}).get("item", ""))
            return self.items.get(item, "–"), _line
        if change.kind == "discounts":
            return self.known.promotions.get(read_id(change.key[1]), "–"), _applied
        if change.kind == "points":
            card = self.known.cards.get(read_id(change.key[0]))
            return str(card) if card else "–", _amount
        if change.kind == "payments":
            return str(dict(choices_of(PaymentMethod)).get(change.key[0], "–")), _amount
        return {
            "guest": (_("Guest"), self._guest),
            "status": (_("Status"), _status),
            "start": (_("Start"), self._start),
            "referral": (_("Inviter's phone"), _phone),
        }[change.key[0]]

    def _guest(self, row: Row | None) -> str:
        client = self.location.chain.clients.filter(pk=read_id(row["guest"])).first() if row else None
        return client.name if client else "–"

    def _start(self, row: Row | None) -> str:
        at = local_instant(row["date"], row["time"], self.location.zone) if row else None
        return date_format(at.astimezone(self.location.zone), "SHORT_DATETIME_FORMAT") if at else "–"


def _is_sent(change: Change) -> bool:
    """A start that is fixed has no field, so that it comes back blank."""
    return change.key != ("start",) or bool(change.mine and any(change.mine.values()))


def _line(row: Row | None) -> str:
    if row is None:
        return _("not on the bill")
    told = f"{row['quantity']} × {row['unit_price']}" if row["unit_price"] else row["quantity"]
    return f"{told}, −{row['manual_discount']} %" if row["manual_discount"] else told


def _applied(row: Row | None) -> str:
    return _("applied") if row else _("not applied")


def _amount(row: Row | None) -> str:
    return row["amount"] if row else "–"


def _phone(row: Row | None) -> str:
    return row["referral"] if row else "–"


def _status(row: Row | None) -> str:
    text = row["status"] if row else ""
    return label(Status(text)) if text in set(Status) else "–"

"""Transactions as a workbook: the rows in their order, what they add up to, and what they were chosen by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from chains.clocks import of_rows, wall_clock_start
from chains.models import Chain, Location, User
from clients.phones import international
from config.ui.books import Book, BookSheet
from config.ui.spreadsheets import COUNT, DAY, INSTANT, Column, Value, figures_of
from config.ui.streamed import PART, streamed
from loyalty.client_pages.holders import named_holder
from loyalty.explanations.transactions import reasons, undoing
from loyalty.ledger.kinds import ROWS
from loyalty.ledger.models import Transaction
from loyalty.ledger.shown import unit_in_words
from loyalty.promotions.models import Promotion
from reports.transactions.details import invited_guest, last_day_of_points
from reports.transactions.selection import Selection
from reports.transactions.totals import Totals

#: How the number of a visit is written: nobody counts with it.
_NUMBER = "0"


def write_workbook(
    book: Book,
    *,
    chain: Chain,
    selection: Selection,
    at: datetime,
    acting_user: User,
    shows_phones: bool,
    chosen: Sequence[str] = (),
    progress: Callable[[int], None] = lambda _done: None,
) -> int:
    """Write the rows into ``book`` and return how many they are; the totals are those of the very rows written.

    ``shows_phones``: whether whoever takes it home may see clients. ``chosen`` are columns of the page, in their order;
    without any, there is all that is known.
    """
    totals = Totals()
    places = {place.pk: place for place in chain.locations.select_related("chain")}
    columns = _chosen_columns(chain, chosen, shows_phones=shows_phones)
    summary, sheet = book.add_sheet(_("Summary")), book.add_sheet(_("Transactions"))
    sheet.begin_table([each.column for each in columns])
    rows = selection.rows(chain).annotate(phone=Cast("client__phone", TextField()))
    with closing(streamed(rows, PATHS, Row)) as found:
        for row in found:
            told = Told(row, chain, places)
            sheet.add([each.value(told) for each in columns])
            totals.add(row)
            if totals.rows % PART == 0:
                progress(totals.rows)
    sheet.end_table()
    _total(sheet, chain, totals, columns)
    progress(totals.rows)
    _summarise(summary, chain, [*_notes(chain, places.values(), at, acting_user), *_chosen(selection, chain)], totals)
    return totals.rows


# Rows
# ----------------------------------------------------------------------------


#: All that is told of a row.
PATHS = (
    *("at", "kind", "amount", "balance_after", "why", "visit_id", "undoes_id"),
    *("location__name", "client__name", "phone", "card__number", "card__card_type__name", "promotion__name"),
    *("promotion_terms__kind", "acting_user__name", "comment__text", "undoes__kind", "undoes__at", "undone_by__at"),
    *("holder__gift_card__number", "holder__gift_card__gift_card_type__name", "holder__account__account_type__name"),
    "holder__membership_counter__membership__number",
    "holder__membership_counter__membership__membership_type__name",
    *("line__item__name", "line__sold", "line__due", "line__manual_discount"),
    *("visit__starts_at", "visit__location_id", "visit__saved_at", "visit__status", "visit__client__name"),
    *(f"granted_lot__{name}" for name in ("last_on", "ended_on", "inactivity_count", "inactivity_unit")),
)


class Row(SimpleNamespace):
    """A row as ``PATHS`` names its values, which is read as if it were a ``Transaction``."""

    what = Transaction.what
    is_manual = Transaction.is_manual
    get_kind_display = Transaction.get_kind_display


@dataclass(slots=True)
class Told:
    """A row, and what is needed to tell it."""

    row: Any
    chain: Chain
    places: Mapping[int, Location]


@dataclass(frozen=True)
class ToldColumn:
    """A column of the sheet: which one of the page it belongs to, and what it says of a row."""

    page_column: str
    column: Column
    value: Callable[[Told], Value]


def _chosen_columns(chain: Chain, chosen: Sequence[str], *, shows_phones: bool) -> list[ToldColumn]:
    """All, as they come; or those of the chosen columns, in their order."""
    every = [each for each in _columns(chain) if shows_phones or each.page_column != "phone"]
    if not chosen:
        return every
    return sorted(
        (each for each in every if each.page_column in chosen), key=lambda each: chosen.index(each.page_column)
    )


def _columns(chain: Chain) -> list[ToldColumn]:
    """What came later stands behind, so that what was built on the others still holds."""
    figures = figures_of(chain.places)
    kinds = {kind: str(row.label) for kind, row in ROWS.items()}
    units = {kind: unit_in_words(row.unit, chain.currency) for kind, row in ROWS.items()}
    return [
        ToldColumn("at", Column(gettext_lazy("Date and time"), 17, INSTANT), lambda told: _local(told.row.at, chain)),
        ToldColumn("location", Column(gettext_lazy("Location"), 18), _location),
        ToldColumn("kind", Column(gettext_lazy("Type"), 25), lambda told: kinds[told.row.kind]),
        ToldColumn("client", Column(gettext_lazy("Client"), 26), _client),
        ToldColumn("card", Column(gettext_lazy("Card or account"), 18), _card_type),
        ToldColumn("card", Column(gettext_lazy("Number"), 16), _card_number),
        ToldColumn("promotion", Column(gettext_lazy("Promotion"), 26), _promotion),
        ToldColumn("visit", Column(gettext_lazy("Visit"), 17, INSTANT), _visit),
        ToldColumn("amount", Column(gettext_lazy("Amount"), 14, figures), lambda told: told.row.amount),
        ToldColumn("amount", Column(gettext_lazy("Unit"), 10), lambda told: units[told.row.kind]),
        ToldColumn(
            "balance_after", Column(gettext_lazy("Balance after"), 14, figures), lambda told: told.row.balance_after
        ),
        ToldColumn("acting_user", Column(gettext_lazy("Who"), 20), _acting_user),
        ToldColumn("kind", Column(gettext_lazy("Comment"), 32), _comment),
        ToldColumn("kind", Column(gettext_lazy("Undoing"), 36), lambda told: undoing(told.row)),
        ToldColumn("why", Column(gettext_lazy("Why"), 60), lambda told: " ".join(reasons(told.row, chain))),
        ToldColumn("visit_number", Column(gettext_lazy("Visit number"), 14, _NUMBER), lambda told: told.row.visit_id),
        ToldColumn("invited", Column(gettext_lazy("Invited guest"), 26), _invited),
        ToldColumn(
            "last_on", Column(gettext_lazy("Last day of points"), 18, DAY), lambda told: last_day_of_points(told.row)
        ),
        ToldColumn("phone", Column(gettext_lazy("Phone"), 20), _phone),
    ]


def _location(told: Told) -> Value:
    return told.row.location.name if told.row.location else _("the chain")


def _client(told: Told) -> Value:
    return told.row.client.name if told.row.client else None


def _card_type(told: Told) -> Value:
    holder = named_holder(told.row)
    return holder.type_name if holder else None


def _card_number(told: Told) -> Value:
    holder = named_holder(told.row)
    return (holder.number or None) if holder else None


def _promotion(told: Told) -> Value:
    return told.row.promotion.name if told.row.promotion else None


def _visit(told: Told) -> Value:
    visit = told.row.visit
    return wall_clock_start(visit.starts_at, told.places[visit.location_id]) if visit else None


def _acting_user(told: Told) -> Value:
    return told.row.acting_user.name if told.row.acting_user else _("the program")


def _comment(told: Told) -> Value:
    comment = getattr(told.row, "comment", None)
    return comment.text if comment else None


def _invited(told: Told) -> Value:
    guest = invited_guest(told.row)
    return guest.name if guest else None


def _phone(told: Told) -> Value:
    return international(told.row.phone) if told.row.phone else None


def _total(sheet: BookSheet, chain: Chain, totals: Totals, columns: Sequence[ToldColumn]) -> None:
    """Below the rows and apart from them, so that no sorting takes it along: a sum for each unit of each group.

    Left out where the rows fill the sheet, or without their column; the summary has the sums by type anyway.
    """
    sums = totals.by_unit()
    amount_at = next((at for at, each in enumerate(columns) if each.page_column == "amount"), None)
    if not sums or amount_at is None or not sheet.has_room_for(1 + len(sums)):
        return
    sheet.add([])
    for (group, unit), amount in sums.items():
        name = [_("Total, %(group)s") % {"group": group.label}, *[None] * (amount_at - 1)] if amount_at else []
        sheet.add([*name, amount, unit_in_words(unit, chain.currency)], is_bold=True)


def _local(at: datetime, chain: Chain) -> datetime:
    """The chain's wall clock: a workbook knows no time zones."""
    return at.astimezone(chain.zone).replace(tzinfo=None)


# The summary
# ----------------------------------------------------------------------------


def _summarise(sheet: BookSheet, chain: Chain, notes: Sequence[tuple[str, Value]], totals: Totals) -> None:
    figures = figures_of(chain.places)
    sheet.set_columns(
        [
            Column(gettext_lazy("Type"), 28),
            Column(gettext_lazy("Unit"), 22),
            Column(gettext_lazy("Rows"), 12, COUNT),
            Column(gettext_lazy("Plus"), 16, figures),
            Column(gettext_lazy("Minus"), 16, figures),
            Column(gettext_lazy("Sum"), 16, figures),
        ]
    )
    sheet.add([_("Transactions of %(chain)s") % {"chain": chain.name}], is_bold=True)
    for name, value in notes:
        sheet.add([name, value])
    sheet.add([])
    sheet.add_heading()
    for each in totals:
        unit = unit_in_words(ROWS[each.kind].unit, chain.currency)
        sheet.add([str(each.label), unit, each.rows, each.plus, each.minus, each.sum])
    sheet.add([_("All rows"), None, totals.rows], is_bold=True)


def _notes(chain: Chain, places: Iterable[Location], at: datetime, acting_user: User) -> list[tuple[str, Value]]:
    return [
        (_("Made"), _local(at, chain)),
        (_("Made by"), acting_user.name),
        *of_rows(chain, places),
    ]


def _chosen(selection: Selection, chain: Chain) -> list[tuple[str, Value]]:
    """What the rows were chosen by, days and amounts as such; one line for each filter in force."""
    promotions = Promotion.objects.filter(chain=chain, pk__in=selection.promotions).order_by("name_folded", "pk")
    locations = chain.locations.filter(pk__in=selection.sources).order_by("name_folded", "pk")
    sources = [_("the chain itself")] * selection.chain_itself + [location.name for location in locations]
    chosen: dict[str, Value] = {
        _("Period from"): selection.since,
        _("Period to"): selection.until,
        _("Type"): ", ".join(str(ROWS[kind].label) for kind in selection.kinds),
        _("Promotion"): ", ".join(promotion.name for promotion in promotions) if selection.promotions else "",
        _("Sources"): ", ".join(sources),
        _("Client or card"): selection.whose,
        _("Amount from"): selection.amount_from,
        _("Amount to"): selection.amount_to,
    }
    named: list[tuple[str, Value]] = [(name, value) for name, value in chosen.items() if value not in (None, "")]
    return named or [(_("Filters"), pgettext("filters", "none"))]

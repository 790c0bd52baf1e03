"""Transactions as a workbook: the rows in their order, what they add up to, and what they were chosen by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from chains.clocks import of_rows, wall_clock_start
from chains.models import Chain, Location, User
from config.ui.books import Book, BookSheet
from config.ui.spreadsheets import COUNT, DAY, INSTANT, Column, Value, figures_of
from loyalty.explanations.transactions import reasons, undoing
from loyalty.ledger.kinds import ROWS
from loyalty.ledger.models import Transaction
from loyalty.ledger.shown import unit_in_words
from loyalty.promotions.models import Promotion
from reports.transactions.details import invited_guest, last_day_of_points
from reports.transactions.selection import Selection
from reports.transactions.totals import Totals

#: Rows that are read from the database at a time; after each such part it is told how far the work is.
PART = 500
#: How the number of a visit is written: nobody counts with it.
_NUMBER = "0"
#: What stands between the first column and the amount.
_UNTIL_AMOUNT = (None,) * 7


def write_workbook(
    book: Book,
    *,
    chain: Chain,
    selection: Selection,
    at: datetime,
    acting_user: User,
    shows_phones: bool,
    progress: Callable[[int], None] = lambda _done: None,
) -> int:
    """Write the rows into ``book`` and return how many they are; the totals are those of the very rows written.

    ``shows_phones``: whether whoever takes it home may see clients.
    """
    totals = Totals()
    places = {place.pk: place for place in chain.locations.select_related("chain")}
    summary, sheet = book.add_sheet(_("Summary")), book.add_sheet(_("Transactions"))
    sheet.begin_table(_columns(chain, shows_phones=shows_phones))
    for row in selection.rows(chain).iterator(chunk_size=PART):
        sheet.add([*_values(row, chain, places), *_phone(row, shows_phones=shows_phones)])
        totals.add(row)
        if totals.rows % PART == 0:
            progress(totals.rows)
    sheet.end_table()
    _total(sheet, chain, totals)
    progress(totals.rows)
    _summarise(summary, chain, [*_notes(chain, places.values(), at, acting_user), *_chosen(selection, chain)], totals)
    return totals.rows


# Rows
# ----------------------------------------------------------------------------


def _columns(chain: Chain, *, shows_phones: bool) -> list[Column]:
    """What came later stands behind, so that what was built on the others still holds."""
    figures = figures_of(chain.places)
    columns = [
        Column(gettext_lazy("Date and time"), 17, INSTANT),
        Column(gettext_lazy("Location"), 18),
        Column(gettext_lazy("Type"), 25),
        Column(gettext_lazy("Client"), 26),
        Column(gettext_lazy("Card type"), 18),
        Column(gettext_lazy("Card number"), 16),
        Column(gettext_lazy("Promotion"), 26),
        Column(gettext_lazy("Visit"), 17, INSTANT),
        Column(gettext_lazy("Amount"), 14, figures),
        Column(gettext_lazy("Unit"), 10),
        Column(gettext_lazy("Balance after"), 14, figures),
        Column(gettext_lazy("Who"), 20),
        Column(gettext_lazy("Comment"), 32),
        Column(gettext_lazy("Undoing"), 36),
        Column(gettext_lazy("Why"), 60),
        Column(gettext_lazy("Visit number"), 14, _NUMBER),
        Column(gettext_lazy("Invited guest"), 26),
        Column(gettext_lazy("Last day of points"), 18, DAY),
    ]
    return [*columns, Column(gettext_lazy("Phone"), 20)] if shows_phones else columns


def _values(row: Transaction, chain: Chain, places: Mapping[int, Location]) -> list[Value]:
    comment, guest = getattr(row, "comment", None), invited_guest(row)
    return [
        _local(row.at, chain),
        row.location.name if row.location else _("the chain"),
        row.get_kind_display(),
        row.client.name if row.client else None,
        row.card.card_type.name if row.card else None,
        row.card.number if row.card else None,
        row.promotion.name if row.promotion else None,
        wall_clock_start(row.visit.starts_at, places[row.visit.location_id]) if row.visit else None,
        row.amount,
        unit_in_words(row.what.unit, chain.currency),
        row.balance_after,
        row.acting_user.name if row.acting_user else _("the program"),
        comment.text if comment else None,
        undoing(row),
        " ".join(reasons(row, chain)),
        row.visit_id,
        guest.name if guest else None,
        last_day_of_points(row),
    ]


def _phone(row: Transaction, *, shows_phones: bool) -> list[Value]:
    if not shows_phones:
        return []
    return [row.client.phone.as_international if row.client and row.client.phone else None]


def _total(sheet: BookSheet, chain: Chain, totals: Totals) -> None:
    """Below the rows and apart from them, so that no sorting takes it along: a sum for each unit.

    Left out where the rows fill the sheet; the summary has the sums by type anyway.
    """
    sums = totals.by_unit()
    if not sums or not sheet.has_room_for(1 + len(sums)):
        return
    sheet.add([])
    for unit, amount in sums.items():
        sheet.add([_("Total"), *_UNTIL_AMOUNT, amount, unit_in_words(unit, chain.currency)], is_bold=True)


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

"""The lines of the bill: what is sold, how much of it, at which price and discount by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.acting import authority_by
from chains.catalog.models import Item
from chains.models import Chain
from chains.refusals import Code, Refusal
from config.ui.amounts import USUAL_PLACES
from loyalty.rules.bill import MOST_UNITS
from loyalty.rules.money import ZERO
from loyalty.rules.plan import Plan, PlanLine
from loyalty.rules.settlement import SettledLine
from loyalty.rules.terms import ItemKind
from visits.forms.amounts import amount_text, percent_text, read_amount, read_id, read_number, read_percent
from visits.models import VisitLine
from visits.plans import plan_line_of
from visits.prices import hand_refusals, usual_price
from visits.search import often_sold
from visits.window.fields import PaneForm, amount_field, hidden_field, text_field
from visits.window.merging import Change, ShownChange, lines_of, merged_lines, told_change
from visits.window.page import Computed, Entry, Opening, Page, Read, Subject, Turn
from visits.window.pane import Area, Button, Merging, Pane, Rows
from visits.window.panes.covers import LineCovers, at_lines
from visits.window.places import with_places
from visits.window.typed import MOST_ROWS, Part, Row, Typed, ids_in, without

#: More than these are found faster by a search.
MOST_OFTEN_SOLD = 8
MOST_FOUND_ITEMS = 12

#: Texts that found nothing, of which this many are named.
MOST_UNFOUND = 5
#: Between them in their field; a search has none.
APART = "\t"

#: What of a line staff edit.
EDITED = ("quantity", "unit_price", "manual_discount", "confirmed_quantity")


class BillForm(PaneForm):
    """``often`` are the items that are often sold here, which the page carries from its opening on.

    ``unfound`` are the texts by which nothing was found, until something was added after them. ``early`` is sent by a
    button that was pressed before the last answer was there, so that nobody has read of these yet.
    """

    often = hidden_field()
    unfound = hidden_field()
    early = hidden_field()
    q = forms.CharField(label=gettext_lazy("Add a service or product"), required=False)


class LineForm(PaneForm):
    """``place`` is what other rows call the line; see visits/window/places.py."""

    line = hidden_field()
    place = hidden_field()
    item = hidden_field()
    usual_price = hidden_field()
    quantity = text_field(gettext_lazy("Quantity"), "live number", inputmode="numeric")
    unit_price = amount_field(gettext_lazy("Price"))
    manual_discount = amount_field(gettext_lazy("Discount, %"), places=USUAL_PLACES)
    #: Ticked where so many are unusual, with the quantity as its value.
    confirmed_quantity = forms.CharField(required=False)


BLANK = dict.fromkeys(LineForm.base_fields, "")


@dataclass(frozen=True)
class Sold:
    """What the items on the bill are, and those that are often sold here."""

    items: Mapping[int, Item]
    often: list[Item]


def _open(opening: Opening) -> Part:
    places = opening.subject.location.chain.places
    return Part(rows=tuple(_row(line, places) for line in (opening.plan.lines if opening.plan else ())))


def _row(line: PlanLine, places: int) -> Row:
    return {
        **BLANK,
        "line": str(line.line_id),
        "place": str(line.line_id),
        "item": str(line.item_id),
        "quantity": str(line.quantity),
        "unit_price": amount_text(line.unit_price, places),
        "manual_discount": percent_text(line.manual_discount),
    }


# Buttons
# ----------------------------------------------------------------------------


def _add(typed: Typed, value: str) -> Typed:
    """One more of the item: on the line that has it at its usual price, else on a new one."""
    typed, lines = typed.with_texts(q=""), typed.rows_of("lines")
    for index, line in enumerate(lines):
        # The price of a saved line is not sent by who may not change it.
        is_usual = line["unit_price"] == line["usual_price"] or not (line["line"] or line["unit_price"])
        if line["item"] == value and is_usual and not line["manual_discount"] and read_number(line["quantity"]):
            more = {**line, "quantity": str(read_number(line["quantity"]) + 1)}
            return typed.with_rows("lines", (*lines[:index], more, *lines[index + 1 :]))
    if len(lines) == MOST_ROWS:
        return typed
    return typed.with_rows("lines", (*lines, {**BLANK, "item": value, "quantity": "1"}))


def _remove(typed: Typed, value: str) -> Typed:
    return typed.with_rows("lines", without(typed.rows_of("lines"), value))


def _act(turn: Turn) -> Turn:
    """Add what is found first by the text of the button; it goes back into the search where nothing is, and is named.

    What was not found is named until something was added by somebody who has read of it.
    """
    if turn.pressed.name == "add_item":
        return turn.with_typed(_as_read(turn.typed))
    if turn.pressed.name != "add_found":
        return turn
    text = " ".join(turn.pressed.value.split())
    for item in found_items(turn.request.chain, text)[:1]:
        return turn.with_typed(_as_read(_add(turn.typed, str(item.pk))))
    named = [*(each for each in _unfound(turn.typed) if each != text), text]
    return turn.with_typed(turn.typed.with_texts(q=text, unfound=APART.join(filter(None, named[-MOST_UNFOUND:]))))


def _as_read(typed: Typed) -> Typed:
    return typed if typed.text("early") else typed.with_texts(unfound="")


def _unfound(typed: Typed) -> list[str]:
    return [each for each in typed.text("unfound").split(APART) if each]


def _check(entry: Entry) -> None:
    """Refuse a save that was pressed before anybody could read that something is not on the bill."""
    if entry.typed.text("early") and (unfound := _unfound(entry.typed)):
        sentence = _("Nothing sold here is called “%(texts)s”. Look at the bill, then save again.")
        params = {"texts": "”, “".join(unfound)}
        raise Refusal(Code.INVALID_AMOUNT, sentence, field="q", params=params)


# Into the plan
# ----------------------------------------------------------------------------


def _look_up(typed: Typed, subject: Subject, at: datetime) -> Sold:
    """What is often sold is asked for once, as the page is opened; of a closed bill it is not."""
    location, is_open = subject.location, not (subject.visit and subject.visit.settled_at)
    often = [] if "often" in typed.texts or not is_open else _often_sold(subject, at)
    carried = [read_id(text) for text in typed.text("often").split(",")[:MOST_OFTEN_SOLD] if text]
    items = {item.pk: item for item in often}
    wanted = ids_in(typed, "item").union(carried).difference(items)
    items |= location.chain.items.in_bulk(wanted) if wanted else {}
    return Sold(items, often or [items[pk] for pk in carried if pk in items])


def _often_sold(subject: Subject, at: datetime) -> list[Item]:
    return often_sold(subject.location, subject.location.local_date(at), most=MOST_OFTEN_SOLD)


def _sold(entry: Entry) -> Sold:
    sold: Sold = entry.known.own["lines"]
    return sold


def _read(entry: Entry, plan: Plan) -> Read:
    """A line that is not saved yet has to be sold here; figures that cannot be read are for the rules to refuse."""
    kept, items = _kept(entry.subject), _sold(entry).items
    lines, refusals = [], []
    for index, row in enumerate(entry.typed.rows_of("lines")):
        saved = kept.pop(read_id(row["line"]), None)
        item = items.get(read_id(row["item"]))
        if saved is None and (item is None or item.archived):
            sentence = _("This is not sold here. Put it aside and choose another service or product.")
            refusals.append(Refusal(Code.INVALID_AMOUNT, sentence, field=f"lines.{index}.item"))
        lines.append(_line(row, saved, item, entry.chain.places))
    return Read(replace(plan, lines=tuple(lines)), tuple(refusals))


def _kept(subject: Subject) -> dict[int, VisitLine]:
    return {line.pk: line for line in subject.visit.lines.all() if not line.removed} if subject.visit else {}


def _line(row: Row, saved: VisitLine | None, item: Item | None, places: int) -> PlanLine:
    """A saved line stays what it was sold as. Who may not change prices posts none, and gets the one that holds now."""
    if saved:
        line = plan_line_of(saved)
    elif item:
        line = PlanLine(item.pk, ItemKind(item.kind), item.category_id, 1, usual_price(item, places))
    else:
        line = PlanLine(0, ItemKind.SERVICE, None, 1, ZERO)
    price = line.unit_price
    if row["unit_price"] and not (item and saved is None and _is_of_an_old_page(row, item, places)):
        price = read_amount(row["unit_price"], places)
    quantity = read_number(row["quantity"])
    return replace(
        line,
        quantity=quantity,
        quantity_confirmed=read_number(row["confirmed_quantity"]) == quantity,
        unit_price=price,
        manual_discount=read_percent(row["manual_discount"]),
    )


def _is_of_an_old_page(row: Row, item: Item, places: int) -> bool:
    """Whether the price is the usual one of a page that was opened before the usual price changed."""
    shown, typed = read_amount(row["usual_price"], places), read_amount(row["unit_price"], places)
    return bool(row["usual_price"]) and typed == shown != usual_price(item, places)


def _problems(computed: Computed) -> list[Refusal]:
    """What the save will refuse of prices, discounts and quantities by hand."""
    chain, subject = computed.chain, computed.subject
    usual = {item.pk: usual_price(item, chain.places) for item in _sold(computed.entry).items.values()}
    return hand_refusals(computed.plan, subject.visit, usual, authority_by(subject.access, chain))


def _fill(computed: Computed) -> Computed:
    """Prices as they hold now, beside the usual ones."""
    places, items = computed.chain.places, _sold(computed.entry).items
    rows = [
        {
            **row,
            "unit_price": amount_text(line.unit_price, places) if line.unit_price.is_finite() else row["unit_price"],
            "usual_price": _usual_text(items.get(line.item_id), places),
        }
        for row, line in zip(computed.typed.rows_of("lines"), computed.plan.lines, strict=True)
    ]
    often = ",".join(str(item.pk) for item in _sold(computed.entry).often)
    unfound = computed.typed.text("unfound")
    return computed.with_rows("lines", with_places(rows)).with_texts(often=often, unfound=unfound, early="")


def _usual_text(item: Item | None, places: int) -> str:
    return amount_text(usual_price(item, places), places) if item else ""


def _label(computed: Computed, row: Row, label: str) -> str:
    item = _sold(computed.entry).items.get(read_id(row["item"]))
    return f"{label}, {item or '–'}"


# What was saved since
# ----------------------------------------------------------------------------


def _told(changes: list[Change], entry: Entry) -> list[ShownChange]:
    items = {change.key: read_id((change.theirs or change.base or {}).get("item", "")) for change in changes}
    names = entry.chain.items.in_bulk(items.values())
    return [
        told_change(each, names[items[each.key]].name if items[each.key] in names else "–", _line_told)
        for each in changes
    ]


def _line_told(row: Row | None) -> str:
    if row is None:
        return _("not on the bill")
    told = f"{row['quantity']} × {row['unit_price']}" if row["unit_price"] else row["quantity"]
    return f"{told}, −{row['manual_discount']} %" if row["manual_discount"] else told


# What is shown
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownLine:
    """A line of the bill with its fields; ``figures`` is None while amounts cannot be read.

    ``nominal`` is price × quantity, also of a line that is given away. ``asks_quantity``: so many are unusual.
    """

    index: int
    name: str
    fields: forms.Form
    price: Decimal
    figures: SettledLine | None
    nominal: Decimal
    is_given_away: bool
    asks_quantity: bool
    is_confirmed: bool
    covers: LineCovers | None

    @property
    def discount(self) -> Decimal:
        return self.figures.manual_discount + self.figures.promotion_discount if self.figures else ZERO


@dataclass(frozen=True)
class ShownBill:
    """The lines, what is found by ``q``, what nothing was found by, and what is often sold, at the price of now."""

    lines: list[ShownLine]
    may_change_prices: bool
    q: str
    unfound: list[str]
    found: list[Item]
    often: list[Item]


def _show(page: Page) -> ShownBill:
    q = page.typed.text("q")
    # Nothing is sold on a visit that does not take place.
    is_off = page.to_hand_back is not None
    often = [] if is_off else [item for item in _sold(page.entry).often if not item.archived]
    return ShownBill(
        _shown_lines(page),
        page.subject.may_change_prices,
        q=q,
        unfound=_unfound(page.typed),
        found=found_items(page.chain, q),
        often=often,
    )


def found_items(chain: Chain, search: str) -> list[Item]:
    """Services and products that match what is being typed."""
    search = search.replace("\x00", "").strip()
    return list(chain.items.for_sale().matching(search)[:MOST_FOUND_ITEMS]) if search else []


def _shown_lines(page: Page) -> list[ShownLine]:
    computed: Iterable[SettledLine | None] = page.settlement.lines or [None] * len(page.plan.lines)
    rows = zip(page.form.rows("lines"), page.typed.rows_of("lines"), page.plan.lines, computed, strict=True)
    usual_most, items = page.chain.most_units, _sold(page.entry).items
    kept = {pk: line.quantity for pk, line in _kept(page.subject).items()}
    shown, covers = [], at_lines(page)
    for index, (fields, row, line, settled) in enumerate(rows):
        most_asked = max(usual_most, kept.get(line.line_id or 0, 0))
        item = items.get(line.item_id) or items.get(read_id(row["item"]))
        shown.append(
            ShownLine(
                index,
                item.name if item else "",
                fields,
                line.unit_price,
                settled,
                nominal=line.unit_price * line.quantity if settled else ZERO,
                is_given_away=settled is not None and line.is_given_away,
                asks_quantity=most_asked < line.quantity <= MOST_UNITS,
                is_confirmed=line.quantity_confirmed,
                covers=covers.get(index),
            )
        )
    return shown


PANE = Pane(
    name="lines",
    area=Area.BILL,
    template="visits/window/bill.html",
    fields=BillForm,
    rows=Rows(LineForm, field="quantity", label=_label),
    buttons={
        "add_item": Button(_add, focus="q"),
        "add_found": Button(focus="q"),
        "remove_line": Button(_remove, focus="q"),
    },
    open=_open,
    act=_act,
    look_up=_look_up,
    read=_read,
    check=_check,
    problems=_problems,
    fill=_fill,
    merging=Merging(lines_of("lines"), merged_lines("lines", EDITED, "unit_price"), _told),
    show=_show,
)

"""What is sold beside the lines: gift cards, memberships, top-ups of accounts; granted once all is paid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.access import Right
from chains.acting import authority_by
from chains.refusals import Code, Refusal
from config.ui.figures import format_money
from loyalty.gift_cards.models import GiftCard
from loyalty.ledger.kinds import HolderKind
from loyalty.memberships.models import Membership
from loyalty.memberships.words import counters_in_words
from loyalty.programs.differences import ProgramNames
from loyalty.programs.numbers import MASK, kept_or_typed, shown
from loyalty.rules.money import ZERO
from loyalty.rules.plan import Plan, PlanValue
from visits.forms.amounts import amount_text, read_amount, read_id
from visits.models import ValueLine
from visits.prices import value_refusals
from visits.receipts import validity_of
from visits.selling import sell_in_words
from visits.unsellable import NUMBERS, letter_refusals
from visits.value import GIFT_CARD, MEMBERSHIP, TOP_UP, sold_holder
from visits.window.fields import PaneForm, amount_field, hidden_field, text_field
from visits.window.means import page_of
from visits.window.merging import Change, ShownChange, is_same, lines_of, merged_lines, told_change
from visits.window.page import Computed, Entry, Opening, Page, Read, Subject, Turn
from visits.window.pane import Area, Button, Merging, Pane, Rows
from visits.window.recipients import FOR_WHOM, read_day, read_recipient, unreadable_recipient
from visits.window.sellable import is_granted, is_locked, kept_lines, look_up, sellable_of
from visits.window.typed import MOST_ROWS, Part, Row, Typed, without

#: The longest texts that a value line can have.
LONGEST = {"number": 40, "recipient_name": 150, "recipient_email": 254, "recipient_message": 1000}

#: What of it staff edit.
EDITED = ("amount", "price", "number", "begins_on", *FOR_WHOM)


class ValueForm(PaneForm):
    """``usual_price`` is what the price was shown beside, such as the amount: while they are the same, one follows."""

    line = hidden_field()
    kind = hidden_field()
    subject = hidden_field()
    usual_price = hidden_field()
    amount = amount_field(gettext_lazy("Amount"))
    price = amount_field(gettext_lazy("Price"))
    number = text_field(
        gettext_lazy("Number on the card"),
        maxlength="40",
        placeholder=gettext_lazy("blank for a new number"),
        **{"data-scanned": ""},
    )
    begins_on = text_field(gettext_lazy("Begins on"), "", kind="date")
    recipient_name = text_field(gettext_lazy("Name"), "", maxlength="150")
    recipient_email = text_field(gettext_lazy("E-mail"), "", kind="email", maxlength="254")
    recipient_message = text_field(gettext_lazy("A few words"), "", maxlength="1000")
    send_on = text_field(gettext_lazy("Send the letter on"), "", kind="date")


BLANK = dict.fromkeys(ValueForm.base_fields, "")


def _open(opening: Opening) -> Part:
    subject, value = opening.subject, opening.plan.value if opening.plan else ()
    return Part(rows=tuple(_row(each, subject) for each in value if each.kind in OF_THE_PANE))


def _row(value: PlanValue, subject: Subject) -> Row:
    """A saved line; its number, which is a code, as far as who looks may read it."""
    places = subject.location.chain.places
    amount, recipient = amount_text(value.amount, places), value.recipient
    price = amount_text(value.price, places)
    return {
        "line": str(value.value_line_id),
        "kind": value.kind,
        "subject": str(value.subject_id),
        "usual_price": price if value.kind == MEMBERSHIP else amount,
        "amount": amount,
        "price": price,
        "number": shown(value.number, in_full=subject.access.has(Right.SEE_CODES)),
        "begins_on": value.begins_on.isoformat() if value.begins_on else "",
        "recipient_name": recipient.name,
        "recipient_email": recipient.email,
        "recipient_message": recipient.message,
        "send_on": recipient.send_on.isoformat() if recipient.send_on else "",
    }


OF_THE_PANE = (GIFT_CARD, MEMBERSHIP, TOP_UP)


# Buttons
# ----------------------------------------------------------------------------


def _add(typed: Typed, value: str) -> Typed:
    """One more of what the button names; of several the amount is typed once."""
    kind, _colon, subject = value.partition(":")
    rows = typed.rows_of("value")
    if len(rows) == MOST_ROWS:
        return typed
    alike = [row for row in rows if (row["kind"], row["subject"], row["line"]) == (kind, subject, "")]
    same = {name: alike[-1][name] for name in ("amount", "price", "usual_price")} if alike and kind != TOP_UP else {}
    return typed.with_rows("value", (*rows, {**BLANK, "kind": kind, "subject": subject, **same}))


def _take_amount(typed: Typed, value: str) -> Typed:
    """One of the suggested amounts."""
    index, _colon, amount = value.partition(":")
    rows = typed.rows_of("value")
    return typed.with_rows(
        "value", ({**row, "amount": amount} if str(number) == index else row for number, row in enumerate(rows))
    )


def _remove(typed: Typed, value: str) -> Typed:
    return typed.with_rows("value", without(typed.rows_of("value"), value))


def _act(turn: Turn) -> Turn:
    """Where staff go on from: what they have to type of the line that they added or gave an amount."""
    rows = turn.typed.rows_of("value")
    if turn.pressed.name == "sell" and rows:
        return turn.with_typed(turn.typed, focus=f"value.{len(rows) - 1}.amount")
    if turn.pressed.name == "take_amount":
        return turn.with_typed(turn.typed, focus=f"value.{turn.pressed.value.partition(':')[0]}.number")
    return turn


# Into the plan
# ----------------------------------------------------------------------------


def _read(entry: Entry, plan: Plan) -> Read:
    """Value lines of these kinds as they are typed, after those of other kinds, which stay as they are kept.

    One without an amount is no part of the bill yet.
    """
    kept, places = kept_lines(entry.subject), dict[str, str]()
    value, refusals = [each for each in plan.value if each.kind not in OF_THE_PANE], list[Refusal]()
    for index, row in enumerate(_rows(entry)):
        saved = kept.pop(read_id(row["line"]), None)
        planned = _planned(row, saved, entry)
        if saved is None or entry.subject.access.has(Right.SELL_VALUE):
            refusals += _unreadable(row, index, saved, entry)
        if planned is not None:
            names = ("subject", *EDITED)
            places |= {f"value.{len(value)}.{name}": f"value.{index}.{name}" for name in names}
            value.append(planned)
    return Read(replace(plan, value=tuple(value)), tuple(refusals), places)


def _rows(entry: Entry) -> list[Row]:
    """The rows as they are typed; what is newly sold, and asks for the day it begins, begins today at first."""
    rows = list(entry.typed.rows_of("value"))
    is_new = entry.turn.pressed.name == "sell" and bool(rows) and not rows[-1]["begins_on"]
    if is_new and sellable_of(entry).asks_begin(rows[-1]["kind"], read_id(rows[-1]["subject"])):
        rows[-1] = {**rows[-1], "begins_on": entry.chain.local_date(entry.at).isoformat()}
    return rows


def _planned(row: Row, saved: ValueLine | None, entry: Entry) -> PlanValue | None:
    """The value line of a row. Once granted it keeps all but price and recipient, and all of it who may not sell."""
    if saved and not entry.subject.access.has(Right.SELL_VALUE):
        return saved.as_plan()
    before = saved.as_plan() if saved else _new(row, entry)
    if saved and is_granted(entry.subject):
        return replace(before, price=_price(row, before, before.amount, entry), recipient=read_recipient(row))
    amount = _amount(row, saved, entry)
    if amount is None:
        return None
    return replace(
        before,
        amount=amount,
        begins_on=_begins_on(row, before, entry),
        price=amount if before.kind == TOP_UP else _price(row, before if saved else None, amount, entry),
        number=kept_or_typed(before.number, row["number"])[: LONGEST["number"]],
        recipient=read_recipient(row),
    )


def _new(row: Row, entry: Entry) -> PlanValue:
    kind = row["kind"] if row["kind"] in OF_THE_PANE else GIFT_CARD
    subject_id = read_id(row["subject"])
    # Another guest's account is as unknown as none.
    is_known = kind != TOP_UP or subject_id in sellable_of(entry).accounts
    return PlanValue(kind, ZERO, ZERO, subject_id if is_known else None)


def _amount(row: Row, saved: ValueLine | None, entry: Entry) -> Decimal | None:
    """What a line grants; None while nothing is typed."""
    fixed = sellable_of(entry).fixed_amount(row["kind"], read_id(row["subject"]))
    if fixed is not None:
        return saved.amount if saved else fixed
    return read_amount(row["amount"], entry.chain.places) if row["amount"] else None


def _begins_on(row: Row, before: PlanValue, entry: Entry) -> date | None:
    """The day that is typed; None where it is none, or the type asks for none."""
    asks = sellable_of(entry).asks_begin(before.kind, before.subject_id or 0)
    return read_day(row["begins_on"]) if asks else before.begins_on


def _usual_price(kind: str, subject_id: int, saved: PlanValue | None, amount: Decimal, entry: Entry) -> Decimal:
    """What is paid without a price by hand: the amount, or what the type costs; a saved line keeps that."""
    price = sellable_of(entry).price(kind, subject_id)
    if price is None:
        return amount
    return saved.price if saved else price


def _price(row: Row, saved: PlanValue | None, amount: Decimal, entry: Entry) -> Decimal:
    """The usual price, unless somebody who may gave another; what stands is left to who may not."""
    usual = _usual_price(row["kind"], read_id(row["subject"]), saved, amount, entry)
    if not entry.subject.may_change_prices:
        return saved.price if saved and saved.amount == amount else usual
    typed = row["price"]
    follows = not typed or (row["usual_price"] and is_same(typed, row["usual_price"]))
    return usual if follows else read_amount(typed, entry.chain.places)


def _unreadable(row: Row, index: int, saved: ValueLine | None, entry: Entry) -> Iterator[Refusal]:
    """What no line can keep of its texts."""

    def refusal(code: Code, sentence: str, name: str) -> Refusal:
        return Refusal(code, sentence, field=f"value.{index}.{name}")

    for name, most in LONGEST.items():
        if len(row[name]) > most:
            yield refusal(Code.INVALID_AMOUNT, _("Type less than that."), name)
    if MASK in kept_or_typed(saved.number if saved else "", row["number"]):
        sentence = _("This is only the beginning of a number. Type all of it, or leave it blank for a new one.")
        yield refusal(Code(NUMBERS[row["kind"]][1]) if row["kind"] in NUMBERS else Code.LOCKED, sentence, "number")
    yield from unreadable_recipient(row, index, saved, entry)


def _check(entry: Entry) -> None:
    """Refuse ``invalid_amount`` for a line of which nobody said how much."""
    for index, row in enumerate(entry.typed.rows_of("value")):
        fixed = sellable_of(entry).fixed_amount(row["kind"], read_id(row["subject"]))
        if not row["amount"] and fixed is None:
            sentence = _("For how much? Type the amount, or put this aside.")
            raise Refusal(Code.INVALID_AMOUNT, sentence, field=f"value.{index}.amount")


def _problems(computed: Computed) -> list[Refusal]:
    """What the save will refuse for want of a right."""
    subject = computed.subject
    authority = authority_by(subject.access, computed.chain)
    found = [
        *value_refusals(computed.plan, subject.visit, authority),
        *letter_refusals(
            computed.plan, subject.visit, at=computed.turn.at, user_id=subject.access.user_id, authority=authority
        ),
    ]
    return [computed.read.placed(each) for each in found]


def _fill(computed: Computed) -> Computed:
    """Amounts that are fixed, prices that follow them; what is locked stands as it is kept."""
    kept = kept_lines(computed.subject)
    rows = [_filled(row, kept.get(read_id(row["line"])), computed) for row in _rows(computed.entry)]
    return computed.with_rows("value", rows)


def _filled(row: Row, saved: ValueLine | None, computed: Computed) -> Row:
    places, planned = computed.chain.places, _planned(row, saved, computed.entry)
    if planned is None or not planned.amount.is_finite():
        return row
    is_kept = saved is not None and is_locked(computed.subject)
    texts = _row(planned, computed.subject) if is_kept else row
    amount = amount_text(planned.amount, places)
    price = amount_text(planned.price, places) if planned.price.is_finite() else row["price"]
    usual = _usual_price(
        planned.kind, planned.subject_id or 0, saved.as_plan() if saved else None, planned.amount, computed.entry
    )
    return {**texts, "amount": texts["amount"] or amount, "price": price, "usual_price": amount_text(usual, places)}


def _label(computed: Computed, row: Row, label: str) -> str:
    return f"{label}, {sellable_of(computed.entry).name(row['kind'], read_id(row['subject']))}"


# What was saved since, and what is shown
# ----------------------------------------------------------------------------


def _told(changes: list[Change], entry: Entry) -> list[ShownChange]:
    sellable = sellable_of(entry)
    rows = [(each, each.theirs or each.base or BLANK) for each in changes]
    return [
        told_change(each, sellable.name(row["kind"], read_id(row["subject"])), _line_told(each)) for each, row in rows
    ]


def _line_told(change: Change) -> Callable[[Row | None], str]:
    """The price, and whatever else of the line is different."""
    rows = [row for row in (change.base, change.theirs) if row is not None]
    others = [name for name in EDITED if name != "price" and len({row[name] for row in rows}) > 1]

    def told(row: Row | None) -> str:
        return ", ".join(filter(None, (row["price"], *(row[name] for name in others)))) if row else _("not on the bill")

    return told


@dataclass(frozen=True)
class ShownValue:
    """A value line with its fields. ``is_locked``: it was granted, or may not be edited by who looks.

    ``url`` is the page of what it sold or of the account that it tops up, blank for who may not open it.
    ``grants`` are the counters of a membership as they will count down; ``number`` is what was granted is called by, as
    far as who looks may read it, and ``until`` how long it is good.
    ``suggested`` are amounts to choose from, ``has_recipient``: who looks may say for whom it is.
    """

    index: int
    name: str
    url: str
    fields: forms.Form
    is_locked: bool
    is_fixed: bool
    has_price: bool
    may_change_price: bool
    is_gift_card: bool
    is_membership: bool
    asks_begin: bool
    has_recipient: bool
    recipient_is_open: bool
    suggested: list[tuple[str, str]]
    grants: str
    number: str
    until: str
    is_granted: bool


@dataclass(frozen=True)
class ShownSelling:
    """The value lines, and what else may be sold: the value of its button, what it is called, for how much."""

    lines: list[ShownValue]
    title: str
    offers: list[tuple[str, str, str]]
    is_open: bool


def _show(page: Page) -> ShownSelling | None:
    may_sell, rows = page.subject.access.has(Right.SELL_VALUE), page.typed.rows_of("value")
    offers = list(_offers(page)) if may_sell and page.to_hand_back is None else []
    if not rows and not offers:
        return None
    title = sell_in_words({value.partition(":")[0] for value, _name, _price in offers})
    return ShownSelling(_shown_lines(page), title, offers, is_open=bool(rows) or page.subject.is_sale)


def _offers(page: Page) -> Iterator[tuple[str, str, str]]:
    sellable, currency = sellable_of(page.entry), page.chain.currency
    for gift_card_type in sellable.types.values():
        fixed, terms = sellable.fixed_amount(GIFT_CARD, gift_card_type.pk), gift_card_type.terms
        may_be_a_guests = page.guest.pk or page.typed.text("guest_step") != "none"
        is_sold = terms and terms.is_sold_on(page.chain.local_date(page.turn.at))
        if terms and is_sold and (may_be_a_guests or not terms.named):
            amount = format_money(fixed, currency) if fixed is not None else ""
            yield f"{GIFT_CARD}:{gift_card_type.pk}", str(gift_card_type), amount
    for membership_type in sellable.membership_types.values():
        terms_of_it = membership_type.terms
        if terms_of_it and not terms_of_it.archived and (page.guest.pk or page.typed.text("guest_step") != "none"):
            price = format_money(terms_of_it.price, currency)
            yield f"{MEMBERSHIP}:{membership_type.pk}", str(membership_type), price
    for account in sellable.accounts.values():
        means = page.preview.desk.means_of(account.holder_id)
        if means and not means.barred:
            yield f"{TOP_UP}:{account.pk}", _("Top up %(account)s") % {"account": account}, ""


def _shown_lines(page: Page) -> list[ShownValue]:
    kept, sellable, shown = kept_lines(page.subject), sellable_of(page.entry), []
    may_sell, today = page.subject.access.has(Right.SELL_VALUE), page.chain.local_date(page.turn.at)
    for index, (fields, row) in enumerate(zip(page.form.rows("value"), page.typed.rows_of("value"), strict=True)):
        saved, subject_id = kept.get(read_id(row["line"])), read_id(row["subject"])
        gift_card_type = sellable.types.get(subject_id) if row["kind"] == GIFT_CARD else None
        terms = gift_card_type.terms if gift_card_type else None
        stands = saved is not None and is_granted(page.subject)
        granted = _granted(saved, page) if saved else None
        shown.append(
            ShownValue(
                index=index,
                name=sellable.name(row["kind"], subject_id),
                url=_url(row["kind"], subject_id, granted, page),
                fields=fields,
                is_locked=saved is not None and is_locked(page.subject),
                is_fixed=sellable.fixed_amount(row["kind"], subject_id) is not None,
                has_price=row["kind"] != TOP_UP,
                may_change_price=page.subject.may_change_prices and page.subject.access.has(Right.SELL_VALUE),
                is_gift_card=row["kind"] == GIFT_CARD,
                is_membership=row["kind"] == MEMBERSHIP,
                asks_begin=sellable.asks_begin(row["kind"], subject_id) and not stands,
                has_recipient=terms is not None and not terms.named and (saved is None or may_sell),
                recipient_is_open=any(row[name] or name in fields.errors for name in FOR_WHOM),
                suggested=_suggested(index, row, terms.suggested if terms else (), page),
                grants=_grants(row, page) if row["kind"] == MEMBERSHIP else "",
                number=granted.number_shown_to(page.turn.request.access, on=today) if granted else "",
                until=validity_of(granted) if granted else "",
                is_granted=stands,
            )
        )
    return shown


def _url(kind: str, subject_id: int, granted: GiftCard | Membership | None, page: Page) -> str:
    if kind == TOP_UP and subject_id in sellable_of(page.entry).accounts:
        return page_of(page, HolderKind.ACCOUNT, subject_id)
    return page_of(page, sold_holder(kind), granted.pk) if granted else ""


def _suggested(index: int, row: Row, amounts: tuple[Decimal, ...] | list[Decimal], page: Page) -> list[tuple[str, str]]:
    places, currency = page.chain.places, page.chain.currency
    return [
        (f"{index}:{amount_text(each, places)}", format_money(each, currency))
        for each in amounts
        if not is_same(row["amount"], amount_text(each, places))
    ]


def _granted(line: ValueLine, page: Page) -> GiftCard | Membership | None:
    """What a line was granted to, if that has a number."""
    sellable, holder_id = sellable_of(page.entry), line.holder_id or 0
    return sellable.memberships.get(holder_id) if line.kind == MEMBERSHIP else sellable.granted.get(holder_id)


def _grants(row: Row, page: Page) -> str:
    """Each counter by itself, as it will count down."""
    found = sellable_of(page.entry).membership_types.get(read_id(row["subject"]))
    return counters_in_words(found.terms.counters, ProgramNames(page.chain)) if found and found.terms else ""


PANE = Pane(
    name="value",
    area=Area.BILL,
    template="visits/window/value.html",
    rows=Rows(ValueForm, field="amount", label=_label),
    buttons={
        "sell": Button(_add),
        "take_amount": Button(_take_amount),
        "remove_value": Button(_remove),
    },
    open=_open,
    act=_act,
    look_up=look_up,
    read=_read,
    check=_check,
    problems=_problems,
    fill=_fill,
    merging=Merging(lines_of("value"), merged_lines("value", EDITED, "price"), _told),
    show=_show,
)

"""Money by method, and what the guest hands over in cash with the change for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from chains.models import Chain
from chains.refusals import Code, Refusal
from config.ui.figures import format_money
from loyalty.labels import choices_of, label
from loyalty.rules.bill import Problem, is_amount
from loyalty.rules.money import ZERO
from loyalty.rules.payments import Change, change_for
from loyalty.rules.plan import PaymentChoice, PaymentMethod, Plan
from loyalty.rules.settlement import Settlement
from visits.forms.amounts import read_amount
from visits.models import Visit
from visits.refusals import refuse
from visits.window import merging
from visits.window.amounts import choice_of, kept_rows, opened_with, with_figure, without_amount
from visits.window.fields import PaneForm, amount_field, hidden_field
from visits.window.page import PAYING, Computed, Entry, Opening, Page, Read, Subject
from visits.window.pane import Area, Button, Merging, Pane, Rows
from visits.window.typed import THE_MOST, Part, Row, Typed, first_of_each, with_the_most

#: What the button of a method says, and the key that presses it.
BUTTONS: dict[PaymentMethod, tuple[StrPromise, str]] = {
    PaymentMethod.CASH: (gettext_lazy("Cash"), "F4"),
    PaymentMethod.CARD: (gettext_lazy("Card"), "F6"),
    PaymentMethod.TRANSFER: (gettext_lazy("Transfer"), "F7"),
    PaymentMethod.ONLINE: (gettext_lazy("Online"), "F8"),
}


class CashForm(PaneForm):
    """``used_methods`` are those whose amounts are shown on this page, also while one of them is blank."""

    used_methods = hidden_field()
    handed_over = amount_field(gettext_lazy("Handed over in cash"))


class PaymentForm(PaneForm):
    method = hidden_field()
    amount = amount_field(gettext_lazy("Amount"))


def _open(opening: Opening) -> Part:
    paid = opening.plan.payments if opening.plan else ()
    return kept_rows("method", ((str(each.method), each.amount) for each in paid), opening)


def _pay_the_rest(typed: Typed, value: str) -> Typed:
    typed = typed.with_rows("payments", with_the_most(typed.rows_of("payments"), "method", value))
    return typed.with_texts(paying=PAYING)


def _take_off(typed: Typed, value: str) -> Typed:
    """Nothing by this method, which takes no room any more."""
    return without_amount(typed, "payments", "method", value, shown="used_methods")


def _give_change(typed: Typed, method: str) -> Typed:
    """More than is left was typed, which is what the guest handed over: the rest is paid, and the change shown."""
    rows = typed.rows_of("payments")
    handed_over = next((row["amount"] for row in rows if row["method"] == method), "")
    return _pay_the_rest(typed, method).with_texts(handed_over=handed_over)


def _read(entry: Entry, plan: Plan) -> Read:
    """Payments by method; one that pays the rest comes after all figures."""
    typed = _by_method(entry.typed)
    payments = [PaymentChoice(PaymentMethod(row["method"]), choice_of(row, entry)) for row in typed]
    paid = (each for each, row in zip(payments, typed, strict=True) if row["amount"])
    return Read(replace(plan, payments=tuple(sorted(paid, key=lambda choice: choice.amount is None))))


def _by_method(typed: Typed) -> list[Row]:
    """A row for each method, blank where nothing is typed."""
    given = first_of_each(typed.rows_of("payments"), "method")
    return [given.get(method, {"method": method, "amount": ""}) for method in map(str, PaymentMethod)]


def _problems(computed: Computed) -> list[Refusal]:
    """Too little that was handed over; one that cannot be read is told too, and keeps nothing from being saved."""
    if not _is_readable(computed.typed, computed.chain.places):
        return [refuse(Problem("invalid_amount", "handed_over"), None, computed.chain)]
    if computed.settlement.left < 0:
        return []
    paid = _paid(computed.settlement).get(PaymentMethod.CASH, ZERO)
    missing = missing_cash(computed.typed, computed.subject, paid)
    return [_too_little(missing, computed.chain)] if missing else []


def _check(entry: Entry) -> None:
    """Refuse ``invalid_amount`` where less was handed over than the page takes in cash: it would count as paid."""
    typed = next(row["amount"] for row in _by_method(entry.typed) if row["method"] == PaymentMethod.CASH)
    paid = read_amount(typed, entry.chain.places) if typed != THE_MOST else ZERO
    if missing := missing_cash(entry.typed, entry.subject, paid):
        raise _too_little(missing, entry.chain)


def _too_little(missing: Decimal, chain: Chain) -> Refusal:
    sentence = _("%(missing)s missing. Where the guest pays less, type a smaller amount of cash.")
    return Refusal(
        Code.INVALID_AMOUNT,
        sentence,
        field="handed_over",
        params={"missing": format_money(missing, chain.currency)},
    )


def _fill(computed: Computed) -> Computed:
    computed = _with_money_moved(computed)
    paid, is_whole = _paid(computed.settlement), computed.settlement.is_whole
    rows = _by_method(computed.typed)
    filled = [with_figure(row, paid.get(row["method"]), computed.chain.places, is_whole) for row in rows]
    shown = opened_with(computed.typed.text("used_methods"), filled, "method")
    return computed.with_rows("payments", filled).with_texts(used_methods=shown)


def _with_money_moved(computed: Computed) -> Computed:
    """*The rest* where nothing is left: what one other method holds is paid by this one instead.

    By which method is paid changes nothing else of the settlement.
    """
    pressed, settlement = computed.turn.pressed, computed.settlement
    is_asked = pressed.name == "pay_the_rest" and pressed.value in set(PaymentMethod)
    if not (is_asked and _is_all_paid(settlement) and _may_take_over(settlement, pressed.value)):
        return computed
    method, amount = PaymentMethod(pressed.value), sum(_paid(settlement).values(), ZERO)
    plan = replace(computed.plan, payments=(PaymentChoice(method, amount),))
    moved = replace(settlement, payments=((method, amount),))
    computed = replace(
        computed,
        read=replace(computed.read, plan=plan),
        preview=replace(computed.preview, settlement=moved),
    )
    moved_rows = [{"method": pressed.value, "amount": THE_MOST}]
    return computed.with_rows("payments", moved_rows).with_texts(used_methods=pressed.value)


def _paid(settlement: Settlement) -> dict[str, Decimal]:
    """What is paid by each method."""
    return {str(method): amount for method, amount in settlement.payments}


def _is_all_paid(settlement: Settlement) -> bool:
    """Whether nothing is left to pay, as far as every amount can be read."""
    return settlement.is_whole and not settlement.left


def _may_take_over(settlement: Settlement, method: str) -> bool:
    """Whether all the money lies on one other method, so that this one can take its place."""
    used = [each for each, amount in _paid(settlement).items() if amount]
    return len(used) == 1 and used != [method]


def _label(_computed: Computed, row: Row, _label: str) -> str:
    return label(PaymentMethod(row["method"]))


def _told(changes: list[merging.Change], _entry: Entry) -> list[merging.ShownChange]:
    labels = dict(choices_of(PaymentMethod))
    return [merging.told_change(each, str(labels.get(each.key[0], "–")), merging.amount_told) for each in changes]


# Cash
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownCash:
    """The field for what the guest hands over in cash, and the change for it. Nothing of it is kept.

    ``to_take`` is what is taken now; ``is_part``: the rest of the cash was taken when the visit was saved before.
    """

    field: BoundField
    to_take: Decimal
    is_part: bool
    change: Change | None


def shown_cash(page: Page) -> ShownCash | None:
    """None while no cash is to be taken, or too much is paid: then nothing can be handed over."""
    paid, taken = _paid(page.settlement).get(PaymentMethod.CASH, ZERO), _cash_of(page.visit)
    if page.settlement.left < 0 or paid <= taken:
        return None
    change = _change(page.typed, page.chain.places, paid - taken)
    return ShownCash(page.form["handed_over"], paid - taken, bool(taken), change)


def _cash_of(visit: Visit | None) -> Decimal:
    """What was taken in cash when the visit was saved last."""
    kept = visit.payments.all() if visit else ()
    return sum((payment.amount for payment in kept if payment.method == PaymentMethod.CASH), ZERO)


def _change(typed: Typed, places: int, to_take: Decimal) -> Change | None:
    """The change for what is taken now; None where nothing was handed over, or nothing that can be read."""
    if not typed.text("handed_over") or not _is_readable(typed, places):
        return None
    return change_for(read_amount(typed.text("handed_over"), places), to_take)


def missing_cash(typed: Typed, subject: Subject, paid: Decimal) -> Decimal:
    """By how much what was handed over is less than the cash that is taken now, of all that is ``paid`` in cash."""
    to_take = paid - _cash_of(subject.visit)
    change = _change(typed, subject.location.chain.places, to_take) if to_take.is_finite() and to_take > 0 else None
    return change.missing if change else ZERO


def _is_readable(typed: Typed, places: int) -> bool:
    return is_amount(read_amount(typed.text("handed_over"), places), places)


def _said(entry: Entry, saved: Visit) -> str:
    """The change that is still to be given back."""
    if not entry.typed.text("handed_over"):
        return ""
    to_take = _cash_of(Visit.objects.get(pk=saved.pk)) - _cash_of(entry.subject.visit)
    change = _change(entry.typed, entry.chain.places, to_take) if to_take > 0 else None
    if change is None or not change.back:
        return ""
    return _("Change %(change)s.") % {"change": format_money(change.back, entry.chain.currency)}


# What is shown
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownPayment:
    """``takes_rest``: there is something that *the rest* could put onto it. ``is_used``: its amount is shown."""

    method: PaymentMethod
    button: StrPromise
    key: str
    fields: forms.Form | None
    amount: Decimal
    takes_rest: bool
    is_used: bool


@dataclass(frozen=True)
class ShownPayments:
    """``needs_change``: a part of the cash that was typed would pay the bill, so all of it is what was handed over.

    ``too_much`` of what is recorded is to be given back, by the method ``from_method``, None where no one holds all.
    """

    used: list[ShownPayment]
    others: list[ShownPayment]
    cash: ShownCash | None
    needs_change: bool
    too_much: Decimal
    from_method: PaymentMethod | None


def _show(page: Page) -> ShownPayments:
    methods = shown_methods(page)
    used, others = ([each for each in methods if each.is_used is wanted] for wanted in (True, False))
    too_much = _too_much_recorded(page)
    return ShownPayments(
        used,
        others,
        shown_cash(page),
        needs_change=not too_much and _needs_change(page.settlement),
        too_much=too_much,
        from_method=_holding(too_much, page.settlement),
    )


def _too_much_recorded(page: Page) -> Decimal:
    """By how much the money that is on the visit is more than what is due now; 0 where more is typed than is on it."""
    settlement, paid = page.settlement, _paid(page.settlement)
    kept = {payment.method: payment.amount for payment in page.visit.payments.all()} if page.visit else {}
    is_recorded = all(amount <= kept.get(method, ZERO) for method, amount in paid.items())
    return -settlement.left if settlement.is_whole and settlement.left < 0 and is_recorded else ZERO


def _holding(amount: Decimal, settlement: Settlement) -> PaymentMethod | None:
    """The first method, cash before all, that so much can be given back by."""
    paid = _paid(settlement)
    return next((method for method in PaymentMethod if amount and paid.get(method, ZERO) >= amount), None)


def shown_methods(page: Page) -> list[ShownPayment]:
    """All methods: a button for each, and the amount of each that is used."""
    paid, settlement = _paid(page.settlement), page.settlement
    used = page.typed.text("used_methods").split(",")
    return [
        ShownPayment(
            method,
            *BUTTONS[method],
            page.form.row("payments", method.value),
            paid.get(method, ZERO),
            takes_rest=not _is_all_paid(settlement) or _may_take_over(settlement, method),
            is_used=method.value in used,
        )
        for method in PaymentMethod
    ]


def _needs_change(settlement: Settlement) -> bool:
    """Wherever the mistake is told: cash is counted first, so that the payment after it is the one that is too much."""
    return settlement.is_whole and ZERO < -settlement.left < _paid(settlement).get(PaymentMethod.CASH, ZERO)


PANE = Pane(
    name="payments",
    area=Area.PAY,
    template="visits/window/payments.html",
    fields=CashForm,
    rows=Rows(PaymentForm, key="method", field="amount", label=_label, pays=True),
    buttons={
        "pay_the_rest": Button(_pay_the_rest, focus="payments.{value}"),
        "take_off_payment": Button(_take_off),
        "give_change": Button(_give_change, focus="handed_over"),
    },
    open=_open,
    read=_read,
    check=_check,
    problems=_problems,
    fill=_fill,
    merging=Merging(merging.amounts_of("payments", "method"), merging.merged_amounts("payments", "method"), _told),
    show=_show,
    said=_said,
)

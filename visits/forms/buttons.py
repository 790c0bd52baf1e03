"""What each named button of the visit window does to what was typed in it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.http import QueryDict

from loyalty.rules.plan import Status
from visits.forms.amounts import read_id, read_number
from visits.forms.typed import MOST_ROWS, ROW_FIELDS, THE_MOST, Row, Typed

Button = Callable[[Typed, str], Typed]

#: The value of the button that Enter presses.
BY_ENTER = "1"


@dataclass(frozen=True)
class Pressed:
    """The window after a button, and the place where staff will go on from there."""

    typed: Typed
    name: str = ""
    focus: str = ""
    value: str = ""

    @property
    def only_computes(self) -> bool:
        return self.name in {"", "recalculate"}


def press(typed: Typed, post: QueryDict) -> Pressed:
    """Do what the button says that the form was sent with; one without a name only computes anew."""
    for name, button in BUTTONS.items():
        if name in post:
            value = str(post[name])
            return Pressed(button(typed, value), name, FOCUS[name].format(value=value), value)
    return Pressed(typed)


def _save(typed: Typed, _value: str) -> Typed:
    """A phone that was typed but not confirmed is checked as well: it must not get lost."""
    return typed.with_texts(referral_step="confirmed") if typed.text("referral_step") else typed


def _recalculate(typed: Typed, value: str) -> Typed:
    """Enter in the field of the inviter's phone asks the same as the button beside it; in a search it searches.

    Enter presses the first button of the form, which has another value than those that are pressed by themselves.
    """
    is_chosen = typed.text("referral_step") == "chosen" and bool(typed.text("referral"))
    return _confirm_referral(typed, value) if is_chosen and value == BY_ENTER and not typed.text("q") else typed


def _arrive(typed: Typed, _value: str) -> Typed:
    return arrived(typed)


def arrived(typed: Typed) -> Typed:
    return typed.with_texts(status=Status.ARRIVED)


def _begin_now(typed: Typed, _value: str) -> Typed:
    """A start left blank is this minute, as long as the visit is not saved."""
    return typed.with_texts(date="", time="")


def _add(typed: Typed, value: str) -> Typed:
    """One more of the item: on the line that has it at its usual price, else on a new one."""
    typed = typed.with_texts(q="")
    for index, line in enumerate(typed.lines):
        # The price of a saved line is not sent by who may not change it.
        is_usual = line["unit_price"] == line["usual_price"] or not (line["line"] or line["unit_price"])
        if line["item"] == value and is_usual and not line["manual_discount"] and read_number(line["quantity"]):
            more = {**line, "quantity": str(read_number(line["quantity"]) + 1)}
            return replace(typed, lines=(*typed.lines[:index], more, *typed.lines[index + 1 :]))
    if len(typed.lines) == MOST_ROWS:
        return typed
    new = {**dict.fromkeys(ROW_FIELDS["lines"], ""), "item": value, "quantity": "1"}
    return replace(typed, lines=(*typed.lines, new))


def _remove(typed: Typed, value: str) -> Typed:
    return replace(typed, lines=_without(typed.lines, value))


def _apply(typed: Typed, value: str) -> Typed:
    card, _, promotion = value.partition(".")
    chosen = {"card": card, "promotion": promotion}
    if chosen in typed.discounts or len(typed.discounts) == MOST_ROWS:
        return typed
    return replace(typed, discounts=(*typed.discounts, chosen))


def _take_back(typed: Typed, value: str) -> Typed:
    return replace(typed, discounts=_without(typed.discounts, value))


def _without(rows: tuple[Row, ...], index: str) -> tuple[Row, ...]:
    return tuple(row for number, row in enumerate(rows) if str(number) != index)


def _use_the_most(typed: Typed, value: str) -> Typed:
    """All that the card may pay after the cards that were given before it."""
    others = tuple(row for row in typed.points if row["card"] != value)
    return replace(typed, points=(*others, _the_most_of(typed.points, "card", str(read_id(value)))))


def _pay_the_rest(typed: Typed, value: str) -> Typed:
    others = tuple(row for row in typed.payments if row["method"] != value)
    return replace(typed, payments=(*others, _the_most_of(typed.payments, "method", value)))


def _give_change(typed: Typed, method: str) -> Typed:
    """More than is left was typed, which is what the guest handed over: the rest is paid, and the change shown."""
    handed_over = next((row["amount"] for row in typed.payments if row["method"] == method), "")
    return _pay_the_rest(typed, method).with_texts(handed_over=handed_over)


def pay_all_by(typed: Typed, method: str) -> Typed:
    """What *the rest* means where nothing is left: this method pays what another one did."""
    amounts = {method: THE_MOST}
    paid = tuple({**row, "amount": amounts.get(row["method"], "")} for row in typed.payments)
    return replace(typed, payments=paid)


def _the_most_of(rows: tuple[Row, ...], name: str, value: str) -> Row:
    """All that is possible; what stood there before stays where that cannot be computed."""
    before = next((row["amount"] for row in rows if row[name] == value), "")
    return {name: value, "amount": THE_MOST, "before": before}


def _choose_referral(typed: Typed, _value: str) -> Typed:
    return typed.with_texts(referral_step="chosen")


def _confirm_referral(typed: Typed, _value: str) -> Typed:
    return typed.with_texts(referral_step="confirmed")


def _take_back_referral(typed: Typed, _value: str) -> Typed:
    return typed.with_texts(referral_step="", referral="")


def _as_it_stands(typed: Typed, _value: str) -> Typed:
    """What this does needs more than the texts: views do it, and it leaves the visit as it was typed."""
    return typed


def _change_guest(typed: Typed, _value: str) -> Typed:
    return typed.with_texts(guest_step="phone", guest_phone="", guest_name="")


def _choose_guest(typed: Typed, value: str) -> Typed:
    """Another guest has other cards, and was not invited by the same client."""
    chosen = _keep_guest(typed, value).with_texts(guest=str(read_id(value)))
    if typed.text("guest") in {"", "0", value}:
        return chosen
    return replace(chosen.with_texts(referral="", referral_step=""), points=(), discounts=())


def _keep_guest(typed: Typed, _value: str) -> Typed:
    return typed.with_texts(guest_step="", guest_phone="", guest_name="")


BUTTONS: dict[str, Button] = {
    "save": _save,
    "recalculate": _recalculate,
    "arrive": _arrive,
    "begin_now": _begin_now,
    "add_item": _add,
    "remove_line": _remove,
    "apply": _apply,
    "take_back": _take_back,
    "use_the_most": _use_the_most,
    "pay_the_rest": _pay_the_rest,
    "give_change": _give_change,
    "choose_referral": _choose_referral,
    "confirm_referral": _confirm_referral,
    "take_back_referral": _take_back_referral,
    "change_guest": _change_guest,
    "keep_guest": _keep_guest,
    "choose_guest": _choose_guest,
    "find_guest": _as_it_stands,
    "add_guest": _as_it_stands,
    "merge": _as_it_stands,
    "issue_card": _as_it_stands,
    "accrue_points": _as_it_stands,
    "write_off_points": _as_it_stands,
    "ask_undo": _as_it_stands,
    "undo_row": _as_it_stands,
}

FOCUS = {
    "save": "",
    "recalculate": "found",
    "arrive": "save",
    "begin_now": "q",
    "add_item": "q",
    "remove_line": "q",
    "apply": "applied.{value}",
    "take_back": "",
    "use_the_most": "points.{value}",
    "pay_the_rest": "payments.{value}",
    "give_change": "handed_over",
    "choose_referral": "referral",
    "confirm_referral": "referral",
    "take_back_referral": "choose_referral",
    "change_guest": "guest_phone",
    "keep_guest": "q",
    "choose_guest": "q",
    "find_guest": "guest_phone",
    "add_guest": "guest_name",
    "merge": "",
    "issue_card": "hand",
    "accrue_points": "hand",
    "write_off_points": "hand",
    "ask_undo": "undo_row",
    "undo_row": "hand",
}

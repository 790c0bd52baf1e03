"""The referral program on the visit: the inviter's phone, and what the inviter gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from chains.refusals import Code, Refusal
from loyalty.referral.words import offer_in_words
from loyalty.rules.plan import Plan
from loyalty.rules.referral import why_not_first
from loyalty.rules.why import Reason
from visits.window.accruals import ShownAccrual, shown_accrual, tells_gives
from visits.window.fields import PaneForm, PlainInput, hidden_field
from visits.window.merging import Change, Key, ShownChange, told_change
from visits.window.page import Entry, Opening, Page, Read, Turn
from visits.window.pane import Area, Button, Merging, Pane
from visits.window.panes.discounts import ShownDiscount, shown_discount
from visits.window.typed import Part, Row, Typed

#: The longest text that the visit can keep as the inviter's phone.
LONGEST_PHONE = 40

LATE = {
    Reason.CAME_BEFORE: gettext_lazy("Only on the first visit."),
    Reason.CAME_HERE_BEFORE: gettext_lazy("Only on the first visit at this location."),
}


class ReferralForm(PaneForm):
    """``referral_step`` is empty, "chosen" (the phone is asked for) or "confirmed"."""

    referral_step = hidden_field()
    referral = forms.CharField(
        label=gettext_lazy("Inviter's phone"),
        required=False,
        widget=PlainInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )


@dataclass(frozen=True)
class ShownReferral:
    """The referral program on this visit.

    ``step`` is "offered", "chosen" (the phone is asked for), "accepted", "linked", "late" or "off" (at this location);
    ``terms`` says what it gives here, or why not. ``gives`` is what the inviter gets, where that can be told.
    """

    step: str
    inviter: str = ""
    discount: ShownDiscount | None = None
    gives: ShownAccrual | None = None
    note: str = ""
    terms: StrOrPromise = ""


def _open(opening: Opening) -> Part:
    phone = opening.plan.referral if opening.plan else ""
    return Part({"referral": phone, "referral_step": "confirmed" if phone else ""})


def _choose(typed: Typed, _value: str) -> Typed:
    return typed.with_texts(referral_step="chosen")


def _confirm(typed: Typed, _value: str) -> Typed:
    return typed.with_texts(referral_step="confirmed")


def _take_back(typed: Typed, _value: str) -> Typed:
    return typed.with_texts(referral_step="", referral="")


def _act(turn: Turn) -> Turn:
    """Enter in the field of the phone asks the same as the button beside it.

    A save checks a phone as well that was typed but not confirmed: it must not get lost. So does what pays the rest,
    which is less where the invitation takes something off.
    """
    step, is_typed = turn.typed.text("referral_step"), bool(turn.typed.text("referral"))
    if turn.pressed.is_enter and step == "chosen" and is_typed:
        return turn.with_typed(_confirm(turn.typed, ""), focus="referral")
    if step and (turn.pressed.name == "save" or (turn.pressed.name == "pay_the_rest" and is_typed)):
        return turn.with_typed(_confirm(turn.typed, ""))
    return turn


def _read(entry: Entry, plan: Plan) -> Read:
    if entry.typed.text("referral_step") != "confirmed":
        return Read(plan)
    phone = entry.typed.text("referral")
    if 0 < len(phone) <= LONGEST_PHONE:
        return Read(replace(plan, referral=phone))
    sentence = _("Type the phone of the client who invited the guest, or take the referral back.")
    return Read(plan, (Refusal(Code.INVALID_PHONE, sentence, field="referral"),))


# What was saved since
# ----------------------------------------------------------------------------


def _units(typed: Typed) -> Mapping[Key, Row]:
    return {("referral",): {"referral": typed.text("referral")}} if typed.text("referral_step") else {}


def _merged(base: Typed, theirs: Typed, mine: Typed) -> Part:
    """Phone and step are one thing."""
    names = ("referral", "referral_step")
    source = mine if any(mine.text(name) != base.text(name) for name in names) else theirs
    return Part({name: source.text(name) for name in names})


def _told(changes: list[Change], _entry: Entry) -> list[ShownChange]:
    def words(row: Row | None) -> str:
        return row["referral"] if row else "–"

    return [told_change(each, _("Inviter's phone"), words) for each in changes]


# What is shown
# ----------------------------------------------------------------------------


def _show(page: Page) -> ShownReferral | None:
    """Nothing for nobody, nor where there is no program."""
    if not page.guest.pk:
        return None
    step, inviter = page.typed.text("referral_step"), page.inviter
    if _is_accepted(page):
        discount = page.settlement.referral_discount
        gives = gift_of(page) if tells_gives(page) else None
        return ShownReferral("accepted", inviter, shown_discount(discount, "", page) if discount else None, gives)
    if step == "confirmed" and inviter and not page.is_computed:
        return ShownReferral("accepted", inviter)
    if _is_linked(page):
        return ShownReferral("linked", inviter)
    program = page.preview.places.here
    offered = program.gives if program else None
    words = offer_in_words(offered, page.chain) if offered else ""
    if step:
        return ShownReferral("chosen", note=page.notes.get("referral", ""), terms=words)
    if offered is None:
        is_off_here = program is not None and program.location_id is not None
        return ShownReferral("off", terms=_("Off at this location.")) if is_off_here else None
    came = why_not_first(offered, page.came_before, page.subject.location.pk)
    return ShownReferral("late", terms=LATE[came.reason]) if came else ShownReferral("offered", terms=words)


def _is_accepted(page: Page) -> bool:
    discount = page.settlement.referral_discount
    is_fine = discount is not None and discount.problem is None and bool(page.inviter)
    return page.typed.text("referral_step") == "confirmed" and is_fine


def _is_linked(page: Page) -> bool:
    """Whether an earlier visit says who invited the guest."""
    return not page.typed.text("referral_step") and page.preview.desk.referral.linked_inviter_id is not None


def gift_of(page: Page) -> ShownAccrual | None:
    """What the inviter gets."""
    accrual = page.settlement.referral if _is_accepted(page) or _is_linked(page) else None
    return shown_accrual(page.inviter, accrual, page) if accrual else None


PANE = Pane(
    name="referral",
    area=Area.GUEST,
    template="visits/window/referral.html",
    fields=ReferralForm,
    is_of_the_guest=True,
    buttons={
        "choose_referral": Button(_choose, focus="referral"),
        "confirm_referral": Button(_confirm, focus="referral"),
        "take_back_referral": Button(_take_back, focus="choose_referral"),
    },
    open=_open,
    act=_act,
    read=_read,
    merging=Merging(_units, _merged, _told, texts=("referral", "referral_step")),
    show=_show,
)

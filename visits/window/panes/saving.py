"""What the page is saved by: its key, the version and the due that it shows, who opened it; and what is said of it."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.utils.translation import gettext as _

from chains.csrf import is_refused
from chains.refusals import Code, Refusal
from config.ui.figures import format_money
from loyalty.rules.plan import Status
from visits.models import Visit
from visits.window.fields import PaneForm, hidden_field, text_field
from visits.window.page import Computed, Entry, Opening, Pressed, Turn
from visits.window.pane import Button, Pane
from visits.window.panes.guest import is_asked
from visits.window.typed import Part, Typed, typed_in


class SavingForm(PaneForm):
    """``shown_amounts`` are those that ``shown_left`` was what they left.

    ``paying``: on a narrow screen, the sheet with what is to pay is open.
    """

    key = hidden_field()
    version = hidden_field()
    shown_due = hidden_field()
    shown_value = hidden_field()
    shown_left = hidden_field()
    shown_amounts = hidden_field()
    opened_on = hidden_field()
    opened_by = hidden_field()
    paying = text_field("")


def _open(opening: Opening) -> Part:
    visit = opening.subject.visit
    version = {"version": str(visit.version)} if visit else {}
    return Part({"key": str(uuid.uuid4()), **version, "opened_by": str(opening.user.pk)})


def _show_pay(typed: Typed, value: str) -> Typed:
    """Open or close the sheet, where no script does."""
    return typed.with_texts(paying=value)


def _act(turn: Turn) -> Turn:
    """A button of a page of before the sign-in, or of another user, does nothing: not in a name that nobody read.

    What is only computed is, and it stays said who opened the page; but Enter beside a guest's phone may register one.
    """
    user = turn.request.user
    is_of_another = turn.typed.text("opened_by") not in {"", str(user.pk)}
    only_computes = turn.pressed.only_computes and not is_asked(turn)
    if only_computes or not (is_of_another or is_refused(turn.request)):
        return turn
    sentence = _("You signed in after this page was opened, so nothing of it was done yet. Press again to go on.")
    if is_of_another:
        sentence = _("Another user opened this page; you are signed in as %(user)s. Press again to go on in your name.")
    refusal = Refusal(Code.FORBIDDEN, sentence, params={"user": user.name})
    typed = typed_in(turn.request.POST, turn.panes).with_texts(opened_by=str(user.pk))
    return replace(turn, pressed=Pressed(typed), refused=(*turn.refused, refusal))


def _fill(computed: Computed) -> Computed:
    """The figures and the day that are shown, by which a save notices that they were others."""
    settlement, is_shown = computed.settlement, computed.is_computed
    figures = {"shown_due": settlement.due, "shown_value": settlement.value, "shown_left": settlement.left}
    today = computed.subject.location.local_date(computed.turn.at)
    texts = {name: str(figure) if is_shown else "" for name, figure in figures.items()}
    return computed.with_texts(opened_on=today.isoformat(), **texts)


def _said(entry: Entry, saved: Visit) -> str:
    if saved.settled_at:
        return _("Paid.")
    if saved.status == Status.ARRIVED and saved.left:
        left = format_money(saved.left, entry.chain.currency)
        return _("The visit was saved. %(left)s left to pay.") % {"left": left}
    return _("The visit was saved.")


PANE = Pane(
    name="saving",
    fields=SavingForm,
    buttons={"save": Button(), "recalculate": Button(focus="found"), "show_pay": Button(_show_pay)},
    open=_open,
    act=_act,
    fill=_fill,
    said=_said,
)

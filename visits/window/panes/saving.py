"""What the page is saved by: its key, the version and the due that it shows, who opened it; and what is left to pay."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from chains.access import Right
from chains.refusals import Code, Refusal
from visits.window.fields import PaneForm, hidden_field
from visits.window.page import Computed, Opening, Page, Pressed, Turn
from visits.window.pane import Area, Button, Pane
from visits.window.typed import Part, typed_in


class SavingForm(PaneForm):
    key = hidden_field()
    version = hidden_field()
    shown_due = hidden_field()
    opened_on = hidden_field()
    opened_by = hidden_field()


@dataclass(frozen=True)
class ShownFoot:
    """What stands beside *Save*: what is ``left`` to pay or too much, 0 or more, and what else may be done."""

    left: Decimal
    may_cancel: bool


def _open(opening: Opening) -> Part:
    visit = opening.subject.visit
    version = {"version": str(visit.version)} if visit else {}
    return Part({"key": str(uuid.uuid4()), **version, "opened_by": str(opening.user.pk)})


def _act(turn: Turn) -> Turn:
    """A button of a page that somebody else opened does nothing: not in a name that nobody looked at."""
    user = turn.request.user
    if turn.pressed.only_computes or turn.typed.text("opened_by") in {"", str(user.pk)}:
        return turn
    sentence = _("Another user opened this page; you are signed in as %(user)s. Press again to go on in your name.")
    refusal = Refusal(Code.FORBIDDEN, sentence, params={"user": user.name})
    typed = typed_in(turn.request.POST, turn.panes).with_texts(opened_by=str(user.pk))
    return replace(turn, pressed=Pressed(typed), refused=(*turn.refused, refusal))


def _fill(computed: Computed) -> Computed:
    """The due and the day that are shown, by which a save notices that it was another."""
    due = str(computed.settlement.due) if computed.is_computed else ""
    today = computed.subject.location.local_date(computed.turn.at)
    return computed.with_texts(shown_due=due, opened_on=today.isoformat())


def _show(page: Page) -> ShownFoot:
    is_cancelled = page.visit is not None and page.visit.status == "cancelled"
    may_cancel = page.visit is not None and not page.is_closed and not is_cancelled
    return ShownFoot(abs(page.settlement.left), may_cancel and page.subject.access.has(Right.CANCEL_VISITS))


PANE = Pane(
    name="saving",
    area=Area.FOOT,
    template="visits/window/foot.html",
    fields=SavingForm,
    buttons={"save": Button(), "recalculate": Button(focus="found")},
    open=_open,
    act=_act,
    fill=_fill,
    show=_show,
)

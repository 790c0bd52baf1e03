"""What somebody else saved since the page was opened, and the button that puts what was typed onto it."""

from __future__ import annotations

from dataclasses import dataclass

from visits.window.fields import PaneForm, hidden_field
from visits.window.merging import ShownChange, merged, shown_changes, unpacked
from visits.window.page import Page, Turn
from visits.window.pane import Area, Button, Pane


class SavedSinceForm(PaneForm):
    base = hidden_field()


@dataclass(frozen=True)
class ShownSince:
    """``changes`` are line by line what they changed, as far as the page still says what it was opened on."""

    changes: list[ShownChange]


def _act(turn: Turn) -> Turn:
    return turn.with_typed(merged(turn)) if turn.pressed.name == "merge" and turn.subject.visit else turn


def _show(page: Page) -> ShownSince | None:
    if not page.is_stale:
        return None
    base = unpacked(page.typed.text("base"), page.turn.panes)
    return ShownSince(shown_changes(page.entry, base, page.typed) if base else [])


PANE = Pane(
    name="saved_since",
    area=Area.NOTES,
    template="visits/window/saved_since.html",
    fields=SavedSinceForm,
    buttons={"merge": Button()},
    act=_act,
    show=_show,
)

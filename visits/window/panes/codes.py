"""The field for codes: what is typed or scanned there finds a gift card, or a membership, that somebody brings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from allauth.account.adapter import get_adapter
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.models import Access
from chains.refusals import Code, Refusal
from chains.uses import Room
from loyalty.programs.codes import first_of_code
from visits.window.fields import PaneForm, hidden_field, text_field
from visits.window.page import Entry, Page, Turn, moved
from visits.window.pane import Area, Button, Pane
from visits.window.panes import covers, gift_cards
from visits.window.typed import Typed


class CodesForm(PaneForm):
    """``given_codes`` are those that were given on this page; see visits/window/codes.py."""

    code = text_field(gettext_lazy("Code"), "", maxlength="80", autocapitalize="characters", spellcheck="false")
    given_codes = hidden_field()


@dataclass(frozen=True)
class Kind:
    """What of a room a code finds, and what that does to the window."""

    room: Room
    of_code: Callable[[Turn, str], QuerySet[Any]]
    added: Callable[[Turn, Any], Typed]


KINDS = (
    Kind(Room.GIFT_CARDS, gift_cards.of_code, gift_cards.added),
    Kind(Room.MEMBERSHIPS, covers.of_code, covers.added),
)


@dataclass(frozen=True)
class Words:
    """What the field is called in a chain with these rooms, and what is said of a code that finds nothing."""

    label: str | Promise
    code: Code
    unknown: str | Promise


WORDS = {
    (Room.GIFT_CARDS,): Words(
        gettext_lazy("Code of a gift card"),
        Code.GIFT_CARD_UNKNOWN,
        gettext_lazy("The chain has no gift card of this code. Type it again, as it stands on the card."),
    ),
    (Room.MEMBERSHIPS,): Words(
        gettext_lazy("Number of a membership"),
        Code.MEMBERSHIP_UNKNOWN,
        gettext_lazy("The chain has no membership of this number. Type it again, as it stands on it."),
    ),
    (Room.GIFT_CARDS, Room.MEMBERSHIPS): Words(
        gettext_lazy("Code of a gift card or membership"),
        Code.GIFT_CARD_UNKNOWN,
        gettext_lazy("The chain has no gift card or membership of this code. Type it again, as it stands on it."),
    ),
}


def _words(access: Access) -> Words | None:
    """None in a chain that has nothing with a code."""
    return WORDS.get(tuple(kind.room for kind in KINDS if access.uses(kind.room)))


def _act(turn: Turn) -> Turn:
    """Find what the code is of; what is refused leaves the code where it was typed."""
    words = _words(turn.subject.access)
    # A script sends the code with the button, so that the field is free for the next one at once.
    code = turn.pressed.value or turn.typed.text("code")
    if turn.pressed.name != "add_code" or not code or words is None:
        return turn
    kinds = [kind for kind in KINDS if turn.subject.access.uses(kind.room)]
    try:
        found = first_of_code(
            *(kind.of_code(turn, code) for kind in kinds),
            unknown=Refusal(words.code, words.unknown, field="code"),
            user=turn.request.user,
            address=get_adapter(turn.request).get_client_ip(turn.request),
            at=turn.at,
        )
    except Refusal as refusal:
        return replace(turn.with_typed(turn.typed.with_texts(code=code)), beside=(*turn.beside, moved(refusal, "code")))
    kind = next(each for each in kinds if isinstance(found, each.of_code(turn, code).model))
    return turn.with_typed(kind.added(turn, found))


def _check(entry: Entry) -> None:
    """Refuse a save that would lose a code that was typed but not added."""
    if entry.typed.text("code"):
        sentence = _("This code was typed but its gift card pays nothing yet. Add it, or clear the field.")
        if entry.subject.access.uses(Room.MEMBERSHIPS):
            sentence = _("This code was typed but does nothing yet. Add it, or clear the field.")
        raise Refusal(Code.CODE_NEEDED, sentence, field="code")


def _show(page: Page) -> Words | None:
    is_off = page.is_closed or page.to_hand_back is not None
    return None if is_off else _words(page.subject.access)


PANE = Pane(
    name="codes",
    area=Area.GUEST,
    template="visits/window/codes.html",
    fields=CodesForm,
    buttons={"add_code": Button(focus="code", by_enter_in="code")},
    act=_act,
    check=_check,
    show=_show,
)

"""Whose visit it is: a guest is found by phone, or registered, within the window of a visit that has not acted.

A known phone shows the guest; an unknown one asks for the name. Lines and payments stay as they were typed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.access import Right
from chains.models import Location
from chains.refusals import Code, Refusal
from clients.models import Client
from clients.services import find_by_phone
from loyalty.cards.services import register_client
from loyalty.rules.plan import Status
from visits.forms.amounts import read_id
from visits.models import Visit
from visits.search import look_for
from visits.window.fields import PaneForm, hidden_field, text_field
from visits.window.merging import Change, Key, ShownChange, kept, latest_texts, told_change
from visits.window.page import Entry, Opening, Page, Subject, Turn, moved
from visits.window.pane import Area, Button, Merging, Pane
from visits.window.typed import Part, Row, Typed

#: The longest texts that a client can have.
LONGEST = {"guest_phone": 40, "guest_name": 150}

#: More than fit into the pane; another letter makes them fewer.
MOST_CHOICES = 8

#: What a refusal of the services calls otherwise.
PLACES = {"phone": "guest_phone", "name": "guest_name"}


class GuestForm(PaneForm):
    """``guest_step`` is empty, "phone" (the guest is looked for), "name" (the guest is new) or "none" (without one)."""

    guest = hidden_field()
    guest_step = hidden_field()
    guest_key = hidden_field()
    guest_phone = text_field(gettext_lazy("Phone, name or card of the guest"), "")
    guest_name = text_field(gettext_lazy("Name of the new guest"), "", maxlength="150")


@dataclass(frozen=True)
class ShownGuest:
    """``step`` is how far the guest is looked for, ``choices`` whom it may be.

    ``number`` is which visit of the guest it is, ``other_visits`` are those that a new one would come beside.
    ``may_be_nobody``: the bill may be made without a guest; ``may_change``: the guest is not fixed yet.
    """

    step: str
    choices: tuple[Client, ...]
    number: int
    other_visits: list[Visit]
    may_be_nobody: bool
    may_change: bool


def nobody(location: Location) -> Client:
    """The guest of a walk-in's window, until it is known who that is."""
    return Client(pk=0, chain=location.chain, name="")


def _open(opening: Opening) -> Part:
    """A walk-in begins with the guest's phone."""
    guest = opening.subject.client.pk
    asked = "none" if opening.plan else "phone"
    return Part({"guest": str(guest), "guest_step": "" if guest else asked})


def has_its_guest(subject: Subject) -> bool:
    """Whether the guest stays who it is: somebody who has arrived."""
    return subject.is_fixed and subject.visit is not None and subject.visit.client_id is not None


def _may_be_nobody(subject: Subject) -> bool:
    """Whether the bill may have no guest: a sale, where the location allows it, and where it never had one."""
    if subject.visit is None:
        return subject.is_sale or subject.location.bills_without_guest
    return subject.visit.client_id is None


# Who it is
# ----------------------------------------------------------------------------


def _change(typed: Typed, _value: str) -> Typed:
    return typed.with_texts(guest_step="phone", guest_phone="", guest_name="")


def _nobody(typed: Typed, _value: str) -> Typed:
    """A bill without a guest, or the guest is looked for no longer on one that had none."""
    return typed.with_texts(guest="0", guest_step="none", guest_phone="", guest_name="")


def _keep(typed: Typed, _value: str) -> Typed:
    return typed.with_texts(guest_step="", guest_phone="", guest_name="")


def _act(turn: Turn) -> Turn:
    """The guest that the window names by now, and what its buttons find."""
    if has_its_guest(turn.subject):
        return _with_theirs(turn) if turn.pressed.name == "merge" else turn
    if turn.typed.text("guest_step") == "none" and not _may_be_nobody(turn.subject):
        turn = turn.with_typed(turn.typed.with_texts(guest_step="phone"))
    if turn.pressed.name == "choose_guest":
        turn = _chosen(turn)
    turn = replace(turn, subject=replace(turn.subject, client=_whose(turn)))
    if turn.pressed.name == "without_guest" and not turn.subject.client.pk:
        turn = turn.with_typed(_without_their_own(turn.typed, turn))
    if not is_asked(turn):
        return turn
    try:
        return _asked(turn)
    except Refusal as refusal:
        place = PLACES.get(refusal.field or "", refusal.field)
        return replace(turn.with_typed(turn.typed, focus=place or ""), beside=(*turn.beside, moved(refusal, place)))


def _with_theirs(turn: Turn) -> Turn:
    """Both edits of a visit that got its guest meanwhile: that one stays, and nothing is chosen of another's."""
    guest = str(turn.subject.client.pk)
    if turn.typed.text("guest") == guest:
        return turn
    theirs, typed = kept(turn), _keep(turn.typed, "").with_texts(guest=guest)
    for pane in turn.panes:
        if pane.is_of_the_guest:
            texts = {name: theirs.text(name) for name in pane.names}
            typed = typed.with_part(pane, Part(texts, theirs.rows_of(pane.name)))
    return turn.with_typed(typed)


def is_asked(turn: Turn) -> bool:
    """Whether the guest is looked for, or registered.

    Enter asks the same as the button beside the field, unless something is being searched for sale.
    """
    typed, name = turn.typed, turn.pressed.name
    is_by_enter = name == "recalculate" and typed.text("guest_phone") and not typed.text("q")
    return bool(typed.text("guest_step") and (name in {"find_guest", "add_guest"} or is_by_enter))


def _chosen(turn: Turn) -> Turn:
    chosen = read_id(turn.pressed.value)
    before = turn.typed.text("guest")
    typed = _keep(turn.typed, "").with_texts(guest=str(chosen))
    return turn.with_typed(typed if before in {"", "0", turn.pressed.value} else _without_their_own(typed, turn))


def _without_their_own(typed: Typed, turn: Turn) -> Typed:
    """What was chosen of another guest's is gone with that guest: other cards, another inviter."""
    for pane in turn.panes:
        if pane.is_of_the_guest:
            typed = typed.with_part(pane, Part(dict.fromkeys(pane.names, "")))
    return typed


def _whose(turn: Turn) -> Client:
    """Nobody where staff said so, also in the window that a guest's page opened; else the guest that it names."""
    subject, client_id = turn.subject, read_id(turn.typed.text("guest"))
    if turn.typed.text("guest_step") == "none":
        return nobody(subject.location)
    if not client_id or client_id == subject.client.pk:
        return subject.client
    return subject.location.chain.clients.filter(pk=client_id).first() or subject.client


def _asked(turn: Turn) -> Turn:
    phone = turn.typed.text("guest_phone")
    for name, most in LONGEST.items():
        if len(turn.typed.text(name)) > most:
            raise Refusal(Code.INVALID_PHONE, _("Type less than that."), field=name)
    if not phone:
        raise Refusal(
            Code.INVALID_PHONE,
            _("Type the phone of the guest; with a name or a card, whoever has it is found."),
            field="guest_phone",
        )
    try:
        found = find_by_phone(chain=turn.request.chain, phone=phone)
    except Refusal as refusal:
        return _not_by_phone(turn, refusal)
    return _with(turn, found)


def _not_by_phone(turn: Turn, refusal: Refusal) -> Turn:
    text = turn.typed.text("guest_phone")
    if others := _searched(turn, text):
        return _with(turn, others[0]) if len(others) == 1 else replace(turn, said={**turn.said, "guest": others})
    may_add = turn.request.access.has(Right.EDIT_CLIENTS)
    if _is_a_name(text):
        if may_add:
            return _unknown_name(turn)
        raise _nobody_called(text) from refusal
    if refusal.code != Code.UNKNOWN_CLIENT or not may_add:
        raise refusal
    return _unknown(turn)


def _searched(turn: Turn, text: str) -> tuple[Client, ...]:
    """Guests by name or the number of a card, for what is nobody's phone."""
    location = turn.request.location
    found = look_for(text, location=location, on=location.local_date(turn.at), most=MOST_CHOICES)
    return tuple(each.client for each in found.guests)


def _is_a_name(text: str) -> bool:
    return any(character.isalpha() for character in text) and not any(character.isdigit() for character in text)


def _nobody_called(name: str) -> Refusal:
    sentence = _("Nobody is called “%(name)s”. Type a phone, another name or the number of a card.")
    return Refusal(Code.UNKNOWN_CLIENT, sentence, field="guest_phone", params={"name": name})


def _unknown_name(turn: Turn) -> Turn:
    """Nobody goes by the name: it is a new guest's, whose phone is asked for."""
    name, key = turn.typed.text("guest_phone"), turn.typed.text("guest_key") or str(uuid.uuid4())
    asking = turn.typed.with_texts(guest_step="name", guest_name=name, guest_phone="", guest_key=key)
    return turn.with_typed(asking, focus="guest_phone")


def _unknown(turn: Turn) -> Turn:
    """The phone is nobody's yet: ask for the name, then register the guest with it."""
    typed = turn.typed
    if typed.text("guest_step") == "phone" or not typed.text("guest_name"):
        asking = typed.with_texts(guest_step="name", guest_key=typed.text("guest_key") or str(uuid.uuid4()))
        return turn.with_typed(asking, focus="guest_name")
    client = register_client(
        chain=turn.request.chain,
        name=typed.text("guest_name"),
        phone=typed.text("guest_phone"),
        location=turn.request.location,
        key=typed.key("guest_key"),
        at=turn.at,
        acting_user=turn.request.user,
    )
    return _with(turn, client)


def _with(turn: Turn, client: Client) -> Turn:
    """The window of that guest."""
    blank = dict.fromkeys(("guest_step", "guest_phone", "guest_name", "guest_key"), "")
    typed, before = turn.typed.with_texts(guest=str(client.pk), **blank), turn.subject.client
    if before.pk and client.pk != before.pk:
        typed = _without_their_own(typed, turn)
    return replace(turn.with_typed(typed, focus="q"), subject=replace(turn.subject, client=client))


def _check(entry: Entry) -> None:
    """Refuse ``unknown_client`` where nobody said whose visit it is; that it is nobody's, is said too."""
    if not entry.subject.client.pk and entry.typed.text("guest_step") != "none":
        sentence = _("Whose visit is it? Type the guest's phone.")
        raise Refusal(Code.UNKNOWN_CLIENT, sentence, field="guest_phone")


# What was saved since, and what is shown
# ----------------------------------------------------------------------------


def _units(typed: Typed) -> Mapping[Key, Row]:
    return {("guest",): {"guest": typed.text("guest")}}


def _told(changes: list[Change], entry: Entry) -> list[ShownChange]:
    def words(row: Row | None) -> str:
        client = entry.chain.clients.filter(pk=read_id(row["guest"])).first() if row else None
        return client.name if client else "–"

    return [told_change(each, _("Guest"), words) for each in changes]


def _show(page: Page) -> ShownGuest:
    number = sum(page.came_before.values()) + 1
    step = page.typed.text("guest_step")
    return ShownGuest(
        step=step,
        choices=page.turn.said.get("guest", ()),
        number=number,
        other_visits=_other_visits(page),
        may_be_nobody=step != "none" and _may_be_nobody(page.subject),
        may_change=not has_its_guest(page.subject),
    )


def _other_visits(page: Page) -> list[Visit]:
    """Visits of the guest here today, which a new one would come beside."""
    if page.visit is not None or not page.guest.pk:
        return []
    location = page.subject.location
    today = location.visits.filter(client=page.guest, starts_on=location.local_date(page.turn.at))
    return list(today.exclude(status=Status.CANCELLED).order_by("starts_at", "pk"))


PANE = Pane(
    name="guest",
    area=Area.GUEST,
    template="visits/window/guest.html",
    fields=GuestForm,
    buttons={
        "change_guest": Button(_change, focus="guest_phone"),
        "keep_guest": Button(_keep, focus="q"),
        "without_guest": Button(_nobody, focus="q"),
        "choose_guest": Button(focus="q"),
        "find_guest": Button(focus="guest_phone"),
        "add_guest": Button(focus="guest_name"),
    },
    open=_open,
    act=_act,
    check=_check,
    merging=Merging(_units, latest_texts("guest"), _told, texts=("guest",)),
    show=_show,
)

"""Whose visit it is: a guest is found by phone, or registered, within the window of a visit that has not acted.

A known phone shows the guest; an unknown one asks for the name. Lines and payments stay as they were typed.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from chains.access import Right
from chains.models import Location
from chains.refusals import Code, Refusal
from chains.spaces import LocationRequest
from clients.models import Client
from clients.services import find_by_phone
from loyalty.cards.services import register_client
from loyalty.rules.plan import Status
from visits.forms.amounts import read_id
from visits.forms.buttons import Pressed
from visits.forms.reading import Subject
from visits.forms.typed import Typed
from visits.models import Visit
from visits.search import look_for

#: The longest texts that a client can have.
LONGEST = {"guest_phone": 40, "guest_name": 150}

#: More than fit into the pane; another letter makes them fewer.
MOST_CHOICES = 8

#: Enter asks the same as the button beside the field, unless something is being searched for sale.
ASKS = {"find_guest", "add_guest", "recalculate"}


def nobody(location: Location) -> Client:
    """The guest of a walk-in's window, until it is known who that is."""
    return Client(pk=0, chain=location.chain, name="")


@dataclass(frozen=True)
class Seen:
    """The window once it is known whose visit it is; else ``refusal``, or ``choices`` of whom it may be."""

    subject: Subject
    pressed: Pressed
    refusal: Refusal | None = None
    choices: tuple[Client, ...] = ()


def see_guest(request: LocationRequest, subject: Subject, pressed: Pressed, at: datetime) -> Seen:
    """The guest that the window names by now, and what its buttons find."""
    if subject.is_fixed:
        return Seen(subject, pressed)
    subject = replace(subject, client=_named(subject, read_id(pressed.typed.text("guest"))))
    step = pressed.typed.text("guest_step")
    if not step or pressed.name not in ASKS or (pressed.name == "recalculate" and pressed.typed.text("q")):
        return Seen(subject, pressed)
    try:
        return _asked(request, subject, pressed, at)
    except Refusal as refusal:
        place = {"phone": "guest_phone", "name": "guest_name"}.get(refusal.field or "", refusal.field)
        pressed = replace(pressed, focus=place or "")
        return Seen(subject, pressed, Refusal(refusal.code, refusal.message, field=place, params=refusal.params))


def _named(subject: Subject, client_id: int) -> Client:
    if not client_id or client_id == subject.client.pk:
        return subject.client
    return subject.location.chain.clients.filter(pk=client_id).first() or subject.client


def _asked(request: LocationRequest, subject: Subject, pressed: Pressed, at: datetime) -> Seen:
    typed, chain = pressed.typed, request.chain
    for name, most in LONGEST.items():
        if len(typed.text(name)) > most:
            raise Refusal(Code.INVALID_PHONE, _("Type less than that."), field=name)
    if not typed.text("guest_phone"):
        if pressed.name == "recalculate":
            return Seen(subject, pressed)
        raise Refusal(
            Code.INVALID_PHONE,
            _("Type the phone of the guest; with a name or a card, whoever has it is found."),
            field="guest_phone",
        )
    try:
        found = find_by_phone(chain=chain, phone=typed.text("guest_phone"))
    except Refusal as refusal:
        if others := _searched(request, typed.text("guest_phone"), at):
            only = len(others) == 1
            return _with(subject, pressed, others[0]) if only else Seen(subject, pressed, choices=others)
        may_add = request.access.has(Right.EDIT_CLIENTS)
        if _is_a_name(typed.text("guest_phone")):
            if may_add:
                return _unknown_name(subject, pressed)
            raise _nobody_called(typed.text("guest_phone")) from refusal
        if refusal.code != Code.UNKNOWN_CLIENT or not may_add:
            raise
        return _unknown(request, subject, pressed, at)
    return _with(subject, pressed, found)


def _searched(request: LocationRequest, text: str, at: datetime) -> tuple[Client, ...]:
    """Guests by name or the number of a card, for what is nobody's phone."""
    today = request.location.local_date(at)
    found = look_for(text, location=request.location, on=today, most=MOST_CHOICES)
    return tuple(each.client for each in found.guests)


def _is_a_name(text: str) -> bool:
    return any(character.isalpha() for character in text) and not any(character.isdigit() for character in text)


def _nobody_called(name: str) -> Refusal:
    sentence = _("Nobody is called “%(name)s”. Type a phone, another name or the number of a card.")
    return Refusal(Code.UNKNOWN_CLIENT, sentence, field="guest_phone", params={"name": name})


def _unknown_name(subject: Subject, pressed: Pressed) -> Seen:
    """Nobody goes by the name: it is a new guest's, whose phone is asked for."""
    typed = pressed.typed
    key = typed.text("guest_key") or str(uuid.uuid4())
    asking = typed.with_texts(guest_step="name", guest_name=typed.text("guest_phone"), guest_phone="", guest_key=key)
    return Seen(subject, replace(pressed, typed=asking, focus="guest_phone"))


def _unknown(request: LocationRequest, subject: Subject, pressed: Pressed, at: datetime) -> Seen:
    """The phone is nobody's yet: ask for the name, then register the guest with it."""
    typed = pressed.typed
    if typed.text("guest_step") == "phone" or not typed.text("guest_name"):
        asking = typed.with_texts(guest_step="name", guest_key=typed.text("guest_key") or str(uuid.uuid4()))
        return Seen(subject, replace(pressed, typed=asking, focus="guest_name"))
    client = register_client(
        chain=request.chain,
        name=typed.text("guest_name"),
        phone=typed.text("guest_phone"),
        location=request.location,
        key=_key(typed),
        at=at,
        acting_user=request.user,
    )
    return _with(subject, pressed, client)


def _with(subject: Subject, pressed: Pressed, client: Client) -> Seen:
    """The window of that guest; what was chosen of another guest's cards is gone with that guest."""
    texts = {"guest": str(client.pk), **dict.fromkeys(("guest_step", "guest_phone", "guest_name", "guest_key"), "")}
    typed = pressed.typed.with_texts(**texts)
    if client.pk != subject.client.pk and subject.client.pk:
        typed = replace(typed.with_texts(referral="", referral_step=""), points=(), discounts=())
    return Seen(replace(subject, client=client), replace(pressed, typed=typed, focus="q"))


def _key(typed: Typed) -> uuid.UUID:
    try:
        return uuid.UUID(typed.text("guest_key"))
    except ValueError:
        return uuid.uuid4()


def check_guest(subject: Subject) -> None:
    """Refuse ``unknown_client`` for the visit of nobody."""
    if not subject.client.pk:
        sentence = _("Whose visit is it? Type the guest's phone.")
        raise Refusal(Code.UNKNOWN_CLIENT, sentence, field="guest_phone")


def other_visits(subject: Subject, at: datetime) -> list[Visit]:
    """Visits of the guest here today, which a new one would come beside."""
    if subject.visit is not None or not subject.client.pk:
        return []
    today = subject.location.visits.filter(client=subject.client, starts_on=subject.location.local_date(at))
    return list(today.exclude(status=Status.CANCELLED).order_by("starts_at", "pk"))

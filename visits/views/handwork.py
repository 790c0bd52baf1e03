"""What staff do to the guest's cards from within the visit window, at once and apart from the visit.

Issue a card, accrue and write off points, undo one of these. The window is answered as it was typed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from chains.access import Right
from chains.refusals import Code, Refusal
from chains.spaces import LocationRequest
from config.ui.figures import format_points
from loyalty.cards import manual
from loyalty.cards.models import Card, CardType
from loyalty.cards.services import issue_card
from loyalty.client_pages.reading import issuable_types
from loyalty.ledger.books import look
from loyalty.ledger.models import Transaction
from loyalty.rules.cards import DeskCard
from visits.forms.amounts import read_amount, read_id
from visits.forms.buttons import Pressed
from visits.forms.reading import Subject
from visits.forms.typed import HAND_FIELDS, Typed
from visits.forms.window import VisitForm

LONGEST_NUMBER = 40
LONGEST_COMMENT = 500

#: Places that the services name otherwise than the fields of the window are called.
PLACES = {"card_type": "issue_type", "number": "issue_number", "amount": "hand_amount", "last_day": "hand_last_day"}

#: Where a refusal stands that names no field.
WHOLE = {"issue_card": "issue_type", "accrue_points": "hand_card", "write_off_points": "hand_card"}


@dataclass(frozen=True)
class Asked:
    """A row that is about to be undone, and the card's balance before and after that."""

    row: Transaction
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Done:
    """The window after a button, and what came of it: a sentence, a card, a question or a refusal."""

    typed: Typed
    sentence: str = ""
    issued: Card | None = None
    asked: Asked | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Hands:
    """One request of the window that asks for work by hand."""

    request: LocationRequest
    subject: Subject
    typed: Typed
    value: str
    at: datetime

    @property
    def claimed(self) -> dict[str, Any]:
        """What every operation is told: the form's own key for it, the instant and who does it."""
        return {"key": _key(self.typed), "at": self.at, "acting_user": self.request.user}

    @property
    def places(self) -> int:
        return self.request.chain.places


def work_by_hand(request: LocationRequest, subject: Subject, pressed: Pressed, at: datetime) -> Done:
    """Do what the button says, if it is one of these; what is refused keeps all that was typed."""
    typed = _with_key(pressed.typed)
    if pressed.name not in WORK or not subject.client.pk:
        return Done(typed)
    right, work = WORK[pressed.name]
    try:
        if not request.access.has(right):
            raise Refusal(Code.FORBIDDEN, _("You may not do this. An owner of the chain can give you the right."))
        return work(Hands(request, subject, typed, pressed.value, at))
    except Refusal as refusal:
        place = PLACES.get(refusal.field or "", refusal.field) or WHOLE.get(pressed.name)
        return Done(typed, refusal=Refusal(refusal.code, refusal.message, field=place, params=refusal.params))


def check_nothing_is_left(typed: Typed) -> None:
    """Refuse a save that would lose what was typed for a card but not done."""
    if typed.text("hand_amount") or typed.text("hand_comment"):
        sentence = _("This was typed but neither accrued nor written off. Press one of the buttons, or clear it.")
        raise Refusal(Code.INVALID_AMOUNT, sentence, field="hand_amount")
    if typed.text("issue_number"):
        raise Refusal(
            Code.INVALID_AMOUNT,
            _("The card was not issued. Press the button, or clear the number."),
            field="issue_number",
        )


# The operations
# ----------------------------------------------------------------------------


def _issue(hands: Hands) -> Done:
    number = hands.typed.text("issue_number")
    if len(number) > LONGEST_NUMBER:
        raise Refusal(Code.INVALID_AMOUNT, _("Type a number of at most 40 characters."), field="issue_number")
    card_type = CardType.objects.filter(chain=hands.request.chain, pk=read_id(hands.typed.text("issue_type"))).first()
    if card_type is None:
        raise Refusal(Code.PROMOTION_NOT_APPLICABLE, _("Choose a card type."), field="issue_type")
    card = issue_card(client=hands.subject.client, card_type=card_type, number=number, **hands.claimed)
    return Done(_cleared(hands.typed), issued=card)


def _accrue(hands: Hands) -> Done:
    row = manual.accrue(**_points(hands), last_day=_last_day(hands.typed))
    return _moved(hands, row, _("%(points)s points were accrued on %(card)s."))


def _write_off(hands: Hands) -> Done:
    row = manual.write_off(**_points(hands))
    return _moved(hands, row, _("%(points)s points were written off from %(card)s."))


def _moved(hands: Hands, row: Transaction, sentence: str) -> Done:
    points = format_points(abs(row.amount), hands.request.chain.currency)
    return Done(_cleared(hands.typed), sentence % {"points": points, "card": row.card})


def _points(hands: Hands) -> dict[str, Any]:
    """What both operations are told; whose card it is and why is checked first."""
    card = hands.subject.client.cards.filter(pk=read_id(hands.typed.text("hand_card"))).select_related("chain").first()
    if card is None:
        raise Refusal(Code.CARD_NOT_OWNED, _("Choose one of the guest's cards."), field="hand_card")
    comment = hands.typed.text("hand_comment")
    if not 0 < len(comment) <= LONGEST_COMMENT:
        sentence = _("Say why, in at most 500 characters; it stays with the row.")
        raise Refusal(Code.INVALID_AMOUNT, sentence, field="hand_comment")
    return {
        "card": card,
        "amount": read_amount(hands.typed.text("hand_amount"), hands.places),
        "comment": comment,
        "location": hands.request.location,
        **hands.claimed,
    }


def _last_day(typed: Typed) -> date | None:
    text = typed.text("hand_last_day")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refusal(Code.INVALID_DATE, _("There is no such day. Choose another."), field="hand_last_day") from error


def _ask_undo(hands: Hands) -> Done:
    """Nothing is done yet: what undoing the row would do to the card is shown."""
    row = _row(hands)
    if row.holder_id is None or not row.is_manual or row.undoes_id:
        raise _not_by_hand()
    books = look(
        chain=hands.request.chain,
        holder_ids=[row.holder_id],
        at=hands.at,
        undoable=Q(pk=row.pk) | Q(undoes=row.pk),
    )
    before, after = books.pot_without_past(row.holder_id), books.pot_as_if_undone(row.holder_id)
    return Done(hands.typed, asked=Asked(row, before.balance, after.balance))


def _undo(hands: Hands) -> Done:
    row = _row(hands)
    manual.undo(row=row, **hands.claimed)
    return Done(_with_new_key(hands.typed), _("%(kind)s was undone.") % {"kind": row.get_kind_display()})


def _row(hands: Hands) -> Transaction:
    rows = Transaction.objects.filter(chain=hands.request.chain, client=hands.subject.client).in_full()
    row = rows.select_related("chain").filter(pk=read_id(hands.value)).first()
    if row is None:
        raise _not_by_hand()
    return row


def _not_by_hand() -> Refusal:
    return Refusal(Code.NOT_UNDOABLE, _("Only points accrued or written off by hand are undone here."))


WORK: dict[str, tuple[Right, Callable[[Hands], Done]]] = {
    "issue_card": (Right.ISSUE_CARDS, _issue),
    "accrue_points": (Right.MANUAL_POINTS, _accrue),
    "write_off_points": (Right.MANUAL_POINTS, _write_off),
    "ask_undo": (Right.MANUAL_POINTS, _ask_undo),
    "undo_row": (Right.MANUAL_POINTS, _undo),
}


# The key, and the fields
# ----------------------------------------------------------------------------


def _key(typed: Typed) -> uuid.UUID:
    try:
        return uuid.UUID(typed.text("hand_key"))
    except ValueError:
        return uuid.uuid4()


def _with_key(typed: Typed) -> Typed:
    return typed if typed.text("hand_key") else _with_new_key(typed)


def _with_new_key(typed: Typed) -> Typed:
    return typed.with_texts(hand_key=str(uuid.uuid4()))


def _cleared(typed: Typed) -> Typed:
    return _with_new_key(typed.with_texts(**dict.fromkeys(HAND_FIELDS, "")))


# What is shown of it
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Handwork:
    """What the window offers to do by hand, and what came of it."""

    done: Done
    sentence: str
    may_issue: bool
    may_move_points: bool
    issue_is_open: bool
    points_are_open: bool


def shown_handwork(
    done: Done, form: VisitForm, subject: Subject, request: LocationRequest, *, starts_at: datetime, at: datetime
) -> Handwork:
    """Offer card types and cards to choose from, for a visit that begins at ``starts_at``; ``at`` is now."""
    may_issue = bool(subject.client.pk) and _may(request, Right.ISSUE_CARDS)
    types = list(issuable_types(subject.client).select_related("terms")) if may_issue else []
    active = Card.objects.active().held_by(subject.client).select_related("card_type")
    cards = list(active) if _may(request, Right.MANUAL_POINTS) else []
    form.offer("issue_type", [(each.pk, f"{each} – {_acts(each, subject, starts_at, at)}") for each in types])
    form.offer("hand_card", [(each.pk, str(each)) for each in cards])
    refused = done.refusal.field or "" if done.refusal else ""
    typed = done.typed
    return Handwork(
        done=done,
        sentence=_issued(done.issued, subject, starts_at) if done.issued else done.sentence,
        may_issue=bool(types),
        may_move_points=bool(cards),
        issue_is_open=refused.startswith("issue_") or bool(typed.text("issue_number")),
        points_are_open=refused.startswith("hand_") or bool(typed.text("hand_amount") or typed.text("hand_comment")),
    )


def _may(request: LocationRequest, right: Right) -> bool:
    return request.access.has(right)


def _acts(card_type: CardType, subject: Subject, starts_at: datetime, at: datetime) -> str:
    """When a card of the type acts that is issued now."""
    if _acts_on_this(card_type, subject, starts_at, at):
        return _("acts on this visit already")
    return _("acts from the next visit") if _works_here(card_type, subject) else _("does not work here")


def _issued(card: Card, subject: Subject, starts_at: datetime) -> str:
    sentence = _("%(card)s was issued. It acts from the next visit on.")
    if _acts_on_this(card.card_type, subject, starts_at, card.issued_at):
        sentence = _("%(card)s was issued. It acts on this visit already.")
    elif not _works_here(card.card_type, subject):
        sentence = _("%(card)s was issued. It does not work at this location.")
    return sentence % {"card": card}


def _acts_on_this(card_type: CardType, subject: Subject, starts_at: datetime, issued_at: datetime) -> bool:
    """Whether a card issued then acts on the visit, which a settled one never lets it."""
    card = DeskCard(0, subject.client.pk, card_type.as_rules(), issued_at)
    settled_at = subject.visit.settled_at if subject.visit else None
    return _works_here(card_type, subject) and card.acts_on(starts_at, settled_at)


def _works_here(card_type: CardType, subject: Subject) -> bool:
    locations = card_type.as_rules().locations
    return locations is None or subject.location.pk in locations

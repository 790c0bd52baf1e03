"""What staff do to the guest's cards and accounts from within the visit window, at once and apart from the visit.

Issue a card, accrue and write off points, undo one of these, top up an account. The window is answered as it was typed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.access import Right
from chains.refusals import Code, Refusal
from config.ui.figures import format_money, format_points
from loyalty.accounts.models import Account
from loyalty.accounts.services import top_up
from loyalty.cards import manual
from loyalty.cards.models import Card, CardType
from loyalty.cards.services import issue_card
from loyalty.client_pages.reading import issuable_types
from loyalty.labels import choices_of
from loyalty.ledger.books import look
from loyalty.ledger.by_hand import undo as undo_by_hand
from loyalty.ledger.models import Transaction
from loyalty.rules.cards import DeskCard
from loyalty.rules.money import ZERO
from loyalty.rules.plan import PaymentMethod
from visits.forms.amounts import read_amount, read_id
from visits.window.fields import PaneForm, amount_field, hidden_field, text_field
from visits.window.page import Entry, Page, Subject, Turn, moved, own_cards
from visits.window.pane import Area, Button, Pane
from visits.window.panes.accounts import accounts_of, own_holders
from visits.window.typed import Typed

LONGEST_NUMBER = 40
LONGEST_COMMENT = 500

#: Places that the services name otherwise than the fields of the window are called.
PLACES = {"card_type": "issue_type", "number": "issue_number", "amount": "hand_amount", "last_day": "hand_last_day"}
PLACES_OF_TOP_UP = {"amount": "top_up_amount", "comment": "top_up_comment"}

#: Where a refusal stands that names no field.
WHOLE = {
    "issue_card": "issue_type",
    "accrue_points": "hand_card",
    "write_off_points": "hand_card",
    "top_up": "top_up_account",
}


class ByHandForm(PaneForm):
    hand_key = hidden_field()
    issue_type = forms.CharField(label=gettext_lazy("Card type"), required=False, widget=forms.Select)
    issue_number = text_field(
        gettext_lazy("Number"), "", maxlength="40", placeholder=gettext_lazy("blank for a new number")
    )
    hand_card = forms.CharField(label=gettext_lazy("Loyalty card"), required=False, widget=forms.Select)
    hand_amount = amount_field(gettext_lazy("Points"), "number")
    hand_last_day = text_field(gettext_lazy("Last day, if any"), "", kind="date")
    hand_comment = text_field(gettext_lazy("Comment: why"), "", maxlength="500")
    top_up_account = forms.CharField(label=gettext_lazy("Client account"), required=False, widget=forms.Select)
    top_up_amount = amount_field(gettext_lazy("Amount"), "number")
    top_up_method = forms.CharField(label=gettext_lazy("Paid by"), required=False, widget=forms.Select)
    top_up_comment = text_field(gettext_lazy("Comment, if any"), "", maxlength="500")


@dataclass(frozen=True)
class Asked:
    """A row that is about to be undone, and the card's balance before and after that."""

    row: Transaction
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Done:
    """The texts after a button, and what came of it: a sentence, a card or a question."""

    typed: Typed
    sentence: str = ""
    issued: Card | None = None
    asked: Asked | None = None


def _act(turn: Turn) -> Turn:
    """Do what the button says, if it is one of these; what is refused keeps all that was typed."""
    turn = turn.with_typed(_with_key(turn.typed))
    if turn.pressed.name not in WORK or not turn.subject.client.pk:
        return turn
    right, work = WORK[turn.pressed.name]
    try:
        if not turn.request.access.has(right):
            raise Refusal(Code.FORBIDDEN, _("You may not do this. An owner of the chain can give you the right."))
        done = work(turn)
    except Refusal as refusal:
        places = PLACES_OF_TOP_UP if turn.pressed.name == "top_up" else PLACES
        place = places.get(refusal.field or "", refusal.field) or WHOLE.get(turn.pressed.name)
        return replace(turn, refused=(*turn.refused, moved(refusal, place)))
    return replace(turn.with_typed(done.typed), said={**turn.said, "by_hand": done})


def _check(entry: Entry) -> None:
    """Refuse a save that would lose what was typed for a card or an account but not done."""
    typed = entry.typed
    if typed.text("top_up_amount") or typed.text("top_up_comment"):
        sentence = _("This was typed but the account was not topped up. Press the button, or clear it.")
        raise Refusal(Code.INVALID_AMOUNT, sentence, field="top_up_amount")
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


def _issue(turn: Turn) -> Done:
    number = turn.typed.text("issue_number")
    if len(number) > LONGEST_NUMBER:
        raise Refusal(Code.INVALID_AMOUNT, _("Type a number of at most 40 characters."), field="issue_number")
    card_type = CardType.objects.filter(chain=turn.request.chain, pk=read_id(turn.typed.text("issue_type"))).first()
    if card_type is None:
        raise Refusal(Code.PROMOTION_NOT_APPLICABLE, _("Choose a card type."), field="issue_type")
    card = issue_card(client=turn.subject.client, card_type=card_type, number=number, **_claimed(turn))
    return Done(_cleared(turn.typed), issued=card)


def _accrue(turn: Turn) -> Done:
    row = manual.accrue(**_points(turn), last_day=_last_day(turn.typed))
    return _moved(turn, row, _("%(points)s points were accrued on %(card)s."))


def _write_off(turn: Turn) -> Done:
    row = manual.write_off(**_points(turn))
    return _moved(turn, row, _("%(points)s points were written off from %(card)s."))


def _moved(turn: Turn, row: Transaction, sentence: str) -> Done:
    points = format_points(abs(row.amount), turn.request.chain.currency)
    return Done(_cleared(turn.typed), sentence % {"points": points, "card": row.card})


def _points(turn: Turn) -> dict[str, Any]:
    """What both operations are told; whose card it is and why is checked first."""
    card = turn.subject.client.cards.filter(pk=read_id(turn.typed.text("hand_card"))).select_related("chain").first()
    if card is None:
        raise Refusal(Code.CARD_NOT_OWNED, _("Choose one of the guest's cards."), field="hand_card")
    comment = turn.typed.text("hand_comment")
    if not 0 < len(comment) <= LONGEST_COMMENT:
        sentence = _("Say why, in at most 500 characters; it stays with the row.")
        raise Refusal(Code.INVALID_AMOUNT, sentence, field="hand_comment")
    return {
        "card": card,
        "amount": read_amount(turn.typed.text("hand_amount"), turn.request.chain.places),
        "comment": comment,
        "location": turn.request.location,
        **_claimed(turn),
    }


def _last_day(typed: Typed) -> date | None:
    text = typed.text("hand_last_day")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refusal(Code.INVALID_DATE, _("There is no such day. Choose another."), field="hand_last_day") from error


def _top_up(turn: Turn) -> Done:
    """Money that the guest hands over for an account, apart from this bill."""
    typed, chain = turn.typed, turn.request.chain
    accounts = Account.objects.held_by(turn.subject.client).select_related("chain", "account_type")
    account = accounts.filter(pk=read_id(typed.text("top_up_account"))).first()
    if account is None:
        raise Refusal(Code.ACCOUNT_NOT_OWNED, _("Choose one of the guest's accounts."), field="top_up_account")
    if typed.text("top_up_method") not in set(PaymentMethod):
        sentence = _("Choose how the guest pays for it.")
        raise Refusal(Code.INVALID_AMOUNT, sentence, field="top_up_method")
    if len(typed.text("top_up_comment")) > LONGEST_COMMENT:
        raise Refusal(Code.INVALID_AMOUNT, _("Type at most 500 characters."), field="top_up_comment")
    row = top_up(
        account=account,
        amount=read_amount(typed.text("top_up_amount"), chain.places),
        method=PaymentMethod(typed.text("top_up_method")),
        comment=typed.text("top_up_comment"),
        location=turn.request.location,
        **_claimed(turn),
    )
    shown = {"amount": format_money(row.amount, chain.currency), "account": account}
    on_it = format_money(row.balance_after or ZERO, chain.currency)
    sentence = _("%(account)s was topped up with %(amount)s; %(on_it)s is on it now.")
    return Done(_cleared(typed), sentence % {**shown, "on_it": on_it})


def _ask_undo(turn: Turn) -> Done:
    """Nothing is done yet: what undoing the row would do to the card is shown."""
    row = _row(turn)
    if row.holder_id is None or not row.is_manual or row.undoes_id:
        raise _not_by_hand()
    books = look(
        chain=turn.request.chain,
        holder_ids=[row.holder_id],
        at=turn.at,
        undoable=Q(pk=row.pk) | Q(undoes=row.pk),
    )
    before, after = books.pot_without_past(row.holder_id), books.pot_as_if_undone(row.holder_id)
    return Done(turn.typed, asked=Asked(row, before.balance, after.balance))


def _undo(turn: Turn) -> Done:
    row = _row(turn)
    undo_by_hand(row=row, **_claimed(turn))
    return Done(_with_new_key(turn.typed), _("%(kind)s was undone.") % {"kind": row.get_kind_display()})


def _row(turn: Turn) -> Transaction:
    rows = Transaction.objects.filter(chain=turn.request.chain, client=turn.subject.client).in_full()
    row = rows.select_related("chain").filter(pk=read_id(turn.pressed.value)).first()
    # Gift cards and accounts have pages where what was typed of them is undone.
    if row is None or (row.is_manual and not row.what.has_lots):
        raise _not_by_hand()
    return row


def _not_by_hand() -> Refusal:
    return Refusal(Code.NOT_UNDOABLE, _("Only what staff entered by hand is undone here."))


WORK: dict[str, tuple[Right, Callable[[Turn], Done]]] = {
    "issue_card": (Right.ISSUE_CARDS, _issue),
    "accrue_points": (Right.MANUAL_POINTS, _accrue),
    "write_off_points": (Right.MANUAL_POINTS, _write_off),
    "top_up": (Right.SELL_VALUE, _top_up),
    "ask_undo": (Right.MANUAL_POINTS, _ask_undo),
    "undo_row": (Right.MANUAL_POINTS, _undo),
}


# The key, and the fields
# ----------------------------------------------------------------------------


def _claimed(turn: Turn) -> dict[str, Any]:
    """What every operation is told: the form's own key for it, the instant and who does it."""
    return {"key": turn.typed.key("hand_key"), "at": turn.at, "acting_user": turn.request.user}


def _with_key(typed: Typed) -> Typed:
    return typed if typed.text("hand_key") else _with_new_key(typed)


def _with_new_key(typed: Typed) -> Typed:
    return typed.with_texts(hand_key=str(uuid.uuid4()))


def _cleared(typed: Typed) -> Typed:
    return _with_new_key(typed.with_texts(**dict.fromkeys(ByHandForm.base_fields, "")))


# What is shown of it
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownByHand:
    """What the window offers to do by hand, and what came of it."""

    asked: Asked | None
    sentence: str
    may_issue: bool
    may_move_points: bool
    may_top_up: bool
    issue_is_open: bool
    points_are_open: bool
    top_up_is_open: bool


def _show(page: Page) -> ShownByHand:
    """Offer card types and cards to choose from."""
    subject, typed, starts_at = page.subject, page.typed, page.plan.starts_at
    done: Done = page.turn.said.get("by_hand", Done(typed))
    may_issue = bool(page.guest.pk) and subject.access.has(Right.ISSUE_CARDS)
    types = list(issuable_types(page.guest).select_related("terms")) if may_issue else []
    active = [card for card in own_cards(page.entry) if not card.is_blocked]
    cards = active if subject.access.has(Right.MANUAL_POINTS) else []
    page.form.offer("issue_type", [(each.pk, f"{each} – {_acts(each, page)}") for each in types])
    page.form.offer("hand_card", [(each.pk, str(each)) for each in cards])
    accounts = _accounts(page) if subject.access.has(Right.SELL_VALUE) else []
    page.form.offer("top_up_account", [(each.pk, str(each)) for each in accounts])
    page.form.offer("top_up_method", choices_of(PaymentMethod))
    refused = [each.field or "" for each in page.turn.refused]
    return ShownByHand(
        asked=done.asked,
        sentence=_issued(done.issued, subject, starts_at) if done.issued else done.sentence,
        may_issue=bool(types),
        may_move_points=bool(cards),
        may_top_up=bool(accounts),
        issue_is_open=_is_of(refused, "issue_") or bool(typed.text("issue_number")),
        top_up_is_open=_is_of(refused, "top_up_") or bool(typed.text("top_up_amount") or typed.text("top_up_comment")),
        points_are_open=_is_of(refused, "hand_") or bool(typed.text("hand_amount") or typed.text("hand_comment")),
    )


def _accounts(page: Page) -> list[Account]:
    """The guest's accounts that may be topped up here; a guest without any is asked for none."""
    means = [page.preview.desk.means_of(holder_id) for holder_id in own_holders(page)]
    found = [accounts_of(page.entry).own(each.holder_id) for each in means if each and not each.barred]
    return [account for account in found if account]


def _is_of(places: list[str], fields: str) -> bool:
    return any(place.startswith(fields) for place in places)


def _acts(card_type: CardType, page: Page) -> str:
    """When a card of the type acts that is issued now."""
    if _acts_on_this(card_type, page.subject, page.plan.starts_at, page.turn.at):
        return _("acts on this visit already")
    return _("acts from the next visit") if _works_here(card_type, page.subject) else _("does not work here")


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


PANE = Pane(
    name="by_hand",
    area=Area.GUEST,
    template="visits/window/by_hand.html",
    fields=ByHandForm,
    buttons={
        "issue_card": Button(focus="hand"),
        "accrue_points": Button(focus="hand"),
        "write_off_points": Button(focus="hand"),
        "top_up": Button(focus="hand"),
        "ask_undo": Button(focus="undo_row"),
        "undo_row": Button(focus="hand"),
    },
    act=_act,
    check=_check,
    show=_show,
)

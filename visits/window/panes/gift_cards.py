"""Gift cards to pay with: the guest's own, and those whose code is typed or scanned; how much of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from django import forms
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.access import Right
from chains.models import Chain
from chains.refusals import Refusal
from chains.uses import Room
from config.ui.figures import format_money
from loyalty.gift_cards.models import GiftCard
from loyalty.ledger.kinds import HolderKind, TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.rules.bill import Problem
from loyalty.rules.money import ZERO
from loyalty.rules.plan import MeansChoice, Plan
from visits.forms.amounts import amount_text, read_amount, read_id
from visits.means import forfeit_refusals, is_forfeit_asked
from visits.models import Visit
from visits.refusals import refuse
from visits.window.amounts import choice_of, kept_rows, opened_with, paid_with, with_figure, without_amount
from visits.window.codes import given, with_given
from visits.window.fields import PaneForm, amount_field, hidden_field
from visits.window.means import ShownHolder, left_after, page_of, shown_holder
from visits.window.merging import Change, ShownChange, amount_told, amounts_of, merged_amounts, told_change
from visits.window.page import Computed, Entry, Opening, Page, Read, Subject, Turn
from visits.window.pane import Area, Button, Merging, Pane, Rows
from visits.window.typed import Part, Row, Typed, first_of_each, ids_in, with_the_most


class GiftCardsForm(PaneForm):
    """``used_gift_cards`` are those whose amounts are shown on this page, also while one of them is blank.
    ``gift_cards_of`` is the guest for whom they were listed.
    """

    used_gift_cards = hidden_field()
    gift_cards_of = hidden_field()


class GiftCardForm(PaneForm):
    """A gift card by its holder."""

    gift_card = hidden_field()
    amount = amount_field(gettext_lazy("Pay with the gift card"))
    #: Ticked where something is forfeited, with that as its value.
    agreed = forms.CharField(required=False)


@dataclass(frozen=True)
class AtDesk:
    """The gift cards that the page may speak of, by holder, in order of sale.

    ``is_used``: the chain has gift cards. ``given`` are those whose code was given on this page; ``kept`` what the
    visit keeps of each whose code was given then, or need not be: that amount asks for none again, any other does.
    """

    is_used: bool = False
    cards: Mapping[int, GiftCard] = field(default_factory=dict)
    given: frozenset[int] = frozenset()
    kept: Mapping[int, Decimal] = field(default_factory=dict)


# What is typed
# ----------------------------------------------------------------------------


def _open(opening: Opening) -> Part:
    visit, guest = opening.subject.visit, opening.subject.client.pk
    kept = [each for each in visit.means.all() if each.holder.kind == HolderKind.GIFT_CARD] if visit else []
    rows = kept_rows("gift_card", ((str(each.holder_id), each.amount) for each in kept), opening)
    return Part({"gift_cards_of": str(guest)}, rows.rows)


def _use(typed: Typed, value: str) -> Typed:
    """All that the card may pay after those that were given before it."""
    return typed.with_rows("gift_cards", with_the_most(typed.rows_of("gift_cards"), "gift_card", str(read_id(value))))


def _take_back(typed: Typed, value: str) -> Typed:
    return without_amount(typed, "gift_cards", "gift_card", str(read_id(value)), shown="used_gift_cards")


def of_code(turn: Turn, code: str) -> QuerySet[GiftCard]:
    """The card of a code, if it may pay for the guest: a bearer's, or their own named one."""
    guest = turn.subject.client.pk or None
    among = Q(holder__client=None) | Q(holder__client=guest) if guest else Q(holder__client=None)
    return turn.request.chain.gift_cards.numbered(code).filter(among).select_related("gift_card_type", "holder")


def added(turn: Turn, card: GiftCard) -> Typed:
    """The card pays the most, unless an amount is typed for it already; its code is known from now on."""
    key = str(card.holder_id)
    typed = with_given(turn.typed, Room.GIFT_CARDS, card.holder_id, turn.request.user.pk)
    is_typed = any(row["gift_card"] == key and row["amount"] for row in typed.rows_of("gift_cards"))
    return typed if is_typed else _use(typed, key)


def _act(turn: Turn) -> Turn:
    return turn.with_typed(_of_the_guest(turn))


def _of_the_guest(turn: Turn) -> Typed:
    """Another guest has other cards; those whose code was given are whoever's brings them."""
    typed, guest = turn.typed, str(turn.subject.client.pk)
    if typed.text("gift_cards_of") == guest:
        return typed
    given_here = given(typed, Room.GIFT_CARDS, turn.request.user.pk)
    kept = {str(holder_id) for holder_id in given_here}
    rows = [row for row in typed.rows_of("gift_cards") if row["gift_card"] in kept]
    return typed.with_texts(gift_cards_of=guest).with_rows("gift_cards", rows)


# Which cards there are
# ----------------------------------------------------------------------------


def _look_up(typed: Typed, subject: Subject, _at: datetime) -> AtDesk:
    """Those that the guest has, and those that the visit or the page names.

    A chain without gift cards is asked nothing, a guest without any in one query.
    """
    chain, guest = subject.location.chain, subject.client.pk
    kept, given_here = _kept(subject.visit, guest), given(typed, Room.GIFT_CARDS, subject.access.user_id)
    if not subject.access.uses(Room.GIFT_CARDS):
        return AtDesk()
    named = given_here | kept.keys()
    cards = _cards(chain, guest, named | ids_in(typed, "gift_card"))
    return AtDesk(
        is_used=True,
        cards={card.holder_id: card for card in cards if _may_be_told_of(card, guest, named, kept)},
        given=given_here,
        kept={pk: amount for pk, (amount, with_code) in kept.items() if with_code},
    )


def _kept(visit: Visit | None, guest: int) -> dict[int, tuple[Decimal, bool]]:
    """What the visit keeps of gift cards, and whether their code was given; another guest brings others."""
    if visit is None or visit.client_id not in (None, guest):
        return {}
    means = (each for each in visit.means.all() if each.holder.kind == HolderKind.GIFT_CARD)
    return {each.holder_id: (each.amount, each.with_code) for each in means}


def _cards(chain: Chain, guest: int, named: Iterable[int]) -> Iterable[GiftCard]:
    """Those named, and those with something on them that may be the guest's: theirs, bought, or paid with."""
    named = list(named)
    if not guest and not named:
        return ()
    cards = GiftCard.objects.filter(chain=chain).maybe_of([guest] if guest else [], named)
    full_or_named = cards.filter(Q(holder__balance__gt=0) | Q(holder__in=named)).with_holding()
    return full_or_named.select_related("chain", "gift_card_type", "holder").order_by("sold_at", "pk")


def _may_be_told_of(card: GiftCard, guest: int, named: Iterable[int], kept: Iterable[int]) -> bool:
    """A named one is told of to its owner alone, a bearer's to whose it is and to who gave its code."""
    owner = card.holder.client_id
    if card.holder_id in kept or owner is not None:
        return card.holder_id in kept or owner == guest
    return card.holder_id in named or (bool(guest) and card.held_by_id == guest)


# The plan
# ----------------------------------------------------------------------------


def _at_desk(entry: Entry) -> AtDesk:
    found: AtDesk = entry.known.own["gift_cards"]
    return found


def _needs_code(card: GiftCard, entry: Entry) -> bool:
    may_do_without = entry.subject.access.has(Right.PAY_WITHOUT_CODE)
    return card.holder.client_id is None and not may_do_without and card.holder_id not in _at_desk(entry).given


def _read(entry: Entry, plan: Plan) -> Read:
    """In the order in which their amounts were given; of the others, the page is to know the most that they may pay."""
    desk, choices, refusals = _at_desk(entry), [], []
    rows = first_of_each(entry.typed.rows_of("gift_cards"), "gift_card")
    for key, row in rows.items():
        card = desk.cards.get(read_id(key))
        if row["amount"] and card:
            choices.append(_choice(card, row, entry))
        elif row["amount"]:
            refusals.append(refuse(Problem("gift_card_unknown", f"gift_cards.{key}"), None, entry.chain))
    chosen = {choice.holder_id for choice in choices}
    choices += [MeansChoice(holder_id, ZERO) for holder_id in desk.cards if holder_id not in chosen]
    places = {f"means.{holder_id}": f"gift_cards.{holder_id}" for holder_id in desk.cards}
    return Read(paid_with(plan, HolderKind.GIFT_CARD, choices, entry), tuple(refusals), places)


def _choice(card: GiftCard, row: Row, entry: Entry) -> MeansChoice:
    amount, kept = choice_of(row, entry), _at_desk(entry).kept.get(card.holder_id)
    is_as_kept = amount is not None and amount == kept
    agreed = read_amount(row.get("agreed", ""), entry.chain.places)
    return MeansChoice(card.holder_id, amount, is_as_kept or not _needs_code(card, entry), agreed)


def _problems(computed: Computed) -> list[Refusal]:
    refusals = forfeit_refusals(computed.plan, computed.settlement, computed.chain)
    return [computed.read.placed(each) for each in refusals]


def _fill(computed: Computed) -> Computed:
    """A row for each card: what pays first, blank ones last."""
    desk = _at_desk(computed.entry)
    turns = {str(turn.holder_id): turn for turn in computed.settlement.means}
    rows = first_of_each(computed.typed.rows_of("gift_cards"), "gift_card")
    paying = {key: row for key, row in rows.items() if row["amount"]}
    blank = {str(holder_id): {"gift_card": str(holder_id), "amount": ""} for holder_id in desk.cards}
    filled = []
    for key, row in {**paying, **{key: row for key, row in blank.items() if key not in paying}}.items():
        turn = turns.get(key)
        figure = with_figure(row, turn.amount if turn else None, computed.chain.places, computed.is_computed)
        asked = amount_text(turn.forfeited, computed.chain.places) if turn and is_forfeit_asked(turn) else ""
        agreed = row.get("agreed", "") if row.get("agreed") == asked else ""
        filled.append({**figure, "agreed": agreed})
    shown = opened_with(computed.typed.text("used_gift_cards"), filled, "gift_card")
    return computed.with_rows("gift_cards", filled).with_texts(used_gift_cards=shown)


# In words
# ----------------------------------------------------------------------------


def number_of(card: GiftCard, page: Computed) -> str:
    """Its code for who may see codes, else its beginning."""
    return card.number_shown_to(page.subject.access, on=page.preview.books.today)


def name_of(holder_id: int, page: Computed) -> str:
    """What its type is called; empty for one that nothing is told of."""
    card = _at_desk(page.entry).cards.get(holder_id)
    return str(card.gift_card_type) if card else ""


def _label(computed: Computed, row: Row, label: str) -> str:
    card = _at_desk(computed.entry).cards.get(read_id(row["gift_card"]))
    return f"{label}, {card.gift_card_type} {number_of(card, computed)}" if card else label


def _told(changes: list[Change], entry: Entry) -> list[ShownChange]:
    cards = _at_desk(entry).cards
    named = {key: f"{card.gift_card_type} {card.masked_number}" for key, card in cards.items()}
    return [told_change(each, named.get(read_id(each.key[0]), _("Gift card")), amount_told) for each in changes]


def _said(entry: Entry, saved: Visit) -> str:
    """What is left on the cards that paid."""
    is_paid = any(row["amount"] for row in entry.typed.rows_of("gift_cards"))
    rows = Transaction.objects.of_visit(saved.pk).standing().filter(kind=TransactionKind.GIFT_CARD_PAYMENT)
    if not is_paid or not (holders := list(rows.order_by("pk").values_list("holder", flat=True))):
        return ""
    cards = GiftCard.objects.filter(holder__in=holders).select_related("gift_card_type", "holder").order_by("pk")
    return " ".join(
        _("%(left)s is left on %(card)s.")
        % {
            "left": format_money(card.holder.balance, entry.chain.currency),
            "card": f"{card.gift_card_type} {card.masked_number}",
        }
        for card in cards
    )


def _show(page: Page) -> list[ShownHolder] | None:
    """Nothing where the chain has no gift cards."""
    desk = _at_desk(page.entry)
    if not desk.is_used:
        return None
    return [_shown(read_id(row["gift_card"]), page) for row in page.typed.rows_of("gift_cards")]


def _shown(holder_id: int, page: Page) -> ShownHolder:
    card = _at_desk(page.entry).cards.get(holder_id)
    blank = ShownHolder(
        key=str(holder_id), use="use_gift_card", take_back="take_back_gift_card", name=_("Unknown gift card"), why=[]
    )
    if card is None:
        return replace(blank, fields=page.form.row("gift_cards", str(holder_id)), is_shown=True)
    means = page.preview.desk.means_of(holder_id)
    on_it = means.available if means else card.holder.balance
    shown = replace(
        blank,
        name=str(card.gift_card_type),
        url=page_of(page, HolderKind.GIFT_CARD, card.pk),
        detail=number_of(card, page),
        about=_about(card, on_it, page),
        hint=_hint(card, page),
        after=left_after(page, holder_id, on_it),
    )
    return shown_holder(page, "gift_cards", holder_id, HolderKind.GIFT_CARD, shown)


def _hint(card: GiftCard, page: Page) -> str:
    if not _needs_code(card, page.entry):
        return ""
    is_kept = card.holder_id in _at_desk(page.entry).kept
    return _("Type or scan its code to pay another amount.") if is_kept else _("Type or scan its code to pay with it.")


def _about(card: GiftCard, on_it: Decimal, page: Page) -> tuple[str, ...]:
    amount = format_money(on_it, page.chain.currency)
    has_acted = page.is_fixed and on_it != card.holder.balance
    sentence = _("%(amount)s before this visit") if has_acted else _("%(amount)s on it")
    until = [_("good through %(on)s") % {"on": date_format(card.last_on, "SHORT_DATE_FORMAT")}] if card.last_on else []
    return (sentence % {"amount": amount}, *until)


PANE = Pane(
    name="gift_cards",
    area=Area.GUEST,
    template="visits/window/gift_cards.html",
    fields=GiftCardsForm,
    rows=Rows(GiftCardForm, key="gift_card", field="amount", label=_label, pays=True),
    buttons={
        "use_gift_card": Button(_use, focus="gift_cards.{value}"),
        "take_back_gift_card": Button(_take_back),
    },
    open=_open,
    act=_act,
    look_up=_look_up,
    read=_read,
    problems=_problems,
    fill=_fill,
    merging=Merging(amounts_of("gift_cards", "gift_card"), merged_amounts("gift_cards", "gift_card"), _told),
    show=_show,
    said=_said,
)

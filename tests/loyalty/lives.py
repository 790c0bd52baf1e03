"""A chain lives: random programs, and random days of its life played through the services.

Each step says what it is, so that a failure reads as a story. After each of them everything is looked at that must
always hold: see ``Life.look_at_everything``.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Self

from django.utils.formats import date_format
from hypothesis import note

from chains.refusals import Code
from clients.messages.delivery import deliver_due
from clients.messages.letters import Letter
from clients.messages.models import Message, MessageKind, MessageState
from clients.models import Client
from config.ui.figures import format_points
from loyalty.cards import manual
from loyalty.cards.services import block_card, change_card_type, issue_card
from loyalty.client_pages.reading import cards_of
from loyalty.ledger.burning import burn_points
from loyalty.ledger.by_hand import undo as undo_by_hand
from loyalty.ledger.kinds import kinds_where
from loyalty.ledger.models import Lot, Transaction
from loyalty.ledger.notices import queue_notices
from loyalty.ledger.sums import sum_up
from loyalty.promotions.services import change_promotion
from loyalty.referral.services import set_referral_program
from loyalty.rules.money import ZERO, minor_unit, rounded
from loyalty.rules.plan import (
    DiscountChoice,
    MeansChoice,
    PaymentChoice,
    PaymentMethod,
    Plan,
    PlanLine,
    PlanValue,
    Status,
)
from loyalty.rules.terms import ItemKind
from tests.cast import PROGRAM
from tests.loyalty.burnt import burn_both_ways, last_visits
from tests.loyalty.life import Life as Life
from tests.loyalty.life import Program as Program
from tests.loyalty.life import Step as Step
from tests.loyalty.life import standing
from tests.loyalty.strategies import with_keys
from tests.loyalty.sums import assert_all_sums_are_of_rows
from visits.checkout import cancel_visit
from visits.models import Visit
from visits.plans import plan_of


@dataclass(frozen=True)
class Wish:
    """What staff do about a visit's loyalty and money, in terms of what the screen then offers.

    ``discounts`` of those offered are applied, ``referral`` is the number of an inviter, ``points`` is how much of
    the most each of some means pays (2: more than the most), ``brings`` a gift card that is shown, ``sells`` what is
    sold beside the lines (an account to top up, or a type of gift card), ``pays`` how much of what is left is paid in
    cash.
    """

    discounts: int = 0
    referral: int | None = None
    points: Decimal = ZERO
    pays: Decimal = Decimal(1)
    brings: int | None = None
    sells: tuple[Sold, ...] | None = None

    def granted(self, life: Life, plan: Plan, visit: Visit | None) -> Plan:
        phone = "" if self.referral is None else str(life.guests[self.referral].phone)
        plan = replace(plan, discounts=(), means=(), payments=(), referral=phone)
        if self.sells is not None:
            plan = replace(plan, value=tuple(_value_line(life, each) for each in self.sells))
        for _ in range(self.discounts):
            offered = [each for each in life.look(plan, visit).available if each.problem is None]
            if offered:
                choice = DiscountChoice(offered[0].card_id or 0, offered[0].promotion.id)
                plan = replace(plan, discounts=(*plan.discounts, choice))
        if self.points:
            if self.brings is not None:
                plan = replace(plan, means=(MeansChoice(life.gift_card(self.brings).holder_id, ZERO),))
            most = life.look(plan, visit).means
            chosen = [MeansChoice(each.holder_id, self._of(each.alone, life.places)) for each in most if each.alone]
            plan = replace(plan, means=tuple(chosen[:3]))
        left = life.look(plan, visit).left
        cash = rounded(max(left, ZERO) * self.pays, life.places)
        return replace(plan, payments=(PaymentChoice(PaymentMethod.CASH, None if self.pays == 1 else cash),))

    def _of(self, most: Decimal, places: int) -> Decimal | None:
        if self.points == 1:
            return None
        return most + minor_unit(places) if self.points > 1 else rounded(most * self.points, places)


#: Item, quantity, manual discount in percent.
Line = tuple[int, int, int]
#: What is sold beside the lines, which of them, for how much.
Sold = tuple[str, int, int]


def _value_line(life: Life, sold: Sold) -> PlanValue:
    kind, number, amount = sold
    if kind == "top_up":
        return PlanValue(kind, Decimal(amount), Decimal(amount), life.account(number).pk)
    gift_card_type = life.gift_card_types[number % len(life.gift_card_types)]
    return PlanValue(kind, Decimal(amount), Decimal(amount), gift_card_type.pk)


@dataclass(frozen=True)
class Come:
    """A guest's visit is put in, begun some hours ago."""

    guest: int
    location: int
    lines: tuple[Line, ...]
    status: Status
    wish: Wish
    hours_ago: int = 0

    def play(self, life: Life) -> None:
        location = life.locations[self.location]
        starts_at = life.now - timedelta(hours=self.hours_ago)
        plan = Plan(
            client_id=life.guests[self.guest].pk,
            location_id=location.pk,
            starts_at=starts_at,
            starts_on=location.local_date(starts_at),
            status=self.status,
            lines=tuple(_line(life, line) for line in self.lines),
        )
        life.save(self.wish.granted(life, plan, None))


def _line(life: Life, line: Line, line_id: int | None = None) -> PlanLine:
    item = life.items[line[0]]
    return PlanLine(
        item.pk, ItemKind(item.kind), item.category_id, line[1], item.price, Decimal(line[2]), line_id=line_id
    )


@dataclass(frozen=True)
class Edit:
    """A visit is changed: its lines (the first stays the same line), its status, and what staff wish anew."""

    visit: int
    lines: tuple[Line, ...] | None
    status: Status | None
    wish: Wish | None

    def play(self, life: Life) -> None:
        visit = life.visit(self.visit)
        if visit is None:
            return
        plan = plan_of(visit)
        if self.lines is not None:
            first = next((line.line_id for line in plan.lines if line.item_id == life.items[self.lines[0][0]].pk), None)
            lines = [_line(life, line, None if index else first) for index, line in enumerate(self.lines)]
            plan = replace(plan, lines=tuple(lines))
        if self.status is not None:
            plan = replace(plan, status=self.status)
        if self.wish is not None:
            plan = self.wish.granted(life, plan, visit)
        life.save(plan, visit)


@dataclass(frozen=True)
class SaveAgain:
    """A visit is saved as it is, twice: the second time nothing is left to write."""

    visit: int

    def play(self, life: Life) -> None:
        again(life, life.visit(self.visit))


def again(life: Life, visit: Visit | None) -> Visit | None:
    saved = life.save(plan_of(visit), visit) if visit else None
    if saved is None:
        return None
    written = life.written()
    saved = life.save(plan_of(saved), saved)
    assert saved is not None and life.written() == written
    return saved


@dataclass(frozen=True)
class Cancel:
    """A visit is cancelled, twice: the second time nothing is left to undo."""

    visit: int

    def play(self, life: Life) -> None:
        if (visit := life.visit(self.visit)) and cancel(life, visit):
            written = life.written()
            cancel(life, visit)
            assert life.written() == written


def cancel(life: Life, visit: Visit) -> Visit | None:
    """The visit, which undid all that it did; None where a gift card that it sold was used since."""
    cancelled: list[Visit] = []
    refusal = life.attempt(
        lambda: cancelled.append(
            cancel_visit(visit_id=visit.pk, chain=life.chain, key=uuid.uuid4(), at=life.now, acting_user=PROGRAM)
        )
    )
    if refusal:
        assert refusal.code == Code.GIFT_CARD_USED and refusal.used_by
        return None
    assert not standing(cancelled[0])
    return Visit.objects.with_plan().get(pk=visit.pk)


@dataclass(frozen=True)
class CancelAndRestore:
    """A visit is cancelled by mistake: with the same history it gets the same discounts, or says why not."""

    visit: int

    def play(self, life: Life) -> None:
        visit = again(life, life.visit(self.visit))
        if visit is None or visit.status != Status.ARRIVED:
            return
        before = {place: amount for place, amount in standing(visit).items() if place[1]}
        cancelled = cancel(life, visit)
        if cancelled is None:
            return
        restored = life.save(replace(plan_of(cancelled), status=Status.ARRIVED), cancelled)
        if restored:
            assert {place: amount for place, amount in standing(restored).items() if place[1]} == before


@dataclass(frozen=True)
class Give:
    """Points by hand, good for some days or for ever."""

    card: int
    amount: int
    days: int | None

    def play(self, life: Life) -> None:
        if card := life.card(self.card):
            last_day = None if self.days is None else life.chain.local_date(life.now) + timedelta(days=self.days)
            life.attempt(
                lambda: manual.accrue(card=card, amount=Decimal(self.amount), last_day=last_day, **by_hand(life))
            )


@dataclass(frozen=True)
class Take:
    """Points taken by hand; more than there are is refused."""

    card: int
    amount: int

    def play(self, life: Life) -> None:
        if card := life.card(self.card):
            life.attempt(lambda: manual.write_off(card=card, amount=Decimal(self.amount), **by_hand(life)))


def by_hand(life: Life) -> dict[str, Any]:
    return {"comment": "", "at": life.now, "acting_user": PROGRAM}


@dataclass(frozen=True)
class Undo:
    """A row written by hand is undone, unless something of it was used; a second time is refused."""

    row: int

    def play(self, life: Life) -> None:
        kinds = kinds_where(lambda row: row.by_hand is not None)
        found = Transaction.objects.filter(chain=life.chain, kind__in=kinds, undoes=None, visit=None)
        rows = list(found.order_by("-pk"))
        if not rows:
            return
        row = rows[self.row % len(rows)]
        undoing: dict[str, Any] = {"row": row, "at": life.now, "acting_user": PROGRAM}
        first = life.attempt(lambda: undo_by_hand(**undoing))
        refusal = life.attempt(lambda: undo_by_hand(**undoing))
        used = first is not None and first.code == Code.BALANCE_TOO_LOW
        assert refusal and refusal.code == (Code.BALANCE_TOO_LOW if used else Code.ALREADY_UNDONE)
        assert not used or row.what.undone_unused


@dataclass(frozen=True)
class Block:
    card: int

    def play(self, life: Life) -> None:
        if card := life.card(self.card):
            block_card(card=card, at=life.now)


@dataclass(frozen=True)
class Issue:
    guest: int
    card_type: int

    def play(self, life: Life) -> None:
        card_type = life.card_types[self.card_type % len(life.card_types)]
        life.attempt(
            lambda: issue_card(client=life.guests[self.guest], card_type=card_type, at=life.now, acting_user=PROGRAM)
        )


@dataclass(frozen=True)
class Burn:
    """The burning job runs, twice: it writes what the journal would, and the second time nothing is left to burn."""

    def play(self, life: Life) -> None:
        job: dict[str, Any] = {"chain": life.chain, "at": life.now}
        before = life.written()
        burnt = burn_both_ways(**job)
        assert life.written() == before + burnt
        assert burn_points(**job) == 0
        assert life.written() == before + burnt


@dataclass(frozen=True)
class SumUp:
    """The job of the sums runs, twice; what is read is that of the rows before and after."""

    def play(self, life: Life) -> None:
        assert_all_sums_are_of_rows(life.chain)
        sum_up(chain=life.chain)
        assert sum_up(chain=life.chain) == 0
        assert_all_sums_are_of_rows(life.chain)


@dataclass(frozen=True)
class Tell:
    """The job of notices runs, twice: it tells whom the rules say, and the second time nobody is left to tell."""

    def play(self, life: Life) -> None:
        job: dict[str, Any] = {"chain": life.chain, "at": life.now}
        standing = Message.objects.standing().filter(chain=life.chain, kind=MessageKind.POINTS_BURNING)
        told = {(message.client_id or 0, message.subject_on) for message in standing}
        due = _due_notices(life)
        assert queue_notices(**job) == len(due.keys() - told)
        assert queue_notices(**job) == 0
        queued = {(message.client_id or 0, message.subject_on): message.figures for message in standing.all()}
        assert queued.keys() == due.keys() | told
        for subject in due.keys() - told:
            assert queued[subject]["lots"] == {str(lot): str(amount) for lot, amount in due[subject].items()}
            assert Decimal(queued[subject]["amount"]) == sum(due[subject].values())


def _due_notices(life: Life) -> dict[tuple[int, date], dict[int, Decimal]]:
    """By the rules: who is to be told of which last day, and what of which lots ends then."""
    today, visited = life.chain.local_date(life.now), last_visits(guest.pk for guest in life.guests)
    lots = Lot.objects.filter(holder__chain=life.chain, remaining__gt=0).select_related(
        "holder", "transaction__promotion_terms"
    )
    of_rules = {each.lot.key: each.lot for each in lots.as_rules()}
    ending: dict[tuple[int, date], list[Lot]] = defaultdict(list)
    for lot in lots:
        client_id = lot.holder.client_id or 0
        ends_on = of_rules[lot.pk].ends_on(visited.get(client_id))
        if ends_on and ends_on >= today:
            ending[(client_id, ends_on)].append(lot)
    due = {
        subject
        for subject, held in ending.items()
        for terms in (lot.transaction.promotion_terms for lot in held)
        if terms and terms.notice is not None and subject[1] - timedelta(days=terms.notice) <= today
    }
    return {subject: {lot.pk: lot.remaining for lot in ending[subject]} for subject in due}


@dataclass(frozen=True)
class Deliver:
    """What was queued is sent: each letter says what its reader's cards hold then, of each day once."""

    def play(self, life: Life) -> None:
        reader = LedgerReader(life)
        ended = {*Message.objects.filter(chain=life.chain, due_at=None).values_list("pk", flat=True)}
        tried = deliver_due(carrier=reader, at=life.now, chain=life.chain)
        assert deliver_due(carrier=reader, at=life.now, chain=life.chain) == 0
        sent = Message.objects.filter(chain=life.chain, state=MessageState.SENT)
        keys = list(sent.values_list("client", "subject_on", "about_id"))
        assert len(keys) == len(set(keys))
        dropped = Message.objects.filter(chain=life.chain, state=MessageState.DROPPED).exclude(pk__in=ended)
        assert len(reader.read) + dropped.count() == tried
        for message in dropped.select_related("client"):
            assert message.trouble and not message.text
            if message.kind == MessageKind.POINTS_BURNING and message.client:
                assert message.subject_on not in reader.endings(message.client)


class LedgerReader:
    """A mail server that takes no letter which says anything else than the pages of its reader's cards do."""

    leaves = MessageState.SENT

    def __init__(self, life: Life) -> None:
        self.life, self.read = life, list[Letter]()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def endings(self, client: Client) -> dict[date, Decimal]:
        """How much burns after which day, over all of the client's cards."""
        found: dict[date, Decimal] = defaultdict(Decimal)
        for held in cards_of(client, at=self.life.now):
            for on, amount in held.holding.endings:
                found[on] += amount
        return dict(found)

    def carry(self, letter: Letter) -> None:
        client = Client.objects.select_related("chain").get(chain=self.life.chain, email=letter.to)
        if letter.message_id.startswith("<gift_card"):
            self.read.append(letter)
            return
        on = date.fromisoformat(letter.message_id.rpartition("@")[0].rpartition(".")[2])
        points = format_points(self.endings(client)[on], self.life.chain.currency)
        today = date_format(self.life.chain.local_date(self.life.now), "DATE_FORMAT")
        name = self.life.chain.name
        note(f"    a letter: {letter.subject}")
        assert f"{points} of your points at {name} are good through {date_format(on, 'DATE_FORMAT')}." in letter.text
        assert f"This is what you had on {today}." in letter.text
        assert letter.subject == f"{points} of your points at {name} burn after {date_format(on, 'MONTH_DAY_FORMAT')}"
        self.read.append(letter)


@dataclass(frozen=True)
class ChangePromotion:
    """Other terms for one of the promotions; ``figures`` are the values for its kind."""

    promotion: int
    columns: dict[str, Any]

    def play(self, life: Life) -> None:
        promotion = life.promotions[self.promotion % len(life.promotions)]
        change_promotion(promotion=promotion, at=life.now, acting_user=PROGRAM, **self.columns)


@dataclass(frozen=True)
class ChangeCardType:
    card_type: int
    columns: dict[str, Any]

    def play(self, life: Life) -> None:
        card_type = life.card_types[self.card_type % len(life.card_types)]
        columns = with_keys(self.columns, life.keys)
        change_card_type(card_type=card_type, at=life.now, acting_user=PROGRAM, **columns)


@dataclass(frozen=True)
class ChangeReferral:
    """The program of the chain (place 0) or of a location, which begins with what the chain's gives."""

    place: int
    state: str
    columns: dict[str, Any]

    def play(self, life: Life) -> None:
        of_chain = life.chain.referral_programs.select_related("terms").filter(location=None).first()
        if of_chain is None or of_chain.terms is None:
            return
        discount, cashback, card_type = of_chain.terms.parts
        set_referral_program(
            chain=life.chain,
            location=life.locations[self.place - 1] if self.place else None,
            at=life.now,
            acting_user=PROGRAM,
            state=self.state if self.place or self.state != "none" else "off",
            discount=discount,
            cashback=cashback,
            card_type=card_type,
            **self.columns,
        )

"""A chain lives: random programs, and random days of its life played through the services.

Each step says what it is, so that a failure reads as a story. After each of them everything is looked at that must
always hold: see ``Life.look_at_everything``.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol

from django.db import transaction
from hypothesis import note

from chains.models import Chain
from chains.refusals import Code, Refusal
from clients.messages.models import Message
from loyalty.cards import manual
from loyalty.cards.models import Card
from loyalty.cards.services import block_card, change_card_type, create_card_type, issue_card
from loyalty.ledger.burning import burn_points, queue_notices
from loyalty.ledger.checks import differences
from loyalty.ledger.models import Transaction, TransactionKind
from loyalty.promotions.services import change_promotion, create_promotion
from loyalty.referral.models import ReferralLink
from loyalty.referral.services import set_referral_program
from loyalty.rules.money import ZERO, minor_unit, percent_of, rounded
from loyalty.rules.plan import DiscountChoice, PaymentChoice, PaymentMethod, Plan, PlanLine, PointsChoice, Status
from loyalty.rules.settlement import Settlement
from loyalty.rules.terms import ItemKind
from tests.cast import LONG_AGO, make_chain, make_location
from tests.loyalty.shop import NOW, give, make_client
from tests.loyalty.strategies import CATEGORIES, CATEGORY, ITEMS, LOCATIONS, with_keys
from tests.programs import make_item
from visits.checkout import cancel_visit, preview, save_visit
from visits.history import last_visits
from visits.models import Category, Visit
from visits.plans import plan_of

GUESTS = ("Anna", "Boris", "Clara")
PRICES = {1: 60, 2: 45, 3: 15, 4: 0}

#: A row that stands: kind, line, card, promotion; and its amount.
Rows = dict[tuple[str, int | None, int | None, int | None], Decimal]


@dataclass(frozen=True)
class Program:
    """What a chain offers, as columns of terms; card types with the numbers of their promotions."""

    currency: str
    promotions: tuple[dict[str, Any], ...]
    card_types: tuple[tuple[dict[str, Any], tuple[int, ...]], ...]
    referral: dict[str, Any] | None


class Step(Protocol):
    """Something that happens in a chain; ``play`` does it, or does nothing where there is nothing to do it to."""

    def play(self, life: Life) -> None: ...


class Life:
    """A chain with three guests, two of whom have a card of every type with points on it, and the time that passed."""

    def __init__(self, program: Program) -> None:
        self.now = NOW
        self.chain = make_chain("Aurora", currency=program.currency)
        zones = {1: "", 2: "America/New_York"}
        self.locations = [make_location(self.chain, f"Location {n}", time_zone=zones[n]) for n in LOCATIONS]
        categories = {n: Category.objects.create(chain=self.chain, name=f"Category {n}") for n in CATEGORIES}
        self.items = {
            n: make_item(
                self.chain,
                f"Item {n}",
                str(PRICES[n]),
                category=f"Category {CATEGORY[n]}" if CATEGORY[n] else "",
                kind=ItemKind.SERVICE if n < 3 else ItemKind.PRODUCT,
            )
            for n in ITEMS
        }
        self.keys = {
            "locations": {n: location.pk for n, location in zip(LOCATIONS, self.locations, strict=True)},
            "items": {n: item.pk for n, item in self.items.items()},
            "categories": {n: category.pk for n, category in categories.items()},
        }
        self.promotions = [self._promotion(f"Promotion {n}", each) for n, each in enumerate(program.promotions)]
        self.card_types = [
            create_card_type(
                chain=self.chain,
                name=f"Type {n}",
                promotions=[self.promotions[number] for number in numbers],
                at=LONG_AGO,
                acting_user=None,
                **with_keys(columns, self.keys),
            )
            for n, (columns, numbers) in enumerate(program.card_types)
        ]
        self.guests = [make_client(self.chain, name) for name in GUESTS]
        for guest in self.guests[:2]:
            for card_type in self.card_types:
                card = issue_card(client=guest, card_type=card_type, at=LONG_AGO, acting_user=None)
                give(card, 30, at=NOW)
                give(card, 20, at=NOW, last_day=self.chain.local_date(NOW + timedelta(days=9)))
        if program.referral:
            self._set_referral(**program.referral)

    def _promotion(self, name: str, columns: Mapping[str, Any]) -> Any:
        return create_promotion(
            chain=self.chain, name=name, at=LONG_AGO, acting_user=None, **with_keys(columns, self.keys)
        )

    def _set_referral(
        self, *, discount: Mapping[str, Any], cashback: Mapping[str, Any], accrues: str, card_type: int
    ) -> None:
        set_referral_program(
            chain=self.chain,
            at=LONG_AGO,
            acting_user=None,
            discount=self._promotion("Welcome", discount),
            cashback=self._promotion("Thanks", cashback),
            accrues=accrues,
            card_type=self.card_types[card_type % len(self.card_types)],
        )

    @property
    def places(self) -> int:
        return self.chain.places

    def pass_time(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def play(self, step: Step) -> None:
        note(f"{self.now:%d %b %H:%M} {step}")
        step.play(self)
        self.look_at_everything()

    def visit(self, number: int) -> Visit | None:
        """A visit, counted from the newest."""
        visits = Visit.objects.with_plan().filter(chain=self.chain).order_by("-pk")
        count = visits.count()
        return visits[number % count] if count else None

    def card(self, number: int) -> Card | None:
        cards = Card.objects.filter(chain=self.chain).select_related("chain").order_by("pk")
        count = cards.count()
        return cards[number % count] if count else None

    def written(self) -> int:
        return Transaction.objects.filter(chain=self.chain).count()

    def attempt(self, act: Callable[[], Any]) -> Refusal | None:
        """Do it, or be refused and find nothing written."""
        before = self.written()
        try:
            with transaction.atomic():
                act()
        except Refusal as refusal:
            note(f"    refused: {refusal.code}")
            assert self.written() == before
            return refusal
        return None

    def look(self, plan: Plan, visit: Visit | None = None) -> Settlement:
        return preview(location=self.location(plan.location_id), plan=plan, visit=visit, at=self.now).settlement

    def location(self, location_id: int) -> Any:
        return next(each for each in self.locations if each.pk == location_id)

    def save(self, plan: Plan, visit: Visit | None = None) -> Visit | None:
        """Save a visit: refused for what the preview said, or saved as the preview showed it."""
        shown = self.look(plan, visit)
        saved: list[Visit] = []
        refusal = self.attempt(
            lambda: saved.append(
                save_visit(
                    location=self.location(plan.location_id),
                    plan=plan,
                    visit_id=visit.pk if visit else None,
                    version=visit.version if visit else None,
                    shown_due=shown.due,
                    key=uuid.uuid4(),
                    at=self.now,
                    acting_user=None,
                )
            )
        )
        if refusal:
            expected = {shown.problems[0].code} if shown.problems else {Code.LOCKED, Code.INVALID_DATE}
            assert refusal.code in {*expected, Code.LOCKED, Code.INVALID_DATE}
            return None
        assert not shown.problems
        found = Visit.objects.with_plan().get(pk=saved[0].pk)
        note(f"    saved: sold {found.sold}, due {found.due}, points {found.points_paid}, paid {found.paid}")
        self._is_as_shown(found, shown)
        return found

    def _is_as_shown(self, visit: Visit, shown: Settlement) -> None:
        assert [visit.sold, visit.discount, visit.due] == [shown.sold, shown.discount, shown.due]
        assert [visit.points_paid, visit.paid, visit.left] == [shown.points_paid, shown.paid, shown.left]
        assert bool(visit.settled_at) == shown.is_settled
        lines = [line for line in visit.lines.all() if not line.removed]
        assert [(line.sold, line.due) for line in lines] == [(line.sold, line.due) for line in shown.lines]
        expected = _expected_rows(shown, [line.pk for line in lines]) if visit.status == Status.ARRIVED else {}
        found = standing(visit)
        if shown.referral and shown.referral.card_id is None:
            # The inviter's card was issued by the save itself.
            found = {(kind, line, None if kind == REFERRAL else card, promotion): amount
                     for (kind, line, card, promotion), amount in found.items()}  # fmt: skip
        assert found == expected

    def look_at_everything(self) -> None:
        assert not list(differences(self.chain))
        self._balances_run()
        found = all_standing(self.chain)
        links = set(ReferralLink.objects.filter(chain=self.chain).values_list("visit", flat=True))
        for visit in Visit.objects.filter(chain=self.chain).prefetch_related("lines"):
            assert visit.status == Status.ARRIVED or visit.pk not in links
            self._visit_adds_up(visit, found[visit.pk])

    def _balances_run(self) -> None:
        balances: dict[int, Decimal] = defaultdict(Decimal)
        rows = Transaction.objects.filter(chain=self.chain, holder__isnull=False).order_by("pk")
        for holder_id, amount, balance_after, undoes in rows.values_list("holder", "amount", "balance_after", "undoes"):
            balances[holder_id] += amount
            assert balance_after == balances[holder_id]
            assert amount > 0 or balance_after >= 0 or undoes is not None

    def _visit_adds_up(self, visit: Visit, rows: Rows) -> None:
        assert min(visit.sold, visit.discount, visit.due, visit.points_paid, visit.paid, visit.left) >= 0
        assert visit.due == visit.sold - visit.discount
        if visit.status != Status.ARRIVED:
            assert not rows and visit.settled_at is None
            return
        lines = [line for line in visit.lines.all() if not line.removed]
        assert bool(visit.settled_at) == (bool(lines) and not visit.left)
        for line in lines:
            by_hand = percent_of(line.sold, line.manual_discount, self.places)
            by_promotions = -sum(amount for (_kind, line_id, *_), amount in rows.items() if line_id == line.pk)
            assert line.sold == by_hand + by_promotions + line.due
        assert visit.points_paid == -sum(amount for (kind, *_), amount in rows.items() if kind == PAYMENT)


REFERRAL, PAYMENT = TransactionKind.REFERRAL_ACCRUAL, TransactionKind.CARD_PAYMENT


def standing(visit: Visit) -> Rows:
    return all_standing(visit.chain)[visit.pk]


def all_standing(chain: Chain) -> Mapping[int, Rows]:
    """The rows of each visit that were not undone; each may stand once."""
    rows = Transaction.objects.standing().filter(chain=chain, visit__isnull=False)
    found: dict[int, Rows] = defaultdict(dict)
    for row in rows:
        place = (row.kind, row.line_id, row.card_id, row.promotion_id)
        assert row.visit_id and place not in found[row.visit_id]
        found[row.visit_id][place] = row.amount
    return found


def _expected_rows(shown: Settlement, line_ids: list[int]) -> Rows:
    rows: Rows = {}
    for discount in shown.discounts:
        for line_id, part in zip(line_ids, discount.parts, strict=False):
            rows[(TransactionKind.PROMOTION_DISCOUNT, line_id, discount.card_id, discount.promotion.id)] = -part
    for points in shown.points:
        rows[(PAYMENT, None, points.card_id, None)] = -points.amount
    for accrual in shown.accruals if shown.is_settled else ():
        rows[(TransactionKind.PROMOTION_ACCRUAL, None, accrual.card_id, accrual.promotion.id)] = accrual.amount
    if shown.is_settled and shown.referral:
        rows[(REFERRAL, None, shown.referral.card_id, shown.referral.promotion.id)] = shown.referral.amount
    return {place: amount for place, amount in rows.items() if amount}


@dataclass(frozen=True)
class Wish:
    """What staff do about a visit's loyalty and money, in terms of what the screen then offers.

    ``discounts`` of those offered are applied, ``referral`` is the number of an inviter, ``points`` is how much of
    the most each card pays (2: more than the most), ``pays`` how much of what is left is paid in cash.
    """

    discounts: int = 0
    referral: int | None = None
    points: Decimal = ZERO
    pays: Decimal = Decimal(1)

    def granted(self, life: Life, plan: Plan, visit: Visit | None) -> Plan:
        phone = "" if self.referral is None else str(life.guests[self.referral].phone)
        plan = replace(plan, discounts=(), points=(), payments=(), referral=phone)
        for _ in range(self.discounts):
            offered = [each for each in life.look(plan, visit).available if each.problem is None]
            if offered:
                choice = DiscountChoice(offered[0].card_id or 0, offered[0].promotion.id)
                plan = replace(plan, discounts=(*plan.discounts, choice))
        if self.points:
            most = life.look(plan, visit).most_points
            chosen = [PointsChoice(each.card_id, self._of(each.amount, life.places)) for each in most if each.amount]
            plan = replace(plan, points=tuple(chosen[:2]))
        left = life.look(plan, visit).left
        cash = rounded(max(left, ZERO) * self.pays, life.places)
        return replace(plan, payments=(PaymentChoice(PaymentMethod.CASH, None if self.pays == 1 else cash),))

    def _of(self, most: Decimal, places: int) -> Decimal | None:
        if self.points == 1:
            return None
        return most + minor_unit(places) if self.points > 1 else rounded(most * self.points, places)


#: Item, quantity, manual discount in percent.
Line = tuple[int, int, int]


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
        if visit := life.visit(self.visit):
            cancel(life, visit)
            written = life.written()
            cancel(life, visit)
            assert life.written() == written


def cancel(life: Life, visit: Visit) -> Visit:
    cancelled = cancel_visit(visit_id=visit.pk, chain=life.chain, key=uuid.uuid4(), at=life.now, acting_user=None)
    assert not standing(cancelled)
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
    return {"comment": "", "at": life.now, "last_visits": last_visits, "acting_user": None}


@dataclass(frozen=True)
class Undo:
    """A row written by hand is undone; a second time is refused."""

    row: int

    def play(self, life: Life) -> None:
        kinds = (TransactionKind.MANUAL_ACCRUAL, TransactionKind.MANUAL_DEBIT)
        rows = list(Transaction.objects.filter(chain=life.chain, kind__in=kinds, undoes=None).order_by("-pk"))
        if not rows:
            return
        row = rows[self.row % len(rows)]
        undoing: dict[str, Any] = {"row": row, "at": life.now, "last_visits": last_visits, "acting_user": None}
        life.attempt(lambda: manual.undo(**undoing))
        refusal = life.attempt(lambda: manual.undo(**undoing))
        assert refusal and refusal.code == Code.ALREADY_UNDONE


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
            lambda: issue_card(client=life.guests[self.guest], card_type=card_type, at=life.now, acting_user=None)
        )


@dataclass(frozen=True)
class Burn:
    """The burning job runs, twice: the second time nothing is left to burn."""

    def play(self, life: Life) -> None:
        job: dict[str, Any] = {"chain": life.chain, "at": life.now, "last_visits": last_visits}
        before = life.written()
        burnt = burn_points(**job)
        assert life.written() == before + burnt
        assert burn_points(**job) == 0
        assert life.written() == before + burnt


@dataclass(frozen=True)
class Tell:
    """The job of notices runs, twice: the second time nobody is left to tell."""

    def play(self, life: Life) -> None:
        job: dict[str, Any] = {"chain": life.chain, "at": life.now, "last_visits": last_visits}
        before = Message.objects.count()
        told = queue_notices(**job)
        assert queue_notices(**job) == 0
        assert Message.objects.count() == before + told


@dataclass(frozen=True)
class ChangePromotion:
    """Other terms for one of the promotions; ``figures`` are the values for its kind."""

    promotion: int
    columns: dict[str, Any]

    def play(self, life: Life) -> None:
        promotion = life.promotions[self.promotion % len(life.promotions)]
        change_promotion(promotion=promotion, at=life.now, acting_user=None, **self.columns)


@dataclass(frozen=True)
class ChangeCardType:
    card_type: int
    columns: dict[str, Any]

    def play(self, life: Life) -> None:
        card_type = life.card_types[self.card_type % len(life.card_types)]
        columns = with_keys(self.columns, life.keys)
        change_card_type(card_type=card_type, at=life.now, acting_user=None, **columns)


@dataclass(frozen=True)
class ChangeReferral:
    is_on: bool
    accrues: str

    def play(self, life: Life) -> None:
        if hasattr(life.chain, "referral_program"):
            columns: dict[str, Any] = {"is_on": self.is_on, "accrues": self.accrues}
            set_referral_program(chain=life.chain, at=life.now, acting_user=None, **columns)

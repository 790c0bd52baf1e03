"""The life of a random chain: what it offers, who comes, and a look at everything after each step."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol

from django.db import transaction
from hypothesis import note

from chains.catalog.models import Category
from chains.models import Chain
from chains.refusals import Code, Refusal
from clients.models import Client
from loyalty.accounts.models import Account
from loyalty.accounts.services import create_account_type, open_account
from loyalty.cards.models import Card
from loyalty.cards.services import create_card_type, issue_card
from loyalty.gift_cards.models import GiftCard
from loyalty.gift_cards.services import create_gift_card_type, grant_opening_balance
from loyalty.ledger.checks import differences
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.promotions.services import create_promotion
from loyalty.referral.models import ReferralLink
from loyalty.referral.services import set_referral_program
from loyalty.rules.money import percent_of
from loyalty.rules.plan import Plan, Status
from loyalty.rules.settlement import Settlement
from loyalty.rules.terms import ItemKind
from loyalty.rules.value import VALUE
from tests.cast import LONG_AGO, PROGRAM, make_chain, make_location
from tests.loyalty.shop import NOW, give, make_client
from tests.loyalty.strategies import CATEGORIES, CATEGORY, ITEMS, LOCATIONS, with_keys
from tests.programs import make_item
from visits.checkout import preview, save_visit
from visits.models import Visit

GUESTS = ("Anna", "Boris", "Clara")
PRICES = {1: 60, 2: 45, 3: 15, 4: 0}

#: A row that stands: kind, line or value line, holder, card, promotion; and its amount.
Rows = dict[tuple[str, int | None, int | None, int | None, int | None], Decimal]


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
    """A chain with three guests, two of whom have a card of every type with points on it, and the time that passed.

    Both have an account on credit and one without, and there are gift cards of whoever brings them, some that pay once.
    """

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
                acting_user=PROGRAM,
                **with_keys(columns, self.keys),
            )
            for n, (columns, numbers) in enumerate(program.card_types)
        ]
        self.guests = [make_client(self.chain, name) for name in GUESTS]
        for guest in self.guests:
            Client.objects.filter(pk=guest.pk).update(email=f"{guest.name}@example.com")
        for guest in self.guests[:2]:
            for card_type in self.card_types:
                card = issue_card(client=guest, card_type=card_type, at=LONG_AGO, acting_user=PROGRAM)
                give(card, 30, at=NOW)
                give(card, 20, at=NOW, last_day=self.chain.local_date(NOW + timedelta(days=9)))
        if program.referral:
            self._set_referral(**program.referral)
        self._open_accounts()
        self._give_gift_cards()

    def _open_accounts(self) -> None:
        for credit in (0, 30):
            account_type = create_account_type(
                chain=self.chain, name=f"Credit {credit}", credit=Decimal(credit), at=LONG_AGO, acting_user=PROGRAM
            )
            for guest in self.guests[:2]:
                open_account(
                    client=guest,
                    account_type=account_type,
                    opening_balance=Decimal(20),
                    at=LONG_AGO,
                    acting_user=PROGRAM,
                )

    def _give_gift_cards(self) -> None:
        usual = {"par_least": Decimal(10), "par_most": Decimal(200)}
        kinds: dict[str, dict[str, Any]] = {
            "Open": {},
            "Services": {"product_mode": "none", "valid_count": 10, "valid_unit": "days"},
            "Once": {"write_off": "single"},
            "Named": {"named": True},
        }
        self.gift_card_types = [
            create_gift_card_type(chain=self.chain, name=name, at=LONG_AGO, acting_user=PROGRAM, **{**usual, **columns})
            for name, columns in kinds.items()
        ]
        for gift_card_type in self.gift_card_types:
            last_on = self.chain.local_date(NOW) + timedelta(days=8) if gift_card_type.name == "Services" else None
            grant_opening_balance(
                gift_card_type=gift_card_type,
                amount=Decimal(50),
                client=self.guests[0],
                last_on=last_on,
                at=LONG_AGO,
                acting_user=PROGRAM,
            )

    def _promotion(self, name: str, columns: Mapping[str, Any]) -> Any:
        return create_promotion(
            chain=self.chain, name=name, at=LONG_AGO, acting_user=PROGRAM, **with_keys(columns, self.keys)
        )

    def _set_referral(
        self, *, discount: Mapping[str, Any], cashback: Mapping[str, Any], accrues: str, card_type: int
    ) -> None:
        set_referral_program(
            chain=self.chain,
            at=LONG_AGO,
            acting_user=PROGRAM,
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

    def gift_card(self, number: int) -> GiftCard:
        cards = GiftCard.objects.filter(chain=self.chain).select_related("chain").order_by("pk")
        return cards[number % cards.count()]

    def account(self, number: int) -> Account:
        accounts = Account.objects.filter(chain=self.chain).select_related("chain").order_by("pk")
        return accounts[number % accounts.count()]

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
                    shown_value=shown.value,
                    shown_left=shown.left,
                    key=uuid.uuid4(),
                    at=self.now,
                    acting_user=PROGRAM,
                )
            )
        )
        if refusal:
            expected = {shown.problems[0].code} if shown.problems else {Code.GIFT_CARD_USED}
            assert refusal.code in {*expected, Code.LOCKED, Code.INVALID_DATE}
            return None
        assert not shown.problems
        found = Visit.objects.with_plan().get(pk=saved[0].pk)
        note(f"    saved: sold {found.sold}, due {found.due}, points {found.points_paid}, paid {found.paid}")
        self._is_as_shown(found, shown)
        return found

    def _is_as_shown(self, visit: Visit, shown: Settlement) -> None:
        assert [visit.sold, visit.discount, visit.due] == [shown.sold, shown.discount, shown.due]
        assert visit.value == shown.value
        assert [visit.points_paid, visit.paid, visit.left] == [shown.points_paid, shown.paid, shown.left]
        assert bool(visit.settled_at) == shown.is_settled
        lines = [line for line in visit.lines.all() if not line.removed]
        assert [(line.sold, line.due) for line in lines] == [(line.sold, line.due) for line in shown.lines]
        expected = _expected_rows(shown, [line.pk for line in lines]) if visit.status == Status.ARRIVED else {}
        if visit.settled_at:
            expected |= _sold_rows(visit)
        found = standing(visit)
        if shown.referral and shown.referral.card_id is None:
            # The inviter's card was issued by the save itself.
            found = {(kind, line, *((None, None) if kind == REFERRAL else (holder, card)), promotion): amount
                     for (kind, line, holder, card, promotion), amount in found.items()}  # fmt: skip
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
        on_credit = dict(Account.objects.filter(chain=self.chain).values_list("holder", "terms__credit"))
        columns = ("holder", "amount", "balance_after", "undoes", "kind")
        for holder_id, amount, balance_after, undoes, kind in rows.values_list(*columns):
            balances[holder_id] += amount
            assert balance_after == balances[holder_id]
            least = -on_credit[holder_id] if kind == TransactionKind.ACCOUNT_PAYMENT else 0
            assert amount > 0 or balance_after >= least or undoes is not None
        gift_cards = GiftCard.objects.filter(chain=self.chain)
        assert not gift_cards.filter(holder__balance__lt=0).exists()

    def _visit_adds_up(self, visit: Visit, rows: Rows) -> None:
        assert min(visit.sold, visit.discount, visit.due, visit.points_paid, visit.paid, visit.left) >= 0
        assert visit.due == visit.sold - visit.discount
        if visit.status != Status.ARRIVED:
            assert not rows and visit.settled_at is None
            return
        lines = [line for line in visit.lines.all() if not line.removed]
        assert bool(visit.settled_at) == (bool(lines or visit.sells_value) and not visit.left)
        means = -sum(amount for (kind, *_), amount in rows.items() if kind in PAYMENTS)
        money = sum(visit.payments.values_list("amount", flat=True), Decimal(0))
        assert visit.left == visit.due + visit.value - means - money
        for line in lines:
            by_hand = percent_of(line.sold, line.manual_discount, self.places)
            by_promotions = -sum(
                amount for (_kind, line_id, *_), amount in rows.items() if line_id == line.pk and _kind == DISCOUNT
            )
            assert line.sold == by_hand + by_promotions + line.due
        assert visit.points_paid == -sum(amount for (kind, *_), amount in rows.items() if kind == PAYMENT)


REFERRAL, PAYMENT = TransactionKind.REFERRAL_ACCRUAL, TransactionKind.CARD_PAYMENT
DISCOUNT = TransactionKind.PROMOTION_DISCOUNT
PAYMENTS = {PAYMENT, TransactionKind.GIFT_CARD_PAYMENT, TransactionKind.ACCOUNT_PAYMENT}


def standing(visit: Visit) -> Rows:
    return all_standing(visit.chain)[visit.pk]


def all_standing(chain: Chain) -> Mapping[int, Rows]:
    """The rows of each visit that were not undone; each may stand once."""
    rows = Transaction.objects.standing().filter(chain=chain, visit__isnull=False)
    found: dict[int, Rows] = defaultdict(dict)
    for row in rows:
        place = (row.kind, row.line_id or row.value_line_id, row.holder_id, row.card_id, row.promotion_id)
        assert row.visit_id and place not in found[row.visit_id]
        found[row.visit_id][place] = row.amount
    return found


def _expected_rows(shown: Settlement, line_ids: list[int]) -> Rows:
    rows: Rows = {}
    for discount in shown.discounts:
        for line_id, part in zip(line_ids, discount.parts, strict=False):
            rows[(DISCOUNT, line_id, None, discount.card_id, discount.promotion.id)] = -part
    for turn in shown.means:
        rows[(turn.means.pays.row, None, turn.holder_id, turn.means.card_id, None)] = -turn.amount
        rows[(turn.means.pays.forfeit, None, turn.holder_id, None, None)] = -turn.forfeited
    for accrual in shown.accruals if shown.is_settled else ():
        of_accrual = (None, accrual.holder_id, accrual.card_id, accrual.promotion.id)
        rows[(TransactionKind.PROMOTION_ACCRUAL, *of_accrual)] = accrual.amount
    if shown.is_settled and shown.referral:
        referral = shown.referral
        rows[(REFERRAL, None, referral.holder_id, referral.card_id, referral.promotion.id)] = referral.amount
    return {place: amount for place, amount in rows.items() if amount}


def _sold_rows(visit: Visit) -> Rows:
    """What the value lines of a settled visit granted, each to its holder."""
    lines = visit.value_lines.filter(removed=False)
    return {(VALUE[line.kind].row, line.pk, line.holder_id, None, None): line.amount for line in lines}

"""The most that a card may pay, and money in the order given (docs/rules.md, sections 2 and 4)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from loyalty.rules.bill import OpenBill, invalid_amounts, open_bill
from loyalty.rules.cards import DeskCard, card_barred
from loyalty.rules.desk import Desk
from loyalty.rules.means import Means
from loyalty.rules.payments import Change, Unpaid, change_for, pay_with_means, pay_with_money
from loyalty.rules.plan import MeansChoice, PaymentChoice, PaymentMethod, Plan, PlanLine, Status
from loyalty.rules.terms import CardType, ItemKind, Scope, ScopeMode, Scopes

AT = datetime(2026, 1, 1, 10, tzinfo=UTC)
CUT, COLOUR = 1, 2


def plan(*means: MeansChoice, payments: tuple[PaymentChoice, ...] = (), lines: tuple[PlanLine, ...] = ()) -> Plan:
    return Plan(1, 1, AT, date(2026, 1, 1), Status.ARRIVED, lines=lines, means=means, payments=payments)


def bill() -> OpenBill:
    """60.00 and 40.00."""
    lines = [
        PlanLine(CUT, ItemKind.SERVICE, None, 1, Decimal(60)),
        PlanLine(COLOUR, ItemKind.SERVICE, None, 2, Decimal(20)),
    ]
    return open_bill(lines, 2)[0]


def desk(*card_types: CardType, points: str = "100") -> Desk:
    """Cards 1, 2 … of one guest, with as many points each."""
    cards = [DeskCard(number, 1, card_type, AT, number) for number, card_type in enumerate(card_types, start=1)]
    means = [
        Means("card", card.id, 1, Decimal(points), card.card_type.limits, card_barred(card, plan(), None))
        for card in cards
    ]
    return Desk(places=2, today=date(2026, 1, 1), cards=tuple(cards), means=tuple(means))


ANY = CardType(1, 1)
ONLY_COLOUR = CardType(2, 2, pays=Scopes(Scope(ScopeMode.LISTED, frozenset({COLOUR})), Scope()))


@pytest.mark.parametrize(
    ("card_type", "points", "most"),
    [
        (ANY, "30", "30"),
        (ANY, "1000", "100"),
        (ONLY_COLOUR, "1000", "40"),
        (CardType(3, 3, limit_amount=Decimal("12.50")), "1000", "12.50"),
        (CardType(3, 3, limit_percent=Decimal("33.33")), "1000", "33.33"),
        (CardType(3, 3, limit_amount=Decimal(20), limit_percent=Decimal(10)), "1000", "10"),
        (CardType(3, 3, locations=frozenset({9})), "1000", "0"),
    ],
)
def test_the_most(card_type: CardType, points: str, most: str) -> None:
    turns, _unpaid = pay_with_means(plan(), desk(card_type, points=points), Unpaid(bill()))
    assert [(turn.most, turn.alone) for turn in turns] == [(Decimal(most), Decimal(most))]


def test_a_card_is_spread_over_what_it_may_pay_of_what_is_unpaid() -> None:
    choices = (MeansChoice(1, Decimal(10)), MeansChoice(2, None))
    paid, _unpaid = pay_with_means(plan(*choices), desk(ANY, ONLY_COLOUR), Unpaid(bill()))
    assert [(each.amount, each.parts) for each in paid] == [
        (Decimal(10), (Decimal(6), Decimal(4))),
        (Decimal(36), (Decimal(0), Decimal(36))),
    ]


def test_a_card_that_finds_nothing_unpaid() -> None:
    choices = plan(MeansChoice(1, None), MeansChoice(2, Decimal("0.01")))
    paid, _unpaid = pay_with_means(choices, desk(ANY, ONLY_COLOUR), Unpaid(bill()))
    assert [(each.amount, each.problem and each.problem.code) for each in paid] == [
        (Decimal(100), None),
        (Decimal(0), "points_over_limit"),
    ]


CASH, CARD = PaymentMethod.CASH, PaymentMethod.CARD


@pytest.mark.parametrize(
    ("choices", "paid", "problems"),
    [
        ([(CASH, "100")], [(CASH, "100")], []),
        ([(CASH, "30"), (CARD, "40")], [(CASH, "30"), (CARD, "40")], []),
        ([(CASH, "0"), (CARD, None)], [(CARD, "100")], []),
        ([(CASH, "30"), (CARD, None)], [(CASH, "30"), (CARD, "70")], []),
        # the rest is what the others leave, wherever it stands
        ([(CASH, None), (CARD, "30")], [(CASH, "70"), (CARD, "30")], []),
        ([(CASH, "100"), (CARD, None)], [(CASH, "100")], []),
        ([(CASH, "100.01")], [(CASH, "100.01")], [("payments.cash", "100")]),
        ([(CASH, "80"), (CARD, "30")], [(CASH, "80"), (CARD, "30")], [("payments.card", "20")]),
    ],
)
def test_money(
    choices: list[tuple[PaymentMethod, str | None]],
    paid: list[tuple[PaymentMethod, str]],
    problems: list[tuple[str, str]],
) -> None:
    planned = tuple(PaymentChoice(method, None if amount is None else Decimal(amount)) for method, amount in choices)
    payments, found = pay_with_money(plan(payments=planned), Decimal(100))
    assert list(payments) == [(method, Decimal(amount)) for method, amount in paid]
    assert [(problem.place, problem.most) for problem in found] == [(place, Decimal(most)) for place, most in problems]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": 10000}, "quantity"),
        ({"unit_price": Decimal("-0.01")}, "unit_price"),
        ({"unit_price": Decimal("0.001")}, "unit_price"),
        ({"unit_price": Decimal("1e9")}, "unit_price"),
        ({"unit_price": Decimal("NaN")}, "unit_price"),
        ({"manual_discount": Decimal("100.01")}, "manual_discount"),
        ({"manual_discount": Decimal("-1")}, "manual_discount"),
        ({"manual_discount": Decimal("0.001")}, "manual_discount"),
    ],
)
def test_impossible_lines(line: dict[str, Decimal], place: str) -> None:
    columns = {
        "item_id": CUT,
        "kind": ItemKind.SERVICE,
        "category_id": None,
        "quantity": 1,
        "unit_price": Decimal(1),
        **line,
    }
    problems = invalid_amounts(plan(lines=(PlanLine(**columns),)), 2)  # type: ignore[arg-type]
    assert [(problem.code, problem.place) for problem in problems] == [("invalid_amount", f"lines.0.{place}")]


@pytest.mark.parametrize(
    ("handed_over", "back", "missing"), [("100", "36.60", "0"), ("63.40", "0", "0"), ("50", "0", "13.40")]
)
def test_the_change_for_cash(handed_over: str, back: str, missing: str) -> None:
    assert change_for(Decimal(handed_over), Decimal("63.40")) == Change(Decimal(back), Decimal(missing))

"""What computing a bill costs by itself, with many promotions and long bills beside short ones, in one run.

Not among the tests: `make test ARGS="-n 0 -s tests/benchmarks/settling.py"`. Nothing here asks a database.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from time import process_time

from loyalty.rules.cards import DeskCard
from loyalty.rules.desk import Desk
from loyalty.rules.history import PastVisit
from loyalty.rules.plan import DiscountChoice, Plan, PlanLine, Status
from loyalty.rules.promotions import Past
from loyalty.rules.settlement import settle
from loyalty.rules.terms import CardType, ItemKind, Promotion, PromotionKind, Scope, ScopeMode, Scopes
from tests.benchmarks.figures import Figure, note

GUEST, PLACE, RUNS = 1, 1, 40
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
#: Every kind but the units given free, which no two promotions of a chain give.
KINDS = [kind for kind in PromotionKind if kind is not PromotionKind.DISCOUNT_NTH_FREE]


def test_a_bill_with_many_promotions() -> None:
    usual = typical(100, 10)
    note(Figure("100 promotions on a bill of 10 lines", usual / 3, 1, "3 ms", f"{usual:.2f} ms"))
    for promotions, lines in ((200, 10), (400, 10), (100, 20), (100, 40)):
        figure, times = typical(promotions, lines), promotions * lines / 1000
        what = f"{promotions} promotions on {lines} lines"
        note(Figure(what, figure / usual, 1.2 * times, "100 promotions on 10 lines", f"{figure:.2f} ms"))


def typical(promotions: int, lines: int) -> float:
    """The least of several runs, in milliseconds: what else the machine does only adds to it."""
    plan, desk = table(promotions, lines)
    settle(plan, desk)
    return 1000 * min(seconds_of(lambda: settle(plan, desk)) for _ in range(RUNS))


def seconds_of(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def table(promotions: int, lines: int) -> tuple[Plan, Desk]:
    """A guest with one card that carries all of them: half of the discounts applied, and years of visits before."""
    found = {number: promotion(number) for number in range(1, promotions + 1)}
    card = DeskCard(1, GUEST, CardType(1, 1), AT - timedelta(days=1), 1, promotion_ids=tuple(found))
    visits = tuple(PastVisit(date(2026, 1, 1), PLACE, Decimal(50), Decimal(50)) for _ in range(100))
    applied = [each.id for each in found.values() if each.gives == "discount"][::2]
    plan = Plan(
        client_id=GUEST,
        location_id=PLACE,
        starts_at=AT,
        starts_on=AT.date(),
        status=Status.ARRIVED,
        lines=tuple(PlanLine(item, ItemKind.SERVICE, item % 5, 1, Decimal("99.90")) for item in range(1, lines + 1)),
        discounts=tuple(DiscountChoice(card.id, number) for number in applied),
    )
    return plan, Desk(places=2, today=AT.date(), cards=(card,), promotions=found, past=Past(visits))


def promotion(number: int) -> Promotion:
    kind = KINDS[number % len(KINDS)]
    rules: Iterable[int] = (0, 10, 100, 1000)
    return Promotion(
        number,
        number,
        kind,
        value=Decimal(1),
        rules=tuple((Decimal(start), Decimal(1)) for start in rules),
        scopes=Scopes(Scope(ScopeMode.LISTED, frozenset(range(1, 9)), frozenset({0, 1})) if number % 2 else Scope()),
    )

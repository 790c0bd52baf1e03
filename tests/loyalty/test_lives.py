"""Whatever a chain does in whatever order, its ledger adds up, and a save does what its preview showed."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from clients.messages.models import Message
from loyalty.rules.plan import Status
from loyalty.rules.terms import PromotionKind
from tests.loyalty.lives import (
    Block,
    Burn,
    Cancel,
    CancelAndRestore,
    ChangeCardType,
    ChangePromotion,
    ChangeReferral,
    Come,
    Deliver,
    Edit,
    Give,
    Issue,
    Life,
    Program,
    SaveAgain,
    Step,
    SumUp,
    Take,
    Tell,
    Undo,
    Wish,
)
from tests.loyalty.strategies import (
    CARD_KINDS,
    INVITER_KINDS,
    ITEMS,
    PLACES,
    card_type_columns,
    promotion_columns,
    terms_changes,
    usually,
)
from tests.loyalty.value_lives import Expire, GiveLonger, HandMoney, PutRight
from tests.plugins.properties import ON_DATABASE
from visits.scenario.play import rolled_back

A_FEW = st.integers(0, 3)
OFTEN_LATER = st.sampled_from([0, 1, 24, 24, 24 * 8, 24 * 22])


@st.composite
def programs(draw: DrawFn) -> Program:
    currency = draw(st.sampled_from(sorted(PLACES)))
    places = PLACES[currency]
    promotions = [draw(promotion_columns(places, CARD_KINDS)) for _ in range(draw(st.integers(2, 5)))]
    every_one = tuple(range(len(promotions)))
    card_types = [(draw(card_type_columns(places)), every_one)]
    if draw(st.booleans()):
        some = draw(st.sets(st.sampled_from(every_one), min_size=1))
        card_types.append((draw(card_type_columns(places)), tuple(sorted(some))))
    referral = {
        "discount": {**draw(promotion_columns(places, [PromotionKind.DISCOUNT_FIXED])), "every": 1},
        "cashback": draw(promotion_columns(places, INVITER_KINDS)),
        "accrues": draw(st.sampled_from(["first_visit", "every_visit"])),
        "card_type": draw(A_FEW),
    }
    return Program(currency, tuple(promotions), tuple(card_types), draw(usually(referral, st.none())))


lines = st.lists(
    st.tuples(st.sampled_from(ITEMS), st.integers(1, 3), usually(0, st.sampled_from([10, 33, 100]))),
    min_size=1,
    max_size=3,
).map(tuple)
arrived = usually(Status.ARRIVED, st.sampled_from([*Status]))
wishes = st.builds(
    Wish,
    discounts=st.sampled_from([0, 1, 1, 2]),
    referral=st.sampled_from([None, None, None, 0, 1, 2]),
    points=st.sampled_from([Decimal(0), Decimal("0.4"), Decimal("0.4"), Decimal(1), Decimal(2)]),
    pays=st.sampled_from([Decimal(1), Decimal(1), Decimal(1), Decimal("0.5"), Decimal(0)]),
)
sold = st.lists(
    st.tuples(st.sampled_from(["gift_card", "top_up"]), st.integers(0, 3), st.sampled_from([10, 30, 50])), max_size=2
).map(tuple)
#: The same, and gift cards and accounts beside them.
value_wishes = st.builds(
    Wish,
    discounts=st.sampled_from([0, 0, 1]),
    points=st.sampled_from([Decimal("0.4"), Decimal("0.4"), Decimal(1), Decimal(1), Decimal(2)]),
    pays=st.sampled_from([Decimal(1), Decimal(1), Decimal(1), Decimal("0.5"), Decimal(0)]),
    brings=st.sampled_from([None, 0, 1, 2, 4, 5]),
    sells=st.none() | sold | sold,
)
guests, locations = st.sampled_from([0, 0, 1, 2]), usually(0, st.just(1))
come = st.builds(Come, guests, locations, lines, arrived, wishes, usually(0, st.sampled_from([1, 30, 400])))
edit = st.builds(Edit, A_FEW, st.one_of(st.none(), lines), usually(None, arrived), st.one_of(st.none(), wishes))
value_lines = st.just(()) | lines
come_for_value = st.builds(Come, guests, locations, value_lines, arrived, value_wishes, usually(0, st.just(30)))
edit_value = st.builds(
    Edit, A_FEW, st.one_of(st.none(), lines), usually(None, arrived), st.one_of(st.none(), value_wishes)
)
changes_of_mind = [st.builds(step, A_FEW) for step in (SaveAgain, Cancel, CancelAndRestore)]
points_by_hand = [
    st.builds(Give, A_FEW, st.integers(1, 60), st.sampled_from([None, 0, 3, 30])),
    st.builds(Take, A_FEW, st.integers(1, 40)),
    st.builds(Undo, A_FEW),
]
value_by_hand = [
    st.builds(HandMoney, A_FEW, st.sampled_from([50, 10, -5, -40])),
    st.builds(PutRight, A_FEW, st.sampled_from([10, -10, -30]), st.booleans()),
    st.builds(GiveLonger, A_FEW, st.integers(0, 20)),
    st.just(Expire()),
    st.builds(Undo, A_FEW),
]
jobs = [st.just(Burn()), st.just(Tell()), st.just(SumUp())]
changes_of_program = [
    st.builds(Block, A_FEW),
    st.builds(Issue, guests, A_FEW),
    st.builds(ChangePromotion, A_FEW, terms_changes()),
    st.builds(ChangeCardType, A_FEW, card_type_columns(0)),
    st.builds(
        ChangeReferral,
        st.integers(0, 2),
        st.sampled_from(["on", "off", "none"]),
        st.fixed_dictionaries(
            {
                "accrues": st.sampled_from(["first_visit", "every_visit"]),
                "first_in": st.sampled_from(["chain", "location"]),
                "counts_free_visits": st.booleans(),
            }
        ),
    ),
]
#: What happens, as often as it stands here.
LIVES: dict[str, list[st.SearchStrategy[Any]]] = {
    "visits": [*[come] * 5, *[edit] * 5, *changes_of_mind * 2, *points_by_hand, *jobs],
    "points and programs": [
        *[come] * 6,
        *[edit] * 2,
        *changes_of_mind,
        *points_by_hand * 2,
        *jobs,
        *changes_of_program,
    ],
    "gift cards and accounts": [
        *[come_for_value] * 5,
        *[edit_value] * 4,
        *changes_of_mind * 2,
        *value_by_hand,
        *jobs,
    ],
}


@st.composite
def days(draw: DrawFn, steps: list[st.SearchStrategy[Any]]) -> list[tuple[int, Step]]:
    """What happens, each some hours after the one before."""
    return [(draw(OFTEN_LATER), draw(draw(st.sampled_from(steps)))) for _ in range(draw(st.integers(3, 14)))]


@pytest.mark.django_db
@pytest.mark.parametrize("life", LIVES)
def test_what_always_holds(life: str) -> None:
    @ON_DATABASE
    @given(programs(), days(LIVES[life]))
    def live(program: Program, steps: list[tuple[int, Step]]) -> None:
        with rolled_back():
            chain = Life(program)
            for hours, step in steps:
                chain.pass_time(hours)
                chain.play(step)

    live()


# Letters
# ----------------------------------------------------------------------------

A_DAY_OR_LESS = st.sampled_from([0, 0, 5, 13, 24])
a_visit = st.builds(
    Come,
    guests,
    locations,
    st.just(((1, 1, 0),)),
    st.just(Status.ARRIVED),
    st.builds(Wish, points=st.sampled_from([Decimal(0), Decimal("0.4")])),
    st.sampled_from([0, 20]),
)
between: list[st.SearchStrategy[Any]] = [
    *[a_visit] * 3,
    st.builds(Cancel, A_FEW),
    st.builds(Give, A_FEW, st.integers(1, 60), st.integers(0, 4)),
    *[st.builds(Take, A_FEW, st.sampled_from([10, 30, 90]))] * 2,
    st.builds(Undo, A_FEW),
    st.just(Burn()),
]


@st.composite
def soon_burning(draw: DrawFn) -> Program:
    """Points of a few days, by one clock or by both, told of before."""
    back = {
        "kind": PromotionKind.CASHBACK_FIXED_PAID,
        "value": Decimal(50),
        "burn_count": draw(st.integers(2, 5)),
        "burn_unit": "days",
        "notice": draw(st.integers(1, 2)),
    }
    idle = {"inactivity_count": draw(st.integers(1, 3)), "inactivity_unit": "days"}
    return Program("EUR", (back,), ((draw(st.sampled_from([idle, idle, {}])), (0,)),), None)


@st.composite
def posts(draw: DrawFn) -> list[tuple[int, Step]]:
    """Now and then the job queues; what it queued is sent when something came between."""
    happened: list[tuple[int, Step]] = [(0, draw(a_visit))]
    for _ in range(draw(st.integers(1, 4))):
        happened.append((draw(A_DAY_OR_LESS), Tell()))
        meanwhile = draw(st.integers(0, 3))
        happened.extend((draw(A_DAY_OR_LESS), draw(draw(st.sampled_from(between)))) for _ in range(meanwhile))
        happened.append((draw(A_DAY_OR_LESS), Deliver()))
    return happened


@pytest.mark.django_db
def test_a_letter_says_what_its_reader_holds_when_it_is_sent() -> None:
    became: set[tuple[str, str]] = set()

    @settings(ON_DATABASE, max_examples=24)
    @given(soon_burning(), posts())
    def live(program: Program, steps: list[tuple[int, Step]]) -> None:
        with rolled_back():
            chain = Life(program)
            for hours, step in steps:
                chain.pass_time(hours)
                chain.play(step)
            became.update(Message.objects.filter(chain=chain.chain).values_list("state", "trouble"))

    live()
    # The search finds all that can become of a message.
    assert became >= {("sent", ""), *(("dropped", trouble) for trouble in ("nothing_left", "day_moved", "day_passed"))}

"""What must hold of the rules for any bill, any program, any past: hundreds of each, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import assume, example, given, note, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from loyalty.cards.models import CardTypeTerms
from loyalty.promotions.models import PromotionTerms
from loyalty.rules.cards import DeskCard, card_barred
from loyalty.rules.desk import Counter, Desk, Invitation, ReferralDesk
from loyalty.rules.history import GivenUnits, PastUnits, PastVisit, totals_of, window_of
from loyalty.rules.means import Means
from loyalty.rules.money import ZERO, is_exact, minor_unit, spread
from loyalty.rules.plan import DiscountChoice, MeansChoice, PaymentChoice, PaymentMethod, Plan, PlanLine, Status
from loyalty.rules.points import Lot, Movement, Pot, burn, give_back, spend, take_back
from loyalty.rules.promotions import Past, tier
from loyalty.rules.settlement import Settlement, settle
from loyalty.rules.terms import (
    CardType,
    Gives,
    ItemKind,
    Period,
    PeriodUnit,
    Promotion,
    PromotionKind,
    ReferralAccrues,
    ReferralProgram,
)
from tests.loyalty.strategies import (
    CARD_KINDS,
    CATEGORY,
    DISCOUNT_KINDS,
    ITEMS,
    LOCATIONS,
    PLACES,
    amounts,
    card_type_columns,
    percents,
    promotion_columns,
    usually,
)

VISIT_ON = date(2026, 3, 20)
STARTS_AT = datetime(2026, 3, 20, 10, tzinfo=UTC)
GUEST, OTHER = 1, 2
REST = PaymentChoice(PaymentMethod.CASH, None)
BY_CARD = PaymentChoice(PaymentMethod.CARD, None)

days = st.dates(date(2026, 2, 1), date(2026, 4, 30))


@st.composite
def plan_lines(draw: DrawFn, places: int) -> PlanLine:
    item = draw(st.sampled_from(ITEMS))
    return PlanLine(
        item_id=item,
        kind=ItemKind.SERVICE if item < 3 else ItemKind.PRODUCT,
        category_id=CATEGORY[item],
        quantity=draw(st.integers(1, 5)),
        unit_price=draw(st.one_of(*[amounts(places, least=20)] * 5, amounts(places))),
        manual_discount=draw(usually(ZERO, percents())),
    )


@st.composite
def promotions(draw: DrawFn, number: int, places: int, kinds: list[PromotionKind] = CARD_KINDS) -> Promotion:
    return PromotionTerms(pk=number, promotion_id=number, **draw(promotion_columns(places, kinds))).as_rules()


@st.composite
def card_types(draw: DrawFn, number: int, places: int) -> CardType:
    return CardTypeTerms(pk=number, card_type_id=number, **draw(card_type_columns(places))).as_rules()


@st.composite
def lots(draw: DrawFn, key: int, places: int) -> Lot:
    granted_on = draw(st.dates(date(2026, 1, 1), VISIT_ON))
    return Lot(
        key=key,
        remaining=draw(amounts(places, most=80)),
        granted_on=granted_on,
        granted_at=datetime(granted_on.year, granted_on.month, granted_on.day, 12, tzinfo=UTC),
        rank=key,
        last_on=draw(st.one_of(st.none(), days)),
        inactivity=draw(usually(None, st.just(Period(20, PeriodUnit.DAYS)))),
    )


@st.composite
def pots(draw: DrawFn, places: int) -> Pot:
    """Lots in spending order, or debt."""
    last_visit_on = draw(st.one_of(st.none(), days))
    if draw(st.integers(0, 4)) == 4:
        return Pot((), draw(amounts(places, most=30)), last_visit_on)
    held = [draw(lots(key, places)) for key in range(1, 1 + draw(st.integers(0, 4)))]
    return Pot(tuple(sorted(held, key=lambda lot: lot.order)), ZERO, last_visit_on)


@st.composite
def pasts(draw: DrawFn, places: int) -> Past:
    visits = [
        PastVisit(on, draw(st.sampled_from(LOCATIONS)), sold := draw(amounts(places)), sold)
        for on in sorted(draw(st.lists(st.dates(date(2026, 2, 1), VISIT_ON), max_size=5)))
    ]
    units = [
        PastUnits(visit.on, visit.location_id, item, ItemKind.SERVICE, CATEGORY[item], draw(st.integers(1, 3)))
        for visit in visits
        for item in draw(st.sets(st.sampled_from(ITEMS[:2])))
    ]
    return Past(tuple(visits), tuple(units))


def cash(places: int) -> st.SearchStrategy[PaymentChoice]:
    return amounts(places).map(lambda amount: PaymentChoice(PaymentMethod.CASH, amount))


def payments(places: int) -> st.SearchStrategy[tuple[PaymentChoice, ...]]:
    usual = st.sampled_from([(), (REST,), (REST,)])
    return st.one_of(usual, usual, st.tuples(cash(places), st.just(BY_CARD)), st.tuples(cash(places)))


@st.composite
def tables(draw: DrawFn) -> tuple[Plan, Desk]:
    """A guest at the desk with up to three cards, under up to five promotions and perhaps a referral."""
    places = draw(st.sampled_from(sorted(PLACES.values())))
    found = [draw(promotions(number, places)) for number in range(1, 1 + draw(st.integers(1, 5)))]
    cards = tuple(
        DeskCard(
            id=number,
            client_id=draw(usually(GUEST, st.just(OTHER))),
            card_type=draw(card_types(number, places)),
            issued_at=STARTS_AT + timedelta(hours=draw(usually(-1, st.just(1)))),
            is_blocked=draw(usually(False, st.booleans())),
            promotion_ids=tuple(sorted(draw(st.sets(st.sampled_from([each.id for each in found]), min_size=1)))),
            holder_id=100 + number,
        )
        for number in range(1, 1 + draw(st.integers(1, 3)))
    )
    keys = [(card.id, promotion_id) for card in cards for promotion_id in card.promotion_ids]
    discounts = [key for key in keys if found[key[1] - 1].gives is Gives.DISCOUNT]
    given_units = GivenUnits(VISIT_ON, 1, 1)
    counter = st.builds(Counter, st.integers(0, 3), st.integers(0, 2), st.lists(st.just(given_units)).map(tuple))
    invitation = None
    if draw(st.booleans()):
        program = ReferralProgram(
            id=1,
            terms_id=1,
            discount=draw(promotions(8, places, [PromotionKind.DISCOUNT_FIXED])),
            cashback=draw(
                promotions(9, places, [PromotionKind.CASHBACK_FIXED_SOLD, PromotionKind.CASHBACK_FIXED_PAID])
            ),
            accrues=ReferralAccrues.FIRST_VISIT,
            card_type=draw(card_types(9, places)),
        )
        invitation = Invitation(inviter_id=OTHER, terms=program)
    location_id = draw(st.sampled_from(LOCATIONS))
    desk = Desk(
        places=places,
        today=VISIT_ON,
        cards=cards,
        promotions={each.id: each for each in found},
        past=draw(pasts(places)),
        counters={key: draw(counter) for key in keys},
        referral=ReferralDesk(program=invitation.terms if invitation else None, invitation=invitation),
    )
    plan = Plan(
        client_id=GUEST,
        location_id=location_id,
        starts_at=STARTS_AT,
        starts_on=VISIT_ON,
        status=draw(usually(Status.ARRIVED, st.sampled_from(sorted(Status)))),
        lines=tuple(draw(st.lists(plan_lines(places), min_size=1, max_size=5))),
        discounts=tuple(DiscountChoice(*key) for key in draw(st.permutations(discounts))[: draw(st.integers(0, 3))]),
        referral="+491511234" if invitation else "",
        means=tuple(
            MeansChoice(card.holder_id, draw(st.one_of(st.none(), amounts(places, most=60))))
            for card in cards
            if draw(st.booleans())
        ),
        payments=draw(payments(places)),
    )
    return plan, replace(desk, means=tuple(paying(card, draw(pots(places)), plan) for card in cards))


def paying(card: DeskCard, pot: Pot, plan: Plan) -> Means:
    """The card as it lies on the desk to pay with what the pot holds."""
    available = pot.available(VISIT_ON)
    return Means(
        "card",
        card.holder_id,
        card.client_id,
        available,
        card.card_type.limits,
        card_barred(card, plan, None),
        card_id=card.id,
    )


@settings(max_examples=200)
@given(tables())
def test_a_settlement_holds_what_every_settlement_does(table: tuple[Plan, Desk]) -> None:
    plan, desk = table
    settlement = settle(plan, desk)
    assert settlement == settle(plan, desk)
    parts_add_up(plan, desk, settlement)
    cards_pay_what_is_theirs(plan, desk, settlement)
    the_most_is_accepted_and_a_unit_more_is_not(plan, desk)
    what_is_offered_applies_as_it_was_offered(plan, desk, settlement)
    cashback_is_no_more_than_it_is_taken_of(desk, settlement)


def parts_add_up(plan: Plan, desk: Desk, settlement: Settlement) -> None:
    for line in settlement.lines:
        assert min(line.manual_discount, line.promotion_discount, line.due) >= 0
        assert line.sold == line.manual_discount + line.promotion_discount + line.due
    assert settlement.sold == sum(line.sold for line in settlement.lines)
    assert settlement.due == sum(line.due for line in settlement.lines) == settlement.sold - settlement.discount
    for discount in settlement.discounts:
        assert all(part >= 0 for part in discount.parts)
        assert discount.amount == sum(discount.parts)
    for index, line in enumerate(settlement.lines):
        assert line.promotion_discount == sum(each.parts[index] for each in settlement.discounts if each.parts)
    for figure in figures_of(settlement):
        assert figure >= 0 and is_exact(figure, desk.places)


def figures_of(settlement: Settlement) -> list[Decimal]:
    return [
        settlement.sold,
        settlement.discount,
        settlement.due,
        settlement.points_paid,
        *(part for discount in settlement.discounts for part in discount.parts),
        *(part for turn in settlement.means for part in turn.parts),
        *(accrual.amount for accrual in settlement.accruals),
        *([settlement.referral.amount] if settlement.referral else []),
    ]


def cards_pay_what_is_theirs(plan: Plan, desk: Desk, settlement: Settlement) -> None:
    assert settlement.points_paid == sum(turn.amount for turn in settlement.means) <= settlement.due
    for turn in settlement.means:
        card = desk.card(turn.means.card_id)
        assert card is not None
        assert turn.amount == sum(turn.parts) <= turn.most <= turn.alone
        if turn.amount:
            assert card.client_id == GUEST and not card.is_blocked
            assert turn.amount <= turn.means.available
    codes = {problem.code for problem in settlement.problems}
    if "payment_over_due" not in codes:
        assert settlement.left >= 0
    assert settlement.is_settled == (plan.status is Status.ARRIVED and bool(plan.lines) and not settlement.left)
    if plan.status is not Status.ARRIVED:
        assert codes <= {"payment_over_due"}


def the_most_is_accepted_and_a_unit_more_is_not(plan: Plan, desk: Desk) -> None:
    plan = replace(plan, status=Status.ARRIVED, payments=())
    for turn in settle(replace(plan, means=()), desk).means:
        assert turn.most == turn.alone
        barred = {"card_blocked", "card_not_valid_here", "card_too_new"}
        more = {"points_over_limit"} if turn.why.is_given else barred
        assert means_problems(plan, desk, turn.holder_id, turn.most) == set()
        assert means_problems(plan, desk, turn.holder_id, turn.most + minor_unit(desk.places)) & more


def means_problems(plan: Plan, desk: Desk, holder_id: int, amount: Decimal) -> set[str]:
    problems = settle(replace(plan, means=(MeansChoice(holder_id, amount),)), desk).problems
    return {problem.code for problem in problems if problem.place.startswith("means")}


def what_is_offered_applies_as_it_was_offered(plan: Plan, desk: Desk, before: Settlement) -> None:
    for offer in before.available:
        assert offer.card_id is not None
        chosen = replace(plan, discounts=(*plan.discounts, DiscountChoice(offer.card_id, offer.promotion.id)))
        applied = settle(chosen, desk)
        found = next(each for each in applied.discounts if each.key == offer.key)
        assert (found.amount, found.parts, found.firing.why) == (offer.amount, offer.parts, offer.firing.why)
        assert applied.due == before.due - offer.amount
        place = f"discounts.{len(plan.discounts)}"
        refused = any(problem.place == place for problem in applied.problems)
        assert refused == (offer.amount == 0 and plan.status is Status.ARRIVED)


def cashback_is_no_more_than_it_is_taken_of(desk: Desk, settlement: Settlement) -> None:
    for accrual in settlement.accruals:
        if accrual.promotion.unit == "percent":
            whole = settlement.sold if accrual.promotion.taken_of == "sold" else settlement.due - settlement.points_paid
            assert accrual.amount <= whole + minor_unit(desk.places) / 2


totals = st.integers(0, 10**6)


@given(st.lists(st.integers(0, 10**5), min_size=1, max_size=8), totals, st.sampled_from(sorted(PLACES.values())))
@example([0, 0], 0, 2)
@example([1, 1, 1], 2, 2)
def test_parts_add_up_to_the_whole(weights: list[int], total: int, places: int) -> None:
    assume(sum(weights) or not total)
    unit = minor_unit(places)
    parts = spread(total * unit, [weight * unit for weight in weights], places)
    assert sum(parts) == total * unit
    for part, weight in zip(parts, weights, strict=True):
        exact = Decimal(total * weight) / sum(weights) * unit if total else ZERO
        assert abs(part - exact) < unit
        assert part <= weight * unit or total > sum(weights)
    if total < sum(weights):
        tied = [
            (part, -index)
            for index, (part, weight) in enumerate(zip(parts, weights, strict=True))
            if weight == weights[0]
        ]
        assert tied == sorted(tied, reverse=True), "of equal lines the earlier gets the odd unit"


@given(
    st.lists(st.tuples(st.integers(0, 9).map(Decimal), st.integers(1, 9).map(Decimal)), unique_by=lambda row: row[0]),
    st.integers(0, 12).map(Decimal),
)
def test_the_highest_row_reached_wins(rows: list[tuple[Decimal, Decimal]], figure: Decimal) -> None:
    won = tier(sorted(rows), figure)
    assert won == next((row for row in sorted(rows, reverse=True) if row[0] <= figure), None)


@given(st.builds(Period, st.integers(1, 40), st.sampled_from(PeriodUnit)), days, days)
def test_a_later_accrual_ends_no_earlier(period: Period, one: date, other: date) -> None:
    assert period.after(one) > one
    assert (one <= other) <= (period.after(one) <= period.after(other))


@given(st.data(), st.sampled_from(sorted(PLACES.values())))
def test_history_is_what_came_after_the_last_gap(data: st.DataObject, places: int) -> None:
    """The same as walking forward through the visits and forgetting all of them at each gap."""
    promotion = data.draw(promotions(1, places, DISCOUNT_KINDS))
    past = data.draw(pasts(places)).visits
    window = window_of(promotion, frozenset({1}))
    counted: list[PastVisit] = []
    last = None
    for visit in (each for each in past if window.holds(each.on, each.location_id)):
        if promotion.burn and last and promotion.burn.after(last) < visit.on:
            counted = []
        counted.append(visit)
        last = visit.on
    if promotion.burn and last and promotion.burn.after(last) < VISIT_ON:
        counted = []
    found = totals_of(promotion, frozenset({1}), past, VISIT_ON)
    assert (found.visits, found.sold) == (len(counted), sum(visit.sold for visit in counted))


def sound(pot: Pot) -> Pot:
    """A pot that a card may have."""
    assert all(lot.remaining >= 0 for lot in pot.lots) and pot.debt >= 0
    assert not (pot.debt and any(lot.remaining for lot in pot.lots)), "debt beside points"
    assert pot.available(VISIT_ON) >= 0
    return pot


@given(st.data(), st.sampled_from(sorted(PLACES.values())))
def test_points_are_neither_made_nor_lost(data: st.DataObject, places: int) -> None:
    """Points granted, spent, burnt and any of it undone, in any order: each changes the balance by its amount."""
    pot = sound(data.draw(pots(places)))
    granted: dict[int, Decimal] = {lot.key: lot.remaining for lot in pot.lots}
    taken: list[list[Movement]] = []
    for step in range(data.draw(st.integers(1, 12))):
        act = data.draw(st.sampled_from(["grant", "spend", "burn", "give back", "take back"]))
        balance, change = pot.balance, ZERO
        movements: list[Movement] = []
        if act == "grant":
            lot = data.draw(lots(100 + step, places))._replace(remaining=ZERO)
            change = data.draw(amounts(places, most=50, least=1))
            pot, fill = pot.with_lot(lot), min(pot.debt, change)
            movements = [Movement(None, fill), Movement(lot.key, change - fill)]
            granted[lot.key] = change
        elif act == "spend" and pot.available(VISIT_ON):
            change = -min(pot.available(VISIT_ON), data.draw(amounts(places, most=50, least=1)))
            movements = spend(pot, -change, on=VISIT_ON)
            assert pot.after(movements).after(undone(movements)) == pot
            taken.append(movements)
        elif act == "burn" and pot.past(VISIT_ON):
            movements = burn(pot, pot.past(VISIT_ON)[0].key)
            change = sum((movement.amount for movement in movements), ZERO)
            taken.append(movements)
        elif act == "give back" and taken:
            parts = undone(taken.pop(data.draw(st.integers(0, len(taken) - 1))))
            movements = give_back(pot, parts)
            change = sum((movement.amount for movement in parts), ZERO)
        elif act == "take back" and granted:
            key = data.draw(st.sampled_from(sorted(granted)))
            change = -granted.pop(key)
            movements = take_back(pot, key, -change)
        note(f"{act} {change}: {movements}")
        assert sum((movement.amount for movement in movements), ZERO) == change
        pot = sound(pot.after(movements))
        assert pot.balance == balance + change


def undone(movements: list[Movement]) -> list[Movement]:
    return [Movement(movement.lot, -movement.amount) for movement in movements]

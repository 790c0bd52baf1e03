"""A worked bill under draft terms: a plan and a desk are told from a story, and settled like any visit.

Nothing is computed here: ``settle`` is the same function that the desk uses (docs/rules.md, sections 2 to 7, 12, 13).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from loyalty.ledger.kinds import HolderKind
from loyalty.rules.accounts import DeskAccount, account_barred
from loyalty.rules.cards import DeskCard, card_barred
from loyalty.rules.desk import Counter, Desk, Invitation, Receiver, ReferralDesk
from loyalty.rules.gift_cards import DeskGiftCard, gift_card_barred
from loyalty.rules.history import GivenUnits, PastUnits, PastVisit
from loyalty.rules.means import Means
from loyalty.rules.money import ZERO
from loyalty.rules.plan import DiscountChoice, MeansChoice, PaymentChoice, PaymentMethod, Plan, PlanLine, Status
from loyalty.rules.promotions import Past
from loyalty.rules.settlement import Settlement, settle
from loyalty.rules.terms import (
    AccountType,
    CardType,
    GiftCardType,
    Gives,
    ItemKind,
    Limits,
    Promotion,
    ReferralProgram,
    Scope,
    ScopeMode,
    Scopes,
    WriteOff,
)

GUEST, INVITER, CARD, INVITERS_CARD = 1, 2, 1, 2
#: The gift card or the account that pays.
HOLDER = 1
#: What no list of any scope names.
UNLISTED = -1
#: Between these a last day and a day long ago are days too.
_EARLIEST, _LATEST = date(1900, 1, 1), date(9000, 1, 1)
#: The usual time between two visits, where the story does not say.
USUAL_GAP = 7


@dataclass(frozen=True)
class Story:
    """A guest and a bill, as an administrator imagines them; amounts in the chain's currency, counts of 0 or more.

    ``services`` and ``products`` are amounts that the promotion looks at, ``others`` what it does not; ``units`` of
    one service at ``unit_price`` stand in the place of ``services`` where units are counted. ``days_since`` is how
    long ago the guest was here last. ``held`` is what is on the gift card or the account that pays, unless the type
    has one par value. A membership is used ``begins_after`` days after its sale for the first time, or begins then, and
    is ``frozen`` for so many days.
    """

    services: Decimal = ZERO
    products: Decimal = ZERO
    others: Decimal = ZERO
    units: int = 0
    unit_price: Decimal = ZERO
    visits_before: int = 0
    sold_before: Decimal = ZERO
    paid_before: Decimal = ZERO
    units_before: int = 0
    given_before: int = 0
    days_since: int = USUAL_GAP
    points: Decimal = ZERO
    held: Decimal = ZERO
    begins_after: int = 0
    frozen: int = 0


@dataclass(frozen=True)
class Worked:
    """A story, settled: what each line stands for, in the order of the settlement's lines, and the visit's day."""

    kinds: tuple[str, ...]
    on: date
    settlement: Settlement


def worked_bill(
    promotion: Promotion,
    card_type: CardType,
    story: Story,
    *,
    places: int,
    today: date,
    beside: Sequence[Promotion] = (),
) -> Worked:
    """What the promotion does through one card of the type; the guest pays what is left in cash.

    ``beside`` are cashbacks that the card gives already: their points come by themselves. Discounts of it do not: the
    desk chooses each.
    """
    on = _day(promotion, today)
    location_id = _location(promotion, card_type)
    kinds, lines = _lines(promotion.counted_scopes, story)
    plan = plan_of(lines, on, location_id, points=story.points)
    if promotion.gives is Gives.DISCOUNT:
        plan = replace(plan, discounts=(DiscountChoice(CARD, promotion.id),))
    card = _card(card_type, plan, (*(each.id for each in beside), promotion.id))
    desk = Desk(
        places=places,
        today=on,
        cards=(card,),
        means=(Means(HolderKind.CARD, CARD, GUEST, story.points, card_type.limits, card_barred(card, plan, None)),),
        promotions={each.id: each for each in (*beside, promotion)},
        past=_past(promotion, story, on, location_id),
        counters={(CARD, promotion.id): _counter(promotion, story, on, location_id)},
    )
    return Worked(kinds, on, settle(plan, desk))


def worked_referral(program: ReferralProgram, story: Story, *, places: int, today: date) -> Worked:
    """The invited guest's first visit: what the guest saves and what the inviter gets."""
    on = _day(program.discount, today)
    kinds, lines = _lines(program.discount.scopes, story)
    plan = replace(plan_of(lines, on, _location(program.discount, program.card_type)), referral="invited")
    referral = ReferralDesk(
        program=program,
        invitation=Invitation(INVITER, terms=program),
        receivers={program.card_type.id: Receiver(INVITERS_CARD)},
    )
    return Worked(kinds, on, settle(plan, _referral_desk(program, referral, story, on, places)))


def worked_return(program: ReferralProgram, story: Story, *, places: int, today: date) -> Worked:
    """The same guest's next visit, with the same bill and no discount."""
    on = _day(program.cashback, today)
    kinds, lines = _lines(program.discount.scopes, story)
    plan = plan_of(lines, on, _location(program.cashback, program.card_type))
    referral = ReferralDesk(
        program=program,
        links_program=program,
        linked_inviter_id=INVITER,
        follows_link=True,
        receivers={program.card_type.id: Receiver(INVITERS_CARD)},
    )
    after_first = replace(story, visits_before=story.visits_before + 1)
    return Worked(kinds, on, settle(plan, _referral_desk(program, referral, after_first, on, places)))


def worked_gift_card(gift_card_type: GiftCardType, story: Story, *, places: int, today: date) -> Worked:
    """What a gift card of the type, sold today, pays of a bill; the guest pays what is left in cash."""
    kinds, lines = _lines(gift_card_type.pays, story)
    plan = _paying(plan_of(lines, today, min(gift_card_type.locations or (), default=0)))
    card = DeskGiftCard(HOLDER, None, gift_card_type, gift_card_type.last_day(today))
    means = Means(
        HolderKind.GIFT_CARD,
        HOLDER,
        None,
        gift_card_type.par_least if gift_card_type.has_fixed_par else story.held,
        Limits(gift_card_type.pays),
        gift_card_barred(card, plan, plan.means[0], today),
        pays_once=gift_card_type.write_off is WriteOff.SINGLE,
    )
    return Worked(kinds, today, settle(plan, Desk(places=places, today=today, means=(means,))))


def worked_account(account_type: AccountType, story: Story, *, places: int, today: date) -> Worked:
    """What an account of the type pays of a bill, with what is on it and its credit; the rest is cash."""
    kinds, lines = _lines(Scopes(), story)
    plan = _paying(plan_of(lines, today, min(account_type.locations or (), default=0)))
    barred = account_barred(DeskAccount(HOLDER, GUEST, account_type), plan)
    means = Means(HolderKind.ACCOUNT, HOLDER, GUEST, account_type.available(story.held), barred=barred)
    return Worked(kinds, today, settle(plan, Desk(places=places, today=today, means=(means,))))


def _referral_desk(program: ReferralProgram, referral: ReferralDesk, story: Story, on: date, places: int) -> Desk:
    promotions = {each.id: each for each in (program.discount, program.cashback)}
    counter = Counter(story.visits_before, story.visits_before // program.cashback.every)
    key = (INVITERS_CARD, program.cashback.id)
    return Desk(places=places, today=on, promotions=promotions, counters={key: counter}, referral=referral)


def _day(promotion: Promotion, today: date) -> date:
    """Today, or the nearest day on which the promotion runs; never so far that a calendar ends."""
    day = max(today, promotion.first_day or today)
    return max(_EARLIEST, min(day, promotion.last_day or day, _LATEST))


def _location(promotion: Promotion, card_type: CardType) -> int:
    """A location where both are valid, if there is one."""
    places = [each for each in (promotion.locations, card_type.locations) if each is not None]
    meeting = places[0].intersection(*places) if places else frozenset()
    return min(meeting or (places[0] if places else ()), default=0)


def _lines(scopes: Scopes, story: Story) -> tuple[tuple[str, ...], tuple[PlanLine, ...]]:
    quantity, price = (story.units, story.unit_price) if story.units else (1, story.services)
    found = {
        "services": line_within(ItemKind.SERVICE, scopes.services, quantity, price),
        "products": line_within(ItemKind.PRODUCT, scopes.products, 1, story.products),
        "others": PlanLine(UNLISTED, _kind_outside(scopes), None, 1, story.others),
    }
    lines = {name: line for name, line in found.items() if line.unit_price}
    return tuple(lines), tuple(lines.values())


def line_within(kind: ItemKind, scope: Scope, quantity: int, price: Decimal) -> PlanLine:
    """A line that the scope covers, if it covers any."""
    item_id = min(scope.items, default=UNLISTED) if scope.mode is ScopeMode.LISTED else UNLISTED
    category_id = min(scope.categories, default=None) if item_id == UNLISTED else None
    return PlanLine(item_id, kind, category_id, quantity, price)


def _kind_outside(scopes: Scopes) -> ItemKind:
    return ItemKind.PRODUCT if scopes.services.mode is ScopeMode.ANY else ItemKind.SERVICE


def plan_of(lines: tuple[PlanLine, ...], on: date, location_id: int, *, points: Decimal = ZERO) -> Plan:
    return Plan(
        client_id=GUEST,
        location_id=location_id,
        starts_at=_noon(on),
        starts_on=on,
        status=Status.ARRIVED,
        lines=lines,
        means=(MeansChoice(CARD, points),) if points else (),
        payments=(PaymentChoice(PaymentMethod.CASH, None),),
    )


def _paying(plan: Plan) -> Plan:
    """The plan, with as much as possible paid by the holder that the story is about."""
    return replace(plan, means=(MeansChoice(HOLDER, None),))


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _card(card_type: CardType, plan: Plan, promotion_ids: tuple[int, ...]) -> DeskCard:
    """A card that was issued long ago; it holds just the points that the story pays with."""
    return DeskCard(CARD, GUEST, card_type, plan.starts_at - timedelta(days=1), CARD, promotion_ids=promotion_ids)


def _past(promotion: Promotion, story: Story, on: date, location_id: int) -> Past:
    """The story's past as visits on one day: the first has all the money."""
    day = _last_visit(promotion, story, on)
    count = max(story.visits_before, int(bool(story.sold_before or story.paid_before)))
    visits = [PastVisit(day, location_id, ZERO, ZERO)] * count
    if visits:
        visits[0] = PastVisit(day, location_id, story.sold_before, story.paid_before)
    line = line_within(ItemKind.SERVICE, promotion.scopes.services, 1, ZERO)
    units = PastUnits(day, location_id, line.item_id, line.kind, line.category_id, story.units_before)
    return Past(tuple(visits), (units,) if story.units_before else ())


def _last_visit(promotion: Promotion, story: Story, on: date) -> date:
    """The day of the visits before; never before the history begins, where that is possible."""
    day = on - timedelta(days=story.days_since)
    since = promotion.history_from
    return since if since and day < since <= on else day


def _counter(promotion: Promotion, story: Story, on: date, location_id: int) -> Counter:
    given = GivenUnits(_last_visit(promotion, story, on), location_id, story.given_before)
    uses = story.visits_before // promotion.every
    return Counter(story.visits_before, uses, (given,) if story.given_before else ())

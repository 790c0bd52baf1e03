"""Three months of the demo chain, day by day, decided by one seed."""

import random
import uuid
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from chains.models import Location
from chains.refusals import Code, Refusal
from clients.messages.delivery import put_in_mailbox
from clients.models import Client
from loyalty.cards import manual
from loyalty.cards.models import Card
from loyalty.cards.services import issue_card, register_client
from loyalty.ledger.burning import burn_points
from loyalty.ledger.by_hand import undo as undo_by_hand
from loyalty.ledger.notices import queue_notices
from loyalty.promotions.services import change_promotion
from loyalty.rules.plan import (
    DiscountChoice,
    MeansChoice,
    PaymentChoice,
    PaymentMethod,
    Plan,
    PlanLine,
    Status,
)
from loyalty.rules.terms import ItemKind
from visits.checkout import cancel_visit, save_visit
from visits.demo.memberships import make_memberships, play_memberships
from visits.demo.setting import Setting, guest_names
from visits.demo.value import make_value, play_value
from visits.models import Visit
from visits.plans import plan_of

#: How many days are played; three months.
DAYS = 92
GUESTS = 300
VISITS_A_DAY = (6, 9)
HOURS = (9, 18)


@dataclass
class Demo:
    """The demo on its way: who came so far, and the dice."""

    setting: Setting
    dice: random.Random
    guests: list[Client] = field(default_factory=list)
    days: int = DAYS
    recent: list[Visit] = field(default_factory=list)
    paid: dict[int, Decimal] = field(default_factory=dict)
    visits: int = 0


def play_days(setting: Setting, *, today: date, seed: int, days: int = DAYS) -> Demo:
    """Play the days that end the day before ``today``, and book what comes today and tomorrow."""
    demo = Demo(setting, random.Random(seed), days=days)  # noqa: S311 - dice, not secrets
    opened = _instant(setting.locations[0], today - timedelta(days=days), 0)
    value, memberships = make_value(setting, opened, seed=seed), make_memberships(setting, opened, seed=seed)
    for back in range(days, 0, -1):
        day = today - timedelta(days=back)
        _play_day(demo, day, of=days - back)
        play_value(value, day, demo.guests, of=days - back)
        play_memberships(memberships, day, demo.guests, of=days - back)
    for ahead in range(2):
        _book_day(demo, today + timedelta(days=ahead), booked_on=today - timedelta(days=1))
    return demo


def _instant(location: Location, day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), location.zone)


def _play_day(demo: Demo, day: date, *, of: int) -> None:
    setting, dice = demo.setting, demo.dice
    morning = _instant(setting.locations[0], day, 1)
    burn_points(chain=setting.chain, at=morning)
    nine = _instant(setting.locations[0], day, 9)
    queue_notices(chain=setting.chain, at=nine)
    # Never by e-mail, whatever the settings say: nobody of the demo is real.
    put_in_mailbox(chain=setting.chain, at=nine)
    if of == demo.days // 3:
        change_promotion(promotion=setting.bonus_cashback, at=morning, acting_user=setting.owner, value=Decimal(5))
    times = sorted((dice.randint(*HOURS), dice.choice((0, 15, 30, 45))) for _ in range(dice.randint(*VISITS_A_DAY)))
    for hour, minute in times:
        location = dice.choices(setting.locations, weights=(5, 3, 2))[0]
        _one_visit(demo, location, _instant(location, day, hour, minute), of=of)
    if of % 7 == 6:
        _mend_a_mistake(demo, _instant(setting.locations[0], day, 20))
        _move_points_by_hand(demo, _instant(setting.locations[0], day, 20, 30))


def _one_visit(demo: Demo, location: Location, at: datetime, *, of: int) -> None:
    """A new guest or one who comes back, checked out as the desk would."""
    dice = demo.dice
    referral = ""
    expected = GUESTS * (of + 1) / demo.days
    if len(demo.guests) < min(GUESTS, expected) and (not demo.guests or dice.random() < 0.75):
        if demo.guests and dice.random() < 0.3:
            referral = str(dice.choice(demo.guests).phone)
        client = _new_guest(demo, location, at)
    else:
        # Those who came once come again: the earlier guests are the likelier ones.
        client = demo.guests[int(len(demo.guests) * dice.random() ** 2)]
    cards = list(Card.objects.active().held_by(client).select_related("holder", "card_type"))
    status = Status.NO_SHOW if dice.random() < 0.03 and not referral else Status.ARRIVED
    demo.paid.setdefault(client.pk, Decimal(0))
    plan = _plan(demo, location, client, at, status)
    plan = replace(
        plan,
        referral=referral,
        means=_points(demo, cards),
        payments=_payments(demo),
        discounts=_discounts(demo, cards),
    )
    if status is Status.NO_SHOW:
        # Who did not come handed no money over; the dice are thrown all the same.
        plan = replace(plan, payments=())
    visit = _save(demo, location, plan, at + timedelta(minutes=40))
    demo.paid[client.pk] = demo.paid.get(client.pk, Decimal(0)) + visit.paid
    demo.recent = [*demo.recent[-20:], visit]
    demo.visits += 1


def _save(demo: Demo, location: Location, plan: Plan, at: datetime) -> Visit:
    """Save; a discount that does not apply yet is taken off, as the desk would do."""
    try:
        return _saved(demo, location, plan, at)
    except Refusal as refusal:
        if refusal.code != Code.PROMOTION_NOT_APPLICABLE or not plan.discounts:
            raise
        return _saved(demo, location, replace(plan, discounts=()), at)


def _saved(demo: Demo, location: Location, plan: Plan, at: datetime) -> Visit:
    return save_visit(
        location=location,
        plan=plan,
        key=uuid.UUID(int=demo.dice.getrandbits(128), version=4),
        at=at,
        acting_user=demo.setting.desks[location.pk],
    )


def _edited(demo: Demo, visit: Visit, plan: Plan, at: datetime, *, reason: str) -> None:
    """By the manager, since the day of the visit is over by then."""
    save_visit(
        location=visit.location,
        plan=plan,
        visit_id=visit.pk,
        reason=reason,
        key=uuid.UUID(int=demo.dice.getrandbits(128), version=4),
        at=at,
        acting_user=demo.setting.manager,
    )


def _new_guest(demo: Demo, location: Location, at: datetime) -> Client:
    number = len(demo.guests)
    names = guest_names()
    name = names[number * 7 % len(names)]
    desk = demo.setting.desks[location.pk]
    before = at - timedelta(minutes=5)
    client = register_client(
        chain=demo.setting.chain,
        name=name,
        phone=f"+49151{20000000 + number * 7919}",
        email=f"guest{number + 1}@example.com" if number % 3 else "",
        location=location,
        at=before,
        acting_user=desk,
    )
    if number % 5 == 0:
        issue_card(client=client, card_type=demo.setting.gold, at=before, acting_user=desk)
    if number % 4 == 0:
        issue_card(client=client, card_type=demo.setting.club, at=before, acting_user=desk)
    demo.guests.append(client)
    return client


def _plan(demo: Demo, location: Location, client: Client, at: datetime, status: Status) -> Plan:
    dice, setting = demo.dice, demo.setting
    items = dice.sample(setting.services, dice.choices((1, 2, 3), weights=(6, 3, 1))[0])
    items += dice.sample(setting.products, 1) if dice.random() < 0.3 else []
    lines = tuple(
        PlanLine(
            item_id=item.pk,
            kind=ItemKind(item.kind),
            category_id=item.category_id,
            quantity=2 if item.kind == ItemKind.PRODUCT and dice.random() < 0.2 else 1,
            unit_price=item.price,
            manual_discount=Decimal(10) if dice.random() < 0.04 else Decimal(0),
        )
        for item in items
    )
    return Plan(
        client_id=client.pk,
        location_id=location.pk,
        starts_at=at,
        starts_on=location.local_date(at),
        status=status,
        lines=lines,
    )


def _points(demo: Demo, cards: list[Card]) -> tuple[MeansChoice, ...]:
    """Now and then a guest pays with the most that a card may pay."""
    rich = [card for card in cards if card.holder.balance >= 3 and demo.dice.random() < 0.45]
    return tuple(MeansChoice(card.holder_id, None) for card in rich[:1])


def _payments(demo: Demo) -> tuple[PaymentChoice, ...]:
    roll = demo.dice.random()
    if roll < 0.03:
        return (PaymentChoice(PaymentMethod.CASH, Decimal(10)),)
    method = demo.dice.choices(list(PaymentMethod), weights=(4, 5, 1, 1))[0]
    return (PaymentChoice(method, None),)


def _discounts(demo: Demo, cards: list[Card]) -> tuple[DiscountChoice, ...]:
    """The desk applies the club discount once the guest has paid enough for its first tier."""
    club = [card for card in cards if card.card_type_id == demo.setting.club.pk and demo.paid[card.client_id] >= 60]
    return tuple(DiscountChoice(card.pk, demo.setting.club_discount.pk) for card in club)


def _mend_a_mistake(demo: Demo, at: datetime) -> None:
    """A visit is cancelled, another gets a service that was forgotten, one is paid for late."""
    arrived = [visit for visit in demo.recent if visit.status == Status.ARRIVED and visit.starts_at < at]
    if len(arrived) < 2:
        return
    wrong, short = demo.dice.sample(arrived, 2)
    cancel_visit(
        visit_id=wrong.pk,
        chain=demo.setting.chain,
        reason="Entered for the wrong guest",
        key=uuid.UUID(int=demo.dice.getrandbits(128), version=4),
        at=at,
        acting_user=demo.setting.manager,
    )
    demo.recent.remove(wrong)
    saved = Visit.objects.with_plan().get(pk=short.pk)
    plan = plan_of(saved)
    assert saved.client
    added = _plan(demo, saved.location, saved.client, saved.starts_at, Status.ARRIVED).lines[:1]
    paid = tuple(each for each in plan.payments if each.method is not PaymentMethod.CARD)
    payments = (*paid, PaymentChoice(PaymentMethod.CARD, None))
    _edited(
        demo, saved, replace(plan, lines=(*plan.lines, *added), payments=payments), at, reason="Paid by card after all"
    )
    _give_money_back(demo, [visit for visit in arrived if visit not in (wrong, short)], at + timedelta(minutes=10))


def _give_money_back(demo: Demo, arrived: list[Visit], at: datetime) -> None:
    """After a complaint a guest gets a quarter of the price of a service back; one whose bill holds nothing else."""
    for visit in Visit.objects.settled().with_plan().filter(pk__in=[each.pk for each in arrived]).order_by("starts_at"):
        plan = plan_of(visit)
        if plan.lines and len(plan.payments) == 1 and not (plan.means or plan.discounts or plan.referral):
            lines = (replace(plan.lines[0], manual_discount=Decimal(25)), *plan.lines[1:])
            payments = (PaymentChoice(plan.payments[0].method, None),)
            reason = "Complaint about the service: a quarter of it was given back"
            _edited(demo, visit, replace(plan, lines=lines, payments=payments), at, reason=reason)
            return


def _move_points_by_hand(demo: Demo, at: datetime) -> None:
    """An apology in points, and now and then one that was given twice and is undone."""
    client = demo.dice.choice(demo.guests)
    card = Card.objects.active().held_by(client).select_related("chain", "holder").first()
    if card is None:
        return
    row = manual.accrue(
        card=card,
        amount=Decimal(demo.dice.choice((3, 5, 8))),
        comment="Apology for the waiting time",
        last_day=demo.setting.chain.local_date(at) + timedelta(days=60),
        at=at,
        acting_user=demo.setting.owner,
    )
    if demo.dice.random() < 0.3:
        undo_by_hand(row=row, at=at + timedelta(minutes=2), acting_user=demo.setting.owner)


def _book_day(demo: Demo, day: date, *, booked_on: date) -> None:
    """Visits that are yet to come: they keep a plan and have written nothing."""
    for number in range(9):
        location = demo.setting.locations[number % 3]
        start = _instant(location, day, HOURS[0] + number, demo.dice.choice((0, 30)))
        plan = _plan(
            demo, location, demo.dice.choice(demo.guests), start, demo.dice.choice((Status.WAITING, Status.CONFIRMED))
        )
        _saved(demo, location, plan, _instant(location, booked_on, 19))
        demo.visits += 1

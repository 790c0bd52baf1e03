"""A story is played visit after visit, as a desk would serve its guest, in a chain of which nothing is kept.

Each visit takes every discount that gives something, in the order in which the desk offers them, uses the points that
were told, and is paid in cash. Between two visits the points burn whose last day is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from loyalty.cards.models import Card
from loyalty.ledger.holdings import holdings_of
from loyalty.ledger.models import Holder
from loyalty.rules.bill import Problem
from loyalty.rules.settlement import Settlement
from visits.checkout import preview
from visits.refusals import refuse
from visits.scenario.diary import Diary
from visits.scenario.performance import never
from visits.scenario.plans import checkout_plan
from visits.scenario.play import Player, Step, rolled_back
from visits.scenario.reader import read_text
from visits.scenario.story.telling import GUEST, PLAIN, Cast, Story, StoryVisit, scenario_of
from visits.scenario.writer import Keys, figure, write

Told = TypeVar("Told")

OPENS, BURNS = time(10), time(9)
#: How many discounts one visit takes, and how often points burn between two.
MOST_DISCOUNTS, MOST_BURNINGS = 10, 30
#: Words for what a visit was told to do and cannot, where those of the desk speak of its window.
NO_CARD = _("The guest holds no card to pay with points.")


@dataclass(frozen=True)
class Refused:
    """What a visit could not do: the field of its row, and why. It was played without."""

    field: str
    sentence: str


@dataclass(frozen=True)
class Played:
    """A step of the story: a visit with its settlement and what was refused; or points that burned."""

    step: Step
    visit: StoryVisit | None = None
    settlement: Settlement | None = None
    refused: tuple[Refused, ...] = ()


@dataclass
class _Telling:
    """A story on its way."""

    story: Story
    cast: Cast
    diary: Diary
    player: Player
    refused: list[Refused] = field(default_factory=list)


def play_story(
    story: Story,
    *,
    tell: Callable[[Player, Cast, Played], Told],
    go_on: Callable[[], None] = never,
) -> tuple[str, list[Told]]:
    """The story as a scenario file, and what was told of every step. Nothing of it remains.

    ``go_on`` is asked before each step and raises what ends the play.
    """
    setting, cast = scenario_of(story)
    diary = Diary(setting, _opens(story.visits[0], 0))
    with rolled_back():
        go_on()
        telling = _Telling(story, cast, diary, diary.begin())
        found: list[Told] = []
        for played in _all_steps(telling):
            found.append(tell(telling.player, cast, played))
            go_on()
    return diary.file(), found


def _all_steps(telling: _Telling) -> Iterator[Played]:
    for number, visit in enumerate(telling.story.visits):
        opens = _opens(visit, number)
        yield from _burnings_before(telling, opens)
        telling.diary.at = opens
        yield _visit(telling, visit)


def _opens(visit: StoryVisit, number: int) -> datetime:
    """Visits of one day stand some minutes apart."""
    return datetime.combine(visit.on, OPENS) + timedelta(minutes=number)


def _burnings_before(telling: _Telling, until: datetime) -> Iterator[Played]:
    """The days on which points burn before the next visit, each with the job of its morning."""
    for _number in range(MOST_BURNINGS):
        holders = Holder.objects.filter(chain=telling.player.world.chain)
        held = holdings_of(holders, today=telling.diary.at.date()).values()
        last_days = [day for each in held for day, _amount in each.endings if day < until.date()]
        if not last_days:
            return
        morning = datetime.combine(min(last_days) + timedelta(days=1), BURNS)
        telling.diary.at = max(telling.diary.at, morning)
        yield Played(telling.diary.play(telling.player, {"run": "burning"}))


def _visit(telling: _Telling, visit: StoryVisit) -> Played:
    """As the desk would: what is refused is left out, then every discount is taken that gives something."""
    telling.refused = []
    keys = _with_inviter(telling, visit, _checkout(telling, visit))
    keys |= {"discounts": discounts} if (discounts := _discounts(telling, keys)) else {}
    keys |= _points(telling, visit, keys)
    settlement = _settled(telling, keys)
    step = telling.diary.play(telling.player, {"checkout": keys})
    if step.refusal:
        telling.refused.append(Refused("item", str(step.refusal)))
    return Played(step, visit, settlement, tuple(telling.refused))


def _checkout(telling: _Telling, visit: StoryVisit) -> Keys:
    item = telling.cast.items[visit.item.pk if visit.item else PLAIN]
    keys: Keys = {"client": GUEST, "location": telling.cast.location}
    return keys | {"lines": [{"item": item, "price": figure(visit.price)}], "pay": "rest"}


def _with_inviter(telling: _Telling, visit: StoryVisit, keys: Keys) -> Keys:
    """With whom the visit names, unless that is refused."""
    if not visit.inviter:
        return keys
    invited = {**keys, "referral": telling.cast.clients[visit.inviter]}
    problem = _problem_at(_settled(telling, invited), "referral")
    if problem is None:
        return invited
    _refuse(telling, "inviter", problem)
    return keys


def _discounts(telling: _Telling, keys: Keys) -> list[str]:
    """Those that give something, each on what the one before left."""
    chosen: list[str] = []
    while len(chosen) < MOST_DISCOUNTS:
        settlement = _settled(telling, {**keys, "discounts": chosen} if chosen else keys)
        offer = next((each for each in settlement.available if each.card_id and each.amount), None)
        if offer is None or offer.card_id is None:
            break
        card = Card.objects.select_related("card_type").get(pk=offer.card_id)
        promotion = next(
            name for name, each in telling.player.world.promotions.items() if each.pk == offer.promotion.id
        )
        chosen.append(f"{GUEST}.{card.card_type.name}/{promotion}")
    return chosen


def _points(telling: _Telling, visit: StoryVisit, keys: Keys) -> Keys:
    """The points that the row tells, of one card after the other; nothing where they are refused."""
    if visit.points == 0:
        return {}
    cards = _cards(telling)
    if not cards:
        telling.refused.append(Refused("points", str(NO_CARD)))
        return {}
    if visit.points is None:
        return {"points": dict.fromkeys(cards.values(), "max")}
    amounts = _spread(visit.points, cards, _settled(telling, keys))
    problem = _problem_at(_settled(telling, {**keys, "points": amounts}), "means.")
    if problem is None:
        return {"points": amounts}
    _refuse(telling, "points", problem)
    return {}


def _spread(points: Decimal, cards: dict[int, str], settlement: Settlement) -> dict[str, str]:
    """As much of each card as it may pay; what no card may stays on the first, so that it is refused."""
    left, amounts = points, dict.fromkeys(cards.values(), Decimal(0))
    for holder, name in cards.items():
        turn = settlement.turn_of(holder)
        amounts[name] = min(left, turn.most if turn else Decimal(0))
        left -= amounts[name]
    amounts[next(iter(amounts))] += left
    return {name: figure(amount) for name, amount in amounts.items() if amount}


def _cards(telling: _Telling) -> dict[int, str]:
    """The guest's cards by holder, as the scenario calls them."""
    guest = telling.player.world.clients[GUEST]
    cards = Card.objects.filter(client=guest, blocked_at=None).select_related("card_type").order_by("issued_at", "pk")
    return {card.holder_id: f"{GUEST}.{card.card_type.name}" for card in cards}


def _settled(telling: _Telling, keys: Keys) -> Settlement:
    """The visit as it would be saved now, by the code of the desk."""
    world = telling.player.world
    entry = read_text(write(keys), "story")
    at = telling.diary.at.replace(tzinfo=world.chain.zone)
    plan, location = checkout_plan(world, entry, entry.table(), at)
    return preview(location=location, plan=plan, visit=None, at=at).settlement


def _problem_at(settlement: Settlement, place: str) -> Problem | None:
    return next((each for each in settlement.problems if each.place.startswith(place)), None)


def _refuse(telling: _Telling, field_name: str, problem: Problem) -> None:
    telling.refused.append(Refused(field_name, str(refuse(problem, None, telling.player.world.chain))))

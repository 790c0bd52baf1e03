"""A story as it was told, and the scenario that it becomes: the programs as they stand, and a client for each name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from chains.catalog.models import Item
from chains.models import Chain, Location
from loyalty.cards.models import CardType, CardTypeTerms
from loyalty.programs.terms import SCOPE_COLUMNS, terms_of
from visits.scenario.setting import open_locations, setting_of
from visits.scenario.story.programs import InPlay
from visits.scenario.writer import Keys, KnownNames, card_type_keys, promotion_keys, referral_keys, short_names

GUEST, ANYTHING, PLAIN_CARD = "guest", "visit", "card"
#: What is bought by its amount alone is filed under this among items.
PLAIN = 0


@dataclass(frozen=True)
class StoryVisit:
    """A visit as it was told: ``price`` is what the item costs this time, 0 or more; without an item it is anything.

    ``points`` are those used, None for the most that the cards may pay; ``inviter`` is a name, blank for nobody.
    """

    on: date
    price: Decimal
    item: Item | None = None
    points: Decimal | None = Decimal(0)
    inviter: str = ""


@dataclass(frozen=True)
class Story:
    """A guest's visits, the first first, under programs of the chain; ``location`` None is where these work."""

    chain: Chain
    title: str
    programs: InPlay
    visits: tuple[StoryVisit, ...]
    location: Location | None = None


@dataclass(frozen=True)
class Cast:
    """What the scenario calls the things of the story, and how they are called in the chain."""

    location: str
    items: dict[int, str]
    promotions: dict[int, str]
    card_types: dict[int, str]
    clients: dict[str, str]
    #: By what the scenario calls them.
    names_of_promotions: dict[str, str]
    names_of_card_types: dict[str, str]


def scenario_of(story: Story) -> tuple[Keys, Cast]:
    """All that stands before the steps, the guest's cards among it."""
    programs = story.programs
    carriers = _types(programs)
    valid = [each.as_rules() for each in programs.all_terms if each]
    places = open_locations(story.chain, valid, story.location.pk if story.location else None)
    inviters = list(dict.fromkeys(visit.inviter for visit in story.visits if visit.inviter))
    people = short_names([(0, GUEST), *enumerate(inviters, start=1)])
    phones = {name: f"+4915112345{600 + number}" for number, name in people.items()}
    items = _items_of(story)
    setting, known = setting_of(story.chain, title=story.title, places=places, items=items, clients=phones)
    setting["services"] = {**setting.get("services", {}), _anything(known): "0"}
    types = short_names((each.pk, each.name) for each in carriers)
    promotions = short_names((each.pk, each.name) for each in programs.promotions)
    cast = Cast(
        location=next(iter(places.values())),
        items={**known.items, PLAIN: _anything(known)},
        promotions=promotions,
        card_types=types,
        clients={name: people[number] for number, name in enumerate(inviters, start=1)},
        names_of_promotions={promotions[each.pk]: each.name for each in programs.promotions},
        names_of_card_types={PLAIN_CARD: _("Loyalty card"), **{types[each.pk]: each.name for each in carriers}},
    )
    return setting | _programs(story, cast, known), cast


def _programs(story: Story, cast: Cast, known: KnownNames) -> Keys:
    programs = story.programs
    named = cast.promotions
    keys: Keys = {
        "promotions": {named[each.pk]: promotion_keys(terms_of(each), known) for each in programs.promotions},
        "card_types": {cast.card_types[each.pk]: _card_type(each, story, cast, known) for each in _types(programs)},
    }
    if programs.on_plain_card:
        carried = [named[programs.on_plain_card.pk]]
        keys["card_types"][PLAIN_CARD] = card_type_keys(CardTypeTerms(), carried, known)
    if programs.referral:
        discount, cashback, card_type = programs.referral.parts
        own = referral_keys(programs.referral, named[discount.pk], named[cashback.pk], cast.card_types[card_type.pk])
        keys["referral"] = {"locations": {cast.location: own}} if programs.referral.program.location_id else own
    held = [cast.card_types[each.pk] for each in programs.carried] + ([PLAIN_CARD] if programs.on_plain_card else [])
    return keys | {"cards": [f"{GUEST}.{each}" for each in held]} if held else keys


def _types(programs: InPlay) -> list[CardType]:
    of_referral = [programs.referral.parts[2]] if programs.referral else []
    return list(dict.fromkeys([*programs.carried, *of_referral]))


def _card_type(card_type: CardType, story: Story, cast: Cast, known: KnownNames) -> Keys:
    carried = story.programs.carried.get(card_type, [])
    return card_type_keys(terms_of(card_type), [cast.promotions[each.pk] for each in carried], known)


def _anything(known: KnownNames) -> str:
    """A name for what is bought by its amount alone."""
    taken = set(known.items.values())
    return next(name for name in (ANYTHING, *(f"{ANYTHING}_{number}" for number in range(2, 100))) if name not in taken)


def _items_of(story: Story) -> list[Item]:
    """What is bought in the story, and of each list of a program one thing, so that none is empty."""
    bought = [visit.item for visit in story.visits if visit.item]
    wanted = {item.pk for item in bought}
    for terms in story.programs.all_terms:
        wanted |= set(_one_of_each_list(terms, story.chain))
    return list(story.chain.items.filter(pk__in=wanted).select_related("category").order_by("pk"))


def _one_of_each_list(terms: Any, chain: Chain) -> Iterable[int]:
    for _mode, items, categories in SCOPE_COLUMNS:
        yield from getattr(terms, items)[:1]
        if listed := getattr(terms, categories):
            yield from chain.items.filter(category__in=listed).order_by("pk").values_list("pk", flat=True)[:1]

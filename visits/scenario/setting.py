"""What stands before the steps of a scenario that is made of a chain's own programs: places, what is sold, clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q

from chains.catalog.models import Item
from chains.models import Chain
from loyalty.rules import terms as rules
from loyalty.rules.terms import ItemKind
from visits.scenario.writer import Keys, KnownNames, item_keys, short_names

MOST_LOCATIONS = 8


def open_locations(
    chain: Chain, valid: Iterable[rules.Promotion | rules.CardType], here: int | None = None
) -> dict[int, str]:
    """Open locations by id: first the one that it is about, then those where everything is valid."""
    found = list(chain.locations.filter(Q(archived=False) | Q(pk=here)).values_list("pk", "name"))
    lists = [each.locations for each in valid if each.locations is not None]
    found.sort(key=lambda row: (row[0] != here, -sum(row[0] in each for each in lists)))
    return short_names(found[:MOST_LOCATIONS]) or {0: "center"}


def setting_of(
    chain: Chain, *, title: str, places: Mapping[int, str], items: Iterable[Item], clients: Mapping[str, str]
) -> tuple[Keys, KnownNames]:
    """All that stands before the programs, and what it calls the things of the chain; ``clients`` have phones."""
    sold = list(items)
    categories = {item.category_id: item.category.name for item in sold if item.category_id and item.category}
    known = KnownNames(
        locations=places,
        items=short_names((item.pk, item.name) for item in sold),
        categories=short_names((pk, name) for pk, name in categories.items() if pk),
    )
    setting: Keys = {
        "title": title,
        "chain": {"currency": chain.currency, "time_zone": chain.time_zone, "region": chain.region},
        "locations": list(places.values()),
        "services": item_keys((item for item in sold if item.kind == ItemKind.SERVICE), known),
        "products": item_keys((item for item in sold if item.kind == ItemKind.PRODUCT), known),
        "clients": dict(clients),
    }
    return {name: value for name, value in setting.items() if value}, known

"""Writes the programs of a chain as parts of a scenario file; ``world`` reads them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml

from chains.catalog.models import Item
from loyalty.cards.models import CardTypeTerms
from loyalty.promotions.fields import columns_of, has_rules
from loyalty.promotions.models import PromotionTerms
from loyalty.referral.models import ReferralTerms
from loyalty.rules.terms import ScopeMode

Keys = dict[str, Any]


@dataclass(frozen=True)
class KnownNames:
    """What the file calls the locations, items and categories of the chain, by id; the others it does not have."""

    locations: Mapping[int, str]
    items: Mapping[int, str]
    categories: Mapping[int, str]


def short_names(things: Iterable[tuple[int, str]]) -> dict[int, str]:
    """A name for each thing, used once and without what has a meaning in the format."""
    names: dict[int, str] = {}
    for pk, name in things:
        short, taken = _short(name), set(names.values())
        numbered = (f"{short}_{number}" for number in range(2, len(taken) + 3))
        names[pk] = short if short not in taken else next(each for each in numbered if each not in taken)
    return names


def _short(name: str) -> str:
    """Letters, digits and hyphens, words joined by lines below; the rest has a meaning in the format."""
    kept = "".join(each if each.isalnum() or each == "-" else " " for each in name.replace("'", ""))
    return "_".join(kept.split()).strip("-_") or "unnamed"


def promotion_keys(terms: PromotionTerms, known: KnownNames) -> Keys:
    """What a scenario says of a promotion; what is as usual is left out, and so is that it is archived."""
    used = columns_of(terms.kind)
    keys: Keys = {"kind": terms.kind}
    if "unit" in used and terms.unit != "percent":
        keys["unit"] = terms.unit
    if has_rules(terms.kind):
        keys["rules"] = {figure(Decimal(start)): figure(Decimal(value)) for start, value in terms.rules}
    else:
        keys["value"] = figure(terms.value)
    if terms.source != "chain":
        keys["source"] = terms.source
    if terms.burn_count:
        keys["burn"] = f"{terms.burn_count} {terms.burn_unit}"
    for name in ("history_from", "notice", "first_day", "last_day"):
        if (value := getattr(terms, name)) is not None:
            keys[name] = str(value)
    keys |= {"every": str(terms.every)} if terms.every > 1 else {}
    keys |= {"limit": str(terms.limit)} if terms.limit else {}
    keys |= _scope("services", terms.service_mode, terms.services, terms.service_categories, known)
    keys |= _scope("products", terms.product_mode, terms.products, terms.product_categories, known)
    return keys | _places(terms.locations, known)


def card_type_keys(terms: CardTypeTerms, promotions: Iterable[str], known: KnownNames) -> Keys:
    """What a scenario says of a card type that carries these promotions."""
    keys: Keys = {"promotions": list(promotions), **_places(terms.locations, known)}
    keys |= _scope("pay_services", terms.service_mode, terms.services, terms.service_categories, known)
    keys |= _scope("pay_products", terms.product_mode, terms.products, terms.product_categories, known)
    keys |= {name: figure(value) for name in ("limit_amount", "limit_percent") if (value := getattr(terms, name))}
    if terms.automatic_issue != "never":
        keys["automatic_issue"] = terms.automatic_issue
    if terms.acts_from != "next_visit":
        keys["acts_from"] = terms.acts_from
    if terms.inactivity_count:
        keys["inactivity"] = f"{terms.inactivity_count} {terms.inactivity_unit}"
    return keys


def referral_keys(terms: ReferralTerms, discount: str, cashback: str, card_type: str) -> Keys:
    """What a scenario says of the referral program of one place; what is as usual is left out."""
    keys: Keys = {"discount": discount, "cashback": cashback, "accrue": str(terms.accrues), "card_type": card_type}
    keys |= {"first_in": str(terms.first_in)} if terms.first_in != "chain" else {}
    return keys if terms.counts_free_visits else {**keys, "free_visits_count": "no"}


def item_keys(items: Iterable[Item], known: KnownNames) -> Keys:
    """Services or products with their prices."""
    return {known.items[item.pk]: _item(item, known) for item in items}


def _item(item: Item, known: KnownNames) -> Any:
    if item.category_id is None:
        return figure(item.price)
    return {"price": figure(item.price), "category": known.categories[item.category_id]}


def _places(ids: Iterable[int] | None, known: KnownNames) -> Keys:
    return {} if ids is None else {"locations": [known.locations[pk] for pk in ids if pk in known.locations]}


def _scope(key: str, mode: str, ids: Iterable[int], categories: Iterable[int], known: KnownNames) -> Keys:
    if mode == ScopeMode.ANY:
        return {}
    if mode == ScopeMode.NONE:
        return {key: "none"}
    listed = [f"category:{known.categories[pk]}" for pk in categories if pk in known.categories]
    return {key: [*(known.items[pk] for pk in ids if pk in known.items), *listed]}


def figure(amount: Decimal) -> str:
    """A figure without zeros that say nothing."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class _Dumper(yaml.SafeDumper):
    """Writes every value as it is, since the reader takes every value as text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _plain(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # As the value would be read by others, so that nothing stands in quotes without need.
    as_read: Any = dumper.resolve
    node: yaml.ScalarNode = dumper.represent_scalar(as_read(yaml.ScalarNode, text, (True, False)), text)
    return node


_Dumper.add_representer(str, _plain)


def write(keys: Keys, *, flow: bool = False) -> str:
    """As YAML, in the order given."""
    return str(
        yaml.dump(keys, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=118, default_flow_style=flow or None)
    )

"""A scenario to begin with: a program of the chain under its own terms, and a guest who meets it.

What must come out is not guessed: the steps are played while they are written, through the services of the screens, in
a chain that is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chains.catalog.models import Item
from chains.models import Chain
from loyalty.cards.models import CardTypeTerms
from loyalty.ledger.models import Lot
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.referral.models import ReferralTerms
from loyalty.rules import terms as rules
from loyalty.rules.terms import Gives, ItemKind, PickedBy
from visits.scenario.diary import Diary
from visits.scenario.play import Player, rolled_back
from visits.scenario.setting import open_locations, setting_of
from visits.scenario.writer import KnownNames, card_type_keys, figure, promotion_keys, referral_keys, short_names

GUEST, INVITER = "anna", "boris"
PHONES = {GUEST: "+4915112345601", INVITER: "+4915112345602"}
#: Days between two visits; short enough for histories that burn after a week.
GAP = timedelta(days=5)
MOST_VISITS, MOST_ITEMS = 8, 8
#: More units than these are bought at once, so that one comes to be free.
FEW_UNITS = 5
#: Points that live longer are not waited for.
MOST_WAITING = timedelta(days=3 * 366)
TEN, NINE = time(10), time(9)


@dataclass
class StarterDraft:
    """A scenario on its way: its diary, what it calls the chain's things, where and what the guest buys."""

    diary: Diary
    known: KnownNames
    location: str
    lines: list[Any]


def starter_of_promotion(promotion: Promotion, today: date) -> str:
    """A guest with a card that carries the promotion, visit after visit until it showed what it does."""
    terms = promotion.terms
    assert terms is not None
    types = list(promotion.card_types.select_related("terms").order_by("pk"))
    carriers = [each.terms for each in types if each.terms] or [CardTypeTerms()]
    names = short_names((each.pk, each.name) for each in types) or {0: "card"}
    draft = _draft(promotion.chain, [terms], carriers, today, title=promotion.name)
    name = next(iter(short_names([(promotion.pk, promotion.name)]).values()))
    known = draft.known
    carrier_names = list(names.values())
    draft.diary.setting |= {
        "promotions": {name: promotion_keys(terms, known)},
        "card_types": {
            each: card_type_keys(carrier, [name], known) for each, carrier in zip(carrier_names, carriers, strict=True)
        },
        "cards": [f"{GUEST}.{carrier_names[0]}"],
    }
    with rolled_back():
        player = _begin(draft)
        _visits(player, draft, terms.as_rules(), f"{GUEST}.{carrier_names[0]}", name)
        _wait_for_burning(player, draft, terms.as_rules())
    return draft.diary.file()


def starter_of_referral(terms: ReferralTerms, chain: Chain, today: date) -> str:
    """An invited guest's first two visits, under the program of the chain or of a location."""
    for_guest, for_inviter, card_type = terms.parts
    discount, cashback, carrier = for_guest.terms, for_inviter.terms, card_type.terms
    assert discount and cashback and carrier
    here = terms.program.location_id
    where = terms.program.location
    title = _("Referral program of %(location)s") % {"location": where} if where else _("Referral program")
    draft = _draft(chain, [discount, cashback], [carrier], today, title=title, here=here)
    known = draft.known
    names = short_names([(for_guest.pk, for_guest.name), (for_inviter.pk, for_inviter.name)])
    card = short_names([(0, card_type.name)])[0]
    first, second = names[for_guest.pk], names[for_inviter.pk]
    keys = referral_keys(terms, first, second, card)
    draft.diary.setting |= {
        "promotions": {first: promotion_keys(discount, known), second: promotion_keys(cashback, known)},
        "card_types": {card: card_type_keys(carrier, [], known)},
        "referral": {"locations": {draft.location: keys}} if here else keys,
    }
    with rolled_back():
        player = _begin(draft)
        _try(player, draft, {"referral": INVITER}, pay="rest")
        _try(player, draft, {}, pay="rest")
        _wait_for_burning(player, draft, cashback.as_rules())
    return draft.diary.file()


# What stands before the steps
# ----------------------------------------------------------------------------


def _draft(
    chain: Chain,
    promotions: list[PromotionTerms],
    carriers: list[CardTypeTerms],
    today: date,
    *,
    title: str,
    here: int | None = None,
) -> StarterDraft:
    wanted = [each.as_rules() for each in promotions]
    places = open_locations(chain, [*wanted, *(each.as_rules() for each in carriers)], here)
    items = _items(chain, [*promotions, *carriers], wanted[0])
    setting, known = setting_of(chain, title=title, places=places, items=items, clients=PHONES)
    diary = Diary(setting, datetime.combine(_first_day(wanted, today), TEN))
    return StarterDraft(diary, known, next(iter(places.values())), _bought(items, wanted[0], known))


def _first_day(promotions: Iterable[rules.Promotion], today: date) -> date:
    """Today, or the nearest day on which the promotions run; never in a far future."""
    day = today
    for promotion in promotions:
        day = max(day, promotion.first_day or day, promotion.history_from or day)
    for promotion in promotions:
        day = min(day, promotion.last_day or day)
    return day


def _items(chain: Chain, terms: Iterable[Any], promotion: rules.Promotion) -> list[Item]:
    """Those that the terms list, something of the categories they list, and something besides."""
    listed = {pk for each in terms for pk in (*each.services, *each.products)}
    grouped = {pk for each in terms for pk in (*each.service_categories, *each.product_categories)}
    items = list(chain.items.filter(archived=False).select_related("category").order_by("-price", "pk")[:500])

    def rank(item: Item) -> tuple[bool, bool, bool]:
        return (not _covers(promotion, item), item.pk not in listed, item.category_id not in grouped)

    found = sorted(items, key=rank)[: MOST_ITEMS - 2]
    return found + [item for item in items if item not in found and not _covers(promotion, item)][:2]


def _covers(promotion: rules.Promotion, item: Item) -> bool:
    return promotion.counted_scopes.cover(ItemKind(item.kind), item.pk, item.category_id)


def _bought(items: Iterable[Item], promotion: rules.Promotion, known: KnownNames) -> list[str]:
    """Something that the promotion looks at, and one thing that it does not."""
    covered = [known.items[item.pk] for item in items if item.price and _covers(promotion, item)]
    others = [known.items[item.pk] for item in items if not _covers(promotion, item)]
    return covered[:1] + (covered[1:2] if not others else others[:1])


# The steps, played as they are written
# ----------------------------------------------------------------------------


def _begin(draft: StarterDraft) -> Player:
    """A player of the setting, in which there is something to buy."""
    if not draft.lines:
        setting = draft.diary.setting
        setting |= {"services": {**setting.get("services", {}), "visit": "60"}}
        draft.lines = ["visit"]
    return draft.diary.begin()


def _visits(player: Player, draft: StarterDraft, promotion: rules.Promotion, card: str, name: str) -> None:
    discounts = {"discounts": [f"{card}/{name}"]} if promotion.gives is Gives.DISCOUNT else {}
    if promotion.picked_by is PickedBy.UNITS_PAID and promotion.value > FEW_UNITS:
        draft.lines = [{"item": draft.lines[0], "quantity": figure(promotion.value)}]
    for _number in range(_visits_needed(promotion)):
        _try(player, draft, discounts, pay="rest")
    if promotion.gives is Gives.POINTS:
        _try(player, draft, {"points": {card: "max"}}, pay="rest")
        # Until there are points again, whose burning can be waited for.
        for _number in range(min(promotion.every, MOST_VISITS)):
            if promotion.burn and not _lots(player).exists():
                _try(player, draft, {}, pay="rest")


def _visits_needed(promotion: rules.Promotion) -> int:
    """Until it fired once, or the second row was reached, where that takes few visits."""
    if promotion.picked_by is PickedBy.UNITS_PAID:
        return min(promotion.every + (1 if promotion.value > FEW_UNITS else int(promotion.value)), MOST_VISITS)
    if promotion.picked_by is PickedBy.HISTORY_VISITS and len(promotion.rules) > 1:
        return min(int(promotion.rules[1][0]) + 1, MOST_VISITS)
    return min(max(promotion.every, 2), MOST_VISITS)


def _try(player: Player, draft: StarterDraft, choices: Mapping[str, Any], *, pay: str) -> None:
    """A visit with the choices; where they are refused, that is told too, and the visit goes on without them."""
    checkout = {"client": GUEST, "location": draft.location, "lines": draft.lines, **choices, "pay": pay}
    step = draft.diary.play(player, {"checkout": checkout})
    if step.refusal and choices:
        plain = {name: value for name, value in checkout.items() if name not in choices}
        draft.diary.play(player, {"checkout": plain})
    draft.diary.at += GAP


def _wait_for_burning(player: Player, draft: StarterDraft, promotion: rules.Promotion) -> None:
    """The notice on its day, and the burning on the day after the last one."""
    diary = draft.diary
    first = _lots(player).order_by("last_on").values_list("last_on", flat=True).first()
    if first is None or first - diary.at.date() > MOST_WAITING:
        return
    if promotion.notice is not None:
        diary.at = max(diary.at, datetime.combine(first - timedelta(days=promotion.notice), NINE))
        diary.play(player, {"run": "notices"})
    diary.at = max(diary.at, datetime.combine(first + timedelta(days=1), NINE))
    diary.play(player, {"run": "burning"})


def _lots(player: Player) -> QuerySet[Lot]:
    """Points that will burn."""
    return Lot.objects.filter(holder__chain=player.world.chain, remaining__gt=0, last_on__isnull=False)

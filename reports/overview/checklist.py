"""What there is to do before the first visit, with what is done ticked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from chains.access import Right
from chains.catalog.models import Item
from chains.models import Access, Chain
from loyalty.promotions.models import Promotion
from visits.models import Visit


@dataclass(frozen=True)
class ChecklistStep:
    """Something to do; ``url`` is empty for who may not do it, and where a step before it is missing.

    ``is_next``: the first that this user may do and nobody did yet.
    """

    label: str
    help_text: str
    is_done: bool
    url: str
    may_be_done: bool
    is_next: bool = False


def first_steps(chain: Chain, access: Access) -> list[ChecklistStep]:
    """The steps of a chain without a visit; none once there is one."""
    if Visit.objects.filter(chain=chain).exists():
        return []
    location = access.reachable_locations().active().order_by("name_folded", "pk").first()

    def step(
        label: str, help_text: str, is_done: bool, name: str, right: Right, slug: str = chain.slug
    ) -> ChecklistStep:
        may_be_done = access.has(right)
        return ChecklistStep(
            label, help_text, is_done, reverse(name, args=[slug]) if slug and may_be_done else "", may_be_done
        )

    place = location.slug if location else ""
    steps = [
        step(
            _("Add a location"),
            _("Where guests come."),
            chain.locations.active().exists(),
            "chains_settings:location_new",
            Right.MANAGE_SETTINGS,
        ),
        step(
            _("Start a program"),
            _("Cashback, tiers, every n-th free, bring a friend: one page, and it works."),
            Promotion.objects.filter(chain=chain).exists(),
            "loyalty:start",
            Right.MANAGE_PROGRAMS,
        ),
        step(
            _("Add services and products"),
            _("What the desk puts on a bill, with prices."),
            Item.objects.filter(chain=chain, archived=False).exists(),
            "catalog:item_list",
            Right.MANAGE_PROGRAMS,
            place,
        ),
        step(
            _("Check the first visit out"),
            _("From then on this page shows figures."),
            False,
            "visits:day",
            Right.CHECKOUT_VISITS,
            place,
        ),
    ]
    first = next((each for each in steps if each.url and not each.is_done), None)
    return [replace(each, is_next=each is first) for each in steps]

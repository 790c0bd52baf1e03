"""What there is to do before the first visit, with what is done ticked."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from chains.access import Right
from chains.catalog.models import Item
from chains.models import Access, Chain
from loyalty.cards.models import CardType
from loyalty.promotions.models import Promotion
from loyalty.referral.models import ReferralProgram
from visits.models import Visit


@dataclass(frozen=True)
class ChecklistStep:
    """Something to do; ``url`` is empty for who may not do it, and where a step before it is missing."""

    label: str
    help_text: str
    is_done: bool
    url: str
    may_be_done: bool


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
    return [
        step(
            _("Add a location"),
            _("Where guests come."),
            chain.locations.active().exists(),
            "chains_settings:location_new",
            Right.MANAGE_SETTINGS,
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
            _("Make a card type"),
            _("Guests hold cards of a type, and their points are on them."),
            CardType.objects.filter(chain=chain).exists(),
            "loyalty:card_type_new",
            Right.MANAGE_PROGRAMS,
        ),
        step(
            _("Make a promotion"),
            _("A discount or points, which act through the cards."),
            Promotion.objects.filter(chain=chain).exists(),
            "loyalty:promotion_new",
            Right.MANAGE_PROGRAMS,
        ),
        step(
            _("Set up the referral program"),
            _("Guests who bring guests; it can wait."),
            ReferralProgram.objects.filter(chain=chain).exists(),
            "loyalty:referral_program",
            Right.MANAGE_PROGRAMS,
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

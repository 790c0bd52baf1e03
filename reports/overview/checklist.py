"""What there is to do before the first visit, with what is done ticked."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from chains.access import Right
from chains.models import Access, Chain
from loyalty.cards.models import CardType
from loyalty.promotions.models import Promotion
from loyalty.referral.models import ReferralProgram
from visits.models import Item, Visit


@dataclass(frozen=True)
class Step:
    """Something to do; ``url`` is empty for who may not do it."""

    label: str
    help_text: str
    is_done: bool
    url: str


def first_steps(chain: Chain, access: Access) -> list[Step]:
    """The steps of a chain without a visit; none once there is one."""
    if Visit.objects.filter(chain=chain).exists():
        return []
    location = access.reachable_locations().active().order_by("name", "pk").first()

    def url(name: str, right: Right, slug: str = chain.slug) -> str:
        return reverse(name, args=[slug]) if slug and access.has(right) else ""

    place = location.slug if location else ""
    return [
        Step(
            _("Add a location"),
            _("Where guests come."),
            chain.locations.active().exists(),
            url("chains_settings:location_new", Right.MANAGE_SETTINGS),
        ),
        Step(
            _("Add services and products"),
            _("What the desk puts on a bill, with prices."),
            Item.objects.filter(chain=chain, archived=False).exists(),
            url("visits:item_list", Right.MANAGE_PROGRAMS, place),
        ),
        Step(
            _("Make a card type"),
            _("Guests hold cards of a type, and their points are on them."),
            CardType.objects.filter(chain=chain).exists(),
            url("loyalty:card_type_new", Right.MANAGE_PROGRAMS),
        ),
        Step(
            _("Make a promotion"),
            _("A discount or points, which act through the cards."),
            Promotion.objects.filter(chain=chain).exists(),
            url("loyalty:promotion_new", Right.MANAGE_PROGRAMS),
        ),
        Step(
            _("Set up the referral program"),
            _("Guests who bring guests; it can wait."),
            ReferralProgram.objects.filter(chain=chain).exists(),
            url("loyalty:referral_program", Right.MANAGE_PROGRAMS),
        ),
        Step(
            _("Check the first visit out"),
            _("From then on this page shows figures."),
            False,
            url("visits:day", Right.CHECKOUT_VISITS, place),
        ),
    ]

"""The pages of programs, and how tests save and read their forms."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.pages import fill

PROMOTIONS, CARD_TYPES, REFERRAL = (f"/chains/aurora/{name}/" for name in ("promotions", "card-types", "referral"))
GIFT_CARD_TYPES, ACCOUNT_TYPES = "/chains/aurora/gift-card-types/", "/chains/aurora/account-types/"
MEMBERSHIP_TYPES = "/chains/aurora/membership-types/"
NEW = f"{PROMOTIONS}new/"


def save(client: Client, page: Any, address: str = NEW, **texts: Any) -> Any:
    return client.post(address, fill(page, save="1", **texts))


def told(page: Any) -> dict[str, tuple[str, str, str, str]]:
    """What somebody else changed meanwhile: as it was, theirs, yours where it was touched, and what stands now."""
    found = page.context["form"].overtaken
    return {str(each.label): (each.before, each.theirs, each.yours, each.stays) for each in found}

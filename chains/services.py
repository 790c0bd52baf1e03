"""A chain begins here: its first location and its owner."""

from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from chains.access import Role
from chains.folding import folded
from chains.models import Access, Chain, Location, User


@transaction.atomic
def found_chain(
    *,
    name: str,
    slug: str,
    currency: str,
    time_zone: str,
    region: str,
    location: str,
    email: str,
    owner: str,
    at: datetime,
) -> User:
    """Make a chain with one location and an owner, who chooses a password by the reset mail.

    Who has an account already, under this e-mail, becomes the owner of one chain more. Raises
    ``ValidationError`` for what cannot be, by column.
    """
    chain = Chain(name=name, slug=slug, currency=currency, time_zone=time_zone, region=region, created_at=at)
    chain.full_clean()
    chain.save()
    first = Location(chain=chain, name=location, slug=f"{slug}-{slugify(folded(location))}".strip("-"))
    first.full_clean()
    first.save()
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        user = User(email=email.strip().lower(), name=owner)
        user.set_unusable_password()
        user.full_clean(exclude=["password"])
        user.save()
    Access.objects.create(user=user, chain=chain, role=Role.OWNER, all_locations=True)
    return user

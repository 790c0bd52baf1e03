"""A chain begins here: its first location and its owner."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from chains.access import Role
from chains.folding import folded
from chains.models import Access, Chain, Location, User
from chains.proof import is_known_by_mail_only, use_code
from chains.refusals import Refusal


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
    code: str = "",
    at: datetime,
) -> User:
    """Make a chain with one location and an owner, who chooses a password by the reset mail.

    Who has an account already, under this e-mail, becomes the owner of one chain more. Where it was never proven whose
    the e-mail is, that takes the ``code`` of the user's profile. Raises ``ValidationError`` for what cannot be, by
    column.
    """
    chain = Chain(name=name, slug=slug, currency=currency, time_zone=time_zone, region=region, created_at=at)
    chain.full_clean()
    chain.save()
    first = Location(chain=chain, name=location, slug=f"{slug}-{slugify(folded(location))}".strip("-"))
    first.full_clean()
    first.save()
    user = User.objects.filter(email=email.strip().lower()).select_for_update(no_key=True).first()
    # Who cannot sign in yet has no code to read out; the link that another chain hands over opens that chain alone.
    if user and is_known_by_mail_only(user) and user.has_usable_password():
        _require_code(user, code, at)
    if user is None:
        user = User(email=email.strip().lower(), name=owner)
        user.set_unusable_password()
        user.full_clean(exclude=["password"])
        user.save()
    Access.objects.create(user=user, chain=chain, role=Role.OWNER, all_locations=True)
    return user


def _require_code(user: User, code: str, at: datetime) -> None:
    said = _("This e-mail has an account, and it was never proven whose it is. Give the code of the user's profile.")
    if not code:
        raise ValidationError({"email": said})
    try:
        use_code(user=user, code=code, tried_by="the command", at=at)
    except Refusal as refusal:
        raise ValidationError({"code": str(refusal)}) from refusal

"""How somebody who was added comes to a password: a link that works once, by mail or by hand."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str

from chains.models import Access, User


def needs_password(user: User) -> bool:
    """Whether the user was invited and has not chosen a password yet."""
    return not user.has_usable_password()


def may_be_handed_over(access: Access) -> bool:
    """Whether an owner of this chain may see the link: only of the chain that invited the user first.

    It opens every chain that the user was added to, so one chain hands it over; where that one has suspended the
    user since, the next.
    """
    first = access.user.accesses.filter(suspended=False).order_by("pk").first()
    return first is None or first == access


def invitation_key(user: User) -> str:
    """What the address of the page to choose a password ends with; it is void once a password was chosen."""
    return f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"

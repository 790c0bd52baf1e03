"""How somebody who was added comes to a password: a link that works once, by mail or by hand."""

from __future__ import annotations

from chains.models import Access, User


def needs_password(user: User) -> bool:
    """Whether the user was invited and has not chosen a password yet."""
    return not user.has_usable_password()


def may_be_handed_over(access: Access) -> bool:
    """Whether an owner of this chain may see the link: only of the chain that invited the user first.

    Whoever uses it chooses the password, so one chain hands it over; where that one has suspended the user since, the
    next. It opens the chain that it came from alone (chains/proof.py).
    """
    first = access.user.accesses.filter(suspended=False).order_by("pk").first()
    return first is None or first == access

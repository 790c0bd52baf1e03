"""Who acts, and what they may do: a user, or the program itself under a name and with the rights it was given.

Nothing is allowed by being nobody: a service is always told who acts, and a program without a right is refused what
a user without it is. What is kept of who did something is the user; for a program that stays empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from chains.access import Right
from chains.models import Access, Chain, User


@dataclass(frozen=True)
class Program:
    """A part of the program that acts by itself; it may do what is said here, which at first is nothing.

    ``discount_limit`` is the most percent that it may take off a line by hand, 0 to 100. ``is_asked`` is whether it
    must say what people are asked: why money is taken off, and whether an unusual quantity is meant.
    """

    name: str
    rights: frozenset[Right] = frozenset()
    discount_limit: Decimal = Decimal(0)
    is_asked: bool = True


Acting = User | Program


def unrestricted(name: str) -> Program:
    """A program that may do all that anybody may, and that nobody can ask."""
    return Program(name, rights=frozenset(Right), discount_limit=Decimal(100), is_asked=False)


def user_of(acting_user: Acting) -> User | None:
    """Whom a row names that says who did it; none for a program."""
    return None if isinstance(acting_user, Program) else acting_user


@dataclass(frozen=True)
class Authority:
    """What somebody may do in a chain: at most ``discount_limit`` percent off a line by hand, 0 to 100.

    More units than ``most_units`` are asked about; None is never asked.
    """

    rights: frozenset[Right]
    discount_limit: Decimal
    most_units: int | None

    def has(self, right: Right) -> bool:
        return right in self.rights


def authority_by(access: Access | None, chain: Chain) -> Authority:
    """What a user may do by an access to the chain; without one, nothing."""
    if access is None:
        return Authority(frozenset(), Decimal(0), chain.most_units)
    return Authority(access.rights, access.discount_limit, chain.most_units)


def authority_of(acting_user: Acting, chain: Chain) -> Authority:
    """What whoever acts may do in the chain at this moment: a query for a user, none for a program."""
    if isinstance(acting_user, Program):
        most_units = chain.most_units if acting_user.is_asked else None
        return Authority(acting_user.rights, acting_user.discount_limit, most_units)
    access = Access.objects.open_to(acting_user).filter(chain=chain).select_related("chain").first()
    return authority_by(access, chain)


@dataclass(frozen=True)
class Actor:
    """Who acts in a chain during one operation; what they may do is read when it is first needed, and once."""

    acting_user: Acting
    chain: Chain

    @cached_property
    def authority(self) -> Authority:
        return authority_of(self.acting_user, self.chain)

    @property
    def is_asked(self) -> bool:
        """Whether somebody is there to answer; of users this is known without a query."""
        return self.acting_user.is_asked if isinstance(self.acting_user, Program) else True

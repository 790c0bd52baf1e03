"""What holders are called on pages, and where the page of each is: a row for each kind, and nothing else asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chains.spaces import Space
from loyalty.ledger.kinds import HOLDERS, HolderKind
from loyalty.ledger.models import Holder, TransactionQuerySet
from loyalty.programs.numbers import masked


@dataclass(frozen=True)
class PageOfHolder:
    """``relation`` is how a holder leads to what it is in the business, ``type_relation`` how that names its type.

    Of a membership there are several holders, one for each of its counters. ``number`` is what it is told apart by from
    others of its type; ``url_name`` is that of a page of both spaces.
    ``says_kind``: in a sentence its kind stands before its type, whose name does not say it.
    """

    relation: str
    type_relation: str
    number: Callable[[Any], str]
    url_name: str
    says_kind: bool = True


PAGES: dict[str, PageOfHolder] = {
    HolderKind.CARD: PageOfHolder(
        "card", "card_type", lambda card: str(card.number), "loyalty_clients:card", says_kind=False
    ),
    HolderKind.GIFT_CARD: PageOfHolder(
        "gift_card", "gift_card_type", lambda card: masked(card.number), "loyalty_clients:gift_card"
    ),
    # A client has one of a type at most.
    HolderKind.ACCOUNT: PageOfHolder("account", "account_type", lambda _account: "", "loyalty_clients:account"),
    # Of a counter it is the page of its membership.
    HolderKind.MEMBERSHIP: PageOfHolder(
        "membership_counter__membership",
        "membership_type",
        lambda membership: masked(membership.number),
        "loyalty_clients:membership",
    ),
}


@dataclass(frozen=True)
class NamedHolder:
    """A holder by the name of its type, and its number where it has one; codes are masked."""

    kind: str
    type_name: str
    number: str
    pk: int

    @property
    def in_words(self) -> str:
        """What it is, within a sentence."""
        page = PAGES.get(self.kind)
        kind = str(HOLDERS[self.kind].label) if page is None or page.says_kind else ""
        return " ".join(filter(None, (kind, self.type_name, self.number)))

    def url_in(self, space: Space) -> str:
        """Its page in a space."""
        return space.page(PAGES[self.kind].url_name, self.pk)


def in_full(rows: TransactionQuerySet) -> TransactionQuerySet:
    """The rows with all that a list shows of them, what holds them by its name too."""
    holders = (f"holder__{page.relation}__{page.type_relation}" for page in PAGES.values() if page.relation != "card")
    return rows.in_full().select_related(*holders)


#: What is joined to holders so that ``name_of`` asks nothing.
NAMES = tuple(f"{page.relation}__{page.type_relation}" for page in PAGES.values())


def name_of(holder: Holder) -> NamedHolder:
    """A holder that was loaded with ``NAMES``; of a kind that nothing else is made of, it has a number alone."""
    page = PAGES.get(holder.kind)
    if page is None:
        return NamedHolder(holder.kind, "", str(holder.pk), holder.pk)
    found = _reached(holder, page.relation)
    return NamedHolder(holder.kind, getattr(found, page.type_relation).name, page.number(found), found.pk)


def named_holder(row: Any) -> NamedHolder | None:
    """What a row of ``in_full`` came through or moved; None of a discount without a card."""
    for kind, page in PAGES.items():
        # A discount names the card that it came through, and has no holder.
        found = row.card if page.relation == "card" else _reached(row.holder, page.relation)
        if found is not None:
            type_name = getattr(found, page.type_relation).name
            return NamedHolder(kind, type_name, page.number(found), found.pk)
    return None


def _reached(holder: Any, relation: str) -> Any:
    """Where a relation of the holder leads, over what lies between; None where it leads to nothing."""
    found = holder
    for name in relation.split("__"):
        found = getattr(found, name, None)
    return found

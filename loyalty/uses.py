"""Which of its rooms a chain uses."""

from django.db.models import Exists, OuterRef

from chains.uses import Room
from loyalty.accounts.models import AccountType
from loyalty.gift_cards.models import GiftCardType
from loyalty.memberships.models import MembershipType

_TYPES = {Room.ACCOUNTS: AccountType, Room.GIFT_CARDS: GiftCardType, Room.MEMBERSHIPS: MembershipType}


def has_types(room: Room) -> Exists:
    """Whether the chain of the outer query has a type of it, archived ones too: what was sold is still paid with."""
    return Exists(_TYPES[room]._default_manager.filter(chain=OuterRef("chain")))

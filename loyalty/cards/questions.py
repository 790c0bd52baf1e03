"""What card types and promotions ask of the referral programs, which stand above them."""

from dataclasses import dataclass

from chains.questions import Question


@dataclass(frozen=True)
class ReferralGives:
    """What referral programs give, by id: promotions to invited clients and to inviters, points on cards of types."""

    discounts: frozenset[int]
    cashbacks: frozenset[int]
    card_types: frozenset[int]


#: What the referral programs of a chain (its id) and of its locations give, while they are on.
referral_gives: Question[[int], ReferralGives] = Question("referral_gives")

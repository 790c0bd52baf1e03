"""Gathers the models of the rooms of loyalty, where Django looks for them."""

from loyalty.accounts.models import Account, AccountType, AccountTypeTerms
from loyalty.cards.models import Attachment, Card, CardType, CardTypeTerms
from loyalty.gift_cards.models import GiftCard, GiftCardRecipient, GiftCardType, GiftCardTypeTerms, Picture
from loyalty.ledger.models import (
    HandedMoney,
    Holder,
    Lot,
    LotMovement,
    RowSum,
    SummedRows,
    Transaction,
    TransactionComment,
)
from loyalty.memberships.models import (
    Freeze,
    Membership,
    MembershipCounter,
    MembershipPeriod,
    MembershipType,
    MembershipTypeTerms,
)
from loyalty.memberships.renewals.models import Renewal, RenewalCharge
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.referral.models import ReferralLink, ReferralProgram, ReferralTerms

__all__ = [
    "Account",
    "AccountType",
    "AccountTypeTerms",
    "Attachment",
    "Card",
    "CardType",
    "CardTypeTerms",
    "Freeze",
    "GiftCard",
    "GiftCardRecipient",
    "GiftCardType",
    "GiftCardTypeTerms",
    "HandedMoney",
    "Holder",
    "Lot",
    "LotMovement",
    "Membership",
    "MembershipCounter",
    "MembershipPeriod",
    "MembershipType",
    "MembershipTypeTerms",
    "Picture",
    "Promotion",
    "PromotionTerms",
    "ReferralLink",
    "ReferralProgram",
    "ReferralTerms",
    "Renewal",
    "RenewalCharge",
    "RowSum",
    "SummedRows",
    "Transaction",
    "TransactionComment",
]

"""Gathers the models of the rooms of loyalty, where Django looks for them."""

from loyalty.cards.models import Attachment, Card, CardType, CardTypeTerms
from loyalty.ledger.models import Holder, Lot, LotMovement, RowSum, SummedRows, Transaction, TransactionComment
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.referral.models import ReferralLink, ReferralProgram, ReferralTerms

__all__ = [
    "Attachment",
    "Card",
    "CardType",
    "CardTypeTerms",
    "Holder",
    "Lot",
    "LotMovement",
    "Promotion",
    "PromotionTerms",
    "ReferralLink",
    "ReferralProgram",
    "ReferralTerms",
    "RowSum",
    "SummedRows",
    "Transaction",
    "TransactionComment",
]

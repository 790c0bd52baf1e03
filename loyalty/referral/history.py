"""The history of the referral program."""

from __future__ import annotations

from chains.models import Chain
from loyalty.changes import Names
from loyalty.history import Edit, edits_of_terms, in_order
from loyalty.referral.models import ReferralProgram
from loyalty.referral.words import program_in_words


def history_of_referral(chain: Chain) -> list[Edit]:
    """All edits of the chain's referral program, the newest first; none while it was never set up."""
    program = ReferralProgram.objects.filter(chain=chain).first()
    if program is None:
        return []
    rows = program.all_terms.select_related("discount__terms", "cashback__terms", "card_type")
    return in_order(edits_of_terms(rows, Names(chain), lambda first: [program_in_words(first, chain)]))

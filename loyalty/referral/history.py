"""The history of the referral program."""

from __future__ import annotations

from chains.history import Change, as_history
from chains.models import Chain
from loyalty.changes import Names
from loyalty.history import changes_of_terms
from loyalty.referral.models import ReferralProgram
from loyalty.referral.words import program_in_words


def history_of_referral(chain: Chain) -> list[Change]:
    """All edits of the chain's referral program, the newest first; none while it was never set up."""
    program = ReferralProgram.objects.filter(chain=chain).first()
    if program is None:
        return []
    rows = program.all_terms.select_related("discount__terms", "cashback__terms", "card_type")
    return as_history(changes_of_terms(rows, Names(chain), lambda first: [program_in_words(first, chain)]))

"""The history of the referral program."""

from __future__ import annotations

from chains.models import Chain
from loyalty.changes import Names
from loyalty.history import Edit, edits_of_terms, in_order
from loyalty.referral.models import ReferralProgram


def history_of_referral(chain: Chain) -> list[Edit]:
    """All edits of the chain's referral program, the newest first; none while it was never set up."""
    program = ReferralProgram.objects.filter(chain=chain).first()
    return in_order(edits_of_terms(program.all_terms, Names(chain))) if program else []

"""The history of a referral program."""

from __future__ import annotations

from chains.history import HistoryEntry, as_history
from loyalty.programs.differences import ProgramNames
from loyalty.programs.edits import EditedProgram
from loyalty.programs.history import changes_of_terms
from loyalty.referral.models import ReferralProgram, ReferralTerms
from loyalty.referral.words import made_in_words


def edited_referral(program: ReferralProgram) -> EditedProgram:
    return EditedProgram(program, ReferralTerms, ProgramNames(program.chain))


def history_of_referral(program: ReferralProgram) -> list[HistoryEntry]:
    """All edits of the program of a place, the newest first; none while it was never set up."""
    if program.pk is None:
        return []
    chain = program.chain
    rows = program.all_terms.select_related("discount__terms", "cashback__terms", "card_type")
    return as_history(changes_of_terms(rows, ProgramNames(chain), lambda first: made_in_words(first, chain)))

"""The history of a promotion."""

from __future__ import annotations

from chains.history import Fields, HistoryEntry, as_history, changes_of
from loyalty.programs.differences import ProgramNames
from loyalty.programs.edits import EditedProgram
from loyalty.programs.history import changes_of_links, changes_of_terms
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.promotions.sentences import in_sentences


def edited_promotion(promotion: Promotion) -> EditedProgram:
    return EditedProgram(promotion, PromotionTerms, ProgramNames(promotion.chain))


def history_of_promotion(promotion: Promotion) -> list[HistoryEntry]:
    """All edits of a promotion, the newest first."""
    chain, names = promotion.chain, ProgramNames(promotion.chain)
    terms = changes_of_terms(promotion.all_terms, names, lambda first: in_sentences(first, chain, names))
    links = changes_of_links(PromotionTerms, "card_type_id", names.card_types, promotion=promotion.pk)
    return as_history([*terms, *changes_of(promotion, Fields(Promotion, ("name",))), *links])

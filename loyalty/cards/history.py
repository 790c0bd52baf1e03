"""The history of a card type."""

from __future__ import annotations

from chains.history import Fields, HistoryEntry, as_history, changes_of
from loyalty.cards.models import CardType, CardTypeTerms
from loyalty.cards.sentences import card_type_in_sentences
from loyalty.programs.differences import ProgramNames
from loyalty.programs.edits import EditedProgram
from loyalty.programs.history import changes_of_links, changes_of_terms


def edited_card_type(card_type: CardType) -> EditedProgram:
    return EditedProgram(card_type, CardTypeTerms, ProgramNames(card_type.chain))


def history_of_card_type(card_type: CardType) -> list[HistoryEntry]:
    """All edits of a card type, the newest first."""
    chain, names = card_type.chain, ProgramNames(card_type.chain)
    terms = changes_of_terms(card_type.all_terms, names, lambda first: card_type_in_sentences(first, chain))
    links = changes_of_links(CardTypeTerms, "promotion_id", names.promotions, card_type=card_type.pk)
    return as_history([*terms, *changes_of(card_type, Fields(CardType, ("name",))), *links])

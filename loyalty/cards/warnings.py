"""What of a card type cannot work, though it may be saved."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from loyalty.rules.terms import AutomaticIssue, CardType, ScopeMode


def warnings_of_card_type(card_type: CardType, open_locations: Collection[int]) -> list[str]:
    """Sentence by sentence; empty where nothing is odd."""
    return [*_nowhere(card_type, open_locations), *_never_pays(card_type)]


def _nowhere(card_type: CardType, open_locations: Collection[int]) -> Iterator[str]:
    if card_type.locations is None or card_type.locations & set(open_locations):
        return
    yield _("Its cards work at no open location.")
    if card_type.automatic_issue is AutomaticIssue.OWN:
        yield _("New clients get it at its own locations only, so nobody gets it by itself.")


def _never_pays(card_type: CardType) -> Iterator[str]:
    if card_type.pays.services.mode is card_type.pays.products.mode is ScopeMode.NONE:
        yield _("Nothing may be paid with its points, so they can never be spent.")

"""What every step of a scenario did, as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loyalty.cards.models import Card
from visits.scenario.expectations import VISIT_FIGURES, written
from visits.scenario.play import Player, Step


def told(player: Player, step: Step, difference: str | None) -> dict[str, Any]:
    """A step as it was played: amounts are text, absent parts are left out."""
    report: dict[str, Any] = {"at": step.entry.table()["at"].text(), "action": step.action or "expect"}
    if step.name:
        report["as"] = step.name
    if step.refusal:
        report |= {"refused": str(step.refusal.code), "sentence": str(step.refusal), "field": step.refusal.field}
    if step.visit:
        visit = step.visit
        report["visit"] = {name: _text(getattr(visit, name), visit.chain.places) for name in VISIT_FIGURES}
        report["visit"] |= {"status": str(visit.status), "settled": visit.settled_at is not None}
    report["wrote"] = written(step)
    report["balances"] = balances(player)
    if difference:
        report["difference"] = difference
    return report


def balances(player: Player) -> dict[str, str]:
    """The balance of every card, by its name in the scenario."""
    cards = Card.objects.filter(chain=player.world.chain).select_related("client", "card_type", "holder")
    places = player.world.chain.places
    return {
        f"{card.client.name}.{card.card_type.name}": _text(card.holder.balance, places)
        for card in cards.order_by("client__name_folded", "card_type__name_folded", "pk")
    }


def _text(amount: Decimal, places: int) -> str:
    return f"{amount:.{places}f}"

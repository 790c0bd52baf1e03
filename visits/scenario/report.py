"""What every step of a scenario did, as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loyalty.accounts.models import Account
from loyalty.cards.models import Card
from loyalty.ledger.models import Holder
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
    report["wrote"] = written(player, step)
    report["balances"] = balances(player)
    if difference:
        report["difference"] = difference
    return report


def balances(player: Player) -> dict[str, str]:
    """The balance of every card, account and named gift card, by its name in the scenario."""
    chain = player.world.chain
    held: list[tuple[str, Decimal]] = []
    for model, of_type in ((Card, "card_type"), (Account, "account_type")):
        found = model._default_manager.filter(chain=chain).order_by(
            "client__name_folded", f"{of_type}__name_folded", "pk"
        )
        told = found.values_list("client__name", f"{of_type}__name", "holder__balance")
        held += [(f"{client}.{type_name}", balance) for client, type_name, balance in told]
    sold = player.world.names_of_sold()
    gift_cards = Holder.objects.filter(pk__in=sold).values_list("pk", "balance")
    held += sorted((sold[holder_id], balance) for holder_id, balance in gift_cards)
    return {name: _text(balance, chain.places) for name, balance in held}


def _text(amount: Decimal, places: int) -> str:
    return f"{amount:.{places}f}"

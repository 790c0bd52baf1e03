"""What every step of a played scenario did, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.ui.figures import format_money
from loyalty.ledger.models import Transaction
from loyalty.ledger.shown import amount_in
from visits.scenario.play import Player, Step
from visits.scenario.report import balances

ACTIONS = {
    "": gettext_lazy("Look at what stands"),
    "checkout": gettext_lazy("Checkout"),
    "edit": gettext_lazy("Edit of a visit"),
    "cancel": gettext_lazy("Cancelling of a visit"),
    "block": gettext_lazy("Blocking"),
    "unblock": gettext_lazy("Unblocking"),
    "open": gettext_lazy("Opening of an account"),
    "top_up": gettext_lazy("Top-up of an account"),
    "pay_out": gettext_lazy("Pay-out of an account"),
    "adjust": gettext_lazy("Adjustment by hand"),
    "issue": gettext_lazy("Issue of a card"),
    "manual_accrual": gettext_lazy("Points accrued by hand"),
    "manual_debit": gettext_lazy("Points written off by hand"),
    "undo": gettext_lazy("Undoing"),
    "change": gettext_lazy("Change of a program"),
    "client": gettext_lazy("New client"),
}


@dataclass(frozen=True)
class ShownStep:
    """A step as it was played, in words that need no database."""

    at: datetime
    name: str
    action: str
    visit: str
    refusal: str
    rows: list[str]
    balances: dict[str, str]
    difference: str
    figures: list[tuple[str, str]] = field(default_factory=list)


def shown(player: Player, step: Step, difference: str | None) -> ShownStep:
    """A step in the time and currency of its own chain."""
    chain = player.world.chain
    return ShownStep(
        at=localtime(step.at, chain.zone),
        name=step.name,
        action=_action(step),
        visit=_visit(step),
        refusal=str(step.refusal) if step.refusal else "",
        rows=[*(_row(row) for row in step.rows), *_messages(step)],
        balances=balances(player),
        difference=difference or "",
        figures=_figures(step),
    )


def _action(step: Step) -> str:
    """What was done; of a job also which."""
    if step.action != "run":
        return str(ACTIONS[step.action])
    jobs = {"burning": _("Burning of points"), "notices": _("Notices before burning")}
    return jobs[step.entry.table()["run"].text()]


def _visit(step: Step) -> str:
    if step.visit is None:
        return ""
    return _("%(client)s at %(location)s") % {"client": step.visit.guest_name, "location": step.visit.location.name}


def _figures(step: Step) -> list[tuple[str, str]]:
    visit = step.visit
    if visit is None:
        return []
    figures = {_("sold"): visit.sold, _("discount"): visit.discount, _("covered"): visit.covered, _("due"): visit.due}
    figures |= {_("paid with points"): visit.points_paid, _("paid"): visit.paid, _("left"): visit.left}
    return [(name, format_money(amount, visit.chain.currency)) for name, amount in figures.items() if amount]


def _row(row: Transaction) -> str:
    currency = row.chain.currency
    whose = row.client.name if row.client else _("no guest")
    words = {"kind": row.get_kind_display(), "client": whose, "amount": amount_in(row.what.unit, row.amount, currency)}
    if row.card is not None:
        words["client"] = _("%(client)s, %(card)s") % {"client": whose, "card": row.card.card_type.name}
    sentence = _("%(kind)s, %(client)s: %(amount)s")
    return (_("Undone: %(row)s") % {"row": sentence % words}) if row.undoes_id else sentence % words


def _messages(step: Step) -> list[str]:
    return [
        _("Message to %(client)s: %(kind)s") % {"client": each.client or "–", "kind": each.get_kind_display()}
        for each in step.messages
    ]

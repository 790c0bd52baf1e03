"""What is sold beside the lines of a bill: one table of kinds (docs/rules.md, section 11)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ValueKind:
    """How a kind of value line is paid and what it grants.

    ``row`` is the kind of ledger row that grants it. ``used`` is the refusal of taking back a grant of which something
    was used; empty where the holder may be overdrawn by it. ``by_money_alone``: no client account pays for it.
    ``priced_as_granted``: its price is what it grants, always.
    """

    row: str
    used: str = ""
    by_money_alone: bool = False
    priced_as_granted: bool = False


#: By the kind of value line.
VALUE: dict[str, ValueKind] = {
    "gift_card": ValueKind("gift_card_issue", used="gift_card_used"),
    "membership": ValueKind("membership_issue", used="membership_used"),
    "top_up": ValueKind("account_top_up", by_money_alone=True, priced_as_granted=True),
}

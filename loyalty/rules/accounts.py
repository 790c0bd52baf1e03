"""A client account as it lies on the desk, and whether it may pay the visit (docs/rules.md, section 13)."""

from collections.abc import Mapping
from dataclasses import dataclass

from loyalty.rules.plan import Plan
from loyalty.rules.terms import AccountType
from loyalty.rules.why import Reason, Why, why

#: An account that may not pay: the code beside the field, by the reason.
ACCOUNT_CODES: Mapping[Reason, str] = {
    Reason.ACCOUNT_NOT_OWNED: "account_not_owned",
    Reason.ACCOUNT_BLOCKED: "account_blocked",
    Reason.ACCOUNT_NOT_VALID_HERE: "account_not_valid_here",
}


@dataclass(frozen=True)
class DeskAccount:
    """An account under the terms it was opened with; ``holder_id`` is what holds its money."""

    holder_id: int
    client_id: int
    account_type: AccountType
    is_blocked: bool = False


def account_barred(account: DeskAccount, plan: Plan) -> Why | None:
    """Why the account may neither pay nor be topped up on this bill: owner, blocked, location."""
    checks = (
        (Reason.ACCOUNT_NOT_OWNED, account.client_id != plan.client_id),
        (Reason.ACCOUNT_BLOCKED, account.is_blocked),
        (Reason.ACCOUNT_NOT_VALID_HERE, not account.account_type.works_at(plan.location_id)),
    )
    return next((why(reason) for reason, holds in checks if holds), None)

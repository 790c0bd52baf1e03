"""Client accounts as they lie on the desk."""

from __future__ import annotations

from collections.abc import Collection

from loyalty.accounts.models import ACCOUNT_TYPE_TERMS, Account
from loyalty.rules.accounts import DeskAccount


def desk_accounts(holder_ids: Collection[int]) -> list[DeskAccount]:
    """The accounts of these holders, in the order in which they were opened; one query beside unknown terms."""
    found = Account.objects.filter(holder__in=holder_ids).order_by("opened_at", "pk")
    rows = list(found.values_list("holder_id", "client_id", "terms_id", "blocked_at"))
    known = ACCOUNT_TYPE_TERMS.of(terms_id for _holder, _client, terms_id, _blocked_at in rows)
    return [
        DeskAccount(holder_id, client_id, known[terms_id], blocked_at is not None)
        for holder_id, client_id, terms_id, blocked_at in rows
    ]

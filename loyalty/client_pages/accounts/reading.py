"""What the pages of accounts show of them."""

from __future__ import annotations

from django.db.models import QuerySet

from chains.models import Chain, Location
from clients.models import Client
from loyalty.accounts.models import Account, AccountQuerySet, AccountType


def accounts_of(chain: Chain) -> AccountQuerySet:
    """The chain's accounts with all that is shown of them."""
    shown = ("client", "account_type", "terms", "holder")
    return Account.objects.filter(chain=chain).with_figures().select_related(*shown)


def openable_types(client: Client) -> QuerySet[AccountType]:
    """Account types of which the client may be opened an account."""
    held = Account.objects.filter(client=client).values("account_type")
    types = AccountType.objects.filter(chain=client.chain_id, terms__archived=False)
    return types.exclude(pk__in=held).order_by("name_folded", "pk")


def works_in(account: Account, location: Location | None) -> bool:
    """Whether money may be moved there: at a location of its terms, and in the chain's space."""
    return location is None or account.terms.as_rules().works_at(location.pk)

"""Tokens: a kind of holder that pays and is sold, declared in the tables alone; no file of the checkout knows it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pytest
from django.db import transaction

from chains.models import Chain
from chains.refusals import Code
from clients.models import Client
from loyalty.ledger.books import look
from loyalty.ledger.journal import Given, open_journal
from loyalty.ledger.kinds import HOLDERS, ROWS, Group, KindOfHolder, KindOfRow, LedgerUnit
from loyalty.ledger.models import Holder
from loyalty.rules.means import MEANS, Means, MeansKind, StandingPayment
from loyalty.rules.terms import Limits
from loyalty.rules.value import VALUE, ValueKind
from tests.cast import LONG_AGO, PROGRAM
from visits.changes.differences import KINDS_OF_MEANS
from visits.changes.kinds import ChangeKind
from visits.means import LOADERS, Laid
from visits.value import OPENERS, Granted, Opening

TOKENS, ISSUE, PAYMENT = "tokens", "token_issue", "token_payment"


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kind is declared, for one test."""
    monkeypatch.setitem(HOLDERS, TOKENS, KindOfHolder(LedgerUnit.MONEY, "Tokens"))
    for row, sign in ((ISSUE, +1), (PAYMENT, -1)):
        monkeypatch.setitem(ROWS, row, KindOfRow(sign, LedgerUnit.MONEY, Group.ACCOUNTS, row, TOKENS))
    monkeypatch.setitem(MEANS, TOKENS, MeansKind(PAYMENT))
    monkeypatch.setitem(LOADERS, TOKENS, _lay)
    monkeypatch.setitem(VALUE, TOKENS, ValueKind(ISSUE, used=Code.BALANCE_TOO_LOW))
    monkeypatch.setitem(KINDS_OF_MEANS, TOKENS, ChangeKind.PAYMENTS)
    monkeypatch.setitem(OPENERS, TOKENS, _open)


def _lay(laid: Laid) -> Iterable[Means]:
    for holder in laid.books.holders.values():
        if holder.kind == TOKENS and holder.client_id in (None, laid.plan.client_id):
            paid = laid.paid.get(holder.pk)
            standing = StandingPayment(-paid.amount, Limits()) if paid else None
            available = laid.books.balance_as_if_undone(holder.pk)
            yield Means(TOKENS, holder.pk, holder.client_id, available, standing=standing)


def _open(opening: Opening) -> Granted:
    visit = opening.visit
    holder = opening.kept or Holder.objects.create(chain=visit.chain, client_id=visit.client_id, kind=TOKENS)
    return Granted(((holder, opening.line.amount),))


@transaction.atomic
def make_tokens(chain: Chain, client: Client | None, amount: int | Decimal) -> Holder:
    """A holder with so many tokens, a client's or a bearer's."""
    holder = Holder.objects.create(chain=chain, client=client, kind=TOKENS)
    journal = open_journal(chain=chain, holder_ids=[holder.pk], at=LONG_AGO, acting_user=PROGRAM)
    journal.grant(holder_id=holder.pk, kind=ISSUE, amount=Decimal(amount), given=Given())
    journal.write()
    return holder


def held(holder: Holder) -> Decimal:
    return look(chain=holder.chain, holder_ids=[holder.pk], at=LONG_AGO, undoable=None).holders[holder.pk].balance

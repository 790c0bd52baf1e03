"""What many at once cost each, beside few, in one run: cards issued to many guests, opening balances of an import.

Not among the tests: `make test ARGS="-n 0 -s tests/benchmarks/many_at_once.py"`.
"""

import time
from collections.abc import Callable
from decimal import Decimal

from django.db import transaction

from loyalty.cards.models import Card
from loyalty.cards.services import issue_card
from loyalty.ledger.checks import differences
from loyalty.ledger.journal import Given, open_journal
from loyalty.ledger.kinds import TransactionKind
from tests.benchmarks.burning import AT, DUE, execute, fill
from tests.benchmarks.figures import Figure, note
from tests.cast import PROGRAM
from tests.loyalty.shop import Shop, days_later
from tests.programs import make_card_type

FEW, MANY = 1_000, 10_000


def test_many_at_once(transactional_db: None) -> None:
    shop = fill("Aurora", DUE * (FEW + MANY))
    execute("ANALYZE")
    guests = list(shop.chain.clients.order_by("pk"))
    card_type = make_card_type(shop.chain, "new")

    def issue(first: int, count: int) -> None:
        for guest in guests[first : first + count]:
            issue_card(client=guest, card_type=card_type, at=AT, acting_user=PROGRAM)

    report("a card issued", issue)
    cards = list(Card.objects.filter(card_type=card_type).order_by("pk"))

    @transaction.atomic
    def give(first: int, count: int) -> None:
        open_balances(shop, cards[first : first + count])

    report("an opening balance, all in one journal", give)

    @transaction.atomic
    def burn(first: int, count: int) -> None:
        journal = open_journal(
            chain=shop.chain,
            holder_ids=[card.holder_id for card in cards[first : first + count]],
            at=days_later(9),
            acting_user=PROGRAM,
        )
        assert len(journal.burn_past(journal.books.holders)) == count

    report("a lot burnt by one journal", burn)
    assert not list(differences())


def open_balances(shop: Shop, cards: list[Card]) -> None:
    """What an import writes: points that end, to each of the cards."""
    holder_ids = [card.holder_id for card in cards]
    journal = open_journal(chain=shop.chain, holder_ids=holder_ids, at=AT, acting_user=PROGRAM)
    for card in cards:
        journal.grant(
            holder_id=card.holder_id,
            kind=TransactionKind.OPENING_BALANCE,
            amount=Decimal(5),
            given=Given(card_id=card.pk),
            last_on=days_later(8).date(),
        )
    journal.write()


def report(what: str, work: Callable[[int, int], None]) -> None:
    """Do it to the first few and then to many, and say what each of the many costs beside each of the few."""
    few, many = (timed(work, first, count) / count for first, count in ((0, FEW), (FEW, MANY)))
    times = f"{1e6 * few:,.0f} → {1e6 * many:,.0f} µs each"
    note(Figure(f"{what}, {MANY:,} at once", many / few, 1.5, f"each of {FEW:,}", times))


def timed(work: Callable[[int, int], None], first: int, count: int) -> float:
    start = time.perf_counter()
    work(first, count)
    return time.perf_counter() - start

"""The chain that is made for measuring is one that the product could have made."""

from collections.abc import Iterator
from re import sub

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from clients.folding import search_columns
from clients.models import Client
from loyalty.gift_cards.models import GiftCardStatus
from loyalty.ledger.checks import differences
from loyalty.ledger.kinds import ROWS, HolderKind
from loyalty.ledger.models import Transaction
from loyalty.rules.plan import Status
from tests.benchmarks.chain.making import make_chain
from tests.programs import make_client, make_visit
from visits.models import Visit

SIZE = 2_000


def test_it_obeys_every_invariant_and_goes_on(db: None) -> None:
    indexes = list(index_definitions())
    made = make_chain("measured", size=SIZE, at=timezone.now())
    rows = Transaction.objects.filter(chain=made.chain)
    assert 0.7 * SIZE < rows.count() < 1.3 * SIZE
    assert list(differences(made.chain)) == []
    # Of gift cards and accounts what the pages that list them tell, and no bill on which they are sold.
    made_kinds = {kind for kind, row in ROWS.items() if row.holder in (None, HolderKind.CARD)}
    made_kinds |= {"gift_card_opening_balance", "gift_card_payment", "gift_card_expiry"}
    made_kinds |= {"account_opening_balance", "account_top_up", "account_payment"}
    assert set(rows.values_list("kind", flat=True)) == made_kinds
    cards = made.chain.gift_cards.with_status(made.chain.local_date(timezone.now()))
    assert {card.status for card in cards} == set(GiftCardStatus.values)
    assert rows.filter(undoes__isnull=False).exists()
    wrong = Q(paid__lt=0) | Q(due__lt=0) | Q(points_paid__gt=0, status=Status.CANCELLED)
    assert not Visit.objects.filter(wrong).exists()
    assert list(dangling_keys()) == []
    assert list(index_definitions()) == indexes
    for client in Client.objects.filter(chain=made.chain).order_by("pk")[:30]:
        kept = {"spellings": client.spellings, "search_grams": client.search_grams}
        assert kept == search_columns(name=client.name, phone=str(client.phone), email=client.email)
    guest = make_client(made.locations[0], "One more", "+4915199999999")
    assert make_visit(made.locations[0], guest, made.items[:2], at=timezone.now()).settled_at
    assert list(differences(made.chain)) == []


def dangling_keys() -> Iterator[str]:
    """Foreign keys of the whole database that lead nowhere."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conrelid::regclass::text, a.attname, confrelid::regclass::text, b.attname FROM pg_constraint
            JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
            JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = confkey[1]
            WHERE contype = 'f'
            """
        )
        for table, column, target, key in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*) FROM {table} t LEFT JOIN {target} k ON k.{key} = t.{column} "  # noqa: S608
                f"WHERE t.{column} IS NOT NULL AND k.{key} IS NULL"
            )
            if cursor.fetchone() != (0,):
                yield f"{table}.{column}"


def index_definitions() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef")
        # PostgreSQL writes the casts of a list elsewhere once it has read them again.
        yield from (
            sub(r"::(character varying|\w+)(\[\])?|[()]", "", definition) for (definition,) in cursor.fetchall()
        )

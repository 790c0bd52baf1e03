"""How long pages of a long chain take beside those of a short one, in the same run.

Not among the tests: `make test ARGS="-n 0 -s tests/benchmarks/lists.py"`. Both chains are made alike and summed up; the
pages are those that a plan is asked of in `tests/reports/test_plans.py`.
"""

import os
from collections.abc import Callable
from time import perf_counter

from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client
from loyalty.ledger.models import Lot
from loyalty.ledger.sums import sum_up
from tests.benchmarks.chain.making import make_chain
from tests.benchmarks.chain.setting import Setting
from tests.benchmarks.figures import Figure, note
from tests.reports.test_plans import PAGES

SHORT = 10_000
LONG = int(os.environ.get("SIZE", "200000"))
#: A page of the long chain may take so many times as long.
LIMIT = 2.0
TRIES = 7


def test_pages_of_a_long_chain(db: None) -> None:
    chains = [made(f"chain-{size}", size) for size in (SHORT, LONG)]
    for page in PAGES:
        short, long = (seconds(opening(chain, page)) for chain in chains)
        told = f"{1000 * long:.0f} ms with {LONG:,} rows of the ledger, {1000 * short:.0f} with {SHORT:,}"
        note(Figure(f"page {page}", long / short, LIMIT, "a short chain's", told))


def made(slug: str, size: int) -> Setting:
    setting = make_chain(slug, size=size, at=timezone.now())
    sum_up(chain=setting.chain)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return setting


def opening(setting: Setting, page: str) -> Callable[[], object]:
    chain = setting.chain
    guest = Client.objects.filter(chain=chain, phone__isnull=False).order_by("pk")[50]
    address = PAGES[page].format(
        promotion=setting.cashback.pk,
        location=setting.locations[3].pk,
        phone=str(guest.phone)[-7:],
        row=guest.transactions.order_by("pk")[0].pk,
        lot=Lot.objects.with_points().filter(holder__chain=chain).order_by("pk")[50].pk,
    )
    browser = Browser()
    browser.force_login(setting.staff["owner"])

    def open_page() -> None:
        assert browser.get(f"/chains/{chain.slug}/{address}").status_code == 200

    return open_page


def seconds(call: Callable[[], object]) -> float:
    """Of several tries the fastest."""
    taken = []
    for _ in range(TRIES):
        started = perf_counter()
        call()
        taken.append(perf_counter() - started)
    return min(taken)

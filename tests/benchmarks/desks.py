"""Visits that are checked out over HTTP, as `make run` serves it: eight desks without a pause beside one.

`make bench`, or `python -m tests.benchmarks tests/benchmarks/desks.py`.
"""

from contextlib import ExitStack, closing

import pytest
from django.utils import timezone

from clients.models import Client
from tests.benchmarks.chain.making import make_chain
from tests.benchmarks.figures import Figure, note
from tests.benchmarks.serving import Desk, web_server, work

DESKS = 8
#: Before anything counts, each process has served some: what is loaded once is no part of a visit.
WARMING, VISITS, ALONE = 12, 24, 8


@pytest.mark.django_db(transaction=True)
def test_desks() -> None:
    made = make_chain("desks", size=5_000, at=timezone.now())
    guests = list(Client.objects.filter(chain=made.chain).order_by("-pk").values_list("pk", flat=True)[:200])
    place, item = made.locations[0], made.items[0].pk
    with web_server() as port, ExitStack() as open_desks:
        desks = [open_desks.enter_context(closing(Desk.of(port, made.staff["manager"]))) for _ in range(DESKS)]
        work(desks, place, guests, item, visits=WARMING)
        alone = work(desks[:1], place, guests, item, visits=ALONE)
        together = work(desks, place, guests, item, visits=VISITS)
    told = f"{together.rate:.1f} visits a second by {DESKS} desks, {alone.rate:.1f} by one, four requests each"
    note(Figure(f"{DESKS} desks at once", together.rate / alone.rate, 1.8, "one desk", told, is_least=True))
    mean = sum(alone.saves) / len(alone.saves)
    told = f"95 of 100 saves within {1000 * together.slow_save:.0f} ms, alone {1000 * mean:.0f} ms in the mean"
    note(Figure("a slow save among them", together.slow_save / mean, 3, "a save of one desk alone", told))

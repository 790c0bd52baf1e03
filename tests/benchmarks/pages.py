"""What a browser waits for: the first byte of the main pages, as `make run` serves them, and what they load at first.

`make bench`, or `python -m tests.benchmarks tests/benchmarks/pages.py`.
"""

import gzip
import re
from contextlib import closing
from pathlib import Path
from statistics import quantiles
from time import perf_counter

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone

from clients.models import Client
from tests.benchmarks.chain.making import make_chain
from tests.benchmarks.figures import Figure, note
from tests.benchmarks.serving import Desk, web_server

WARMING, TRIES = 3, 20
SECONDS, BYTES = 0.06, 150_000
#: The main pages of a location and of a chain, by what they are called.
OF_LOCATION = {"day": "visits/", "visit window": "visits/new/{guest}/", "client": "clients/{guest}/"}
OF_CHAIN = {"clients": "clients/", "transactions": "transactions/", "promotions": "promotions/", "cards": "cards/"}
_FILES = re.compile(r'(?:href|src)="/static/([^"?#]+)')


@pytest.mark.django_db(transaction=True)
def test_pages() -> None:
    made = make_chain("pages", size=5_000, at=timezone.now())
    guest = Client.objects.filter(chain=made.chain).order_by("-pk")[0]
    places = ((f"/locations/{made.locations[0].slug}/", OF_LOCATION), (f"/chains/{made.chain.slug}/", OF_CHAIN))
    with web_server() as port, closing(Desk.of(port, made.staff["owner"])) as desk:
        for place, pages in places:
            for name, page in pages.items():
                address = place + page.format(guest=guest.pk)
                tries = [first_byte(desk, address) for _ in range(WARMING + TRIES)]
                slow = quantiles(tries[WARMING:], n=20)[-1]
                told = f"95 of 100 within {1000 * slow:.0f} ms"
                note(Figure(f"first byte of page {name}", slow / SECONDS, 1, "60 ms", told))
        desk.get(places[0][0] + OF_LOCATION["visit window"].format(guest=guest.pk))
        note(first_load("the visit window", desk.text))
        with closing(Desk(port, "")) as nobody:
            nobody.get("/sign-in/")
            note(first_load("the sign-in", nobody.text))


def first_byte(desk: Desk, address: str) -> float:
    """How long it takes until the answer begins."""
    started = perf_counter()
    response = desk.ask(address)
    seconds = perf_counter() - started
    assert response.status == 200, (address, response.status)
    desk.text = response.read().decode()
    return seconds


def first_load(page: str, text: str) -> Figure:
    """The page itself and all that it names, compressed as a public site sends it."""
    found = [finders.find(name) for name in set(_FILES.findall(text))]
    contents = [text.encode(), *(Path(str(file)).read_bytes() for file in found if file)]
    size = sum(len(gzip.compress(each)) for each in contents)
    return Figure(f"first load of {page}", size / BYTES, 1, "150 kB", f"{size / 1000:.0f} kB, {len(contents)} answers")

"""What the ledger asks of visits, which stand above it."""

from collections.abc import Iterable, Mapping
from datetime import date

from chains.questions import Question

#: The local date of each client's last settled visit anywhere in the chain, by client; those without one are left out.
last_visits: Question[[Iterable[int]], Mapping[int, date]] = Question("last_visits")

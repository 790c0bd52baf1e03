"""What the ledger asks of visits, which stand above it."""

from collections.abc import Iterator

from django.db.models import Subquery

from chains.models import Chain
from chains.questions import Question

#: The local date of a client's last settled visit anywhere in the chain, None where there is none: of the client whom
#: this column of a query names, or of one client. It is looked up in an index, and kept nowhere else.
last_visit: Question[[str | int], Subquery] = Question("last_visit")

#: The longest notice before burning that any promotion of the chain (its id) ever gave, in days; 0 where none did.
longest_notice: Question[[int], int] = Question("longest_notice")

#: A line for each sum of visits of a chain, or of all (None), that is not that of the visits.
visit_sums_differ: Question[[Chain | None], Iterator[str]] = Question("visit_sums_differ")

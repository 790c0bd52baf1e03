"""Finding clients by what staff know of them: a phone in any national form, or parts of a name."""

import re

from django.db.models import Q, QuerySet

from chains.models import Chain
from chains.refusals import Refusal
from clients.models import Client
from clients.phones import read_phone

#: Fewer digits are found in too many phones to be of use.
FEWEST_DIGITS = 4


def find_clients(chain: Chain, text: str) -> QuerySet[Client]:
    """Clients of the chain whose phone is or holds the digits typed, or whose name holds every word."""
    named = Q()
    for word in text.casefold().split():
        named &= Q(name_folded__contains=word)
    return chain.clients.filter(named | _phoned(chain, text)).order_by("name_folded", "pk")


def _phoned(chain: Chain, text: str) -> Q:
    digits = re.sub(r"[^0-9]", "", text)
    if len(digits) < FEWEST_DIGITS or re.search(r"[^\W\d_]", text):
        return Q(pk=None)
    found = Q(phone__contains=digits.lstrip("0"))
    try:
        found |= Q(phone=read_phone(text, chain))
    except Refusal:
        pass
    return found

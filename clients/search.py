"""Finding clients by what staff know of them: a phone in any national form, or parts of a name or an e-mail."""

import re

import phonenumbers
from django.db.models import Q, QuerySet

from chains.models import Chain
from chains.refusals import Refusal
from clients.folding import digits_of, folded, pieces
from clients.models import Client
from clients.phones import read_phone

#: Fewer digits are found in too many phones to be of use.
FEWEST_DIGITS = 4


def find_clients(chain: Chain, text: str) -> QuerySet[Client]:
    """Clients of the chain whose phone is or holds the digits typed, or whose name and e-mail hold every word."""
    named = Q()
    for word in folded(text).split():
        named &= _holding(word) & (Q(name_folded__contains=word) | Q(email__icontains=word))
    return chain.clients.filter(named | _phoned(chain, text)).order_by("name_folded", "pk")


def _holding(word: str) -> Q:
    """What the index knows of a word; nothing of one that is shorter than a piece."""
    found = pieces(word)
    return Q(search_grams__contains=found) if found else Q()


def _phoned(chain: Chain, text: str) -> Q:
    digits = digits_of(text)
    if len(digits) < FEWEST_DIGITS or re.search(r"[^\W\d_]", text):
        return Q(pk=None)
    found = Q(pk=None)
    for part in _as_stored(digits, chain):
        found |= _holding(part) & Q(phone__contains=part)
    try:
        found |= Q(phone=read_phone(text, chain))
    except Refusal:
        pass
    return found


def _as_stored(digits: str, chain: Chain) -> set[str]:
    """The digits as an international number holds them: without what is dialled before a national number."""
    trunk = phonenumbers.ndd_prefix_for_region(chain.region, True) or "0"
    forms = {digits, digits.lstrip("0"), digits.removeprefix(trunk)}
    return {form for form in forms if len(form) >= FEWEST_DIGITS - 1}

"""Finding clients by what staff know of them: a phone in any national form, or parts of a name or an e-mail."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Q, QuerySet

from chains.access import Right
from chains.folding import find_by
from chains.models import Access, Chain
from chains.refusals import Refusal
from clients.folding import pieces_of_word
from clients.models import Client
from clients.phones import parts_of_phone, read_phone


def known_by(chain: Chain, text: str) -> Q:
    """Clients whose phone is or holds the digits typed, or whose name and e-mail hold every word."""
    return find_by(text, _named) | _phoned(chain, text)


def find_clients(chain: Chain, text: str) -> QuerySet[Client]:
    """Those clients of the chain."""
    return chain.clients.filter(known_by(chain, text)).order_by("name_folded", "pk")


def find_clients_for(reader: Access, text: str) -> QuerySet[Client]:
    """The same for who reads lists: without the right to see clients by the name that the list shows, and no more."""
    if reader.has(Right.VIEW_CLIENTS):
        return find_clients(reader.chain, text)
    return find_by_name(reader.chain, text)


def find_by_name(chain: Chain, text: str) -> QuerySet[Client]:
    """Clients of the chain whose name holds every word, whatever their phone and e-mail are."""
    found = find_by(text, lambda part: _holding(part) & Q(name_folded__contains=part))
    return chain.clients.filter(found).order_by("name_folded", "pk")


def with_keys(keys: QuerySet[Any]) -> Q:
    """Rows with these keys, which are read first, so that it takes no longer than there are keys, in whatever order.

    PostgreSQL takes an array for a few and looks each of them up. Of what may be many it rather walks a whole table
    in the order that is asked for, to find the first of them where the names begin with Z.
    """
    array = ArraySubquery(keys, template="ANY(ARRAY(%(subquery)s))")
    return Q(Func(F("pk"), array, template="%(expressions)s", arg_joiner=" = ", output_field=BooleanField()))


def _named(part: str) -> Q:
    return _holding(part) & Q(spellings__contains=part)


def _holding(word: str) -> Q:
    """What the index knows of a word."""
    return Q(search_grams__contains=pieces_of_word(word))


def _phoned(chain: Chain, text: str) -> Q:
    found = Q(pk__in=())
    parts = parts_of_phone(text, chain)
    for part in parts:
        found |= _holding(part) & Q(phone__contains=part)
    try:
        return found | Q(phone=read_phone(text, chain)) if parts else found
    except Refusal:
        return found

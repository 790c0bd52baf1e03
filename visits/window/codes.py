"""The codes that were given on a page, signed for who gave them: gift cards by holder, memberships by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.core import signing

from chains.uses import Room
from visits.window.typed import Typed

_SALT = "visits.window.codes"
#: So long a page may stand on which codes were given.
_GIVEN_FOR = timedelta(days=1)


def given(typed: Typed, room: Room, user_id: int) -> frozenset[int]:
    """What of a room this user gave the codes of on the page."""
    return frozenset(_given(typed, user_id).get(room.value, ()))


def with_given(typed: Typed, room: Room, pk: int, user_id: int) -> Typed:
    """With the field of codes free for the next one, as this one is known from now on."""
    known = {**_given(typed, user_id), room.value: sorted({*given(typed, room, user_id), pk})}
    return typed.with_texts(code="", given_codes=signing.dumps([user_id, known], salt=_SALT))


def _given(typed: Typed, user_id: int) -> Mapping[str, list[int]]:
    try:
        of_user, known = signing.loads(typed.text("given_codes"), salt=_SALT, max_age=_GIVEN_FOR)
    except signing.BadSignature:
        return {}
    return known if of_user == user_id else {}

"""Gift cards are found by their codes, however these are typed, and not by trying (docs/rules.md, section 12)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db.models import Q
from django.utils import timezone

from chains.models import User, WrongTry
from chains.refusals import Code, Refusal
from loyalty.gift_cards.codes import find_by_code
from loyalty.gift_cards.models import GiftCard
from tests.cast import LONG_AGO, Cast, make_cast
from tests.plugins.races import race
from tests.programs import make_client, make_gift_card, make_gift_card_type

UNKNOWN = "The chain has no gift card of this code. Type it again, as it stands on the card."
AT = datetime.fromisoformat("2026-03-01T10:00:00+00:00")


def find(cast: Cast, code: str, *, user: User | None = None, address: str = "192.0.2.1", at: datetime = AT) -> GiftCard:
    return find_by_code(cast.aurora, code, user=user or cast.desk, address=address, at=at)


def refused(cast: Cast, code: str = "guess", **choices: object) -> str:
    with pytest.raises(Refusal) as refusal:
        find(cast, code, **choices)  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.field) == (Code.GIFT_CARD_UNKNOWN, "code")
    return str(refusal.value)


@pytest.mark.parametrize("typed", ["AB3-7QK", "ab37qk", " a b 3 7 q k ", "AB٣٧QK", "ＡＢ３７ＱＫ", "ab–37–qk"])
def test_a_code_is_found_however_it_is_typed(cast: Cast, typed: str) -> None:
    card = make_gift_card(make_gift_card_type(cast.aurora), "50", "AB3 7QK")
    assert find(cast, typed) == card
    assert not WrongTry.objects.exists()


@pytest.mark.parametrize("typed", ["", " - ", "AB37", "AB37QKX", "x" * 5000, "\x00"])
def test_what_is_no_whole_code_finds_none(cast: Cast, typed: str) -> None:
    make_gift_card(make_gift_card_type(cast.aurora), "50", "AB3 7QK")
    assert refused(cast, typed) == UNKNOWN


def test_cards_of_other_chains_and_those_that_may_not_be_found_are_as_unknown(cast: Cast) -> None:
    anna = make_client(cast.center, "Anna", "+49 151 1234 5601")
    make_gift_card(make_gift_card_type(cast.aurora, named=True), "50", "AB37QK", client=anna)
    make_gift_card(make_gift_card_type(cast.borealis), "50", "CD37QK")
    with pytest.raises(Refusal) as refusal:
        find_by_code(cast.aurora, "AB37QK", user=cast.desk, address="", at=AT, among=Q(holder__client=None))
    assert {str(refusal.value), refused(cast, "CD37QK")} == {UNKNOWN}
    assert WrongTry.objects.count() == 4


def test_after_five_wrong_codes_even_the_right_one_waits_and_is_told_how_long(cast: Cast) -> None:
    card = make_gift_card(make_gift_card_type(cast.aurora), "50", "AB37QK")
    for minute in range(5):
        assert find(cast, "AB37QK", at=AT + timedelta(minutes=minute)) == card
        assert refused(cast, at=AT + timedelta(minutes=minute)) == UNKNOWN
    at = AT + timedelta(minutes=6)
    assert refused(cast, "AB37QK", at=at) == "Too many wrong codes. Wait 4 minutes, then type it again."
    assert refused(cast, at=at, address="198.51.100.7").startswith("Too many wrong codes")
    assert find(cast, "AB37QK", user=cast.manager, at=at) == card
    assert find(cast, "AB37QK", at=AT + timedelta(minutes=10)) == card


def test_one_address_cannot_guess_by_many_users(cast: Cast) -> None:
    users = [cast.owner, cast.administrator, cast.manager, cast.desk, cast.suspended, cast.newcomer]
    for user in users:
        for _time in range(5):
            assert refused(cast, user=user) == UNKNOWN
    assert refused(cast, user=cast.stranger).startswith("Too many wrong codes")
    assert refused(cast, user=cast.stranger, address="198.51.100.7") == UNKNOWN


@pytest.mark.races
def test_codes_tried_at_once_do_not_slip_through(transactional_db: None) -> None:
    cast = make_cast()
    make_gift_card(make_gift_card_type(cast.aurora), "50", "AB37QK", at=LONG_AGO)
    at = timezone.now()
    tried = race(*(lambda number=number: find(cast, f"guess {number}", at=at) for number in range(8)))
    assert sum(str(each) == UNKNOWN for each in tried) == 5
    assert sum(str(each).startswith("Too many") for each in tried) == 3

"""What a program cannot be is refused by the domain, whoever asks: a form, a scenario, the demo chain."""

from __future__ import annotations

import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from chains.models import Chain
from chains.refusals import Code, Refusal
from loyalty.cards.history import edited_card_type
from loyalty.cards.models import CardType
from loyalty.cards.services import change_card_type, create_card_type
from loyalty.promotions.history import edited_promotion
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.promotions.services import change_promotion, create_promotion
from loyalty.referral.models import ReferralProgram
from loyalty.referral.services import set_referral_program
from loyalty.rules.terms import PromotionKind
from tests.cast import LONG_AGO, PROGRAM, make_chain, make_location
from tests.programs import make_card_type, make_promotion, make_referral_program

pytestmark = pytest.mark.django_db

BY: dict[str, Any] = {"at": LONG_AGO, "acting_user": PROGRAM}
FIXED: dict[str, Any] = {"kind": "discount_fixed", "value": 10}
TIERS: dict[str, Any] = {"kind": "cashback_cumulative_sold", "rules": [["0", "3"], ["200", "5"]]}


@pytest.fixture
def chain() -> Chain:
    return make_chain("Aurora")


def columns(error: pytest.ExceptionInfo[ValidationError]) -> set[str]:
    return set(error.value.message_dict)


@pytest.mark.parametrize(
    ("choices", "column"),
    [
        ({**FIXED, "value": -1}, "value"),
        ({**FIXED, "value": 101}, "value"),
        ({**FIXED, "value": "0.001"}, "value"),
        ({**FIXED, "unit": "amount", "value": "0.001"}, "value"),
        ({**FIXED, "unit": "amount", "value": 10**9}, "value"),
        ({**FIXED, "rules": [["0", "5"]]}, "rules"),
        ({"kind": "discount_nth_free", "value": 0}, "value"),
        ({"kind": "discount_nth_free", "value": "2.5"}, "value"),
        ({**TIERS, "value": 5}, "value"),
        ({**TIERS, "rules": []}, "rules"),
        ({**TIERS, "rules": [["0", "3"], ["0.00", "5"]]}, "rules"),
        ({**TIERS, "rules": [["-1", "3"]]}, "rules"),
        ({**TIERS, "rules": [["0", "101"]]}, "rules"),
        ({**TIERS, "rules": [["0.001", "3"]]}, "rules"),
        ({**TIERS, "rules": [["NaN", "3"]]}, "rules"),
        ({**TIERS, "rules": [["0"]]}, "rules"),
        ({**TIERS, "rules": [[str(row), "1"] for row in range(51)]}, "rules"),
        ({**TIERS, "kind": "cashback_visits_paid", "rules": [["1.5", "3"]]}, "rules"),
        ({**FIXED, "every": 0}, "every"),
        ({**FIXED, "every": -1}, "every"),
        ({**FIXED, "limit": -1}, "limit"),
        ({**FIXED, "kind": "discount_half"}, "kind"),
        ({**FIXED, "first_day": "2026-03-02", "last_day": "2026-03-01"}, "last_day"),
        ({**TIERS, "burn_count": 0, "burn_unit": "days"}, "burn_count"),
        ({**TIERS, "burn_count": 5}, "burn_count"),
        ({**TIERS, "burn_count": 101, "burn_unit": "years"}, "burn_count"),
        ({**TIERS, "burn_count": 1, "burn_unit": "weeks", "notice": 8}, "notice"),
        ({**FIXED, "locations": [0]}, "locations"),
    ],
)
def test_an_impossible_promotion_is_refused(chain: Chain, choices: dict[str, Any], column: str) -> None:
    with pytest.raises(ValidationError) as error:
        create_promotion(chain=chain, name="Impossible", **choices, **BY)
    assert columns(error) == {column}
    assert not Promotion.objects.exists() and not PromotionTerms.objects.exists()


@pytest.mark.parametrize(
    ("choices", "column"),
    [
        ({"limit_amount": -1}, "limit_amount"),
        ({"limit_amount": "0.001"}, "limit_amount"),
        ({"limit_percent": 101}, "limit_percent"),
        ({"limit_percent": -1}, "limit_percent"),
        ({"inactivity_count": 0, "inactivity_unit": "days"}, "inactivity_count"),
        ({"inactivity_count": 3}, "inactivity_count"),
        ({"automatic_issue": "always"}, "automatic_issue"),
        ({"locations": [0]}, "locations"),
    ],
)
def test_an_impossible_card_type_is_refused(chain: Chain, choices: dict[str, Any], column: str) -> None:
    with pytest.raises(ValidationError) as error:
        create_card_type(chain=chain, name="Impossible", **choices, **BY)
    assert columns(error) == {column}
    assert not CardType.objects.exists()


def test_a_location_of_another_chain_is_refused(chain: Chain) -> None:
    elsewhere = make_location(make_chain("Borealis"), "North")
    with pytest.raises(ValidationError) as error:
        create_promotion(chain=chain, name="Far", locations=[elsewhere.pk], **FIXED, **BY)
    assert columns(error) == {"locations"}


def test_a_name_is_there_once_in_a_chain(chain: Chain) -> None:
    create_promotion(chain=chain, name="Welcome", **FIXED, **BY)
    with pytest.raises(ValidationError) as error:
        create_promotion(chain=chain, name=" Welcome ", **FIXED, **BY)
    assert columns(error) == {"name"} and Promotion.objects.count() == 1


def test_the_same_form_makes_one_promotion_and_one_card_type(chain: Chain) -> None:
    key = uuid.uuid4()
    made = [create_promotion(chain=chain, name="Welcome", key=key, **FIXED, **BY) for _again in range(2)]
    assert made[0] == made[1]
    key = uuid.uuid4()
    types = [create_card_type(chain=chain, name="Bonus", key=key, **BY) for _again in range(2)]
    assert types[0] == types[1]


def test_what_is_saved_unchanged_writes_no_terms(chain: Chain) -> None:
    places = [make_location(chain, name).pk for name in ("Center", "Harbour")]
    promotion = create_promotion(chain=chain, name="Gold", locations=places, **TIERS, **BY)
    rules = [["200.00", "5.0"], ["0.00", "3"]]
    change_promotion(promotion=promotion, locations=places[::-1], **{**TIERS, "rules": rules}, **BY)
    assert PromotionTerms.objects.count() == 1


def test_another_kind_does_not_keep_what_only_the_first_had(chain: Chain) -> None:
    promotion = create_promotion(
        chain=chain, name="Gold", source="card", burn_count=1, burn_unit="months", notice=5, **TIERS, **BY
    )
    terms = change_promotion(promotion=promotion, kind="discount_fixed", value=10, **BY)
    kept = (terms.rules, terms.source, terms.burn_count, terms.burn_unit, terms.notice, terms.value)
    assert kept == ([], "chain", None, "", None, Decimal(10))


def test_who_did_not_see_the_last_change_changes_nothing(chain: Chain) -> None:
    promotion = create_promotion(chain=chain, name="Welcome", **FIXED, **BY)
    card_type = make_card_type(chain, "Bonus", [promotion])
    seen, seen_type = edited_promotion(promotion).now().seen, edited_card_type(card_type).now().seen
    change_promotion(promotion=promotion, value=15, seen=seen, **BY)
    change_card_type(card_type=card_type, name="Bonus plus", seen=seen_type, **BY)
    with pytest.raises(Refusal) as refusal:
        change_promotion(promotion=promotion, name="Hello", value=20, seen=seen, **BY)
    assert refusal.value.code is Code.STALE_EDIT
    with pytest.raises(Refusal):
        change_card_type(card_type=card_type, limit_percent=5, promotions=[], seen=seen_type, **BY)
    promotion.refresh_from_db()
    assert (promotion.name, promotion.as_rules().value) == ("Welcome", Decimal(15))
    assert list(card_type.promotions.all()) == [promotion]


def test_a_promotion_of_the_referral_program_is_attached_from_neither_side(chain: Chain) -> None:
    card_type = make_card_type(chain, "Bonus")
    make_referral_program(chain, card_type)
    welcome = Promotion.objects.get(name="Welcome")
    with pytest.raises(ValidationError) as error:
        change_card_type(card_type=card_type, promotions=[welcome], **BY)
    assert columns(error) == {"promotions"}
    with pytest.raises(ValidationError) as error:
        change_promotion(promotion=welcome, card_types=[card_type], **BY)
    assert columns(error) == {"card_types"}
    with pytest.raises(ValidationError) as error:
        change_promotion(promotion=welcome, kind="cashback_fixed_paid", **BY)
    assert columns(error) == {"kind"}
    assert not card_type.promotions.exists()

    set_referral_program(chain=chain, state="off", **BY)
    change_promotion(promotion=welcome, card_types=[card_type], **BY)
    with pytest.raises(ValidationError) as error:
        set_referral_program(chain=chain, state="on", **BY)
    assert columns(error) == {"discount"} and not ReferralProgram.objects.filter(terms__state="on").exists()


def test_the_referral_program_takes_only_what_fits(chain: Chain) -> None:
    card_type = make_card_type(chain, "Bonus")
    chosen: dict[str, Any] = {
        "discount": make_promotion(chain, "Welcome", PromotionKind.DISCOUNT_FIXED, "10"),
        "cashback": make_promotion(chain, "Thanks", PromotionKind.CASHBACK_FIXED_PAID, "5"),
        "card_type": card_type,
    }
    for place, other in (("discount", "cashback"), ("cashback", "discount")):
        with pytest.raises(ValidationError) as error:
            set_referral_program(chain=chain, **{**chosen, place: chosen[other]}, **BY)
        assert columns(error) == {place}
    set_referral_program(chain=chain, **chosen, **BY)
    with pytest.raises(Refusal) as refusal:
        set_referral_program(chain=chain, state="off", seen="0", **BY)
    assert refusal.value.code is Code.STALE_EDIT
    assert ReferralProgram.objects.filter(terms__state="on").exists()


@pytest.mark.parametrize(
    "line",
    [
        "promotions: {bad: {kind: discount_fixed, value: 101}}",
        "promotions: {bad: {kind: discount_fixed, value: 10, every: 0}}",
        "card_types: {bad: {limit_percent: 200}}",
        "services: {bad: 1.001}",
    ],
)
def test_a_scenario_with_an_impossible_program_ends_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(f"title: Impossible\n{line}\nsteps:\n  - at: 2026-03-01 10:00\n")
    with pytest.raises(SystemExit) as ended:
        call_command("scenario", str(file))
    assert ended.value.code == 2
    assert f"{file}:2:" in capsys.readouterr().err

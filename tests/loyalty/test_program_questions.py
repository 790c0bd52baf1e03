"""New promotion asks for the kind in small questions: each answer leads on, and every kind of the table is reached."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from loyalty.labels import label
from loyalty.promotions.kinds import DESCRIPTIONS, Answers
from loyalty.promotions.models import Promotion
from loyalty.rules.terms import KINDS, PromotionKind
from tests.cast import LONG_AGO, Cast
from tests.loyalty.pages import NEW, PROMOTIONS, REFERRAL, save
from tests.pages import fill, mistakes, text_of
from tests.programs import make_card, make_card_type, make_client, make_item, make_promotion, make_visit


def questions(page: Any) -> list[tuple[str, tuple[str, ...], str]]:
    """What the page asks about the kind: the column, what may be answered, and what is."""
    value = page.context["form"]["kind"].value()
    answers = Answers.of_kind(value) if value in set(PromotionKind) else value or Answers()
    return [(each.question.column, tuple(map(str, each.offered)), str(each.answer)) for each in answers.asked]


def ways_on(client: Client, page: Any, way: tuple[str, ...] = ()) -> dict[PromotionKind, tuple[str, ...]]:
    """Every kind that is reached by answering the open question, and then the next, as without JavaScript."""
    if page.context["form"].chosen_kind:
        return {PromotionKind(page.context["form"].chosen_kind): way}
    column, offered, answer = questions(page)[-1]
    assert not answer and len(offered) > 1
    found: dict[PromotionKind, tuple[str, ...]] = {}
    for each in offered:
        on = client.post(NEW, fill(page, **{f"kind-{column}": each, "show_fields": "1"}))
        assert f'value="{each}"' in page.content.decode() and fill(on)["name"] == ["Mine"]
        found |= ways_on(client, on, (*way, each))
    return found


def test_every_answer_leads_on_and_every_kind_of_the_table_is_reached(administrator: Client) -> None:
    page = administrator.post(NEW, fill(administrator.get(NEW), name="Mine", show_fields="1"))
    ways = ways_on(administrator, page)
    assert set(ways) == set(KINDS) and len(set(ways.values())) == len(KINDS)
    assert all(len(way) <= 3 for way in ways.values())
    assert ways[PromotionKind.DISCOUNT_NTH_FREE] == ("discount", "units_paid")
    assert ways[PromotionKind.CASHBACK_FIXED_PAID] == ("points", "nothing", "paid")
    for kind, row in KINDS.items():
        assert all(answer in {str(row.gives), str(row.picked_by), str(row.taken_of)} for answer in ways[kind])


@pytest.mark.parametrize("kind", PromotionKind)
def test_an_answer_shows_the_name_of_its_kind_and_is_kept(administrator: Client, kind: PromotionKind) -> None:
    row = KINDS[kind]
    answers = {f"kind-{name}": str(getattr(row, name)) for name in ("gives", "picked_by", "taken_of")}
    page = administrator.post(NEW, {"name": "Mine", "show_fields": "1", **answers})
    assert f"{label(kind)} {DESCRIPTIONS[kind]}" in text_of(page)
    assert page.context["form"].chosen_kind == kind


def test_a_first_answer_that_is_changed_asks_the_rest_again_and_forgets_nothing_typed(administrator: Client) -> None:
    page = administrator.post(NEW, fill(administrator.get(NEW), kind="discount_nth_free", show_fields="1"))
    page = administrator.post(
        NEW, fill(page, name="Sixth", value="5", limit="7", **{"kind-gives": "points", "show_fields": "1"})
    )
    assert questions(page)[-1][::2] == ("picked_by", "") and not page.context["form"].chosen_kind
    assert "value" not in page.context["form"].fields
    page = administrator.post(
        NEW, fill(page, **{"kind-picked_by": "nothing", "kind-taken_of": "sold", "show_fields": "1"})
    )
    assert (fill(page)["value"], fill(page)["limit"], fill(page)["name"]) == (["5"], ["7"], ["Sixth"])
    assert save(administrator, page).status_code == 302
    assert Promotion.objects.select_related("terms").get().as_rules().kind is PromotionKind.CASHBACK_FIXED_SOLD


def test_a_save_before_all_is_answered_says_which_answer_is_missing(administrator: Client) -> None:
    page = administrator.post(
        NEW, {"name": "Mine", "kind-gives": "points", "kind-picked_by": "units_paid", "save": "1"}
    )
    assert mistakes(page)["kind"] == ["Choose an answer; the next step follows it."]
    assert questions(page)[-1][::2] == ("picked_by", "") and not Promotion.objects.exists()
    assert 'name="save"' not in page.content.decode() and 'name="show_fields"' in page.content.decode()


def test_a_link_opens_a_form_of_just_one_kind(administrator: Client, cast: Cast) -> None:
    address = f"{NEW}?kind=discount_fixed&for=referral"
    page = administrator.get(address)
    assert 'name="kind-' not in page.content.decode() and "Fixed discount" in text_of(page)
    assert "Choose another kind" not in text_of(page)
    # Nothing that is posted makes another kind of it.
    texts = {"name": "Welcome", "value": "10", "kind": "cashback_fixed_paid", "kind-gives": "points"}
    assert save(administrator, page, address, **texts)["Location"] == REFERRAL
    assert Promotion.objects.select_related("terms").get().as_rules().kind is PromotionKind.DISCOUNT_FIXED
    assert "Choose another kind" in text_of(administrator.get(f"{NEW}?kind=discount_fixed"))
    assert questions(administrator.get(f"{NEW}?kind=nonsense"))[0][2] == ""


def test_the_answers_of_a_used_promotion_are_shown_and_stay(administrator: Client, cast: Cast) -> None:
    promotion = make_promotion(cast.aurora, "Back", PromotionKind.CASHBACK_FIXED_PAID, "5")
    address = f"{PROMOTIONS}{promotion.pk}/"
    assert [each[2] for each in questions(administrator.get(address))] == ["points", "nothing", "paid"]
    assert 'name="kind-gives"' in administrator.get(address).content.decode()
    guest = make_client(cast.center, "Gina Guest", "+4915112345601")
    make_card(guest, make_card_type(cast.aurora, "Club", [promotion]))
    make_visit(cast.center, guest, [make_item(cast.aurora, "Haircut", "60.00")], at=LONG_AGO)
    page = administrator.get(address)
    assert 'name="kind-' not in page.content.decode()
    assert "Of what? Of the money that the guest pays: paid Fixed cashback (paid)" in text_of(page)
    assert "It was used already, so this stays" in text_of(page)

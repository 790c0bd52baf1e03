"""*Try a program*: a guest's story is played visit by visit, told in words and figures, and nothing is left behind."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.utils import translation

from loyalty.promotions.models import Promotion
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast
from tests.loyalty.test_program_try import PLAY, TRY, leaves_nothing
from tests.pages import fill, text_of
from tests.programs import make_card_type, make_item, make_own_program, make_promotion, make_referral_program
from visits.scenario import watch
from visits.scenario.story.forms import APART, MOST_ROWS, VisitRow


def rows(*visits: dict[str, str]) -> dict[str, str]:
    return {f"row-{number}-{name}": text for number, visit in enumerate(visits) for name, text in visit.items()}


def tell(client: Client, *visits: dict[str, str], program: str = "all", **texts: Any) -> Any:
    """The page that plays these visits; a visit has a day and an amount unless it says otherwise."""
    page = fill(client.get(TRY), program=program, play="1", **texts)
    blank = {name: text for name, text in page.items() if not name.startswith("row-")}
    return client.post(TRY, {**blank, **rows(*({"day": "2026-03-01", **visit} for visit in visits))})


def cashback(cast: Cast, **choices: Any) -> Promotion:
    return make_promotion(cast.aurora, "Back: 5 %", PromotionKind.CASHBACK_FIXED_PAID, "5", **choices)


def figures(step: Any) -> dict[str, str]:
    return dict(step.figures)


def outcomes(step: Any) -> list[tuple[str, str, str]]:
    return [(each.name, each.amount, each.why) for each in step.outcomes]


def wrong(page: Any) -> dict[str, list[str]]:
    """What stands beside the fields of the form, and beside those of its rows."""
    form = page.context["form"]
    found = {name: [str(error) for error in errors] for name, errors in form.errors.items()}
    return found | {f"{number}.{field.name}": errors for number, field, errors in form.mistakes_in_rows}


def test_a_story_is_told_visit_by_visit(administrator: Client, cast: Cast) -> None:
    """10 % off a haircut of 60.00; 5 % of what is paid, good for 30 days, of which some is used and some burns."""
    off = make_promotion(cast.aurora, "Ten off", PromotionKind.DISCOUNT_FIXED, "10", product_mode="none")
    make_card_type(cast.aurora, "Club & Co.", [cashback(cast, burn_count=30, burn_unit="days"), off])
    make_item(cast.aurora, "Men's cut: short", "60.00")
    club = cast.aurora.card_types.get()
    with leaves_nothing():
        page = tell(
            administrator,
            {"item": "men cut"},
            {"day": "2026-03-08", "amount": "40", "points": "1,20"},
            {"day": "2026-05-01", "amount": "100", "most": "on"},
            cards=[club.pk],
        )
    assert wrong(page) == {}
    first, second, burned, burned_too, third = page.context["steps"]
    assert first.title == "Men's cut: short" and figures(first) == {
        "Sold": "€60.00",
        "Discount": "−€6.00",
        "Due": "€54.00",
        "Paid with points": "0.00",
        "Paid": "€54.00",
        "Points earned": "2.70",
    }
    assert outcomes(first) == [
        ("Ten off", "−€6.00", "10 % of €60.00"),
        ("Back: 5 %", "+2.70 points", "5 % of paid €54.00"),
    ]
    (balance,) = first.balances
    assert (balance.card, balance.points, balance.endings) == ("Club & Co.", "2.70", [(date(2026, 3, 31), "2.70")])
    # 36.00 is due; 1.20 of it in points, and 5 % of the other 34.80.
    assert (figures(second)["Paid with points"], figures(second)["Paid"]) == ("1.20", "€34.80")
    assert second.balances[0].endings == [(date(2026, 3, 31), "1.50"), (date(2026, 4, 7), "1.74")]
    assert [(step.on, step.title) for step in (burned, burned_too)] == [
        (date(2026, 4, 1), "Points burn"),
        (date(2026, 4, 8), "Points burn"),
    ]
    assert [each.amount for each in (*burned.outcomes, *burned_too.outcomes)] == ["−1.50 points", "−1.74 points"]
    assert figures(third)["Paid with points"] == "0.00" and third.balances[0].points == "4.50"
    told = text_of(page)
    assert "Then on Club &amp; Co.: 2.70 points. 2.70 of them burn after 31 March 2026." in told.replace("& ", "&amp; ")


def test_an_invitation_pays_the_inviter_and_a_second_one_is_refused_beside_its_field(
    administrator: Client, cast: Cast
) -> None:
    make_referral_program(cast.aurora, make_card_type(cast.aurora, "Bonus"))
    with leaves_nothing():
        page = tell(
            administrator,
            {"amount": "100", "inviter": " Boris "},
            {"amount": "100", "inviter": "Carla"},
            {"amount": "100", "points": "3"},
            program="referral",
        )
    first, second, third = page.context["steps"]
    assert outcomes(first) == [
        ("Welcome", "−€10.00", "10 % of €100.00"),
        ("Thank you, for the inviter", "+4.50 points", "5 % of paid €90.00"),
    ]
    assert [(each.card, each.points) for each in first.balances] == [("Bonus of Boris", "4.50")]
    assert figures(second)["Due"] == figures(third)["Due"] == "€100.00"
    refused = wrong(page)
    assert list(refused) == ["2.inviter", "3.points"]
    assert refused["2.inviter"][0].startswith("A referral counts on the first visit only")
    assert refused["3.points"] == ["The guest holds no card to pay with points."] and fill(page)["row-1-inviter"] == [
        "Carla"
    ]


def test_more_points_than_there_are_stay_typed_and_the_visit_is_played_without(
    administrator: Client, cast: Cast
) -> None:
    make_card_type(cast.aurora, "Club", [cashback(cast)], automatic_issue="any")
    page = tell(administrator, {"amount": "100"}, {"amount": "20", "points": "7"})
    assert wrong(page) == {"2.points": ["The card may pay at most €5.00 here. Type that or less."]}
    assert figures(page.context["steps"][1])["Paid"] == "€20.00" and fill(page)["row-1-points"] == ["7"]
    assert "Some of it is refused, and was played without" in text_of(page)


#: One of each sort: what picks the value, and what it is taken of.
SORTS = (
    PromotionKind.DISCOUNT_CUMULATIVE_SOLD,
    PromotionKind.DISCOUNT_NTH_FREE,
    PromotionKind.CASHBACK_VISITS_PAID,
    PromotionKind.CASHBACK_VISIT_SOLD,
)


@pytest.mark.parametrize("kind", SORTS)
def test_every_sort_can_be_told_and_downloaded_as_a_file_that_passes(
    administrator: Client, cast: Cast, kind: PromotionKind
) -> None:
    """On awkward names, a category that nothing of the story is in, and a location that is chosen by itself."""
    cut = make_item(cast.aurora, "Cut [x]: #1", "34.00", category="Hair & more")
    tiers = [["0", "3"], ["2", "5"]] if kind is not PromotionKind.DISCOUNT_NTH_FREE else []
    promotion = make_promotion(
        cast.aurora,
        "Try: it, #1/2",
        kind,
        "0" if tiers else "2",
        every=2,
        locations=[cast.harbour.pk],
        service_mode="listed",
        service_categories=[cut.category_id],
        rules=tiers,
    )
    if not kind.endswith("sold"):
        make_card_type(cast.aurora, "Card {x}/y.z", [promotion], locations=[cast.harbour.pk])
    visits = [{"item": cut.name, "day": f"2026-03-{day:02}"} for day in (1, 1, 2, 3, 4, 5)]
    story = {"program": f"promotion-{promotion.pk}", **rows(*visits)}
    with leaves_nothing():
        page = administrator.post(TRY, {**story, "play": "1"})
        assert wrong(page) == {}
        amounts = [amount for step in page.context["steps"] for name, amount, _why in outcomes(step)]
        assert any(amounts) and not all(amounts)
        file = administrator.post(TRY, {**story, "download": "1"})
        assert file["Content-Disposition"] == 'attachment; filename="try-it-1-2.yaml"'
        played = administrator.post(PLAY, {"file": SimpleUploadedFile("story.yaml", file.content)})
        assert played.context["difference"] is None, played.context["form"].errors


MISTAKES: dict[str, tuple[tuple[dict[str, str], ...], dict[str, list[str]]]] = {
    "nothing told": (({},), {"1.amount": ["Tell at least one visit: type an amount, or choose a service."]}),
    "no day": (({"day": "", "amount": "5"},), {"1.day": ["On which day is it?"]}),
    "no amount": (({"inviter": "Boris"},), {"1.amount": ["Type an amount, or choose a service."]}),
    "not a figure": (({"amount": "much"},), {"1.amount": ["Type a figure such as 12.50."]}),
    "below nothing": (({"amount": "-5"},), {"1.amount": ["Type a figure from 0 to 1,000,000."]}),
    "too much": (({"amount": "9" * 12},), {"1.amount": ["Type a figure from 0 to 1,000,000."]}),
    "finer than a cent": (
        ({"amount": "0.001"},),
        {"1.amount": ["Type an amount of 0 or more with at most 2 decimals."]},
    ),
    "a far day": (({"amount": "5", "day": "9999-01-01"},), {"1.day": ["Choose a day from 2000 to 2100."]}),
    "backwards": (
        ({"amount": "5", "day": "2026-03-02"}, {}, {"amount": "5", "day": "2026-03-01"}),
        {"3.day": ["This day is before that of the row above."]},
    ),
    "unknown": (
        ({"item": "Sauna"},),
        {"1.item": ["Nothing is sold by this name. Choose from the list, or type an amount alone."]},
    ),
    "several": (({"item": "cut"},), {"1.item": ["Which of them: Long cut, Short cut?"]}),
    "both": (
        ({"amount": "5", "points": "1", "most": "on"},),
        {"1.points": ["Type how many, or tick the most; not both."]},
    ),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_stands_beside_its_field_and_what_was_typed_stays(
    administrator: Client, cast: Cast, what: str
) -> None:
    make_card_type(cast.aurora, "Club", [cashback(cast)], automatic_issue="any")
    for name in ("Short cut", "Long cut"):
        make_item(cast.aurora, name, "60.00")
    visits, mistakes = MISTAKES[what]
    page = tell(administrator, *visits)
    assert wrong(page) == mistakes and page.context["steps"] == []
    for number, visit in enumerate(visits):
        assert all(fill(page)[f"row-{number}-{name}"] == [text] for name, text in visit.items())


def test_cards_that_cannot_be_are_told(administrator: Client, cast: Cast) -> None:
    back = cashback(cast)
    club, gold = make_card_type(cast.aurora, "Club", [back]), make_card_type(cast.aurora, "Gold")
    none = tell(administrator, {"amount": "5"})
    assert wrong(none) == {"cards": ["No card comes to new guests by itself. Tick those that the guest holds."]}
    other = tell(administrator, {"amount": "5"}, program=f"promotion-{back.pk}", cards=[gold.pk])
    assert wrong(other) == {"cards": ["None of these cards carries the program."]}
    assert tell(administrator, {"amount": "5"}, cards=[club.pk, gold.pk]).context["steps"]


def test_a_location_has_a_referral_program_of_its_own(administrator: Client, cast: Cast) -> None:
    make_own_program(cast.harbour, make_card_type(cast.aurora, "Bonus"))
    page = tell(administrator, {"amount": "100", "inviter": "Boris"}, program="referral")
    assert wrong(page) == {"location": ["Choose a location that has a referral program."]}
    page = tell(administrator, {"amount": "100", "inviter": "Boris"}, program="referral", location=cast.harbour.pk)
    assert [amount for _name, amount, _why in outcomes(page.context["steps"][0])] == ["−€15.00", "+8.00 points"]
    linked = administrator.get(f"{TRY}?program=referral&location={cast.harbour.pk}")
    assert (fill(linked)["program"], fill(linked)["location"]) == (["referral"], [str(cast.harbour.pk)])


def test_rows_are_added_up_to_a_dozen_and_removed(administrator: Client, cast: Cast) -> None:
    typed = {"day": "2026-03-01", "amount": "x", "most": "on"}
    page = administrator.post(TRY, fill(administrator.get(TRY), add_row="1", **rows(typed, {"day": "2026-03-04"})))
    assert date.fromisoformat(fill(page)["row-3-day"][0]) - date.fromisoformat(fill(page)["row-2-day"][0]) == APART
    assert fill(page)["row-0-amount"] == ["x"] and fill(page)["row-0-most"] == ["on"] and not wrong(page)
    page = administrator.post(TRY, fill(page, remove_row="0"))
    assert fill(page)["row-0-day"] == ["2026-03-04"] and "row-3-day" not in fill(page)
    many = rows(*({"day": "2026-03-01", "amount": str(number)} for number in range(MOST_ROWS + 5)))
    page = administrator.post(TRY, {"program": "all", "add_row": "1", **many})
    assert len(page.context["form"].rows) == MOST_ROWS and 'name="add_row"' not in page.content.decode()
    (alone,) = (
        administrator.post(TRY, {"program": "all", "remove_row": "0", "row-0-day": "2026-03-01"}).context["form"].rows
    )
    assert not alone["day"].value()


def test_the_most_that_may_be_typed_is_written_as_the_reader_writes_it(cast: Cast) -> None:
    row = VisitRow({"day": "2026-03-01", "amount": "2000000"}, chain=cast.aurora)
    with translation.override("de"):
        assert row.errors["amount"] == ["Type a figure from 0 to 1.000.000."]


def test_a_story_is_ended_like_any_play(administrator: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    make_card_type(cast.aurora, "Club", [cashback(cast)], automatic_issue="any")
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('try a program'), %s)", [cast.aurora.pk])
        (error,) = wrong(tell(administrator, {"amount": "5"}))["__all__"]
        assert error.startswith("Somebody of the chain is trying a program at this moment.")
    finally:
        other.close()
    monkeypatch.setattr(watch, "MOST_SECONDS", 0)
    with leaves_nothing():
        assert wrong(tell(administrator, {"amount": "5"})) == {"__all__": ["This takes too long. Try fewer steps."]}


def test_only_who_manages_programs_tries_them(client: Client, cast: Cast) -> None:
    client.force_login(cast.desk)
    assert client.get(TRY).status_code == client.post(TRY, {}).status_code == 403

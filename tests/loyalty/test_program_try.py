"""*Try a program ▸ For experts*: starters play and pass, broken files are told, and nothing is ever left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, connections
from django.test import Client

from loyalty.rules.terms import KINDS, PickedBy, PromotionKind
from tests.cast import Cast
from tests.pages import fill, mistakes
from tests.programs import make_card_type, make_item, make_promotion, make_referral_program
from tests.tables import rows_of_tables
from visits.scenario import watch
from visits.scenario.views import files

TRY = "/chains/aurora/try/"
PLAY = f"{TRY}file/"
FILE = """\
title: Ten percent back
services: {cut: 100.00}
locations: [center]
clients: {anna: "+4915112345601"}
promotions: {back: {kind: cashback_fixed_sold, value: 10}}
card_types: {bonus: {promotions: [back]}}
cards: [anna.bonus]
steps:
"""
#: The step stands on line 9.
VISIT = "  - {at: 2026-01-01 10:00, checkout: {client: anna, location: center, lines: [cut], pay: rest}}\n"


def upload(client: Client, text: str | bytes, name: str = "tried.yaml") -> Any:
    content = text.encode() if isinstance(text, str) else text
    return client.post(PLAY, {"file": SimpleUploadedFile(name, content)})


@contextmanager
def leaves_nothing() -> Iterator[None]:
    """Every table of the database, events too, has as many rows afterwards; sessions and the like aside."""
    before = rows_of_tables()
    yield
    assert rows_of_tables() == before


@pytest.mark.parametrize("kind", PromotionKind)
def test_a_starter_of_every_kind_plays_and_passes_unchanged(
    administrator: Client, cast: Cast, kind: PromotionKind
) -> None:
    """With awkward names, a category, a card of some locations, every second visit and points that burn."""
    cut = make_item(cast.aurora, "Men's cut: short", "34.00", category="Hair & more")
    make_item(cast.aurora, "Shampoo", "18.90")
    rules = [["0", "3"], ["2", "5"]] if KINDS[kind].picked_by not in (PickedBy.NOTHING, PickedBy.UNITS_PAID) else []
    choices: dict[str, Any] = {"rules": rules} if rules else {"value": "2"}
    if kind.startswith("cashback"):
        choices |= {"burn_count": 30, "burn_unit": "days", "notice": 5}
    scope = {"service_mode": "listed", "service_categories": [cut.category_id], "product_mode": "none"}
    promotion = make_promotion(
        cast.aurora,
        "Try: it, #1",
        kind,
        **{"value": "0", "every": 2, "locations": [cast.harbour.pk], **scope, **choices},
    )
    make_card_type(cast.aurora, "Card {x}", [promotion], locations=[cast.harbour.pk], limit_percent=30)
    with leaves_nothing():
        starter = administrator.get(f"{TRY}promotions/{promotion.pk}/")
        assert starter["Content-Disposition"] == 'attachment; filename="try-it-1.yaml"'
        page = upload(administrator, starter.content)
        assert page.status_code == 200 and not page.context["form"].errors, page.context["form"].errors
        assert page.context["difference"] is None and "Everything comes out" in page.content.decode()
    steps = page.context["steps"]
    assert any(step.rows for step in steps), starter.content.decode()
    if kind.startswith("cashback"):
        assert steps[-1].action == "Burning of points" and "Burning of points" in steps[-1].rows[0]


def test_a_starter_of_the_referral_program_and_of_a_promotion_of_no_card(administrator: Client, cast: Cast) -> None:
    assert administrator.get(f"{TRY}referral/").status_code == 302
    alone = make_promotion(cast.aurora, "Alone", PromotionKind.DISCOUNT_FIXED, "10", first_day=date(2099, 1, 1))
    make_referral_program(cast.aurora, make_card_type(cast.aurora, "Bonus"))
    with leaves_nothing():
        for address in (f"{TRY}referral/", f"{TRY}promotions/{alone.pk}/"):
            page = upload(administrator, administrator.get(address).content)
            assert page.context["difference"] is None
            assert any("discount" in row for step in page.context["steps"] for row in step.rows)


def test_what_comes_out_differently_is_told_with_its_step(administrator: Client) -> None:
    with leaves_nothing():
        page = upload(administrator, FILE + VISIT.replace("}}", "}, expect: {due: 90}}"))
    assert page.context["difference"] == "tried.yaml:9: due should be 90, is 100"
    (step,) = page.context["steps"]
    assert step.rows == ["Accrual by promotion, anna, bonus: 10.00"] and step.visit == "anna at center"
    refused = VISIT.replace("pay: rest", "pay: {cash: 999}").replace("}}}", "}}, refused: payment_over_due}")
    page = upload(administrator, FILE + refused)
    assert page.context["difference"] is None and "€100.00" in page.context["steps"][0].refusal


WICKED: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "The submitted file is empty|The file is empty"),
    "not YAML": (FILE + "  - {at: [", "tried.yaml:"),
    "an unknown key": (FILE + VISIT.replace("pay:", "pays:"), "tried.yaml:9: unknown key 'pays'"),
    "an unknown name": (FILE + VISIT.replace("[cut]", "[cat]"), "tried.yaml:9: unknown service or product 'cat'"),
    "no steps": ("title: x\n", "a scenario needs steps"),
    "a list": ("- x\n", "tried.yaml:1: keys with values are expected here"),
    "binary": (b"\xff\xfe\x00\x01", "This is not a text file in UTF-8."),
    "an alias": ("a: &a [1]\nb: [*a, *a]\n", "tried.yaml:2: a part of the file may not be repeated by an alias"),
    "nesting": ("[" * 5000 + "]" * 5000, "parts stand within parts"),
    "many steps": (FILE + VISIT * 101, "at most 100 steps"),
    "many lines": (FILE + VISIT.replace("[cut]", f"[{'cut, ' * 30}cut]"), "tried.yaml:9: at most 30 lines on a bill"),
    "many things": (
        FILE.replace("[center]", f"[{', '.join(f'p{n}' for n in range(101))}]") + VISIT,
        "at most 100 of them",
    ),
    "many types": (
        FILE.replace("steps:", f"gift_card_types: {{{', '.join(f'g{n}: {{par: 1}}' for n in range(101))}}}\nsteps:")
        + VISIT,
        "at most 100 of them",
    ),
    "many sold": (
        FILE + VISIT.replace("pay: rest", f"value: [{', '.join(['{gift_card: g}'] * 31)}]"),
        "at most 30 lines on a bill",
    ),
    "an endless figure": (
        FILE.replace("100.00", "1e999999999") + VISIT,
        "tried.yaml:2: a figure of more than 15 digits",
    ),
    "an endless fraction": (FILE.replace("100.00", "1e-999999999") + VISIT, "a figure of more than 15 digits"),
    "a zero byte": (FILE.replace("[center]", '["a\\0b"]') + VISIT, "tried.yaml:3: a character that no text may have"),
    "a long text": (FILE.replace("[center]", f"[{'x' * 201}]") + VISIT, "a text of more than 200 characters"),
    "the year 9999": (FILE + VISIT.replace("2026", "9999"), "tried.yaml:9: a day before 1900 or after 9000"),
    "too large": ("#" * 70_000, "The file is larger than 64 KB."),
    "a real card": (FILE + VISIT.replace("pay: rest", "points: {gina.club: 1}"), "unknown client 'gina'"),
}


@pytest.mark.parametrize("what", WICKED)
def test_a_broken_or_wicked_file_is_told_and_leaves_nothing(administrator: Client, what: str) -> None:
    text, told = WICKED[what]
    with leaves_nothing():
        page = upload(administrator, text)
    (error,) = mistakes(page)["file"]
    assert any(part in error for part in told.split("|")), error
    assert not page.context["played"] and 'href="#id_file"' in page.content.decode()


def test_a_file_that_takes_too_long_is_ended(administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MOST_SECONDS", 0)
    with leaves_nothing():
        assert mistakes(upload(administrator, FILE + VISIT)) == {"file": ["This takes too long. Try fewer steps."]}
    monkeypatch.undo()
    # The limit of a statement ends with the play.
    assert upload(administrator, FILE + VISIT).context["difference"] is None
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_a_statement_that_takes_too_long_ends_the_play(administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def sleeps(*_about: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(3)")

    monkeypatch.setattr(watch, "MOST_OF_A_STATEMENT", 1)
    monkeypatch.setattr(files, "shown", sleeps)
    with leaves_nothing():
        assert mistakes(upload(administrator, FILE + VISIT)) == {"file": ["This takes too long. Try fewer steps."]}


def test_what_else_the_database_refuses_is_not_told_as_too_long(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deadlocks(*_about: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = 'deadlock_detected'; END $$")

    monkeypatch.setattr(files, "shown", deadlocks)
    with leaves_nothing(), pytest.raises(OperationalError, match="deadlock"):
        upload(administrator, FILE + VISIT)


def test_a_pasted_text_plays_too_stays_and_is_headed_by_its_title(administrator: Client) -> None:
    with leaves_nothing():
        page = administrator.post(PLAY, {"text": (FILE + VISIT).replace("\n", "\r\n")})
    assert page.context["difference"] is None and '<h2 id="result">Ten percent back</h2>' in page.content.decode()
    assert "checkout: {client: anna" in fill(page)["text"][0]
    untitled = upload(administrator, (FILE + VISIT).replace("title: Ten percent back\n", ""))
    assert '<h2 id="result">tried.yaml</h2>' in untitled.content.decode()
    assert mistakes(administrator.post(PLAY, {"text": FILE + "  - {at: ["}))["text"][0].startswith("text:9: not YAML")
    assert mistakes(administrator.post(PLAY, {"text": " "})) == {"file": ["Choose a file, or paste its text."]}


def test_one_play_a_chain_at_a_time(administrator: Client, cast: Cast) -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('try a program'), %s)", [cast.aurora.pk])
        (error,) = mistakes(upload(administrator, FILE + VISIT))["file"]
        assert error.startswith("Somebody of the chain is trying a program at this moment.")
    finally:
        other.close()
    assert upload(administrator, FILE + VISIT).context["difference"] is None

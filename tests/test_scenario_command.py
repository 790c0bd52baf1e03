"""The scenario command: it says what came out differently and where, and leaves nothing behind."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from chains.refusals import Code, Refusal
from loyalty.cards.models import Card
from tests.cast import Cast
from tests.programs import make_card, make_card_type, make_client, make_item, make_visit
from visits.scenario import play

WORLD = """\
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
VISIT = "  - {at: 2026-01-01 10:00, as: visit, checkout: {client: anna, location: center, lines: [cut], pay: rest}}\n"


def expecting(expectation: str) -> str:
    return WORLD + VISIT.replace("}}", f"}}, {expectation}}}")


def with_visit(change: Callable[[str], str]) -> str:
    return WORLD + change(VISIT)


class Scenarios:
    """Writes scenario files and plays them with the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, text: str, name: str = "played.yaml") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def play(self, *paths: Path, **options: Any) -> tuple[int, str, str]:
        """Exit code, output and errors, without the folder."""
        out, err = StringIO(), StringIO()
        code = 0
        try:
            call_command("scenario", *paths, stdout=out, stderr=err, **options)
        except SystemExit as stop:
            code = int(str(stop.code))
        told, errors = (text.getvalue().replace(f"{self.folder}/", "") for text in (out, err))
        return code, told, errors

    def play_text(self, text: str) -> tuple[int, str, str]:
        return self.play(self.file(text))


@pytest.fixture
def scenarios(tmp_path: Path, db: None) -> Scenarios:
    return Scenarios(tmp_path)


def test_a_scenario_that_comes_out_as_it_says(scenarios: Scenarios) -> None:
    text = expecting("expect: {sold: 100, wrote: [promotion_accrual anna.bonus 10.0]}")
    assert scenarios.play_text(text) == (0, "ok   played.yaml\n", "")


FIGURES = {
    "sold: 100.01": "sold should be 100.01, is 100",
    "discount: 1": "discount should be 1, is 0",
    "due: 99": "due should be 99, is 100",
    "paid: 99": "paid should be 99, is 100",
    "left: 1": "left should be 1, is 0",
    "settled: false": "settled should be False, is True",
    "max_points: {anna.bonus: 1}": "max_points of anna.bonus should be 1, is 0",
    "balances: {anna.bonus: 9.99}": "balance of anna.bonus should be 9.99, is 10",
    "debt: {anna.bonus: 1}": "debt of anna.bonus should be 1, is 0",
    "lots: {anna.bonus: [[10, 2026-01-31]]}": "lots of anna.bonus should be [[10, 2026-01-31]], is [[10, never]]",
    "wrote: []": "wrote should be [], is [promotion_accrual anna.bonus 10]",
    "history: {anna: {visits: 2}}": "visits of anna should be 2, is 1",
    "cards: {anna: []}": "cards of anna should be [], is [bonus]",
    "messages: [points_burning anna]": "messages should be [points_burning anna], is []",
    "tier: {anna.bonus/back: 5}": "tier of anna.bonus/back should be 5, is 10",
}


@pytest.mark.parametrize("figure", FIGURES)
def test_a_wrong_figure_is_told_with_its_place(scenarios: Scenarios, figure: str) -> None:
    told = f"FAIL played.yaml: played.yaml:9: {FIGURES[figure]}\n"
    assert scenarios.play_text(expecting(f"expect: {{{figure}}}")) == (1, told, "")


def test_only_the_first_difference_is_told(scenarios: Scenarios) -> None:
    code, told, _errors = scenarios.play_text(
        expecting("expect: {sold: 100, due: 1, paid: 1}")
        + "  - {at: 2026-01-02 10:00, run: burning, expect: {wrote: [burning anna.bonus 1]}}\n"
    )
    assert (code, told) == (1, "FAIL played.yaml: played.yaml:9: due should be 1, is 100\n")


def test_every_file_has_its_line(scenarios: Scenarios) -> None:
    good, wrong = (
        scenarios.file(WORLD + VISIT, "good.yaml"),
        scenarios.file(expecting("expect: {due: 1}"), "wrong.yaml"),
    )
    unreadable = scenarios.file("title: [", "unreadable.yaml")
    code, told, errors = scenarios.play(wrong, unreadable, good)
    assert code == 2
    assert told == "FAIL wrong.yaml: wrong.yaml:9: due should be 1, is 100\nok   good.yaml\n"
    assert errors == "unreadable.yaml:1: not YAML: expected the node content, but found '<stream end>'\n"


OVER_DUE = "refused as payment_over_due: Only €100.00 is left to pay. Type that or less."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (expecting("refused: locked"), "should be refused as locked, but was done"),
        (
            with_visit(lambda visit: visit.replace("pay: rest}}", "pay: {cash: 100.01}}, refused: locked}")),
            f"should be refused as locked, but was {OVER_DUE}",
        ),
        (
            with_visit(lambda visit: visit.replace("pay: rest", "pay: {cash: 100.01}")),
            OVER_DUE,
        ),
    ],
)
def test_what_was_refused_or_was_not(scenarios: Scenarios, text: str, told: str) -> None:
    assert scenarios.play_text(text) == (1, f"FAIL played.yaml: played.yaml:9: {told}\n", "")


def test_a_step_that_lacks_what_a_failed_one_was_to_make(scenarios: Scenarios) -> None:
    """The file may be right: what is told is the failure."""
    text = with_visit(lambda visit: visit.replace("pay: rest", "pay: {cash: 100.01}"))
    code, told, errors = scenarios.play_text(text + "  - {at: 2026-01-02 10:00, cancel: visit}\n")
    assert code == 1 and errors == ""
    assert told.startswith("FAIL played.yaml: played.yaml:9: refused as payment_over_due")


def test_a_refusal_that_leaves_something_behind(scenarios: Scenarios, monkeypatch: pytest.MonkeyPatch) -> None:
    def block_and_refuse(*, card: Card, **_rest: object) -> None:
        make_card(card.client, make_card_type(card.chain, "Second"))
        raise Refusal(Code.LOCKED, "Too late.")

    monkeypatch.setattr(play, "block_card", block_and_refuse)
    told = "FAIL played.yaml: played.yaml:9: refused as locked, yet something was written: []\n"
    assert scenarios.play_text(WORLD + "  - {at: 2026-01-01 10:00, block: anna.bonus, refused: locked}\n") == (
        1,
        told,
        "",
    )


def test_the_invariants_are_checked_after_every_step(scenarios: Scenarios, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(*, card: Card, **_rest: object) -> None:
        card.holder.balance += 1
        card.holder.save(update_fields=["balance"])

    monkeypatch.setattr(play, "block_card", spoil)
    code, told, _errors = scenarios.play_text(WORLD + "  - {at: 2026-01-01 10:00, block: anna.bonus}\n")
    assert code == 1
    assert "played.yaml:9: the ledger does not add up: holder" in told


FILES = {
    "": "played.yaml: the file is empty",
    "title: [a\n": "played.yaml:2: not YAML: ",
    "title: a\n---\ntitle: b\n": "played.yaml:2: not YAML: ",
    "- 1\n": "played.yaml:1: keys with values are expected here",
    "title: a\n": "played.yaml:1: a scenario needs steps",
    "title: a\ntitle: b\n": "played.yaml:2: 'title' stands here twice",
    "titel: a\n": "played.yaml:1: unknown key 'titel'; known here: account_types, accounts, card_types,",
}


@pytest.mark.parametrize("text", FILES)
def test_a_file_that_is_no_scenario(scenarios: Scenarios, text: str) -> None:
    unplayable(scenarios, text, FILES[text])


def unplayable(scenarios: Scenarios, text: str, told: str) -> None:
    code, out, errors = scenarios.play_text(text)
    assert (code, out) == (2, "")
    assert errors.startswith(told)


SET_UPS = {
    "chain: {currency: XXY}": "currency: XXY is not a currency",
    "chain: {time_zone: Mars}": "time_zone: Mars is not a time zone",
    "locations: center": "a list is expected here",
    "locations: [a, a]": "'a' is already a location",
    "services: [a]": "keys with values are expected here",
    "services: {a: cheap}": "'cheap' is not a number",
    "services: {a: NaN}": "'NaN' is not a number",
    "clients: {a: '12'}": "“12” is not a possible phone number",
    "clients: {a: '+4915112345601', b: 0151 12345601}": "Another client of the chain has this phone",
    "promotions: {a: {kind: gift}}": "'gift' is not one of discount_fixed, ",
    "promotions: {a: {kind: discount_fixed, value: 1, burn: soon}}": "'soon' is not a time such as 30 days",
    "promotions: {a: {kind: discount_fixed, value: 1, services: [b]}}": "unknown service or product 'b'",
    "card_types: {a: {promotions: [b]}}": "unknown promotion 'b'",
    "card_types: {a: {limit: 5}}": "unknown key 'limit'; known here: acts_from, archived, automatic_issue, inactivity,",
    "cards: [anna.bonus]": "unknown client 'anna'",
}


@pytest.mark.parametrize("set_up", SET_UPS)
def test_a_set_up_that_cannot_be(scenarios: Scenarios, set_up: str) -> None:
    unplayable(scenarios, set_up + "\nsteps: [at: 2026-01-01 10:00]\n", f"played.yaml:1: {SET_UPS[set_up]}")


def test_a_card_issued_twice(scenarios: Scenarios) -> None:
    text = WORLD.replace("cards: [anna.bonus]", "cards: [anna.bonus, anna.bonus]") + VISIT
    unplayable(scenarios, text, "played.yaml:7: anna already has an active card of the type bonus.")


def test_a_referral_program_that_does_not_fit(scenarios: Scenarios) -> None:
    text = WORLD.replace("steps:", "referral: {discount: back, cashback: back, card_type: bonus}\nsteps:") + VISIT
    unplayable(scenarios, text, "played.yaml:8: discount: This kind of promotion does not fit here.")
    seldom = "{back: {kind: cashback_fixed_sold, value: 10}, seldom: {kind: discount_fixed, value: 10, every: 2}}"
    text = text.replace("{back: {kind: cashback_fixed_sold, value: 10}}", seldom).replace("t: back,", "t: seldom,")
    unplayable(scenarios, text, "played.yaml:8: discount: seldom is not given on every visit")


STEPS = {
    "at: soon": "'soon' is not a time such as 2026-03-01 10:00",
    "at: 2026-03-29 02:30": "the clocks of Europe/Berlin skip 2026-03-29 02:30",
    "run: burning": "a step says at what time it is",
    "at: 2026-01-01 09:59": "time never runs backwards",
    "at: 2026-01-01 10:00, as: visit": "there is already a step 'visit'",
    "at: 2026-01-01 10:00, dance: anna": "unknown key 'dance'; known here: adjust, as, at, block,",
    "at: 2026-01-01 10:00, block: anna.bonus, run: burning": "one action a step, not block and run",
    "at: 2026-01-01 10:00, checkout: {client: bob, location: center}": "unknown client 'bob'",
    "at: 2026-01-01 10:00, checkout: {client: anna}": "'location' is missing",
    "at: 2026-01-01 10:00, edit: {visit: visit, lines: [shave]}": "unknown service or product 'shave'",
    "at: 2026-01-01 10:00, edit: {visit: visit, lines: [{item: cut, quantity: 0.5}]}": "'0.5' is not a whole number",
    "at: 2026-01-01 10:00, edit: {visit: visit, status: gone}": "'gone' is not one of waiting, confirmed, arrived, ",
    "at: 2026-01-01 10:00, edit: {visit: visit, pay: {gold: 1}}": "unknown key 'gold'; known here: card, cash, online,",
    "at: 2026-01-01 10:00, edit: {visit: visit, points: {anna.club: 1}}": "unknown card type 'club'",
    "at: 2026-01-01 10:00, edit: {visit: visit, seen: dinner}": "unknown step 'dinner'",
    "at: 2026-01-01 10:00, as: again, edit: {visit: visit, seen: early}": "the visit was not there yet after 'early'",
    "at: 2026-01-01 10:00, edit: {visit: visit, referral: anna-maria}": "unknown client 'anna-maria'",
    "at: 2026-01-01 10:00, edit: {pay: rest}": "an edit names the visit",
    "at: 2026-01-01 10:00, cancel: dinner": "unknown step 'dinner'",
    "at: 2026-01-01 10:00, cancel: job": "the step 'job' left no visit",
    "at: 2026-01-01 10:00, run: fast": "'fast' is not one of burning, notices",
    "at: 2026-01-01 10:00, change: {value: 5}": "a change names one of promotion, card_type,",
    "at: 2026-01-01 10:00, manual_accrual: {card: anna.bonus}": "'amount' is missing",
    "at: 2026-01-01 10:00, client: {name: bob, phone: 1}": "'location' is missing",
    "at: 2026-01-01 10:00, run: burning, refused: sulking": "'sulking' is not one of unknown_client, invalid_phone,",
    "at: 2026-01-01 10:00, expect: {soled: 1}": "unknown key 'soled'; known here: balances, cards,",
    "at: 2026-01-01 10:00, expect: {sold: 1}": "this step has no visit",
    "at: 2026-01-01 10:00, expect: {balances: {anna.bonus: much}}": "'much' is not a number",
    "at: 2026-01-01 10:00, expect: {history: {anna: {visit: 1}}}": "unknown key 'visit'; known here: paid, sold, ",
    "at: 2026-01-01 10:00, expect: {lots: {bob.bonus: []}}": "unknown client 'bob'",
    "at: 2026-01-01 10:00, expect: {lots: {anna.bonus: [[10]]}}": "a lot reads [REMAINING, LAST DAY]",
    "at: 2026-01-01 10:00, expect: {wrote: [burning]}": "a row reads KIND HOLDER AMOUNT",
    "at: 2026-01-01 10:00, expect: {wrote: [gift anna 1]}": "'gift' is not one of promotion_discount, ",
    "at: 2026-01-01 10:00, expect: {wrote: [card_payment anna.club 1]}": "unknown card type 'club'",
    "at: 2026-01-01 10:00, expect: {messages: [hello anna]}": "'hello' is not one of points_burning",
    "at: 2026-01-01 10:00, expect: {tier: {anna.bonus/gold: 1}}": "unknown promotion 'gold'",
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_cannot_be_played(scenarios: Scenarios, step: str) -> None:
    early, job = (f"  - {{at: 2026-01-01 10:00, as: {name}, run: burning}}\n" for name in ("early", "job"))
    unplayable(scenarios, f"{WORLD}{early}{VISIT}{job}  - {{{step}}}\n", f"played.yaml:12: {STEPS[step]}")


def test_a_file_that_is_not_there(scenarios: Scenarios) -> None:
    code, out, errors = scenarios.play(scenarios.folder / "nowhere.yaml")
    assert (code, out) == (2, "")
    assert errors.startswith("nowhere.yaml: cannot be read:")


def test_a_file_that_is_no_text(scenarios: Scenarios) -> None:
    path = scenarios.folder / "photo.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    code, out, errors = scenarios.play(path)
    assert (code, out) == (2, "")
    assert errors.startswith("photo.yaml: cannot be read:")


def contents() -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a digest of them."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t")  # noqa: S608
            found[table] = cursor.fetchone()
    return found


ALL_SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))


def test_an_empty_database_stays_empty(scenarios: Scenarios) -> None:
    before = contents()
    code, told, errors = scenarios.play(*ALL_SCENARIOS[:2])
    assert code == 0, (told, errors)
    assert contents() == before


def test_a_full_database_stays_as_it_was(scenarios: Scenarios, cast: Cast) -> None:
    """With clients of the same phones and items of the same names in it."""
    card_type = make_card_type(cast.aurora, "bonus")
    anna = make_client(cast.center, "anna", "+4915112345601")
    make_card(anna, card_type, "0001")
    make_visit(cast.center, anna, [make_item(cast.aurora, "cut", "100.00")], at=datetime(2026, 1, 1, 9, tzinfo=UTC))
    before = contents()
    assert before["visits_visit"][0] == 1
    code, _told, _errors = scenarios.play(*ALL_SCENARIOS, scenarios.file(expecting("expect: {due: 1}")))
    assert code == 1
    assert contents() == before


def test_what_cannot_be_played_to_its_end_leaves_nothing_behind(scenarios: Scenarios) -> None:
    before = contents()
    assert scenarios.play_text(WORLD + VISIT + "  - {at: 2026-01-02 10:00, run: fast}\n")[0] == 2
    assert contents() == before


def test_what_every_step_did_as_json(scenarios: Scenarios) -> None:
    text = expecting("expect: {due: 99.00}") + (
        "  - {at: 2026-01-01 10:01, undo: visit, refused: not_undoable}\n"
        "  - {at: 2026-01-01 10:02, expect: {balances: {anna.bonus: 10.00}}}\n"
    )
    code, told, errors = scenarios.play(scenarios.file(text), json=True)
    assert (code, errors) == (1, "")
    report = json.loads(told)
    assert report.pop("steps") == [
        {
            "at": "2026-01-01 10:00",
            "action": "checkout",
            "as": "visit",
            "visit": {
                "sold": "100.00",
                "discount": "0.00",
                "covered": "0.00",
                "due": "100.00",
                "value": "0.00",
                "paid": "100.00",
                "left": "0.00",
                "status": "arrived",
                "settled": True,
            },
            "wrote": ["promotion_accrual anna.bonus 10.00"],
            "balances": {"anna.bonus": "10.00"},
            "difference": "played.yaml:9: due should be 99, is 100",
        },
        {
            "at": "2026-01-01 10:01",
            "action": "undo",
            "refused": "not_undoable",
            "sentence": "Only what staff entered by hand is undone here. Edit or cancel the visit instead.",
            "field": None,
            "wrote": [],
            "balances": {"anna.bonus": "10.00"},
        },
        {"at": "2026-01-01 10:02", "action": "expect", "wrote": [], "balances": {"anna.bonus": "10.00"}},
    ]
    assert report == {"file": "played.yaml", "ok": False}

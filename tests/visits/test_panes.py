"""A pane that only this test declares is played in the visit window: one declaration and one template are enough.

Stamps are paid with like gift cards: a code is typed, each stamp pays an amount up to what is on it.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.utils import timezone

from chains.refusals import Code, Refusal
from loyalty.rules.plan import PaymentChoice, PaymentMethod, Plan, Status
from tests.programs import make_visit
from tests.visits.conftest import Salon
from tests.visits.window import Window, new_window, two_ways, window_of
from visits.models import Visit
from visits.window.amounts import choice_of, with_figure
from visits.window.fields import PaneForm, amount_field, hidden_field, text_field
from visits.window.layout import PANES
from visits.window.merging import Change, ShownChange, amount_told, amounts_of, merged_amounts, told_change
from visits.window.page import Computed, Entry, Page, Read, Subject
from visits.window.pane import Button, Merging, Pane, Rows
from visits.window.typed import Row, Typed, with_the_most

pytestmark = pytest.mark.django_db


class CodeForm(PaneForm):
    stamp_code = text_field("Code of a stamp", "")


class StampForm(PaneForm):
    code = hidden_field()
    amount = amount_field("Paid by stamp")


def add(typed: Typed, _value: str) -> Typed:
    row = {"code": typed.text("stamp_code"), "amount": ""}
    return typed.with_rows("stamps", (*typed.rows_of("stamps"), row)).with_texts(stamp_code="")


def use(typed: Typed, value: str) -> Typed:
    return typed.with_rows("stamps", with_the_most(typed.rows_of("stamps"), "code", value))


def look_up(_typed: Typed, _subject: Subject, _at: datetime) -> dict[str, Decimal]:
    return {"AB12": Decimal(30)}


def read(entry: Entry, plan: Plan) -> Read:
    """What stamps pay goes into the plan as a transfer."""
    paid, refusals, places = plan.payments, [], {}
    for row in entry.typed.rows_of("stamps"):
        most = entry.known.own["stamps"].get(row["code"])
        if most is None:
            refusals.append(Refusal(Code.UNKNOWN_CLIENT, "There is no such stamp.", field=f"stamps.{row['code']}"))
        elif row["amount"]:
            paid = (*paid, PaymentChoice(PaymentMethod.TRANSFER, choice_of(row, entry) or most))
            places["payments.transfer"] = f"stamps.{row['code']}"
    return Read(replace(plan, payments=paid), tuple(refusals), places)


def fill(computed: Computed) -> Computed:
    on_them = computed.known.own["stamps"]
    rows = [with_figure(row, on_them.get(row["code"]), 2, is_known=True) for row in computed.typed.rows_of("stamps")]
    return computed.with_rows("stamps", rows)


def label(_computed: Computed, row: Row, label: str) -> str:
    return f"{label} {row['code']}"


def told(changes: list[Change], _entry: Entry) -> list[ShownChange]:
    return [told_change(each, each.key[0], amount_told) for each in changes]


def show(page: Page) -> dict[str, forms.Form]:
    codes = [row["code"] for row in page.typed.rows_of("stamps")]
    return dict(zip(codes, page.form.rows("stamps"), strict=True))


STAMPS = Pane(
    name="stamps",
    template="stamps.html",
    fields=CodeForm,
    rows=Rows(StampForm, key="code", field="amount", label=label, pays=True),
    buttons={"add_stamp": Button(add, focus="stamp_code"), "use_stamp": Button(use, focus="stamps.{value}")},
    look_up=look_up,
    read=read,
    fill=fill,
    merging=Merging(amounts_of("stamps", "code"), merged_amounts("stamps", "code"), told),
    show=show,
)


@pytest.fixture(autouse=True)
def with_stamps(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """The window as if stamps stood in its tuple."""
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = templates
    monkeypatch.setattr("visits.window.views.PANES", (*PANES, STAMPS))


def with_stamp(salon: Salon, code: str = "AB12") -> Window:
    """A haircut of 60.00, to be paid with a stamp that holds 30.00."""
    window = new_window(salon.desk, salon.location, salon.nina).post(add_item=str(salon.haircut.pk))
    return window.fill(stamp_code=code, payments__0__amount="1").press("add_stamp")


def test_a_pane_is_shown_where_it_says_and_keeps_what_was_typed(salon: Salon) -> None:
    window = with_stamp(salon)
    assert "Paid by stamp AB12" in window.text("stamps")
    assert window.page.focus["id"] == "id_stamp_code"
    assert (window.fields["stamp_code"], window.fields["stamps-0-code"]) == ("", "AB12")
    window.fill(stamps__0__amount="12.5").post(add_item=str(salon.shampoo.pk))
    assert (window.fields["stamps-0-amount"], window.fields["payments-0-amount"]) == ("12.5", "1")
    assert window.totals == "Due €78.90, left to pay €65.40."


def test_a_button_of_a_pane_leads_to_its_row_with_the_figure_in_it(salon: Salon) -> None:
    window = with_stamp(salon).press("use_stamp", "AB12")
    assert window.fields["stamps-0-amount"] == "30.00"
    assert window.page.focus["id"] == "id_stamps-0-amount"
    window.press("pay_the_rest", "cash").save().follow()
    assert Visit.objects.get().settled_at
    paid = {payment.method: payment.amount for payment in Visit.objects.get().payments.all()}
    assert paid == {"cash": Decimal(30), "transfer": Decimal(30)}


def test_refusals_of_a_pane_and_of_the_plan_stand_beside_its_row(salon: Salon) -> None:
    window = with_stamp(salon, "XX99").save()
    assert window.error("stamps-0-amount") == "There is no such stamp."
    assert "Paid by stamp XX99: There is no such stamp." in window.mistakes
    window = with_stamp(salon)
    for typed, sentence in (("12,500", two_ways("12,500")), ("70", "Only €59.00 is left to pay.")):
        window.fill(stamps__0__amount=typed).save()
        assert window.error("stamps-0-amount").startswith(sentence)
        assert window.fields["stamps-0-amount"] == typed
    assert not Visit.objects.exists()


def test_a_pane_is_put_together_with_what_was_saved_since(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.nina, [salon.haircut], at=timezone.now(), pays=None, status=Status.WAITING)
    mine, theirs = window_of(salon.desk, visit), window_of(salon.manager, visit)
    mine.fill(stamp_code="AB12").press("add_stamp").fill(stamps__0__amount="20")
    theirs.fill(lines__0__quantity="2").press("recalculate").save().follow()
    mine.save().press("merge")
    assert (mine.fields["lines-0-quantity"], mine.fields["stamps-0-amount"]) == ("2", "20")
    assert mine.totals == "Due €120.00, left to pay €100.00."

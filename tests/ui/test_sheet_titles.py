"""Titles of sheets and names of files, made of names that people chose."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from config.ui.spreadsheets import Spreadsheet, sheet_title
from tests.cast import Cast
from tests.programs import make_client


def units(title: str) -> int:
    return len(title.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Siobhán O’Brien", "Siobhán O’Brien"),
        ("Siobhan O'Brien", "Siobhan O'Brien"),
        ("'quoted'", "quoted"),
        ("History", "History (2)"),
        ("HISTORY", "HISTORY (2)"),
        ("a/b\\c?d*e[f]:g", "a b c d e f  g"),
        ("", "List"),
        ("[]", "List"),
        ("'''", "List"),
        ("\x07\n\t", "List"),
        ("x" * 40, "x" * 31),
        ("x" * 30 + "'y", "x" * 30),
        ("𠮷" * 20, "𠮷" * 15),
        ("x" + "𠮷" * 20, "x" + "𠮷" * 15),
    ],
)
def test_any_text_becomes_a_title_that_excel_takes(text: str, title: str) -> None:
    assert sheet_title(text) == title


def test_no_two_sheets_have_the_same_title_whatever_its_case() -> None:
    assert sheet_title("Anna", ["ANNA", "anna (2)"]) == "Anna (3)"
    assert sheet_title("ａｎｎａ", ["Anna"]) == "ａｎｎａ (2)"
    assert sheet_title("x" * 31, ["X" * 31]) == "x" * 27 + " (2)"


@given(st.lists(st.text(max_size=40), max_size=6))
def test_titles_are_always_possible(texts: list[str]) -> None:
    titles: list[str] = []
    for text in texts:
        titles.append(sheet_title(text, titles))
    assert len({title.casefold() for title in titles}) == len(titles)
    for title in titles:
        assert 0 < units(title) <= 31 and not set("[]:*?/\\") & set(title)
        assert title.strip("'") == title and title.casefold() != "history"


@pytest.mark.parametrize("name", ["History", "𠮷" * 20, "About this list", "'Anna'", "💇🏽" * 30, "王" * 150])
def test_the_visits_of_a_client_are_a_workbook_whatever_the_name(manager: Client, cast: Cast, name: str) -> None:
    guest = make_client(cast.center, name, "")
    answer = manager.get(f"/chains/aurora/clients/{guest.pk}/visits/", {"export": "xlsx"})
    titles = load_workbook(BytesIO(answer.content)).sheetnames
    assert len({title.casefold() for title in titles}) == 2
    assert all(0 < units(title) <= 31 and title.casefold() != "history" for title in titles)
    assert len(answer["Content-Disposition"]) < 1000


def test_a_long_text_is_cut_where_excel_ends_a_cell() -> None:
    with Spreadsheet() as book:
        sheet = book.add_sheet("Long")
        sheet.add(["𠮷" * 20_000])
        file = BytesIO()
        book.save(file)
    text = load_workbook(BytesIO(file.getvalue())).worksheets[0]["A1"].value
    assert isinstance(text, str) and units(text) == 32_766

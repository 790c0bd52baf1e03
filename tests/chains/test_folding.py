"""Names as they sort and as they are found: in the ways that people type them, on any keyboard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.folding import LONGEST_NUMBER, folded, folded_number, is_found, spellings


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Łukasz Wałęsa", "lukasz walesa"),
        ("Işıl Yıldız", "isil yildiz"),
        ("İpek", "ipek"),
        ("Đặng Thị Hoa", "dang thi hoa"),
        ("Søren Kjær", "soren kjaer"),
        ("Siobhán O’Brien", "siobhan obrien"),
        ("Anna‑Lena", "anna lena"),
        ("Groß", "gross"),
        ("Ｊａｎｅ　Ｄｏｅ", "jane doe"),
        ("Zoe\u0308", "zoe"),
        ("Иван Йод", "ivan iod"),
        ("Γιώργος", "giorgos"),
        ("王小明", "wangxiaoming"),
        ("\u202eשלום\u202c", "slvm"),
        ("💇🏽 Anna", "💇🏽 anna"),
        ("\u200d\u0301", ""),
        ("- ’ -", ""),
    ],
)
def test_a_name_sorts_by_its_plain_letters(name: str, plain: str) -> None:
    assert folded(name) == plain


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Łukasz Wałęsa", ("Łukasz", "lukasz", "walesa", "WAŁĘSA łuk")),
        ("Işıl Yıldız", ("Işıl", "ışıl", "isil", "IŞIL", "yildiz")),
        ("Đặng Thị Hoa", ("dang", "Dang Thi", "đặng")),
        ("Søren Kjær", ("soren kjaer", "soeren", "kjær", "SØREN")),
        ("Siobhán O’Brien", ("O’Brien", "O'Brien", "OBrien", "o brien", "brien siobhan", "O´Brien", "Oʼbrien")),
        ("Siobhan O Brien", ("O'Brien", "O’Brien")),
        ("Anna-Lena Kurz", ("anna lena", "Anna‑Lena", "anna–lena", "annalena", "kurz anna")),
        ("Annalena Kurz", ("Anna-Lena",)),
        ("Jürgen Müller", ("müller", "muller", "mueller", "juergen mull", "MÜLLER")),
        ("Mueller", ("Müller", "mueller")),
        ("Muller", ("Müller", "muller")),
        ("Иванов", ("Иванов", "иван", "ivanov", "IVAN")),
        ("Алексей Щербаков", ("алексеи", "aleksey", "aleksei", "alexey", "shcherbakov", "scherbakov", "щерб")),
        ("Дмитрий", ("dmitry", "dmitriy", "dmitrii", "дмитрий")),
        ("Dmitry", ("Дмитрий",)),
        ("Фёдор", ("федор", "фёдор", "fedor", "fyodor")),
        ("Федор", ("фёдор",)),
        ("Наталья", ("natalia", "natalya", "наталья")),
        ("Παπαδοπούλου", ("παπαδοπουλου", "papadopoulou", "ΠΑΠΑΔΟΠΟΎΛΟΥ")),
        ("Ｊａｎｅ", ("jane", "ＪＡＮＥ")),
        ("Zoe\u0308", ("zoë", "zoe")),
        ("أحمد", ("احمد", "أحمد")),
        ("💇🏽", ("💇🏽",)),
    ],
)
def test_a_name_is_found_as_people_type_it(name: str, typed: tuple[str, ...]) -> None:
    assert [text for text in typed if not is_found(text, name)] == []


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Jonas", "joe"),
        ("Maria Nowak", "ian"),
        ("Anna", "-"),
        ("Anna", ""),
        ("Anna", "\u200d"),
        ("Anna Berger", "anna k"),
    ],
)
def test_what_is_not_there_is_not_found(name: str, typed: str) -> None:
    assert not is_found(typed, name)


@given(st.text(max_size=60))
def test_any_name_is_found_by_itself_and_sorts_by_what_is_seen(name: str) -> None:
    assert "\x00" not in spellings(name)
    assert is_found(name, name) == bool(spellings(name))
    assert folded(folded(name)) == folded(name)


@pytest.mark.parametrize(
    "typed",
    ["2948 724 871", "2948-724-871", "２９４８７２４８７１", "٢٩٤٨٧٢٤٨٧١", " 2948\u00a0724–871\u200e", "2948‑724871"],
)
def test_a_number_is_the_same_in_groups_and_on_any_keyboard(typed: str) -> None:
    assert folded_number(typed) == "2948724871"


def test_letters_of_a_number_are_small_and_it_is_never_too_long() -> None:
    assert folded_number("HB-77 ａ") == folded_number("hb77A")
    assert folded_number(" - ") == ""
    assert len(folded_number("ﷺ" * 40)) <= LONGEST_NUMBER

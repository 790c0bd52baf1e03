"""The one reader of figures: a field reads what it shows, in every language and currency, and refuses what is two."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from config.ui.amounts import Unreadable, figure_text, read_figure
from config.ui.currencies import minor_unit
from config.ui.fields import FigureField
from config.ui.figures import format_points
from tests.cast import Cast, make_chain, make_location
from tests.pages import fill, mistakes
from tests.programs import make_client
from tests.visits.window import new_window
from visits.forms.amounts import UNREADABLE, amount_text, percent_text, read_amount, read_number, read_percent

LANGUAGES = ("en", "de", "fr", "ru", "pt-br", "ar", "hi", "de-ch", "sv", "es", "pl", "he", "fa", "tr", "nb", "zh-hans")
CURRENCIES = ("JPY", "EUR", "KWD", "CLF")
UNITS = st.integers(min_value=0, max_value=10**11)


@given(st.sampled_from(LANGUAGES), st.sampled_from(CURRENCIES), UNITS)
def test_what_is_shown_is_read_back(language: str, currency: str, units: int) -> None:
    places = minor_unit(currency)
    amount = Decimal(units).scaleb(-places)
    with translation.override(language):
        assert read_amount(amount_text(amount, places), places) == amount
        field = FigureField(places=places, finest=places)
        assert field.clean(field.prepare_value(amount)) == amount


@given(st.sampled_from([each for each in LANGUAGES if each != "de-ch"]), st.sampled_from(CURRENCIES), UNITS)
def test_what_stands_beside_a_field_may_be_typed_into_it(language: str, currency: str, units: int) -> None:
    """With its thousands set apart; of Switzerland's apostrophes, Babel leaves out every pair."""
    places = minor_unit(currency)
    amount = Decimal(units).scaleb(-places)
    with translation.override(language):
        assert read_figure(format_points(amount, currency), places) == amount
        assert read_figure(format_points(-amount, currency), places) == -amount


@given(st.sampled_from(LANGUAGES), st.integers(min_value=0, max_value=10_000))
def test_percentages_are_read_back(language: str, hundredths: int) -> None:
    percent = Decimal(hundredths).scaleb(-2)
    with translation.override(language):
        assert read_percent(percent_text(percent)) == percent
        assert FigureField().clean(figure_text(percent)) == percent


#: As it is typed: the figure in yen, euros and dinars, in English and in German; None is refused.
TYPED = {
    "1,234.56": (None, "1234.56", "1234.560") * 2,
    "1.234,56": (None, "1234.56", "1234.560") * 2,
    "1 234,56": (None, "1234.56", "1234.560") * 2,
    "1’234.50": (None, "1234.50", "1234.500") * 2,
    "12,5": (None, "12.50", "12.500") * 2,
    "12.50": (None, "12.50", "12.500") * 2,
    "12,500": ("12500", None, None, None, None, "12.500"),
    "12.500": (None, None, "12.500", "12500", None, None),
    "1,234.567": (None, None, "1234.567") * 2,
    "0,500": (None, None, "0.500") * 2,
    "1234,500": (None, None, "1234.500") * 2,
    "1,234,567": ("1234567", "1234567.00", "1234567.000") * 2,
    "12,34,567.5": (None, "1234567.50", "1234567.500") * 2,
    "١٢٫٥": (None, "12.50", "12.500") * 2,
    "١٢٬٥٠٠": ("12500", "12500.00", "12500.000") * 2,
    "１２": ("12", "12.00", "12.000") * 2,
    "\u200e12\u00a0": ("12", "12.00", "12.000") * 2,
    "": ("0",) * 6,
    "12 50": (None,) * 6,
    "1.2.3": (None,) * 6,
    "12,5.5": (None,) * 6,
    "1,23,4": (None,) * 6,
    "12.": (None,) * 6,
    "-1": (None,) * 6,
    "1e3": (None,) * 6,
    "NaN": (None,) * 6,
    "12.34567": (None,) * 6,
    "1234567890123": (None,) * 6,
}


@pytest.mark.parametrize("text", TYPED)
def test_amounts_as_people_type_them(text: str) -> None:
    read = []
    for language in ("en", "de"):
        with translation.override(language):
            amounts = [read_amount(text, places) for places in (0, 2, 3)]
        read += [None if amount.is_nan() else str(amount) for amount in amounts]
    assert tuple(read) == TYPED[text]


def test_what_can_be_read_in_two_ways_is_refused_in_words() -> None:
    with pytest.raises(Unreadable) as refused:
        read_figure("12,500", 3)
    assert str(refused.value) == (
        "“12,500” can be read in two ways. Type 12500 without anything between thousands, or a figure such as 12.500."
    )
    for typed in ("12,500", "12.500"):
        with pytest.raises(ValidationError, match="can be read in two ways"):
            FigureField().clean(typed)
    with pytest.raises(ValidationError, match=r"Type a figure such as 12\.50"):
        FigureField().clean("free")


def test_whole_numbers_and_percentages_of_other_keyboards() -> None:
    assert (read_number("３"), read_number("٣"), read_number("x")) == (3, 3, 0)
    assert [read_percent(text) for text in ("10%", "７,５％", "١٠٪", " 5 %")] == [10, Decimal("7.5"), 10, 5]
    assert read_percent("1,000").is_nan() and UNREADABLE.is_nan()


@pytest.mark.parametrize(("language", "typed"), [("en", "12.500"), ("de", "12,500"), ("ar", "١٢٫٥٠٠")])
def test_a_bill_in_dinars_takes_its_amounts_as_they_are_written(
    client: Client, cast: Cast, settings: Any, language: str, typed: str
) -> None:
    kuwait = make_chain("Kuwait", currency="KWD", region="KW", time_zone="Asia/Kuwait")
    place = make_location(kuwait, "Salmiya")
    kuwait.accesses.create(user=cast.administrator, role="owner", all_locations=True)
    client.force_login(cast.administrator)
    address = f"/locations/{place.slug}/items/new/"
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ar", "Arabic")]
    cast.administrator.language = language
    cast.administrator.save()
    page = client.post(address, fill(client.get(address), name="Cut", kind="service", price=typed))
    assert page.status_code == 302
    cut = kuwait.items.get()
    assert cut.price == Decimal("12.5")
    edit = f"/locations/{place.slug}/items/{cut.pk}/"
    opened = fill(client.get(edit))
    assert opened["price"] == ["12,500" if language == "de" else "12.500"]
    assert client.post(edit, opened).status_code == 302
    guest = make_client(place, "Noor", "")
    window = new_window(cast.administrator, place, guest)
    window.post(add_item=str(cut.pk)).fill(payments__0__amount=typed).press("save").follow()
    assert guest.visits.get().paid == Decimal("12.5") and guest.visits.get().settled_at


def test_thousands_of_yen_are_read_and_of_dinars_asked_about(client: Client, cast: Cast) -> None:
    for currency, price, mistake in (("JPY", "12,500", None), ("KWD", "12,500", "can be read in two ways")):
        chain = make_chain(f"Chain {currency}", currency=currency)
        place = make_location(chain, f"Place {currency}")
        chain.accesses.create(user=cast.administrator, role="owner", all_locations=True)
        client.force_login(cast.administrator)
        address = f"/locations/{place.slug}/items/new/"
        page = client.post(address, fill(client.get(address), name="Cut", kind="service", price=price))
        if mistake:
            assert mistake in mistakes(page)["price"][0] and not chain.items.exists()
        else:
            assert chain.items.get().price == 12500

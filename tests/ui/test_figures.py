"""Amounts as a person reads them."""

from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation

from chains.models import Chain
from config.ui.figures import format_money, format_points


@pytest.mark.parametrize(
    ("amount", "currency", "language", "written"),
    [
        ("1234.5", "EUR", "en", "€1,234.50"),
        ("-6", "EUR", "en", "−€6.00"),
        ("1234", "JPY", "en", "¥1,234"),
        ("1.5", "KWD", "en", "KWD\N{NO-BREAK SPACE}1.500"),
        ("12.5", "RSD", "en", "RSD\N{NO-BREAK SPACE}12.50"),
        ("1234.5", "EUR", "de", "1.234,50\N{NO-BREAK SPACE}€"),
    ],
)
def test_money_has_the_digits_of_its_currency(amount: str, currency: str, language: str, written: str) -> None:
    with translation.override(language):
        assert format_money(Decimal(amount), currency) == written


@pytest.mark.parametrize(
    ("amount", "currency", "written"), [("33.5", "EUR", "33.50"), ("-1234", "JPY", "−1,234"), ("0", "KWD", "0.000")]
)
def test_points_have_the_digits_of_the_currency_without_its_sign(amount: str, currency: str, written: str) -> None:
    assert format_points(Decimal(amount), currency) == written


def test_the_tags_mark_figures_for_the_style_sheet() -> None:
    template = Template("{% load ui %}{% money amount chain %} {% points amount chain %}")
    context = Context({"amount": Decimal("90"), "chain": Chain(currency="EUR")})
    assert template.render(context) == '<span class="figure">€90.00</span> <span class="figure">90.00</span>'

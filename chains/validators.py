"""What a chain is described with, and what it may cost: currencies, time zones, countries, prices."""

from decimal import Decimal
from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from babel.numbers import list_currencies
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def validate_currency(code: str) -> None:
    if code not in list_currencies():
        raise ValidationError(
            _("%(code)s is not a currency. Give its ISO 4217 code, such as EUR."),
            code="invalid_currency",
            params={"code": code},
        )


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones; looked up once, since it reads a thousand files."""
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    if name not in time_zones():
        raise ValidationError(
            _("%(name)s is not a time zone. Give its full name, such as Europe/Berlin."),
            code="invalid_time_zone",
            params={"name": name},
        )


def validate_region(code: str) -> None:
    is_country = len(code) == 2 and code.isalpha() and code in Locale("en").territories
    if not is_country:
        raise ValidationError(
            _("%(code)s is not a country. Give its two-letter ISO 3166 code, such as DE."),
            code="invalid_region",
            params={"code": code},
        )


def is_price(price: Decimal, places: int) -> bool:
    """Whether what is sold may cost ``price``: 0 or more, in range, and no finer than the currency's minor unit."""
    return price.is_finite() and 0 <= price < 10**9 and price == price.quantize(Decimal(1).scaleb(-places))

"""Tags for what every page shows: icons and figures."""

from decimal import Decimal
from functools import cache, lru_cache
from typing import Protocol

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.ui.figures import format_money, format_points

register = template.Library()


class HasCurrency(Protocol):
    """A chain, or whatever else knows the currency that its figures are in."""

    currency: str


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """An icon of the sprite; only an ornament, so the words beside it must say the same."""
    return format_html(
        '<svg class="icon" fill="none" stroke="currentColor" stroke-linecap="round" '
        'stroke-linejoin="round" aria-hidden="true"><use href="{}#{}"/></svg>',
        static("vendor/tabler-icons/sprite.svg"),
        name,
    )


@register.simple_tag
def money(amount: Decimal, chain: HasCurrency) -> SafeString:
    return _figure(format_money(amount, chain.currency))


@register.simple_tag
def points(amount: Decimal, chain: HasCurrency) -> SafeString:
    return _figure(format_points(amount, chain.currency))


@lru_cache(maxsize=4096)
def _figure(written: str) -> SafeString:
    return format_html('<span class="figure">{}</span>', written)

"""Instants on the clock that shows them."""

from __future__ import annotations

from datetime import datetime

from django import template

from chains import clocks
from chains.models import Location

register = template.Library()


@register.filter
def start_at(at: datetime, location: Location) -> datetime:
    """The start of a visit on the clock of its location."""
    return clocks.start_at(at, location)

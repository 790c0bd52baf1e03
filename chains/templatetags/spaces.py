"""Addresses within the space that a page is in."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from chains.spaces import Space

register = template.Library()


@register.simple_tag(takes_context=True)
def space_url(context: Context, url_name: str, *objects: Any) -> str:
    """The address, in the reader's space, of a page that both kinds of space have."""
    space: Space = context["space"]
    return space.page(url_name, *objects)

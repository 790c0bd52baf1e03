"""Addresses of one thing of many: a list has hundreds, which differ by the id alone."""

from functools import lru_cache

from django.urls import reverse

#: No row has it.
_SOME_ID = 2**62


def address_of(url_name: str, slug: str, pk: int) -> str:
    """What ``reverse`` answers for a page of a space about the row with this id."""
    before, after = _around(url_name, slug)
    return f"{before}{pk}{after}"


@lru_cache(maxsize=4096)
def _around(url_name: str, slug: str) -> tuple[str, str]:
    before, after = reverse(url_name, args=[slug, _SOME_ID]).split(str(_SOME_ID))
    return before, after

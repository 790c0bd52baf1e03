"""Words that promotions, card types and their histories share."""

from __future__ import annotations

from django.utils.translation import ngettext_lazy

PERIODS = {
    "days": ngettext_lazy("%(count)s day", "%(count)s days", "count"),
    "weeks": ngettext_lazy("%(count)s week", "%(count)s weeks", "count"),
    "months": ngettext_lazy("%(count)s month", "%(count)s months", "count"),
    "years": ngettext_lazy("%(count)s year", "%(count)s years", "count"),
}


def period_in_words(count: int, unit: str) -> str:
    """As in "30 days", "1 month"."""
    return str(PERIODS[unit] % {"count": count})

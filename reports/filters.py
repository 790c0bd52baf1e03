"""What the filters of every report share: a period of days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.models import Location
from chains.spaces import ChainRequest
from config.ui.filters import BaseFilterSet, DayFilter
from reports.periods import first_weekday_in, presets

#: Days before and after these are slips of the finger.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


#: Whose bills are shown: those of guests, or those made without one.
WITH_GUEST, WITHOUT_GUEST = "with", "without"
GUESTS = ((WITH_GUEST, _("of a guest")), (WITHOUT_GUEST, _("without a guest")))


def locations(request: ChainRequest) -> QuerySet[Location]:
    return request.chain.locations.order_by("name_folded", "pk")


def usual_days() -> list[Any]:
    """What refuses every other day."""
    return [
        MinValueValidator(FIRST_DAY, _("Choose a day from 2000 on.")),
        MaxValueValidator(LAST_DAY, _("Choose a day before 2200.")),
    ]


class PeriodDayFilter(DayFilter):
    """A day on which a period may begin or end."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validators=usual_days(), **kwargs)


class PeriodForm(forms.Form):
    """Refuses a period that ends before it begins."""

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("The period ends before it begins."))
        return self.cleaned_data


class Preset(NamedTuple):
    """A period by name, and the query that asks for it."""

    name: str | Promise
    query: str
    is_chosen: bool


class PeriodFilterSet(BaseFilterSet):
    """Filters of a report over days, both of which belong to the period."""

    since = PeriodDayFilter(label=_("Period from"))
    until = PeriodDayFilter(label=_("Period to"))

    def chosen_period(self) -> tuple[date | None, date | None]:
        self.form.is_valid()
        return self.form.cleaned_data.get("since"), self.form.cleaned_data.get("until")

    def presets_on(self, today: date) -> Iterator[Preset]:
        chosen = self.chosen_period()
        for period in presets(today, first_weekday_in(self.request.chain.region)):
            query = self._without("since", "until")
            span = period.span
            query["since"], query["until"] = span.since.isoformat(), span.until.isoformat()
            yield Preset(period.name, query.urlencode(), chosen == (span.since, span.until))

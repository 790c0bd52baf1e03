"""What the filters of every report share: a period of days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.folding import folded_number
from chains.models import Location
from chains.spaces import ChainRequest
from config.ui.filters import BaseFilterSet, Chip, DayFilter
from loyalty.programs.numbers import GROUP
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


class NumberBeginsFilter(django_filters.CharFilter):
    """By how a code begins: no more of one than everybody is shown, as it stands in the address of the page.

    A whole code would stay in the browser's history, in saved views and in logs; it is looked up by a form.
    """

    def __init__(self) -> None:
        super().__init__(label=_("Number begins with"), max_length=GROUP)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        typed = folded_number(value)
        if not typed:
            return qs.none()
        found: QuerySet[Any] = qs.filter(number_folded__startswith=typed).alias(signs=Length("number_folded"))
        return found.filter(signs__gte=2 * len(typed))


class PeriodForm(forms.Form):
    """Refuses a period that ends before it begins."""

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("The period ends before it begins."))
        return self.cleaned_data


DAYS = ("since", "until")
PERIOD = ("period", *DAYS)


def _names() -> list[tuple[str, str | Promise]]:
    return [(period.code, period.name) for period in presets(FIRST_DAY, 0)]


class Preset(NamedTuple):
    """A period by name, and the query that asks for it."""

    name: str | Promise
    query: str
    is_chosen: bool


class PeriodFilterSet(BaseFilterSet):
    """Filters of a report over days, both of which belong to the period.

    A period by name is whatever the name means today, so that a view that was saved with it moves on. Its days stand
    beside it in the form; whoever chooses others leaves the name.
    """

    period = django_filters.ChoiceFilter(choices=_names, label=_("Period"), widget=forms.HiddenInput)
    since = PeriodDayFilter(label=_("Period from"))
    until = PeriodDayFilter(label=_("Period to"))

    def __init__(self, data: QueryDict | None = None, *args: Any, request: ChainRequest, **kwargs: Any) -> None:
        self._periods = presets(self.today_in(request), first_weekday_in(request.chain.region))
        super().__init__(self._with_days(data), *args, request=request, **kwargs)

    @staticmethod
    def today_in(request: ChainRequest) -> date:
        """Today by the clock that the days of the report go by: the chain's."""
        return request.chain.local_date(timezone.now())

    def _with_days(self, asked: QueryDict | None) -> QueryDict:
        """What is asked, with the days of the period that is named; without the name, where others stand beside it."""
        query = QueryDict(asked.urlencode() if asked else "", mutable=True)
        name = query.get("period", "")
        query.pop("period", None)
        for period in self._periods:
            days = [period.span.since.isoformat(), period.span.until.isoformat()]
            if period.code == name and [query.get("since"), query.get("until")] in (days, [None, None]):
                query["since"], query["until"] = days
                query["period"] = name
        return query

    def chosen_period(self) -> tuple[date | None, date | None]:
        self.form.is_valid()
        return self.form.cleaned_data.get("since"), self.form.cleaned_data.get("until")

    def presets(self) -> Iterator[Preset]:
        for period in self._periods:
            query = self._without(*PERIOD)
            query["period"] = period.code
            yield Preset(period.name, query.urlencode(), period.code == self.data.get("period"))

    def names_to_keep(self) -> set[str]:
        """Without the days, where they are those of a name."""
        names = super().names_to_keep()
        return names - set(DAYS) if self.data.get("period") else names

    def _chips_of(self, name: str, field: forms.Field, value: Any) -> Iterator[Chip]:
        """The name of a period and its days are one."""
        if not (self.data.get("period") and name in PERIOD):
            yield from super()._chips_of(name, field, value)
        elif name == "period":
            days = dict.fromkeys(date_format(day, "SHORT_DATE_FORMAT") for day in self.chosen_period() if day)
            words = " – ".join(days)
            label = str(dict(_names())[value])
            yield Chip(str(field.label), f"{label}, {words}", self._without(*PERIOD).urlencode())

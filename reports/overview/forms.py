"""The period that the overview is asked for, and what it is compared with; its address carries both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from config.ui.days import DayField
from reports.filters import PeriodForm, usual_days
from reports.overview.figures import Window
from reports.periods import Comparison, ReportPeriod, Span, presets, shape_of

OWN = "own"
USUAL = {"period": "last_30_days", "compare": Comparison.BEFORE.value}
#: Longer periods are slips of the finger, and no columns of them could be told apart.
MOST_YEARS = 5


def _names() -> list[tuple[str, str | Promise]]:
    return [(period.code, period.name) for period in presets(date(2000, 1, 1), 0)]


class OverviewForm(PeriodForm):
    """A period by name or by its days, and what it is compared with; what the address does not say is as usual."""

    period = forms.ChoiceField(label=_("Period"), choices=lambda: [*_names(), (OWN, _("Own dates"))])
    since = DayField(label=_("Period from"), required=False, validators=usual_days())
    until = DayField(label=_("Period to"), required=False, validators=usual_days())
    compare = forms.ChoiceField(label=_("Compared with"), choices=Comparison.choices)

    def __init__(self, query: QueryDict, today: date, first_weekday: int) -> None:
        usual = {**USUAL, "period": OWN} if query.get("since") or query.get("until") else USUAL
        asked = {**usual, **query.dict()}
        for period in presets(today, first_weekday):
            if period.code == asked["period"]:
                # Days beside a name mean nothing: whoever goes on to own dates begins with those of the name.
                asked |= {"since": period.span.since.isoformat(), "until": period.span.until.isoformat()}
        super().__init__(asked)

    def clean(self) -> dict[str, Any]:
        chosen = super().clean()
        if chosen.get("period") != OWN:
            return chosen
        for name in ("since", "until"):
            if name not in self.errors and not chosen.get(name):
                self.add_error(name, _("Choose a day."))
        since, until = chosen.get("since"), chosen.get("until")
        if since and until and until >= since + relativedelta(years=MOST_YEARS):
            most = ngettext("Choose at most %(most)s year.", "Choose at most %(most)s years.", MOST_YEARS)
            self.add_error("until", most % {"most": MOST_YEARS})
        return chosen

    def choice(self) -> Choice:
        """What is chosen; the usual period where it is impossible."""
        if not self.is_valid():
            compare = self.cleaned_data.get("compare", USUAL["compare"])
            return Choice(USUAL["period"], None, Comparison(compare))
        chosen = self.cleaned_data
        own = Span(chosen["since"], chosen["until"]) if chosen["period"] == OWN else None
        return Choice(chosen["period"], own, Comparison(chosen["compare"]))

    def is_own(self) -> bool:
        """Whether the days are chosen one by one, so that somebody has to say when both are there."""
        return bool(self["period"].value() == OWN)

    def name_of(self, choice: Choice) -> str:
        """How what is shown is called."""
        return str(dict(_names()).get(choice.code, _("Own dates")))


@dataclass(frozen=True)
class Choice:
    """A period by its code, or (``own``) by its days, and what it is compared with."""

    code: str
    own: Span | None
    comparison: Comparison

    def window(self, today: date, first_weekday: int) -> Window:
        """The days that are meant where it is ``today``."""
        period = self._period(today, first_weekday)
        return Window(period.span, self.comparison.of(period.span, period.shape))

    def _period(self, today: date, first_weekday: int) -> ReportPeriod:
        if self.own:
            return ReportPeriod(OWN, "", self.own, shape_of(self.own))
        return next(period for period in presets(today, first_weekday) if period.code == self.code)

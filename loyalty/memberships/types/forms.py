"""The form of a membership type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chains.edits import Columns
from config.ui.amounts import figure_text
from config.ui.fields import FigureField
from config.ui.forms import OneChoice
from loyalty.labels import choices_of
from loyalty.memberships.counters import Kept, kept_counter, kept_hours
from loyalty.memberships.models import MembershipType, MembershipTypeTerms
from loyalty.memberships.types.rows import CountersWidget, HoursWidget, Row, RowsField
from loyalty.programs.forms import ALL, LISTED, PLACE_DEFAULTS, PlacedForm, place_texts
from loyalty.programs.terms import ImmutableTerms, one_order
from loyalty.rules.terms import Begins, ItemKind, PeriodUnit

#: What it covers is asked for in the usual ways: one count for several services, a count for each, or none.
OVERALL, SPLIT, UNLIMITED = "overall", "split", "unlimited"
WITHOUT_END, FOR = "without_end", "for"
BEARER, NAMED = "bearer", "named"

#: A field that is named like one of these holds what the column does; where a type counts is asked for otherwise.
COLUMNS = frozenset(MembershipTypeTerms.choices_of(MembershipTypeTerms())) - {"locations"}


class MembershipTypeForm(PlacedForm):
    DEFAULTS = {
        **PLACE_DEFAULTS,
        "shape": OVERALL,
        "lasts": FOR,
        "lasts_unit": PeriodUnit.MONTHS,
        "begins": Begins.PURCHASE,
        "begins_within_unit": PeriodUnit.MONTHS,
        "freeze_days": "0",
        "holder": BEARER,
        "when": ALL,
    }
    SECTIONS = (
        (_("What it is called"), ("name",)),
        (_("What it covers"), ("shape", "counters")),
        (
            _("For how much and how long"),
            (
                *("price", "lasts", "lasts_count", "lasts_unit"),
                *("begins", "begins_within_count", "begins_within_unit", "freeze_days"),
            ),
        ),
        (_("For whom, when and where"), ("holder", "when", "hours", "where", "locations")),
        (_("Online"), ("online_title", "online_price", "online_description")),
    )

    shape = forms.ChoiceField(
        label=_("Counted"),
        widget=OneChoice,
        choices=(
            (OVERALL, _("one count for several services")),
            (SPLIT, _("a count for each service")),
            (UNLIMITED, _("without limit")),
        ),
    )
    counters = RowsField(
        label=_("Services and visits"),
        widget=CountersWidget,
        help_text=_("A category covers also the services that are added to it later."),
    )
    price = FigureField(label=_("Price"), help_text=_("What one membership, or one period of it, costs."))
    lasts = forms.ChoiceField(
        label=_("Lasts"), widget=OneChoice, choices=((FOR, _("for some time")), (WITHOUT_END, _("without end")))
    )
    lasts_count = forms.IntegerField(
        label=_("Lasts for"), required=False, help_text=_("It covers through the whole last day.")
    )
    lasts_unit = forms.ChoiceField(
        label=_("Days, weeks, months or years"),
        required=False,
        choices=choices_of(PeriodUnit),
        help_text=_("By calendar: a month from 1 March is through 31 March."),
    )
    begins = forms.ChoiceField(label=_("Begins"), widget=OneChoice, choices=choices_of(Begins))
    begins_within_count = forms.IntegerField(
        label=_("Begins by itself after"),
        required=False,
        help_text=_("So long after the sale at the latest; blank waits for the first use."),
    )
    begins_within_unit = forms.ChoiceField(
        label=_("Days, weeks, months or years"), required=False, choices=choices_of(PeriodUnit)
    )
    freeze_days = forms.IntegerField(
        label=_("Days that may be frozen"),
        help_text=_("In all; while it is frozen it covers nothing, and it ends later by so many. 0 is not at all."),
    )
    holder = forms.ChoiceField(
        label=_("Who uses it"),
        widget=OneChoice,
        choices=((BEARER, _("whoever brings its code")), (NAMED, _("its owner alone, without a code"))),
    )
    when = forms.ChoiceField(
        label=_("When it covers"), widget=OneChoice, choices=((ALL, _("always")), (LISTED, _("on some days and hours")))
    )
    hours = RowsField(
        label=_("Days and hours"),
        widget=HoursWidget,
        help_text=_("By when a visit begins, the end excluded; blank is from midnight, or until midnight."),
    )
    online_title = forms.CharField(label=_("Title"), required=False, max_length=150)
    online_price = FigureField(label=_("Price online"), required=False, help_text=_("Blank is the price."))
    online_description = forms.CharField(
        label=_("Description"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, terms: ImmutableTerms | None, **kwargs: Any) -> None:
        super().__init__(*args, terms=terms, **kwargs)
        assert terms is None or isinstance(terms, MembershipTypeTerms)
        self.membership_type = terms.membership_type if terms else MembershipType(chain=self.chain)
        for name in ("price", "online_price"):
            field = self.fields[name]
            assert isinstance(field, FigureField)
            field.finest = self.chain.places
        self.fields["where"].label = _("Covers at")
        self.fields["where"].help_text = _("With listed, it covers nothing at the other locations.")
        self._offer_services()

    def _offer_services(self) -> None:
        """Those that are not archived, and those that were chosen before they were."""
        widget = self.fields["counters"].widget
        assert isinstance(widget, CountersWidget)
        kept = [pk for counter in self.kept.get("counters") or () for pk in counter["services"]]
        offered = self.chain.items.filter(Q(archived=False) | Q(pk__in=kept), kind=ItemKind.SERVICE)
        widget.services = [(str(each.pk), each.name) for each in offered.order_by("name_folded", "pk")]
        categories = self.chain.categories.order_by("name_folded", "pk")
        widget.categories = [(str(each.pk), each.name) for each in categories]

    def clean_counters(self) -> list[dict[str, Any]]:
        """The counters as terms keep them; which of them can be is for the domain to say."""
        shape, rows = self.cleaned_data.get("shape"), self.cleaned_data["counters"]
        numbered = _filled(rows) if shape == SPLIT else enumerate(rows[:1], start=1)
        counters: list[dict[str, Any]] = []
        mistakes: list[str] = []
        keys = _Keys(kept["key"] for kept in self.kept.get("counters") or ())
        for number, row in numbered:
            is_counted = shape == OVERALL or (shape == SPLIT and not any(row["unlimited"]))
            found = list(_mistakes_in(row, is_counted=is_counted))
            about = _now("Counter %(number)s: %(mistake)s") if shape == SPLIT else "%(mistake)s"
            mistakes += [about % {"number": number, "mistake": mistake} for mistake in found]
            if not found:
                count = int(row["count"][0]) if is_counted else None
                counters.append(kept_counter(keys.of(row), _ids(row["services"]), _ids(row["categories"]), count))
        if mistakes:
            raise ValidationError(mistakes)
        return counters

    def clean_hours(self) -> list[dict[str, Any]]:
        if self.cleaned_data.get("when") != LISTED:
            return []
        hours, mistakes = [], []
        for number, row in _filled(self.cleaned_data["hours"]):
            try:
                since, until = (_time(row[part]) for part in ("since", "until"))
                hours.append(kept_hours(_ids(row["weekdays"]), since or time.min, until))
            except ValidationError as error:
                about = {"number": number, "mistake": error.messages[0]}
                mistakes.append(_now("Row %(number)s: %(mistake)s") % about)
        if mistakes or not hours:
            raise ValidationError(mistakes or _now("Choose at least one day of the week."))
        return hours

    def clean(self) -> dict[str, Any]:
        chosen = super().clean()
        if chosen.get("lasts") == FOR and "lasts_count" not in self.errors and chosen.get("lasts_count") is None:
            self.add_error("lasts_count", _("Type a number from 1."))
        self.add_mistakes_of(MembershipTypeTerms(membership_type=self.membership_type, **self.choices))
        return chosen

    @property
    def choices(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        columns = {name: value for name, value in chosen.items() if name in COLUMNS}
        columns |= _period_columns("lasts", chosen, is_asked=chosen.get("lasts") == FOR)
        columns |= _period_columns("begins_within", chosen, is_asked=chosen.get("begins") == Begins.FIRST_USE)
        return one_order({**columns, "named": chosen.get("holder") == NAMED, **self.scope_columns()})

    def texts_of(self, columns: Columns) -> dict[str, Any]:
        """The fields as the type is kept, or would be, its figures in the chain's currency."""
        places, online = self.chain.places, columns["online_price"]
        counters = columns["counters"]
        return {
            **self.DEFAULTS,
            **columns,
            **place_texts(columns),
            "shape": SPLIT if len(counters) > 1 else UNLIMITED if _is_unlimited(counters) else OVERALL,
            "counters": [_row_of_counter(kept) for kept in counters],
            "price": figure_text(columns["price"], places),
            "lasts": FOR if columns["lasts_count"] else WITHOUT_END,
            "lasts_unit": columns["lasts_unit"] or PeriodUnit.MONTHS,
            "begins_within_unit": columns["begins_within_unit"] or PeriodUnit.MONTHS,
            "holder": NAMED if columns["named"] else BEARER,
            "when": LISTED if columns["hours"] else ALL,
            "hours": [_row_of_hours(kept) for kept in columns["hours"]],
            "online_price": "" if online is None else figure_text(online, places),
        }


class _Keys:
    """Names counters through all terms of their type: one that stood keeps its key, a new one gets the next."""

    def __init__(self, kept: Iterable[int]) -> None:
        self.kept = set(kept)
        self.next = max(self.kept, default=0) + 1

    def of(self, row: Row) -> int:
        typed = next(iter(_ids(row["key"])), 0)
        if typed in self.kept:
            self.kept.remove(typed)
            return typed
        self.next += 1
        return self.next - 1


def _filled(rows: Iterable[Row]) -> list[tuple[int, Row]]:
    """Those in which anything stands, with their numbers on the page."""
    return [(number, row) for number, row in enumerate(rows, start=1) if any(_texts_in(row))]


def _texts_in(row: Row) -> Iterator[str]:
    return (text for part, texts in row.items() if part != "key" for text in texts)


def _is_unlimited(counters: Iterable[Kept]) -> bool:
    return any(kept["count"] is None for kept in counters)


def _mistakes_in(row: Row, *, is_counted: bool) -> Iterator[str]:
    """What a counter lacks; how many visits it may be is for the domain to say."""
    if not any([*row["services"], *row["categories"]]):
        yield _now("Choose at least one service, or a category.")
    text = next(iter(row["count"]), "")
    if is_counted and not (text.isascii() and text.isdigit() and len(text) < 10):
        yield _now("Type how many visits it covers, as a whole number.")


def _time(texts: Iterable[str]) -> time | None:
    """A time of the day without seconds; None where it is blank."""
    text = next(iter(texts), "")
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None) if text else None
    except ValueError as error:
        raise ValidationError(_now("Type hours as in 09:00 or 17:30.")) from error


def _ids(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 18]


def _period_columns(name: str, chosen: Mapping[str, Any], *, is_asked: bool) -> dict[str, Any]:
    """A count and its unit, none where it is blank or not asked for."""
    count = chosen.get(f"{name}_count") if is_asked else None
    return {f"{name}_count": count, f"{name}_unit": chosen.get(f"{name}_unit") or "" if count is not None else ""}


def _row_of_counter(kept: Kept) -> Row:
    return {
        "key": [str(kept["key"])],
        "count": ["" if kept["count"] is None else str(kept["count"])],
        "unlimited": ["on"] if kept["count"] is None else [],
        "services": [str(pk) for pk in kept["services"]],
        "categories": [str(pk) for pk in kept["categories"]],
    }


def _row_of_hours(kept: Kept) -> Row:
    since = "" if kept["since"] == time.min.isoformat("minutes") else kept["since"]
    return {"since": [since], "until": [kept["until"]], "weekdays": [str(day) for day in kept["weekdays"]]}

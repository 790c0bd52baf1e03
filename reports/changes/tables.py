"""The table of the changes to visits."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property

import django_tables2
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains import clocks
from chains.access import Right
from chains.models import Chain
from chains.spaces import ChainRequest
from config.ui.figures import format_points
from config.ui.tables import BaseTable, Importance
from visits.changes.wording import Words, words_for
from visits.models import VisitChange

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}
_WHAT = (
    '<details class="row-opens"><summary aria-controls="below-{}">'
    '<span class="one-line">{}{}</span></summary></details>'
)


class ChangeTable(BaseTable):
    """Saves of visits with what each changed, from and to; why, where staff were asked."""

    caption = gettext_lazy("Changes to visits")
    request: ChainRequest
    importance = Importance(
        name="visit",
        figure="taken_off",
        facts=("at", "what"),
        told=("why",),
        minor=("location", "due_before", "due"),
    )

    at = django_tables2.Column(gettext_lazy("Date and time"), order_by=("at", "pk"))
    acting_user = django_tables2.Column(
        gettext_lazy("Who"), order_by=("acting_user__name_folded",), default=gettext_lazy("the program")
    )
    visit = django_tables2.Column(gettext_lazy("Visit"), order_by=("visit__starts_at", "visit_id"))
    location = django_tables2.Column(gettext_lazy("Location"), order_by=("location__name_folded",))
    days_after = django_tables2.Column(gettext_lazy("Days after"), attrs=NUMBER)
    what = django_tables2.Column(gettext_lazy("What changed"), orderable=False, empty_values=())
    due_before = django_tables2.Column(gettext_lazy("Due before"), attrs=NUMBER)
    due = django_tables2.Column(gettext_lazy("Due"), attrs=NUMBER)
    taken_off = django_tables2.Column(gettext_lazy("Money taken off"), attrs=NUMBER)
    why = django_tables2.Column(gettext_lazy("Why"), orderable=False, empty_values=())

    class Meta(BaseTable.Meta):
        model = VisitChange
        fields = (
            "at",
            "acting_user",
            "visit",
            "location",
            "days_after",
            "what",
            "due_before",
            "due",
            "taken_off",
            "why",
        )
        order_by = ("-at",)

    def render_at(self, record: VisitChange) -> SafeString:
        local = timezone.localtime(record.at)
        return format_html(
            '<time class="figure" datetime="{}">{} <small>{}</small></time>',
            local.isoformat(),
            formats.date_format(local, "SHORT_DATE_FORMAT"),
            formats.time_format(local),
        )

    def render_visit(self, record: VisitChange) -> SafeString:
        """Its number and day, a link where the reader works there; and whose it is by now."""
        visit = record.visit
        when = format_html('<span class="figure">{}</span>', formats.date_format(visit.starts_on, "SHORT_DATE_FORMAT"))
        if self.request.access.has_at(Right.CHECKOUT_VISITS, visit.location_id):
            url = f"{reverse('visits:visit', args=[visit.location.slug, visit.pk])}#changes"
            when = format_html('<a href="{}">{}</a>', url, when)
        return format_html("{} <small>{}</small>", when, visit.guest_name)

    def render_days_after(self, value: int) -> str:
        return str(value) if value > 0 else "–"

    def render_what(self, record: VisitChange) -> SafeString | str:
        entered = format_html("<strong>{}</strong> ", _("Entered.")) if record.version == 1 else ""
        return format_html(_WHAT, record.pk, entered, self._in_one_line(record))

    def below(self, record: VisitChange) -> SafeString:
        """All of it, and why."""
        is_first = record.version == 1
        context = {"is_first": is_first, "differences": self.words.told(record), "why": self.value_why(record)}
        return render_to_string("reports/change_below.html", context)

    def value_what(self, record: VisitChange) -> str:
        """One line of text: what, from → to."""
        said = "; ".join(f"{each.label}: {each.before} → {each.after}" for each in self.words.told(record))
        return said or _("Nothing was changed.")

    def _in_one_line(self, record: VisitChange) -> str:
        """What a visit was entered with needs no "from"."""
        if record.version > 1:
            return self.value_what(record)
        return "; ".join(f"{each.label}: {each.after}" for each in self.words.told(record))

    def render_due(self, value: Decimal) -> str:
        return format_points(value, self.chain.currency)

    render_due_before = render_due

    def render_taken_off(self, value: Decimal) -> SafeString | str:
        return format_html('<strong class="is-minus">{}</strong>', self.render_due(value)) if value else "–"

    def render_why(self, record: VisitChange) -> str:
        return self.value_why(record) or "–"

    def value_why(self, record: VisitChange) -> str:
        """The reason of money taken off, or that of a cancellation by the same save."""
        if hasattr(record, "reason"):
            return record.reason.text
        cancelled = (each for each in record.visit.cancellations.all() if each.cancelled_at == record.at)
        return next((each.reason for each in cancelled), "")

    @cached_property
    def words(self) -> Words:
        """The names that the page speaks of."""
        return words_for([row.record for row in self.paginated_rows], self.chain)

    def expect(self, records: list[VisitChange]) -> None:
        self.words = words_for(records, self.chain)

    def time_zones(self) -> list[tuple[str, str]]:
        places = self.chain.locations_by_id.values()
        return clocks.of_rows(self.chain, [place for place in places if self.request.access.works_at(place.pk)])

    @property
    def chain(self) -> Chain:
        return self.request.chain

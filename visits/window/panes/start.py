"""When the visit begins, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.models import Location
from chains.refusals import Code, Refusal
from loyalty.labels import choices_of, label
from loyalty.rules.plan import Plan, Status
from visits.window.fields import PaneForm, text_field
from visits.window.merging import Change, Key, ShownChange, latest_texts, told_change
from visits.window.page import Computed, Entry, Opening, Page, Read, Subject
from visits.window.pane import Area, Button, Merging, Pane
from visits.window.typed import Part, Row, Typed

#: No visit is outside of these years.
YEARS = range(2000, 2100)

UTC = ZoneInfo("UTC")


class StartForm(PaneForm):
    status = forms.ChoiceField(label=gettext_lazy("Status"), choices=choices_of(Status), required=False)
    date = text_field(gettext_lazy("Date"), kind="date")
    time = text_field(gettext_lazy("Time"), kind="time")


@dataclass(frozen=True)
class ShownStart:
    """``is_on_another_day``: the guest stands there, but a new visit is not of today, as on a page left overnight."""

    statuses: list[Status]
    is_on_another_day: bool


def start_texts(location: Location, at: datetime) -> dict[str, str]:
    """The start as the fields of date and time show it, in the location's zone."""
    local = timezone.localtime(at, location.zone)
    return {"date": local.date().isoformat(), "time": local.strftime("%H:%M")}


def local_instant(on: str, at: str, zone: ZoneInfo) -> datetime | None:
    """The instant of a local date and time; None where there is none, as when clocks are put forward."""
    try:
        local = datetime.combine(date.fromisoformat(on), time.fromisoformat(at)).replace(tzinfo=zone)
        is_possible = local.year in YEARS and local.astimezone(UTC).astimezone(zone).replace(fold=0) == local
    except (ValueError, OverflowError):
        return None
    return local.astimezone(UTC) if is_possible else None


def _open(opening: Opening) -> Part:
    visit, location = opening.subject.visit, opening.subject.location
    status, at = (visit.status, visit.starts_at) if visit else (Status.ARRIVED, opening.at)
    return Part({"status": str(status), **start_texts(location, at)})


def _begin_now(typed: Typed, _value: str) -> Typed:
    """A start left blank is this minute, as long as the visit is not saved."""
    return typed.with_texts(date="", time="")


# Into the plan
# ----------------------------------------------------------------------------


def _read(entry: Entry, plan: Plan) -> Read:
    starts_at, refusals = _start(entry.typed, entry.subject, entry.at)
    plan = replace(
        plan,
        starts_at=starts_at,
        starts_on=entry.subject.location.local_date(starts_at),
        status=_status(entry.typed, entry.subject),
    )
    return Read(plan, refusals, {"starts_at": "date", "client": "status"})


def _status(typed: Typed, subject: Subject) -> Status:
    """The status typed; a visit is cancelled only by the page for it, and shown as such until it gets another."""
    kept = Status(subject.visit.status) if subject.visit else Status.ARRIVED
    text = typed.text("status")
    if text not in set(Status) or (text == Status.CANCELLED and kept is not Status.CANCELLED):
        return kept
    return Status(text)


def _start(typed: Typed, subject: Subject, at: datetime) -> tuple[datetime, tuple[Refusal, ...]]:
    kept = subject.visit.starts_at if subject.visit else at.replace(second=0, microsecond=0)
    texts = {"date": typed.text("date"), "time": typed.text("time")}
    is_left_open = not any(texts.values()) and (subject.is_fixed or subject.visit is None)
    if is_left_open or texts == start_texts(subject.location, kept):
        return kept, ()
    starts_at = local_instant(texts["date"], texts["time"], subject.location.zone)
    if starts_at:
        return starts_at, ()
    sentence = _("There is no such date and time at this location. Choose another start.")
    return kept, (Refusal(Code.INVALID_DATE, sentence, field="date"),)


def _check(entry: Entry) -> None:
    """Refuse ``stale_edit`` where a new visit would begin on a day that ended while its page was open."""
    today = entry.subject.location.local_date(entry.at).isoformat()
    opened_on = entry.typed.text("opened_on")
    if entry.subject.visit is None and opened_on and opened_on != today and entry.typed.text("date") == opened_on:
        raise Refusal(
            Code.STALE_EDIT,
            _("A new day began since this page was opened. Check when the visit begins, then save again."),
            field="date",
        )


def _fill(computed: Computed) -> Computed:
    if computed.typed.text("date") or computed.typed.text("time"):
        return computed
    return computed.with_texts(**start_texts(computed.subject.location, computed.plan.starts_at))


# What was saved since
# ----------------------------------------------------------------------------


def _units(typed: Typed) -> Mapping[Key, Row]:
    start = {name: typed.text(name) for name in ("date", "time")}
    return {("status",): {"status": typed.text("status")}, ("start",): start}


def _told(changes: list[Change], entry: Entry) -> list[ShownChange]:
    return [_told_start(each, entry) if each.key == ("start",) else _told_status(each) for each in changes]


def _told_status(change: Change) -> ShownChange:
    def words(row: Row | None) -> str:
        text = row["status"] if row else ""
        return label(Status(text)) if text in set(Status) else "–"

    return told_change(change, _("Status"), words)


def _told_start(change: Change, entry: Entry) -> ShownChange:
    zone = entry.subject.location.zone

    def words(row: Row | None) -> str:
        at = local_instant(row["date"], row["time"], zone) if row else None
        return date_format(at.astimezone(zone), "SHORT_DATETIME_FORMAT") if at else "–"

    shown = told_change(change, _("Start"), words)
    # A start that is fixed has no field, so that it comes back blank.
    is_sent = bool(change.mine and any(change.mine.values()))
    return shown if is_sent else replace(shown, typed=shown.before)


# What is shown
# ----------------------------------------------------------------------------


def _show(page: Page) -> ShownStart:
    is_new = page.visit is None and page.status is Status.ARRIVED
    today = page.subject.location.local_date(page.turn.at)
    return ShownStart(_statuses(page), is_new and page.plan.starts_on != today)


def _statuses(page: Page) -> list[Status]:
    usual = [Status.WAITING, Status.CONFIRMED, Status.ARRIVED, Status.NO_SHOW]
    is_cancelled = page.visit is not None and page.visit.status == Status.CANCELLED
    return [*usual, Status.CANCELLED] if is_cancelled else usual


PANE = Pane(
    name="start",
    area=Area.HEAD,
    template="visits/window/start.html",
    fields=StartForm,
    buttons={"begin_now": Button(_begin_now, focus="q")},
    open=_open,
    read=_read,
    check=_check,
    fill=_fill,
    merging=Merging(_units, latest_texts("status", "date", "time"), _told, texts=("status", "date", "time")),
    show=_show,
)

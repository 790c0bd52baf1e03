"""The columns of a list, chosen by each user, and views that a chain shares."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client as Browser
from openpyxl import load_workbook

from chains.access import Role
from chains.lists.keeping import MOST_VIEWS
from chains.lists.models import ListColumns, SavedView
from config.ui import kept
from reports.exports.services import write_next
from tests.cast import Cast, make_access, make_user
from tests.pages import fill, text_of

pytestmark = pytest.mark.django_db

LOCATIONS = "/chains/aurora/settings/locations/"
USERS = "/chains/aurora/settings/users/"
KEPT = "/chains/aurora/lists/"


def browser(user: Any) -> Browser:
    found = Browser()
    found.force_login(user)
    return found


@pytest.fixture
def owner(cast: Cast) -> Browser:
    return browser(cast.owner)


def headings(page: Any) -> list[str]:
    return [column.name for column in page.context["table"].columns]


def choose(user: Browser, names: list[str], *, at: str = LOCATIONS, **query: str) -> Any:
    """Fill the form in as somebody without a script does: ticks, and numbers for the order."""
    form = fill(user.get(at, {**query, "choose": "columns"}))
    places = {f"place-{name}": str(place) for place, name in enumerate(names, start=1)}
    return user.post(f"{KEPT}columns/", {**form, "column": list(reversed(names)), **places})


def every(user: Browser, at: str = LOCATIONS) -> list[str]:
    return [choice.name for choice in user.get(at, {"choose": "columns"}).context["choices"]]


# Columns
# ----------------------------------------------------------------------------


def test_columns_are_chosen_and_ordered_and_kept_for_whoever_chose_them(owner: Browser, cast: Cast) -> None:
    before = headings(owner.get(LOCATIONS))
    assert len(before) > 2 and every(owner) == before
    chosen = [before[2], before[0]]
    answer = choose(owner, chosen, name="arb")
    assert answer["Location"] == f"{LOCATIONS}?name=arb"
    assert headings(owner.get(LOCATIONS)) == chosen
    assert every(owner)[:2] == chosen and set(every(owner)) == set(before)
    assert headings(browser(cast.administrator).get(LOCATIONS)) == before
    assert headings(owner.get(USERS)) != chosen
    form = fill(owner.get(LOCATIONS, {"choose": "columns"}))
    owner.post(f"{KEPT}columns/", {**form, "reset": "1"})
    assert headings(owner.get(LOCATIONS)) == before and not ListColumns.objects.exists()


def test_files_have_the_chosen_columns_in_their_order_and_without_a_choice_all(owner: Browser) -> None:
    def heading(file_format: str) -> list[Any]:
        content = owner.get(LOCATIONS, {"export": file_format}).content
        if file_format == "csv":
            return next(csv.reader(StringIO(content.decode("utf-8-sig"))))
        return [cell.value for cell in load_workbook(BytesIO(content)).worksheets[0][1]]

    page = owner.get(LOCATIONS)
    labels = {column.name: str(column.header) for column in page.context["table"].columns}
    assert heading("xlsx") == heading("csv") == list(labels.values())
    names = list(labels)
    choose(owner, [names[1], names[0]])
    assert heading("xlsx") == heading("csv") == [labels[names[1]], labels[names[0]]]


def test_a_list_needs_a_column(owner: Browser) -> None:
    form = fill(owner.get(LOCATIONS, {"choose": "columns"}))
    told = owner.post(f"{KEPT}columns/", {**form, "column": []}, follow=True)
    assert "A list needs a column at least." in told.content.decode() and told.context["choices"]
    assert not ListColumns.objects.exists()


def test_what_is_no_column_or_no_number_does_no_harm(owner: Browser, cast: Cast) -> None:
    ListColumns.objects.create(user=cast.owner, list="chains_settings:location_list", columns=["gone", "name"])
    assert headings(owner.get(LOCATIONS)) == ["name"]
    assert headings(owner.get(LOCATIONS, {"columns": "gone,,name,name"})) == ["name"]
    form = fill(owner.get(LOCATIONS, {"choose": "columns"}))
    owner.post(f"{KEPT}columns/", {**form, "column": ["name"], "place-name": "first"})
    assert headings(owner.get(LOCATIONS)) == ["name"]


def test_nobody_keeps_anything_by_a_form_of_their_own_or_of_another_user(owner: Browser, cast: Cast) -> None:
    form = fill(owner.get(LOCATIONS, {"choose": "columns"}))
    for user, token in ((owner, form["list"][0][:-1]), (owner, ""), (browser(cast.administrator), form["list"])):
        told = user.post(f"{KEPT}columns/", {**form, "list": token, "column": ["name"]}, follow=True)
        assert "This form cannot be read." in told.content.decode()
    assert not ListColumns.objects.exists()


# Views
# ----------------------------------------------------------------------------


def save(user: Browser, called: str, *, at: str = LOCATIONS, **query: str) -> Any:
    page = user.get(at, query)
    form = fill(user.get(f"{KEPT}views/new/", {"list": page.context["list_token"]}))
    return user.post(f"{KEPT}views/new/", {**form, "name": called})


def tabs(page: Any) -> list[tuple[str, bool]]:
    return [(tab.name, tab.is_chosen) for tab in page.context["views"].tabs()]


def test_a_filter_with_its_order_and_columns_is_saved_and_shared(owner: Browser, cast: Cast) -> None:
    plain = owner.get(LOCATIONS)
    assert "Save view" not in plain.content.decode() and "Saved views" not in plain.content.decode()
    answer = save(owner, " Harbours ", name="arb", sort="-name", columns="name", page="2", size="50")
    view = SavedView.objects.get()
    assert (view.chain, view.name, view.query, view.columns, view.made_by) == (
        cast.aurora,
        "Harbours",
        "name=arb&sort=-name",
        ["name"],
        cast.owner,
    )
    assert answer["Location"] == f"{LOCATIONS}?name=arb&sort=-name&view={view.pk}&columns=name"
    other = browser(cast.administrator)
    assert tabs(other.get(LOCATIONS)) == [("Harbours", False)]
    (tab,) = other.get(LOCATIONS).context["views"].tabs()
    page = other.get(f"{LOCATIONS}?{tab.query}")
    assert tabs(page) == [("Harbours", True)] and headings(page) == ["name"]
    assert [row.record.name for row in page.context["table"].rows] == ["Harbour"]
    assert not page.context["views"].has_changed
    assert tabs(owner.get(USERS)) == []


def test_a_view_keeps_the_name_of_a_period_and_not_its_days(owner: Browser, cast: Cast) -> None:
    """Last month is another month next month, also where the page has sent the days along with the name."""
    visits = "/chains/aurora/reports/visits/"
    with time_machine.travel("2026-03-03 12:00Z", tick=False):
        save(owner, "Month by month", at=visits, period="last_month", since="2026-02-01", until="2026-02-28")
        save(owner, "February", at=visits, since="2026-02-01", until="2026-02-28")
    with time_machine.travel("2026-04-03 12:00Z", tick=False):
        later = browser(cast.owner)
        tabs_there = later.get(visits).context["views"].tabs()
        shown = {tab.name: later.get(f"{visits}?{tab.query}") for tab in tabs_there}
        assert not any(page.context["views"].has_changed for page in shown.values())
    days = {name: page.context["filters"].chosen_period() for name, page in shown.items()}
    assert days == {
        "February": (date(2026, 2, 1), date(2026, 2, 28)),
        "Month by month": (date(2026, 3, 1), date(2026, 3, 31)),
    }


def test_a_name_is_once_per_list_and_what_was_typed_stays(owner: Browser, cast: Cast) -> None:
    save(owner, "Mine", name="arb")
    refused = save(owner, "mine", name="cen")
    assert refused.status_code == 200 and "has a view of this name already" in text_of(refused)
    assert 'value="mine"' in refused.content.decode()
    assert save(owner, "Mine", at=USERS, q="o").status_code == 302
    assert "This field is required." in text_of(save(owner, "", name="arb"))
    SavedView.objects.bulk_create(
        SavedView(chain=cast.aurora, list="chains_settings:location_list", name=f"V{number}", made_by=cast.owner)
        for number in range(MOST_VIEWS)
    )
    assert "has 30 views already" in text_of(save(owner, "One more", name="arb"))


def test_who_made_it_or_an_administrator_changes_it_and_nobody_else(cast: Cast) -> None:
    maker, at = browser(cast.manager), "/chains/aurora/clients/"
    save(maker, "A to C", at=at, sort="-name")
    view = SavedView.objects.get()
    edit = f"{KEPT}views/{view.pk}/"
    other = make_user("Otto Other")
    make_access(other, cast.aurora, Role.MANAGER)
    assert tabs(browser(other).get(at)) == [("A to C", False)]
    for address in (edit, f"{edit}delete/"):
        assert browser(other).get(address).status_code == 403
    assert browser(other).post(f"{edit}replace/").status_code == 403
    assert browser(other).post(f"{edit}delete/").status_code == 403
    administrator = browser(cast.administrator)
    administrator.post(edit, {**fill(administrator.get(edit)), "name": "Z first"})
    view.refresh_from_db()
    assert (view.name, view.made_by) == ("Z first", cast.manager)
    assert "A to C" in administrator.get(edit).content.decode()
    maker.post(f"{edit}delete/")
    assert not SavedView.objects.exists()


def test_an_open_view_is_changed_on_the_page_and_saved_when_that_is_wanted(owner: Browser) -> None:
    save(owner, "Harbours", name="arb")
    view = SavedView.objects.get()
    page = owner.get(LOCATIONS, {"name": "cen", "view": str(view.pk)})
    assert page.context["views"].has_changed and "Save changes" in page.content.decode()
    chosen = choose(owner, ["name"], name="cen", view=str(view.pk))
    assert chosen["Location"] == f"{LOCATIONS}?name=cen&view={view.pk}&columns=name"
    assert not ListColumns.objects.exists()
    token = owner.get(chosen["Location"]).context["list_token"]
    answer = owner.post(f"{KEPT}views/{view.pk}/replace/", {"list": token})
    view.refresh_from_db()
    assert (view.query, view.columns) == ("name=cen", ["name"])
    assert answer["Location"] == chosen["Location"]
    of_another_list = owner.get(USERS).context["list_token"]
    owner.post(f"{KEPT}views/{view.pk}/replace/", {"list": of_another_list})
    assert SavedView.objects.get().query == "name=cen"


def test_a_view_of_what_is_gone_opens_and_says_so(owner: Browser, cast: Cast) -> None:
    view = SavedView.objects.create(
        chain=cast.aurora,
        list="chains_settings:location_list",
        name="Old",
        query="name=arb&region=7&status=closed",
        columns=["gone"],
        made_by=cast.owner,
    )
    (tab,) = owner.get(LOCATIONS).context["views"].tabs()
    page = owner.get(f"{LOCATIONS}?{tab.query}")
    assert "“Old” was saved with a filter that means nothing here any more: region, Status." in text_of(page)
    assert [row.record.name for row in page.context["table"].rows] == ["Harbour"]
    assert len(headings(page)) > 1 and view.name == "Old"


def test_views_of_another_chain_are_not_there(owner: Browser, cast: Cast) -> None:
    save(owner, "Ours", name="arb")
    view = SavedView.objects.get()
    north = browser(cast.newcomer)
    user = make_user("Nils North")
    make_access(user, cast.north.chain, Role.OWNER)
    north = browser(user)
    place = f"/chains/{cast.north.chain.slug}"
    assert tabs(north.get(f"{place}/settings/locations/")) == []
    for address in ("", "delete/"):
        assert north.get(f"{place}/lists/views/{view.pk}/{address}").status_code == 404
    assert north.post(f"{place}/lists/views/{view.pk}/replace/").status_code == 404
    assert north.get(f"/chains/aurora/lists/views/{view.pk}/").status_code == 404


def test_an_open_view_that_matches_nothing_is_still_to_be_changed(owner: Browser) -> None:
    save(owner, "Nobody", name="no such place")
    view = SavedView.objects.get()
    page = text_of(owner.get(LOCATIONS, {"name": "no such place", "view": str(view.pk)}))
    assert "Nothing matches" in page and "Edit view" in page and "Columns" in page
    page = text_of(owner.get(LOCATIONS, {"name": "nor this one", "view": str(view.pk)}))
    assert "Save changes" in page and "Save as new view" in page
    assert "Save view" in text_of(owner.get(LOCATIONS, {"name": "nor this one"}))


def test_a_form_that_is_sent_again_leads_to_its_view_or_says_that_it_is_gone(owner: Browser) -> None:
    token = owner.get(LOCATIONS, {"name": "arb"}).context["list_token"]
    page = owner.get(f"{KEPT}views/new/", {"list": token})
    assert re.search(r'<input[^>]*name="name"[^>]*autofocus', page.content.decode()) and "Cancel" in text_of(page)
    sent = {**fill(page), "name": "A"}
    first = owner.post(f"{KEPT}views/new/", sent)
    view = SavedView.objects.get()
    edit = f"{KEPT}views/{view.pk}/"
    renamed = {**fill(owner.get(edit, {"list": token})), "name": "B"}
    owner.post(edit, renamed)
    again = owner.post(f"{KEPT}views/new/", sent)
    assert again["Location"] == first["Location"] and SavedView.objects.get().name == "B"
    owner.post(f"{edit}delete/", {"list": token})
    for address, form in (
        (f"{KEPT}views/new/", sent),
        (edit, {**renamed, "name": "C"}),
        (f"{edit}replace/", {"list": token}),
        (f"{edit}delete/", {"list": token}),
    ):
        told = owner.post(address, form, follow=True)
        assert told.redirect_chain == [(f"{LOCATIONS}?name=arb", 302)], address
        assert "This view was deleted meanwhile." in text_of(told)
    assert owner.post(f"{edit}delete/").status_code == 404 and not SavedView.objects.exists()


def heading(user: Browser, at: str, file_format: str) -> list[Any]:
    content = user.get(at, {"export": file_format}).content
    if file_format == "csv":
        return next(csv.reader(StringIO(content.decode("utf-8-sig"))))
    return [cell.value for cell in load_workbook(BytesIO(content)).worksheets[0][1]]


def test_what_only_a_page_has_is_in_no_file(owner: Browser) -> None:
    promotions = "/chains/aurora/promotions/"
    every_one = heading(owner, promotions, "xlsx")
    choose(owner, ["actions", "status", "name"], at=promotions)
    assert heading(owner, promotions, "xlsx") == heading(owner, promotions, "csv") == ["Status", "Name"]
    choose(owner, ["actions"], at=promotions)
    assert headings(owner.get(promotions)) == ["actions"]
    assert heading(owner, promotions, "xlsx") == heading(owner, promotions, "csv") == every_one


def test_cards_that_were_chosen_are_figures_in_a_file(owner: Browser) -> None:
    clients = "/chains/aurora/clients/"
    every_one = heading(owner, clients, "xlsx")
    of_cards = every_one[every_one.index("Points on all cards") : every_one.index("Birthday")]
    choose(owner, ["cards", "name"], at=clients)
    assert heading(owner, clients, "xlsx") == heading(owner, clients, "csv") == [*of_cards, "Name"]


def test_columns_that_cannot_be_chosen_here_stay_where_they_were_kept(owner: Browser, cast: Cast) -> None:
    mine = ListColumns.objects.create(
        user=cast.owner, list="chains_settings:location_list", columns=["name", "elsewhere", "slug"]
    )
    first, second = every(owner)[:2]
    choose(owner, [second, first])
    mine.refresh_from_db()
    assert mine.columns == [second, "elsewhere", first]


def test_a_form_of_another_space_or_of_another_day_keeps_nothing(
    owner: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_access(cast.owner, cast.north.chain, Role.OWNER)
    form = fill(owner.get(LOCATIONS, {"choose": "columns"}))
    elsewhere = f"/chains/{cast.north.chain.slug}/lists/columns/"
    told = owner.post(elsewhere, {**form, "column": ["name"]}, follow=True)
    assert "This form cannot be read." in text_of(told)
    monkeypatch.setattr(kept, "_OPEN", -1)
    assert "This form cannot be read." in text_of(
        owner.post(f"{KEPT}columns/", {**form, "column": ["name"]}, follow=True)
    )
    assert not ListColumns.objects.exists()


def test_names_that_are_no_columns_are_not_kept_and_no_number_orders_by_nothing(owner: Browser) -> None:
    first, second = every(owner)[:2]
    form = fill(owner.get(LOCATIONS, {"choose": "columns"}))
    sent = {**form, "column": ["a\x00b", "made up", first, second], f"place-{first}": "nan", f"place-{second}": "7"}
    owner.post(f"{KEPT}columns/", sent)
    assert ListColumns.objects.get().columns == [second, first]
    owner.post(f"{KEPT}columns/", {**sent, f"place-{first}": "-inf"})
    assert ListColumns.objects.get().columns == [second, first]


def test_of_two_who_save_changes_the_second_is_told_and_history_says_who(owner: Browser, cast: Cast) -> None:
    save(owner, "Ours", name="arb")
    view = SavedView.objects.get()
    address, opened = f"{KEPT}views/{view.pk}/", {"view": str(view.pk)}
    administrator = browser(cast.administrator)
    mine = owner.get(LOCATIONS, {**opened, "name": "cen"}).context["list_token"]
    theirs = administrator.get(LOCATIONS, {**opened, "name": "gar"}).context["list_token"]
    administrator.post(f"{address}replace/", {"list": theirs})
    told = owner.post(f"{address}replace/", {"list": mine}, follow=True)
    view.refresh_from_db()
    assert view.query == "name=gar" and "Someone else changed “Ours” meanwhile" in text_of(told)
    assert told.redirect_chain[0][0] == f"{LOCATIONS}?name=cen&view={view.pk}"
    owner.post(f"{address}replace/", {"list": told.context["list_token"]})
    owner.post(f"{address}replace/", {"list": told.context["list_token"]})
    view.refresh_from_db()
    assert view.query == "name=cen"
    administrator.post(f"{address}delete/")
    events: Any = SavedView.pgh_event_model.objects.order_by("pgh_id")  # type: ignore[attr-defined]
    who = [(event.pgh_label, event.pgh_context.metadata["user"]) for event in events.select_related("pgh_context")]
    assert who == [
        ("insert", cast.owner.pk),
        ("update", cast.administrator.pk),
        ("update", cast.owner.pk),
        ("delete", cast.administrator.pk),
    ]
    assert not any("cen" in str(vars(event)) for event in events), "Guests may have been searched for."


def test_a_file_that_is_prepared_has_the_columns_of_when_it_was_asked_for(
    owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EXPORT_ROWS", 0)
    before = [str(column.header) for column in owner.get(LOCATIONS).context["table"].columns]
    asked = owner.get(LOCATIONS, {"export": "csv"})
    page = owner.post("/chains/aurora/exports/new/", fill(asked))["Location"]
    choose(owner, ["name"])
    assert write_next(clock=lambda: datetime(2026, 3, 6, tzinfo=UTC))
    content = b"".join(owner.get(f"{page}download/").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert next(csv.reader(StringIO(content))) == before

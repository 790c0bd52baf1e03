"""The frame around every page: navigation, theme, language, policy, and the pages instead of a page."""

import re

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import path
from pytest_django import Settings

from chains import navigation
from chains.access import ROLE_RIGHTS, Right, Role
from chains.models import Access, User
from chains.spaces import Space, chain_space, location_space
from chains.uses import Room
from config.urls import handler403, handler404, urlpatterns
from tests.cast import Cast

SPRITE = settings.BASE_DIR / "static/vendor/tabler-icons/sprite.svg"


# Navigation
# ----------------------------------------------------------------------------


def access_of(user: User, *, uses: bool) -> Access:
    """An access to a chain that uses all that a chain may do without, or nothing of it."""
    access = user.accesses.get()
    for room in Room:
        setattr(access, room.value, uses)
    return access


def test_the_navigation_lists_what_the_user_may_use(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    space = chain_space(access_of(cast.manager, uses=False))
    loyalty, reports = ["Loyalty cards", "Transactions"], ["Visits", "Points owed", "Changes to visits"]
    listed = ["Overview", *loyalty, "Client database", *reports]
    assert [str(link.label) for link in navigation.links(space, "/")] == listed
    monkeypatch.setitem(ROLE_RIGHTS, Role.MANAGER, frozenset({Right.VIEW_VISITS}))
    assert navigation.links(space, "/") == []


def test_the_entry_of_the_page_is_marked_and_so_is_that_of_a_page_below(cast: Cast) -> None:
    access = access_of(cast.owner, uses=True)
    chain, location = chain_space(access), location_space(access, cast.center)

    def marked(space: Space, path: str) -> dict[str, str]:
        return {str(link.label): link.current for link in navigation.links(space, path) if link.current}

    assert marked(chain, "/chains/aurora/overview/") == {"Overview": "page"}
    assert marked(chain, "/chains/aurora/settings/users/1/") == {"Users": "true"}
    assert marked(location, "/locations/center/visits/") == {"Visits": "page"}
    assert marked(location, "/locations/center/visits/12/") == {"Visits": "true"}


def test_every_entry_has_a_page_and_an_icon(cast: Cast) -> None:
    access = access_of(cast.owner, uses=True)
    found = [
        *navigation.links(chain_space(access), "/"),
        *navigation.links(location_space(access, cast.center), "/"),
    ]
    assert len(found) == len(navigation.ENTRIES)
    for entry in navigation.ENTRIES:
        assert f'id="{entry.icon}"' in SPRITE.read_text()


def test_the_kind_of_space_is_written_and_coloured(cast: Cast, client: Client) -> None:
    client.force_login(cast.owner)
    page = client.get("/chains/aurora/", follow=True).content.decode()
    assert '<body class="space-chain">' in page
    named = r'<strong title="Aurora">Aurora</strong>\s*<small>Chain</small>'
    assert re.search(rf"<summary>.*{named}.*</summary>", page, re.DOTALL)
    assert 'href="/chains/aurora/overview/" aria-current="page"' in page


# Theme and language
# ----------------------------------------------------------------------------


def theme_shown(client: Client, address: str = "/spaces/") -> str:
    page = client.get(address).content.decode()
    return page.split('data-theme="')[1].split('"')[0]


def test_the_theme_is_chosen_on_the_server(cast: Cast, client: Client) -> None:
    client.force_login(cast.desk)
    assert theme_shown(client) == "auto"
    response = client.post("/account/theme/", {"theme": "dark", "next": "/spaces/?q=x"})
    assert response["Location"] == "/spaces/?q=x"
    assert theme_shown(client) == "dark"
    assert User.objects.get(pk=cast.desk.pk).theme == "dark"


def test_the_sign_in_keeps_the_theme_of_the_browser(cast: Cast, client: Client) -> None:
    client.force_login(cast.desk)
    client.post("/account/theme/", {"theme": "light"})
    client.post("/sign-out/")
    assert theme_shown(client, "/sign-in/") == "light"
    client.cookies["theme"] = "<script>"
    assert theme_shown(client, "/sign-in/") == "auto"


@pytest.mark.parametrize("elsewhere", ["", "https://evil.example/", "//evil.example/", "null", "chains:spaces"])
def test_choosing_a_theme_leads_nowhere_else(cast: Cast, client: Client, elsewhere: str) -> None:
    client.force_login(cast.desk)
    assert client.post("/account/theme/", {"theme": "puce", "next": elsewhere})["Location"] == "/"
    assert User.objects.get(pk=cast.desk.pk).theme == "auto"


def test_preferences_are_saved_and_mistakes_shown(cast: Cast, client: Client) -> None:
    client.force_login(cast.desk)
    page = client.post("/account/preferences/", {"name": "", "theme": "dark"}).content.decode()
    assert 'aria-invalid="true"' in page
    assert User.objects.get(pk=cast.desk.pk).theme == "auto"

    page = client.post("/account/preferences/", {"name": "Dora D.", "theme": "dark"}, follow=True).content.decode()
    assert "Your preferences were saved." in page
    assert User.objects.get(pk=cast.desk.pk).name == "Dora D."


def test_a_language_is_asked_for_where_there_is_more_than_one(cast: Cast, client: Client, settings: Settings) -> None:
    client.force_login(cast.desk)
    assert b"id_language" not in client.get("/account/preferences/").content
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    client.post("/account/preferences/", {"name": "Dora", "theme": "auto", "language": "de"})
    page = client.get("/account/preferences/", headers={"Accept-Language": "en"})
    assert b'<html lang="de"' in page.content


# Policy and the pages instead of a page
# ----------------------------------------------------------------------------


def test_every_answer_carries_the_policy(cast: Cast, client: Client) -> None:
    policy = client.get("/sign-in/")["Content-Security-Policy"]
    assert set(policy.split("; ")) == {
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    }


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a mistake of ours")


class BrokenUrls:
    """The site with one page that always fails."""

    urlpatterns = (*urlpatterns, path("broken/", broken))
    handler403, handler404 = handler403, handler404


def test_a_mistake_of_ours_has_a_page_that_needs_nothing(cast: Cast, settings: Settings) -> None:
    settings.ROOT_URLCONF = BrokenUrls
    client = Client(raise_request_exception=False)
    client.force_login(cast.desk)
    response = client.get("/broken/")
    assert response.status_code == 500
    assert "This is our mistake, not yours." in response.content.decode()


def test_an_unknown_address_leads_back_to_work(cast: Cast, client: Client) -> None:
    assert "There is nothing here" in client.get("/nowhere/").content.decode()
    client.force_login(cast.desk)
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert "To where you work" in page.content.decode()


def test_a_page_that_was_open_too_long_says_so(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.desk)
    response = client.post("/account/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert "Nothing was saved." in response.content.decode()


def test_templates_say_their_title_once(cast: Cast, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = cast.desk
    page = render_to_string("404.html", {"page_title": "Only once"}, request)
    assert page.count("<h1") == 1

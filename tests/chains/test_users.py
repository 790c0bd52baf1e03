"""Who works for a chain: added by e-mail, given a role and locations, suspended and restored, over HTTP."""

from __future__ import annotations

import re
import smtplib
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.mail import EmailMessage
from django.test import Client
from openpyxl import load_workbook
from pytest_django.fixtures import Settings

from chains.access import Right, Role
from chains.models import Access, User
from chains.settings.users.reading import edited_access
from chains.settings.users.services import change_access, suspend_access
from tests.cast import LONG_AGO, PASSWORD, PROGRAM, Cast, make_access, make_cast, make_location, make_user
from tests.pages import differences, fill, history, mistakes, rows_of, sorts_by_every_column, text_of
from tests.plugins.races import race

USERS = "/chains/aurora/settings/users/"
NEW = f"{USERS}new/"
NEW_PASSWORD = "seventy lilies for the regular"


@pytest.fixture
def owner(cast: Cast, client: Client) -> Client:
    client.force_login(cast.owner)
    return client


@pytest.fixture
def mails(settings: Settings, mailoutbox: list[EmailMessage]) -> list[EmailMessage]:
    settings.EMAIL_URL = "smtp://mail.example"
    return mailoutbox


def browser(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


def address(user: User, *more: str) -> str:
    access = Access.objects.get(user=user, chain__slug="aurora")
    return "".join((f"{USERS}{access.pk}/", *(f"{part}/" for part in more)))


def add(owner: Client, **typed: Any) -> Any:
    usual = {"email": "ida.ito@example.com", "name": "Ida Ito", "where": "all"}
    return owner.post(NEW, fill(owner.get(NEW), **{**usual, **typed}), follow=True)


# Adding
# ----------------------------------------------------------------------------


def test_somebody_new_is_invited_chooses_a_password_and_works(
    owner: Client, cast: Cast, mails: list[EmailMessage]
) -> None:
    add(owner, email="Ida.Ito@Example.com", role="front_desk", where="listed", locations=[cast.harbour.pk])
    access = Access.objects.get(user__email="ida.ito@example.com")
    assert (access.role, access.all_locations, list(access.locations.all())) == ("front_desk", False, [cast.harbour])
    assert not access.user.has_usable_password()
    assert rows_of(owner.get(f"{USERS}?status=invited")) == [
        ["Ida Ito", "ida.ito@example.com", "Front desk", "Harbour", "Invited", "–", "no"]
    ]
    (mail,) = mails
    assert (mail.to, mail.subject) == (["ida.ito@example.com"], "You were added to Aurora")
    assert "Olivia Owner added you to Aurora as Front desk." in str(mail.body)
    (link,) = re.findall(rf"{settings.SITE_URL}(/password-reset/\S+)", str(mail.body))

    ida = Client()
    form = ida.get(ida.get(link)["Location"])
    assert "Choose your password, Ida Ito Aurora · ida.ito@example.com" in text_of(form)
    passwords = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    signed_in = ida.post(form.wsgi_request.path, passwords, follow=True)
    assert "This link does not work" in Client().get(link).content.decode()
    assert signed_in.redirect_chain[-1][0] == "/locations/harbour/visits/"
    assert ida.get("/locations/center/visits/").status_code == 404
    assert (
        "has chosen a password already" in owner.get(address(access.user, "invitation"), follow=True).content.decode()
    )


def test_further_rights_are_those_that_some_role_lacks(owner: Client) -> None:
    """What every role may do is no further right, and neither is what an owner alone decides."""
    offered = {value for value, _label in owner.get(NEW).context["form"].fields["extra_rights"].choices}
    assert offered == {
        "view_chain",
        "manage_settings",
        "manage_programs",
        "view_reports",
        "export_reports",
        "block_cards",
        "manual_points",
        "pay_without_code",
        "see_codes",
        "adjust_value",
        "block_value",
        "give_memberships",
        "open_accounts",
        "pay_out_accounts",
        "change_price",
        "edit_past_visits",
    }


def test_the_mail_to_one_without_a_name_greets_all_the_same(
    owner: Client, cast: Cast, mails: list[EmailMessage]
) -> None:
    User.objects.filter(pk=cast.stranger.pk).update(name="")
    add(owner, email=cast.stranger.email)
    assert str(mails[0].body).startswith("Hello,\n")


def test_without_a_mail_server_the_owner_hands_the_link_over(owner: Client, mailoutbox: list[EmailMessage]) -> None:
    page = add(owner)
    assert mailoutbox == []
    assert page["Cache-Control"].startswith("max-age=0")
    (link,) = re.findall(rf"{settings.SITE_URL}(/password-reset/[^<\s]+)", page.content.decode())
    form = Client().get(link, follow=True)
    assert "New Password" in form.content.decode()


def test_a_mail_that_cannot_be_sent_is_sent_later(
    owner: Client, mails: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_args: object) -> None:
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.message.EmailMessage.send", refused)
        page = add(owner)
    assert "could not be sent" in page.content.decode()
    user = User.objects.get(email="ida.ito@example.com")
    owner.post(address(user, "invitation"))
    assert [mail.to for mail in mails] == [["ida.ito@example.com"]]


def test_who_has_an_account_gets_access_and_keeps_everything_else(
    owner: Client, cast: Cast, mails: list[EmailMessage]
) -> None:
    page = add(owner, email="STAN-stranger@example.com", name="Somebody Else", role="manager")
    stan = User.objects.get(pk=cast.stranger.pk)
    assert (stan.name, stan.check_password(PASSWORD)) == ("Stan Stranger", True)
    assert set(stan.accesses.values_list("chain__slug", "role")) == {("borealis", "owner"), ("aurora", "manager")}
    assert "Borealis" not in page.content.decode()
    (mail,) = mails
    assert "password-reset" not in str(mail.body) and "/sign-in/" in str(mail.body)
    assert browser(stan).get("/chains/aurora/transactions/").status_code == 200


def test_the_chain_that_invited_first_hands_the_link_over(owner: Client, cast: Cast) -> None:
    """The link opens both chains, so one of them shows it, and never none."""
    invited = User(email="ida.ito@example.com", name="Ida Ito")
    invited.set_unusable_password()
    invited.save()
    make_access(invited, cast.borealis, Role.OWNER)
    page = add(owner).content.decode()
    assert "password-reset" not in page and "was invited by another chain before" in page
    first = invited.accesses.get(chain=cast.borealis)
    stranger = browser(cast.stranger)
    theirs = f"/chains/borealis/settings/users/{first.pk}/invitation/"
    assert "password-reset" in stranger.get(theirs).content.decode()
    ours = address(invited, "invitation")
    suspend_access(access=first, suspended=True, acting_user=PROGRAM)
    assert "password-reset" in owner.get(ours).content.decode()


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "dora-desk@example.com"}, "email"),
        ({"email": "sven-suspended@example.com"}, "email"),
        ({"name": ""}, "name"),
        ({"role": "king"}, "role"),
        ({"extra_rights": ["fly"]}, "extra_rights"),
        ({"extra_rights": ["manage_users"]}, "extra_rights"),
        ({"where": "listed"}, "locations"),
        ({"where": "listed", "locations": ["999999"]}, "locations"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    owner: Client, cast: Cast, typed: dict[str, Any], field: str, mails: list[EmailMessage]
) -> None:
    page = add(owner, **typed)
    assert set(mistakes(page)) == {field}
    assert (Access.objects.count(), User.objects.count(), mails) == (6, 7, [])


def test_a_location_of_another_chain_cannot_be_given(owner: Client, cast: Cast) -> None:
    page = add(owner, where="listed", locations=[cast.north.pk])
    assert set(mistakes(page)) == {"locations"}


def test_a_form_sent_twice_adds_once(owner: Client, cast: Cast) -> None:
    typed = fill(owner.get(NEW), email="ida.ito@example.com", name="Ida Ito", where="all")
    pages = [owner.post(NEW, typed) for _time in range(2)]
    assert pages[0]["Location"] == pages[1]["Location"]
    assert Access.objects.filter(user__email="ida.ito@example.com").count() == 1


# Changing
# ----------------------------------------------------------------------------


def test_role_rights_and_locations_are_changed_and_the_page_says_by_whom(owner: Client, cast: Cast) -> None:
    place, desk = address(cast.desk), browser(cast.desk)
    assert desk.get("/locations/harbour/visits/").status_code == 404
    typed = fill(owner.get(place), role="manager", extra_rights=["view_reports", "manage_programs"], where="all")
    assert owner.post(place, typed).status_code == 302
    access = Access.objects.get(user=cast.desk)
    assert (access.role, access.extra_rights, access.all_locations) == ("manager", ["manage_programs"], True)
    assert desk.get("/locations/harbour/visits/").status_code == 200
    assert history(owner.get(place)) == [
        (
            "Olivia Owner",
            [
                ("Locations", "Center", "none"),
                ("Role", "Front desk", "Manager"),
                ("Further rights", "none", "Set up promotions, types of cards and accounts, and the referral program"),
                ("All locations", "no", "yes"),
            ],
        ),
        ("", [("Locations", "none", "Center")]),
    ]


def test_a_second_owner_is_told_what_the_first_one_changed(owner: Client, cast: Cast) -> None:
    place = address(cast.desk)
    page, other = owner.get(place), make_user("Otto Owner")
    make_access(other, cast.aurora, Role.OWNER)
    second = browser(other)
    second.post(place, fill(second.get(place), locations=[cast.harbour.pk]))
    stale = owner.post(place, fill(page, role="manager"))
    assert differences(stale) == [("Locations", "Center", "Harbour")]
    assert Access.objects.get(user=cast.desk).role == "front_desk"
    assert owner.post(place, fill(stale)).status_code == 302
    access = Access.objects.get(user=cast.desk)
    assert (access.role, list(access.locations.all())) == ("manager", [cast.harbour])


def test_a_right_that_one_owner_takes_away_is_not_given_back_by_another_who_gives_a_second(
    owner: Client, cast: Cast
) -> None:
    place = address(cast.desk)
    owner.post(place, fill(owner.get(place), extra_rights=["view_reports", "export_reports"]))
    page, other = owner.get(place), make_user("Otto Owner")
    make_access(other, cast.aurora, Role.OWNER)
    second = browser(other)
    second.post(place, fill(second.get(place), extra_rights=["view_reports"]))
    stale = owner.post(place, fill(page, extra_rights=["view_reports", "export_reports", "manual_points"]))
    assert fill(stale)["extra_rights"] == ["view_reports", "manual_points"]
    assert owner.post(place, fill(stale)).status_code == 302
    assert set(Access.objects.get(user=cast.desk).extra_rights) == {"view_reports", "manual_points"}


def test_who_is_suspended_is_refused_at_once_where_they_are_signed_in(owner: Client, cast: Cast) -> None:
    desk = browser(cast.desk)
    assert desk.get("/locations/center/visits/").status_code == 200
    assert "from their next click on" in owner.get(address(cast.desk, "suspend")).content.decode()
    for _time in range(2):
        assert owner.post(address(cast.desk, "suspend")).status_code == 302
    for place in ("visits/", "clients/", "items/"):
        assert desk.get(f"/locations/center/{place}").status_code == 404
    assert "Center" not in desk.get("/spaces/").content.decode()
    for _time in range(2):
        assert owner.post(address(cast.desk, "restore")).status_code == 302
    assert desk.get("/locations/center/visits/").status_code == 200
    access = Access.objects.get(user=cast.desk)
    assert (access.role, list(access.locations.all())) == ("front_desk", [cast.center])
    changes = [each[1][0] for each in history(owner.get(address(cast.desk)))]
    assert changes[:2] == [("Suspended", "yes", "no"), ("Suspended", "no", "yes")]


@pytest.mark.parametrize("what", ["demote", "suspend"])
def test_the_last_owner_stays(owner: Client, cast: Cast, what: str) -> None:
    """Neither one who is suspended nor one who may not sign in counts."""
    away = make_user("Otto Away", is_active=False)
    make_access(away, cast.aurora, Role.OWNER)
    place = address(cast.owner)
    if what == "demote":
        page = owner.post(place, fill(owner.get(place), role="manager"))
        assert "Make somebody else an owner first." in mistakes(page)["role"][0]
    else:
        assert "Make somebody else an owner first." in owner.post(f"{place}suspend/", follow=True).content.decode()
    access = Access.objects.get(user=cast.owner)
    assert (access.role, access.suspended) == ("owner", False)
    make_access(make_user("Otto Owner"), cast.aurora, Role.OWNER)
    if what == "demote":
        assert owner.post(place, fill(owner.get(place), role="manager"))["Location"] == "/"
    else:
        assert owner.post(f"{place}suspend/")["Location"] == "/"
    assert owner.get(USERS).status_code == (403 if what == "demote" else 404)


def test_nobody_gives_or_takes_more_than_they_have(cast: Cast) -> None:
    """A right to manage users on top of a small role does not make an owner of who has it."""
    user = make_user("Hugo Helper")
    make_access(user, cast.aurora, Role.FRONT_DESK, extra_rights=[Right.VIEW_CHAIN, Right.MANAGE_USERS])
    helper = browser(user)
    for typed in ({"role": "owner"}, {"role": "front_desk", "extra_rights": ["view_reports"]}):
        assert "rights that you do not have yourself" in mistakes(add(helper, **typed))["role"][0]
    assert "rights that you do not have" in helper.post(address(cast.owner, "suspend"), follow=True).content.decode()
    place = address(cast.manager)
    assert (
        "rights that you do not have"
        in mistakes(helper.post(place, fill(helper.get(place), role="front_desk")))["role"][0]
    )
    assert not Access.objects.get(user=cast.owner).suspended
    assert add(helper).status_code == 200 and User.objects.filter(email="ida.ito@example.com").exists()


@pytest.mark.races
@pytest.mark.parametrize("how", ["demote themselves", "demote each other", "suspend each other"])
def test_two_owners_at_once_leave_one(transactional_db: None, how: str) -> None:
    cast = make_cast()
    other = make_user("Otto Owner")
    make_access(other, cast.aurora, Role.OWNER)
    whom = {cast.owner: cast.owner, other: other} if "themselves" in how else {cast.owner: other, other: cast.owner}

    def step(acting: User, target: User) -> Any:
        access = Access.objects.select_related("chain").get(user=target)
        if how.startswith("suspend"):
            return lambda: suspend_access(access=access, suspended=True, acting_user=acting)
        seen = edited_access(access).version
        return lambda: change_access(
            access=access, role=Role.MANAGER, locations=None, seen=seen, at=LONG_AGO, acting_user=acting
        )

    outcomes = race(*(step(acting, target) for acting, target in whom.items()))
    refused = [str(getattr(outcome, "code", "done")) for outcome in outcomes]
    assert sorted(refused) == ["done", "locked" if "themselves" in how else "forbidden"]
    assert Access.objects.filter(chain=cast.aurora).owners().count() == 1


# The list
# ----------------------------------------------------------------------------


def test_the_list_of_users(owner: Client, cast: Cast) -> None:
    User.objects.filter(pk=cast.desk.pk).update(last_login=LONG_AGO)
    Authenticator.objects.create(user=cast.manager, type=Authenticator.Type.TOTP, data={})
    make_location(cast.aurora, "Garden")
    rows = {row[0]: row[1:] for row in rows_of(owner.get(USERS))}
    assert list(rows) == [
        "Adam Administrator",
        "Dora Desk",
        "Mara Manager",
        "Olivia Owner",
        "Sven Suspended",
    ]
    assert rows["Dora Desk"] == [
        "dora-desk@example.com",
        "Front desk",
        "Center",
        "Active",
        "1 Jan 2025, 10:00",
        "no",
    ]
    assert rows["Mara Manager"][-1] == "yes" and rows["Sven Suspended"][3] == "Suspended"
    found = {
        "q=DORA": ["Dora Desk"],
        "role=manager": ["Mara Manager"],
        "status=suspended": ["Sven Suspended"],
        "second_factor=yes": ["Mara Manager"],
        f"location={cast.center.pk}": ["Adam Administrator", "Dora Desk", "Mara Manager", "Olivia Owner"],
        f"location={cast.harbour.pk}": ["Adam Administrator", "Mara Manager", "Olivia Owner"],
        "q=zz": [],
    }
    for query, names in found.items():
        assert [row[0] for row in rows_of(owner.get(f"{USERS}?{query}"))] == names, query
    sorts_by_every_column(owner, USERS)
    sheet = load_workbook(BytesIO(owner.get(f"{USERS}?export=xlsx&q=dora").content))["Users"]
    assert [cell.value for cell in sheet[2]][5] == datetime(2025, 1, 1, 10)  # noqa: DTZ001 - a workbook knows no zones

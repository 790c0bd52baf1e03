"""An e-mail opens one chain more only when it is known whose it is: the attacks, over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from chains.access import Role
from chains.links import PasswordLinks, handed_key, read_token
from chains.models import Access, Location, ProofCode, User, WrongTry
from chains.proof import choose_password
from chains.settings.users.services import add_user, suspend_access
from tests.cast import LONG_AGO, PASSWORD, PROGRAM, Cast, make_access, make_cast, make_user
from tests.chains.test_create_chain import WANTED
from tests.pages import fill, mistakes, rows_of, text_of
from tests.plugins.races import race

BOSS = "boss@other.example"
HIS_PASSWORD = "seventy lilies for the regular"
CHAINS = {"aurora": "Aurora", "borealis": "Borealis"}


def browser(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def olivia(cast: Cast) -> Client:
    """The owner of Aurora, which the attack is after."""
    return browser(cast.owner)


@pytest.fixture
def eve(cast: Cast) -> Client:
    """The owner of Borealis, who attacks."""
    return browser(cast.stranger)


@pytest.fixture
def mails(settings: Settings, mailoutbox: list[EmailMessage]) -> list[EmailMessage]:
    settings.EMAIL_URL = "smtp://mail.example"
    return mailoutbox


def add(owner: Client, chain: str, role: str = "owner") -> Any:
    new = f"/chains/{chain}/settings/users/new/"
    typed = fill(owner.get(new), email=BOSS, name="The Boss", where="all", role=role)
    return owner.post(new, typed, follow=True)


def access_of(chain: str) -> Access:
    return Access.objects.get(user__email=BOSS, chain__slug=chain)


def page_of(chain: str, name: str = "") -> str:
    return f"/chains/{chain}/settings/users/{access_of(chain).pk}/{name}"


def link_in(text: str) -> str:
    found = re.findall(rf"{re.escape(settings.SITE_URL)}(/password-reset/[^<\s]+)", text)
    assert len(found) == 1, text
    return str(found[0])


def use(link: str, password: str = PASSWORD) -> Client:
    """Whoever has the link chooses the password, and is signed in."""
    found = Client()
    form = found.get(link, follow=True)
    found.post(form.wsgi_request.path, {"password1": password, "password2": password}, follow=True)
    assert found.get("/spaces/").status_code == 200
    return found


def seen_by(who: Client) -> set[str]:
    """The chains that a browser shows anything of: doors, the switcher, all spaces."""
    text = "".join(text_of(who.get(page, follow=True)) for page in ("/", "/spaces/", "/account/profile/"))
    return {slug for slug, name in CHAINS.items() if name in text or is_open(who, slug)}


def is_open(who: Client, chain: str) -> bool:
    return who.get(f"/chains/{chain}/settings/users/").status_code != 404


def status_of(owner: Client, chain: str) -> str:
    rows = rows_of(owner.get(f"/chains/{chain}/settings/users/?q={BOSS}"))
    return rows[0][4]


def code_on(profile: Client) -> str:
    page = profile.post("/account/profile/", follow=True)
    code: str = page.context["code"].code
    assert f"{code[:4]} {code[4:]}" in text_of(page)
    return code


# Without a mail server
# ----------------------------------------------------------------------------


def test_a_link_that_was_handed_over_opens_no_other_chain(eve: Client, olivia: Client) -> None:
    """Eve invites an address of somebody else, takes the link herself, and waits for Olivia to add it."""
    hers = use(link_in(add(eve, "borealis").content.decode()))
    assert seen_by(hers) == {"borealis"}
    page = add(olivia, "aurora")
    assert "it was never proven that this address is theirs" in text_of(page)
    assert "they see nothing of Aurora." in text_of(page)
    assert "Aurora" not in text_of(hers.get("/"))
    assert seen_by(hers) == {"borealis"}
    assert hers.get("/locations/center/visits/").status_code == 404
    assert status_of(olivia, "aurora") == "Waits for proof"
    assert [row[0] for row in rows_of(olivia.get("/chains/aurora/settings/users/?status=waiting"))] == ["The Boss"]


def test_neither_does_one_that_is_used_after_the_other_chain_came(eve: Client, olivia: Client) -> None:
    link = link_in(add(eve, "borealis").content.decode())
    assert "password-reset" not in add(olivia, "aurora").content.decode()
    assert "Aurora" not in text_of(Client().get(link, follow=True))
    assert seen_by(use(link)) == {"borealis"}


def test_a_link_of_the_second_chain_does_not_open_the_first_that_suspended_the_user(
    cast: Cast, eve: Client, olivia: Client
) -> None:
    """Suspended at Aurora before a password was chosen, so Borealis has the link; then Aurora restores."""
    add(olivia, "aurora")
    olivia.post(page_of("aurora", "suspend/"))
    hers = use(link_in(add(eve, "borealis").content.decode()))
    olivia.post(page_of("aurora", "restore/"))
    assert seen_by(hers) == {"borealis"}
    assert status_of(olivia, "aurora") == "Waits for proof"


def test_a_link_that_the_server_printed_opens_nothing_that_waits(eve: Client, olivia: Client, mailoutbox: Any) -> None:
    use(link_in(add(eve, "borealis").content.decode()))
    add(olivia, "aurora")
    Client().post("/password-reset/", {"email": BOSS})
    assert seen_by(use(link_in(str(mailoutbox[-1].body)), HIS_PASSWORD)) == {"borealis"}


def test_the_command_gives_no_chain_to_an_address_that_nobody_proved(eve: Client) -> None:
    hers = use(link_in(add(eve, "borealis").content.decode()))
    with pytest.raises(CommandError, match="never proven whose it is"):
        call_command("create_chain", "Corona", **{**WANTED, "email": BOSS})
    with pytest.raises(CommandError, match="not the code"):
        call_command("create_chain", "Corona", **{**WANTED, "email": BOSS}, code="00000000")
    assert hers.get("/chains/corona/", follow=True).status_code == 404
    call_command("create_chain", "Corona", **{**WANTED, "email": BOSS}, code=code_on(hers))
    assert hers.get("/chains/corona/", follow=True).status_code == 200


def test_who_waits_is_no_owner_that_the_last_one_could_leave_to(cast: Cast, eve: Client, olivia: Client) -> None:
    use(link_in(add(eve, "borealis").content.decode()))
    add(olivia, "aurora")
    mine = Access.objects.get(user=cast.owner)
    page = olivia.post(f"/chains/aurora/settings/users/{mine.pk}/suspend/", follow=True)
    assert "Make somebody else an owner first." in page.content.decode()
    assert not Access.objects.get(pk=mine.pk).suspended
    center = Location.objects.with_users().get(pk=cast.center.pk)
    assert getattr(center, "users") == 4  # noqa: B009 - annotated


def test_an_owner_who_waits_may_do_nothing_there(eve: Client, olivia: Client) -> None:
    hers = use(link_in(add(eve, "borealis").content.decode()))
    add(olivia, "aurora")
    for page in (page_of("aurora"), page_of("aurora", "proof/"), "/chains/aurora/settings/users/new/"):
        assert hers.post(page, {"code": code_on(hers)}).status_code == 404
    assert access_of("aurora").waits_for_proof


# The code of the profile
# ----------------------------------------------------------------------------


@pytest.fixture
def boss(eve: Client, olivia: Client) -> Client:
    """The boss himself, who works for Borealis and waits at Aurora."""
    found = use(link_in(add(eve, "borealis").content.decode()))
    add(olivia, "aurora")
    return found


def confirm(owner: Client, code: str) -> Any:
    return owner.post(page_of("aurora", "proof/"), {"code": code})


def test_the_code_that_the_user_reads_out_opens_the_chain(boss: Client, olivia: Client) -> None:
    code = code_on(boss)
    assert code == code_on(boss)
    assert confirm(olivia, f"{code[:4]} {code[4:]}").status_code == 302
    assert seen_by(boss) == {"aurora", "borealis"}
    assert status_of(olivia, "aurora") == "Active"
    assert "Waits for proof" in text_of(olivia.get(page_of("aurora")))
    assert not ProofCode.objects.exists()


def test_a_code_works_once_and_for_ten_minutes(boss: Client, olivia: Client) -> None:
    code = code_on(boss)
    ProofCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "not the code" in mistakes(confirm(olivia, code))["code"][0]
    assert "Show a code" in text_of(boss.get("/account/profile/"))
    confirm(olivia, code_on(boss))
    Access.objects.filter(pk=access_of("aurora").pk).update(waits_for_proof=True)
    assert "not the code" in mistakes(confirm(olivia, code))["code"][0]


def test_codes_cannot_be_tried_through(boss: Client, olivia: Client) -> None:
    code = code_on(boss)
    wrong = "11111111" if code != "11111111" else "22222222"
    for _time in range(5):
        assert "not the code" in mistakes(confirm(olivia, wrong))["code"][0]
    assert "Wait 15 minutes" in mistakes(confirm(olivia, code))["code"][0]
    assert access_of("aurora").waits_for_proof
    WrongTry.objects.update(tried_at=LONG_AGO)
    assert confirm(olivia, code).status_code == 302


def test_the_code_of_one_user_does_not_open_for_another(boss: Client, olivia: Client) -> None:
    other = make_user("Otto Other", proven_email="")
    assert "not the code" in mistakes(confirm(olivia, code_on(browser(other))))["code"][0]
    assert access_of("aurora").waits_for_proof


def test_only_who_manages_users_confirms(boss: Client, cast: Cast, eve: Client) -> None:
    code = code_on(boss)
    assert confirm(browser(cast.administrator), code).status_code == 403
    assert confirm(eve, code).status_code == 404
    helper = make_user("Hugo Helper")
    make_access(helper, cast.aurora, Role.FRONT_DESK, extra_rights=["view_chain", "manage_users"])  # type: ignore[list-item]
    assert "rights that you do not have" in str(confirm(browser(helper), code).context["form"].errors)
    assert access_of("aurora").waits_for_proof


def test_who_is_proven_needs_no_code(cast: Cast, olivia: Client) -> None:
    page = browser(cast.stranger).get("/account/profile/")
    assert "you chose a password by a link that was mailed there" in text_of(page)
    assert "Show a code" not in text_of(page)


# With a mail server
# ----------------------------------------------------------------------------


def test_who_is_invited_by_mail_is_proven_by_it(eve: Client, olivia: Client, mails: list[EmailMessage]) -> None:
    assert "password-reset" not in add(eve, "borealis").content.decode()
    boss = use(link_in(str(mails[0].body)))
    assert User.objects.get(email=BOSS).is_proven
    add(olivia, "aurora")
    assert "Sign in with the e-mail and the password you have" in str(mails[-1].body)
    assert seen_by(boss) == {"aurora", "borealis"}


def test_the_mail_to_who_was_never_proven_takes_the_account_back(
    eve: Client, olivia: Client, mails: list[EmailMessage], settings: Settings
) -> None:
    """Eve signed in by his address before, with a second factor of hers: all that ends."""
    settings.EMAIL_URL = ""
    hers = use(link_in(add(eve, "borealis").content.decode()))
    TOTP.activate(User.objects.get(email=BOSS), "JBSWY3DPEHPK3PXP")
    Authenticator.objects.create(user=User.objects.get(email=BOSS), type="webauthn", data={"name": "hers"})
    settings.EMAIL_URL = "smtp://mail.example"
    page = add(olivia, "aurora")
    assert f"A mail went to {BOSS}" in text_of(page)
    assert seen_by(hers) == {"borealis"}
    (mail,) = (each for each in mails if "waits for you" in each.subject)
    assert mail.to == [BOSS] and "Olivia Owner added you to Aurora as Owner" in str(mail.body)
    his = use(link_in(str(mail.body)), HIS_PASSWORD)
    assert seen_by(his) == {"aurora", "borealis"}
    assert hers.get("/spaces/").status_code == 302
    assert not Authenticator.objects.exists()
    assert Client().post("/sign-in/", {"login": BOSS, "password": PASSWORD}).status_code == 200


def test_the_mail_is_sent_again(eve: Client, olivia: Client, mails: list[EmailMessage], settings: Settings) -> None:
    settings.EMAIL_URL = ""
    use(link_in(add(eve, "borealis").content.decode()))
    settings.EMAIL_URL = "smtp://mail.example"
    add(olivia, "aurora")
    olivia.post(page_of("aurora", "proof/"), {"send": "yes"})
    assert [each.subject for each in mails[-2:]] == ["Aurora waits for you to confirm your address"] * 2


def test_a_mail_that_is_only_opened_proves_nothing(eve: Client, olivia: Client, mails: list[EmailMessage]) -> None:
    """Programs that look through mail open the links in it."""
    add(eve, "borealis")
    Client().get(link_in(str(mails[0].body)), follow=True)
    assert not User.objects.get(email=BOSS).is_proven


def test_a_proven_second_factor_outlives_a_new_password(cast: Cast, mails: list[EmailMessage]) -> None:
    TOTP.activate(cast.desk, "JBSWY3DPEHPK3PXP")
    Client().post("/password-reset/", {"email": cast.desk.email})
    found = Client()
    form = found.get(link_in(str(mails[0].body)), follow=True)
    done = found.post(form.wsgi_request.path, {"password1": HIS_PASSWORD, "password2": HIS_PASSWORD})
    assert done["Location"] == "/account/second-factor/authenticate/"
    assert Authenticator.objects.filter(user=cast.desk).count() == 1


@pytest.mark.parametrize("url", ["consolemail://", "filemail:///tmp/mails"])
def test_mail_that_goes_nowhere_is_no_mail(eve: Client, settings: Settings, url: str) -> None:
    settings.EMAIL_URL = url
    use(link_in(add(eve, "borealis").content.decode()))
    assert not User.objects.get(email=BOSS).is_proven


def test_another_e_mail_is_another_proof(cast: Cast) -> None:
    assert cast.desk.is_proven
    cast.desk.email = "dora@elsewhere.example"
    assert not cast.desk.is_proven


def test_the_way_of_a_link_cannot_be_changed(cast: Cast) -> None:
    access = Access.objects.get(user=cast.desk)
    token = handed_key(access).partition("-")[2]
    assert read_token(cast.desk, token) is not None
    assert read_token(cast.desk, token.replace(f"handed{access.pk}", "mailed")) is None
    assert read_token(cast.desk, token.partition(".")[2]) is None
    assert read_token(cast.manager, token) is None


def test_a_link_is_opened_by_somebody_who_is_signed_in_as_another(
    cast: Cast, eve: Client, mails: list[EmailMessage]
) -> None:
    add(eve, "borealis")
    desk = browser(cast.desk)
    form = desk.get(link_in(str(mails[0].body)), follow=True)
    desk.post(form.wsgi_request.path, {"password1": HIS_PASSWORD, "password2": HIS_PASSWORD})
    assert seen_by(desk) == {"borealis"}
    assert not User.objects.get(pk=cast.desk.pk).check_password(HIS_PASSWORD)


# At the same time
# ----------------------------------------------------------------------------


@pytest.mark.races
def test_of_two_chains_that_add_somebody_new_at_once_one_waits(transactional_db: None) -> None:
    cast = make_cast()

    def adding(chain: Any, owner: User) -> Any:
        return lambda: add_user(
            chain=chain,
            email=BOSS,
            name="The Boss",
            role=Role.OWNER,
            locations=None,
            at=LONG_AGO,
            acting_user=owner,
        )

    race(adding(cast.aurora, cast.owner), adding(cast.borealis, cast.stranger))
    assert sorted(Access.objects.filter(user__email=BOSS).values_list("waits_for_proof", flat=True)) == [False, True]


@pytest.mark.races
def test_of_two_links_used_at_once_one_works(transactional_db: None, settings: Settings) -> None:
    """So a link that was handed over never chooses the password of an e-mail that was proven a moment ago."""
    cast = make_cast()
    settings.EMAIL_URL = "smtp://mail.example"
    access = add_user(
        chain=cast.borealis, email=BOSS, name="Boss", role=Role.OWNER, locations=None, at=LONG_AGO, acting_user=PROGRAM
    )
    handed, mailed = handed_key(access).partition("-")[2], PasswordLinks().make_token(access.user)

    def using(token: str, password: str) -> Any:
        return lambda: choose_password(user=User.objects.get(email=BOSS), password=password, token=token)

    outcomes = race(using(handed, PASSWORD), using(mailed, HIS_PASSWORD))
    assert sorted(map(str, outcomes)) == ["False", "True"]
    user = User.objects.get(email=BOSS)
    assert user.check_password(HIS_PASSWORD if user.is_proven else PASSWORD)


def test_a_suspended_access_that_waits_is_told_as_suspended(boss: Client, olivia: Client) -> None:
    suspend_access(access=access_of("aurora"), suspended=True, acting_user=PROGRAM)
    assert status_of(olivia, "aurora") == "Suspended"
    confirm(olivia, code_on(boss))
    assert seen_by(boss) == {"borealis"}

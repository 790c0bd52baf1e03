"""The first chain of an empty installation."""

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from chains.models import Access, Chain, Location, User
from config.servers import paths
from tests.cast import Cast

pytestmark = pytest.mark.django_db

WANTED = {
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "country": "DE",
    "location": "Center",
    "owner": "Olivia Owner",
    "email": "Olivia@Example.com",
}


def test_a_chain_with_a_location_and_an_owner_who_may_enter(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_chain", "Aurora Salons", **WANTED)
    chain = Chain.objects.get()
    assert (chain.slug, chain.currency, chain.region) == ("aurora-salons", "EUR", "DE")
    assert Location.objects.get().slug == "aurora-salons-center"
    owner = User.objects.get()
    assert (owner.email, owner.has_usable_password()) == ("olivia@example.com", False)
    browser = Client()
    browser.force_login(owner)
    assert browser.get(reverse("chains:chain", args=[chain.slug]), follow=True).status_code == 200
    assert "Forgot your password?" in capsys.readouterr().out


def test_who_has_an_account_owns_one_chain_more(cast: Cast) -> None:
    call_command("create_chain", "Corona", **{**WANTED, "email": cast.owner.email})
    assert Access.objects.filter(user=cast.owner, role="owner").count() == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"currency": "EURO"}, "currency: EURO is not a currency"),
        ({"time_zone": "Berlin"}, "time_zone: Berlin is not a time zone"),
        ({"country": "XY"}, "region: XY is not a country"),
        ({"email": "olivia"}, "email: Enter a valid email address."),
        ({"address": "a b"}, "slug:"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_made(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("create_chain", "Aurora", **{**WANTED, **wrong})
    assert not Chain.objects.exists() and not User.objects.exists()


def test_a_password_without_a_terminal() -> None:
    """Nothing is made: the owner would have no password, or one that stood on a screen."""
    options = [part for name, value in WANTED.items() for part in (f"--{name.replace('_', '-')}", value)]
    command = [sys.executable, "manage.py", "create_chain", "No Terminal", *options, "--ask-password"]
    process = subprocess.run(
        command,
        env={**os.environ, "REGULARS_TEST_DATABASE": str(connection.settings_dict["NAME"])},
        cwd=paths.PROJECT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert process.returncode == 1
    assert process.stderr.startswith("CommandError: There is no terminal to type the password at")
    assert process.stderr.count("\n") == 1

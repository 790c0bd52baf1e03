"""What clients are told: the letter, its delivery, what keeps it back, and the pages that say so."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser

from clients.messages.carriers import Mailbox, MailServer
from clients.messages.delivery import MOST_TRIES, PAUSES, deliver_due, try_again
from clients.messages.models import Message, MessageState, Trouble
from clients.models import Client
from tests.cast import Cast, make_cast
from tests.clients.messages import make_guests, queue
from tests.pages import rows_of
from tests.plugins import mail
from tests.plugins.mail import mail_server
from tests.plugins.query_counts import CountQueries
from tests.programs import moment

NOW = moment("2026-03-29 08:00")
PAGE = "/chains/aurora/settings/messages/"
LETTER = """Hello Guest 0,

5.00 of your points at Aurora are good through 31 March 2026. What you have not used by then burns.

This is what you had on 29 March 2026. If you have used the points since, there is nothing left to do.

See you soon,
Aurora
"""


@pytest.fixture
def server(settings: Any) -> Iterator[mail.MailServer]:
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_URL = "127.0.0.1", server.port, server.url
        settings.DEFAULT_FROM_EMAIL = "Regulars <loyalty@aurora.example>"
        yield server


def deliver(at: datetime = NOW) -> int:
    return deliver_due(carrier=MailServer(), at=at)


def states() -> list[tuple[str, str, int]]:
    return list(Message.objects.order_by("pk").values_list("state", "trouble", "attempts"))


# On its way
# ----------------------------------------------------------------------------


def test_a_letter_says_what_burns_where_and_when(cast: Cast, server: mail.MailServer, settings: Any) -> None:
    settings.REPLY_TO_EMAIL = "desk@aurora.example"
    (guest,) = make_guests(cast, 1, at=NOW)
    (message,) = queue(cast, NOW)
    assert deliver() == 1
    (letter,) = server.taken
    assert letter["From"] == "Aurora <loyalty@aurora.example>"
    assert (letter["To"], letter["Reply-To"]) == ("guest0@example.com", "desk@aurora.example")
    assert letter["Subject"] == "5.00 of your points at Aurora burn after 31 March"
    assert letter["Message-ID"] == f"<points_burning.{cast.aurora.pk}.{guest.pk}.2026-03-31@aurora.example>"
    plain, html = (letter.get_body((kind,)) for kind in ("plain", "html"))
    assert plain and html
    assert plain.get_content() == LETTER
    assert "<strong>5.00 of your points</strong> at Aurora" in html.get_content()
    message.refresh_from_db()
    assert (message.state, message.attempts, message.due_at, message.tried_at) == ("sent", 1, None, NOW)
    assert (message.address, message.subject, message.text) == ("guest0@example.com", letter["Subject"], LETTER)
    assert deliver() == deliver(NOW + timedelta(days=1)) == 0


def test_names_of_people_and_chains_break_no_letter(cast: Cast, server: mail.MailServer) -> None:
    cast.aurora.name = 'Äther & <b>"Söhne"</b>, Berlin'
    cast.aurora.save()
    (guest,) = make_guests(cast, 1, at=NOW)
    Client.objects.filter(pk=guest.pk).update(name="<i>Bcc: x@example.com</i> & Co")
    queue(cast, NOW)
    deliver()
    (letter,) = server.taken
    assert letter["From"].addresses[0].display_name == 'Äther & <b>"Söhne"</b>, Berlin'
    plain, html = (letter.get_body((kind,)) for kind in ("plain", "html"))
    assert plain and html
    assert plain.get_content().startswith("Hello <i>Bcc: x@example.com</i> & Co,\n")
    assert "&lt;i&gt;Bcc: x@example.com&lt;/i&gt; &amp; Co" in html.get_content()


def test_a_letter_goes_to_the_client_as_he_is_when_it_is_sent(cast: Cast, server: mail.MailServer) -> None:
    moved, erased = make_guests(cast, 2, at=NOW)
    queue(cast, NOW)
    Client.objects.filter(pk=moved.pk).update(email="new@example.com", name="Anna New")
    Client.objects.filter(pk=erased.pk).update(email="", name="")
    assert deliver() == 2
    assert server.readers == ["new@example.com"]
    assert "Hello Anna New," in str(server.taken[0].get_body(("plain",)))
    assert states() == [("sent", "", 1), ("undeliverable", Trouble.NO_ADDRESS, 1)]
    assert deliver(NOW + timedelta(days=2)) == 0  # it is never tried by itself again


def test_many_letters_share_one_connection(cast: Cast, server: mail.MailServer) -> None:
    make_guests(cast, 3, at=NOW)
    queue(cast, NOW)
    held = server.hold("QUIT")
    held.let_go()
    assert deliver() == 3
    assert held.reached() and len(server.taken) == 3


# What keeps it back
# ----------------------------------------------------------------------------


def test_what_fails_is_tried_again_later_and_later_and_then_given_up(cast: Cast, server: mail.MailServer) -> None:
    make_guests(cast, 1, at=NOW)
    (message,) = queue(cast, NOW)
    server.receivers["guest0@"] = "450 Busy, come back later"
    at, tries = NOW, []
    while message.state not in {MessageState.GIVEN_UP, MessageState.SENT}:
        assert deliver(at - timedelta(seconds=1)) == 0
        assert deliver(at) == 1
        message.refresh_from_db()
        assert (message.trouble, message.answer) == (Trouble.ADDRESS_REFUSED, "450 Busy, come back later")
        tries.append(message.attempts)
        at = message.due_at or at
    assert tries == list(range(1, MOST_TRIES + 1))
    assert at - NOW == sum(PAUSES[:-1], timedelta()) < timedelta(days=1)
    assert deliver(NOW + timedelta(days=1)) == 0 and server.taken == []

    server.recover()
    assert try_again(messages=Message.objects.all(), at=at) == 1
    assert try_again(messages=Message.objects.all(), at=at) == 0
    assert deliver(at) == 1
    assert states() == [("sent", "", 1)] and len(server.taken) == 1


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [("550 No such user", Trouble.ADDRESS_REFUSED), ("554 Looks like spam", Trouble.REFUSED)],
)
def test_a_refusal_for_good_ends_it_and_only_it(
    cast: Cast, server: mail.MailServer, answer: str, trouble: Trouble
) -> None:
    make_guests(cast, 2, at=NOW)
    queue(cast, NOW)
    if trouble == Trouble.REFUSED:
        server.answers["."] = answer
    else:
        server.receivers["guest0@"] = answer
    assert deliver() == 2
    assert states()[0] == ("given_up", trouble, 1)
    assert Message.objects.earliest("pk").answer == answer
    assert states()[1][0] == ("given_up" if trouble == Trouble.REFUSED else "sent")


@pytest.mark.parametrize("answer", ["535 Who are you", ""])
def test_a_server_that_cannot_be_used_is_asked_once_in_a_run(
    cast: Cast, server: mail.MailServer, settings: Any, answer: str
) -> None:
    make_guests(cast, 2, at=NOW)
    queue(cast, NOW)
    if answer:
        server.answers["MAIL"] = answer
    else:
        settings.EMAIL_PORT = 1
    trouble = Trouble.REFUSED if answer else Trouble.UNREACHABLE
    assert deliver() == 1
    assert states() == [("failed", trouble, 1), ("waiting", "", 0)]
    server.recover()
    settings.EMAIL_PORT = server.port
    assert deliver(NOW + PAUSES[0]) == 2
    assert states() == [("sent", "", 2), ("sent", "", 1)]


def test_what_is_about_a_day_that_has_passed_is_not_told(cast: Cast, server: mail.MailServer) -> None:
    make_guests(cast, 1, at=NOW)
    queue(cast, NOW)
    assert deliver(moment("2026-03-31 22:00")) == 1  # it is April in Berlin
    assert states() == [("dropped", Trouble.DAY_PASSED, 1)] and server.taken == []
    assert try_again(messages=Message.objects.all(), at=NOW) == 0


def test_a_worker_who_dies_in_the_last_try_leaves_it_given_up(cast: Cast, server: mail.MailServer) -> None:
    make_guests(cast, 1, at=NOW)
    queue(cast, NOW)
    Message.objects.update(state=MessageState.SENDING, attempts=MOST_TRIES, due_at=NOW)
    assert deliver(NOW - timedelta(seconds=1)) == 0
    deliver()
    assert states() == [("given_up", Trouble.INTERRUPTED, MOST_TRIES)] and server.taken == []


@pytest.mark.races
def test_nobody_else_takes_a_message_that_is_being_talked_about(server: mail.MailServer) -> None:
    """Not even when its pause is over long since: the conversation is slow, and its worker lives."""
    cast = make_cast()
    make_guests(cast, 1, at=NOW)
    queue(cast, NOW)
    held = server.hold("DATA")

    def send() -> int:
        try:
            return deliver()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        held.reached()
        try:
            assert states() == [("sending", "", 1)]
            assert deliver(NOW + timedelta(hours=1)) == 0
        finally:
            held.let_go()
        assert sending.result(timeout=300) == 1
    assert states() == [("sent", "", 1)] and len(server.taken) == 1


def test_without_a_mail_server_letters_stay_in_the_mailbox(cast: Cast, mailoutbox: list[Any]) -> None:
    make_guests(cast, 2, at=NOW)
    queue(cast, NOW)
    assert deliver_due(carrier=Mailbox(), at=NOW) == 2
    assert {state for state, *_rest in states()} == {"in_mailbox"}
    assert Message.objects.earliest("pk").text == LETTER and mailoutbox == []


# The pages
# ----------------------------------------------------------------------------


def test_the_page_says_what_became_of_each(cast: Cast, server: mail.MailServer, administrator: Browser) -> None:
    assert "begins it" in administrator.get(PAGE).content.decode()
    make_guests(cast, 4, at=NOW)
    queue(cast, NOW)
    Client.objects.filter(name="Guest 1").update(email="")
    server.receivers["guest2@"] = "450 Later"
    server.receivers["guest3@"] = "550 No such user"
    deliver()
    page = administrator.get(PAGE, {"sort": "client"})
    assert [row[1:] for row in rows_of(page)] == [
        ["Guest 0", "guest0@example.com", ABOUT, "Sent", "1", "–"],
        ["Guest 1", "–", ABOUT, f"Not deliverable {Trouble.NO_ADDRESS.label}", "1", "–"],
        ["Guest 2", "guest2@example.com", ABOUT, FAILED, "1", "29 Mar 2026 10:00"],
        ["Guest 3", "guest3@example.com", ABOUT, f"Given up {Trouble.ADDRESS_REFUSED.label}", "1", "–"],
    ]
    assert "No mail server is set up" not in page.content.decode()
    for query, found in (
        ({"state": ["given_up", "failed"]}, ["Guest 2", "Guest 3"]),
        ({"q": "guest3@example"}, ["Guest 3"]),
        ({"q": "+49 151 1234 5000"}, ["Guest 0"]),
        ({"since": "2026-03-30"}, []),
        ({"until": "2026-03-29", "q": "guest 1"}, ["Guest 1"]),
    ):
        assert [row[1] for row in rows_of(administrator.get(PAGE, {"sort": "client", **query}))] == found, query


@pytest.mark.parametrize("count", [3, 30])
def test_the_queries_of_the_messages(
    cast: Cast, administrator: Browser, count: int, count_queries: CountQueries
) -> None:
    make_guests(cast, count, at=NOW)
    queue(cast, NOW)
    with count_queries("messages"):
        assert len(rows_of(administrator.get(PAGE, {"size": "100", "q": "guest", "state": "waiting"}))) == count


ABOUT = "Points are about to burn last day 31 Mar 2026"
FAILED = f"Failed, will be tried again {Trouble.ADDRESS_REFUSED.label}"


def test_one_message_shows_its_text_and_is_tried_again(
    cast: Cast, server: mail.MailServer, administrator: Browser, time_machine_at_now: None
) -> None:
    (guest,) = make_guests(cast, 1, at=NOW)
    (message,) = queue(cast, NOW)
    Client.objects.filter(pk=guest.pk).update(email="")
    deliver()
    address = f"{PAGE}{message.pk}/"
    page = administrator.get(address).content.decode()
    assert "As it would be sent now:" in page and "5.00 of your points at Aurora are good through" in page
    assert Trouble.NO_ADDRESS.label.replace("'", "&#x27;") in page
    Client.objects.filter(pk=guest.pk).update(email="found@example.com")
    for told in ("1 message is on its way again.", "Nothing was stuck any more."):
        assert told in administrator.post(f"{address}again/", follow=True).content.decode()
    deliver()
    page = administrator.get(address).content.decode()
    assert server.readers == ["found@example.com"]
    assert "found@example.com" in page and "Try again" not in page and "would be sent" not in page


def test_all_that_is_stuck_is_tried_again_at_once(
    cast: Cast, server: mail.MailServer, administrator: Browser, time_machine_at_now: None
) -> None:
    make_guests(cast, 3, at=NOW)
    queue(cast, NOW)
    server.answers["."] = "554 No"
    deliver()
    Message.objects.filter(client__name="Guest 2").update(state="dropped", trouble=Trouble.DAY_PASSED)
    assert "2 messages will be tried again." in administrator.get(f"{PAGE}again/").content.decode()
    server.recover()
    assert states()[0][0] == "given_up"
    page = administrator.post(f"{PAGE}again/", follow=True).content.decode()
    assert "2 messages are on their way again." in page and "what is stuck" not in page
    deliver()
    assert server.readers == ["guest0@example.com", "guest1@example.com"]


@pytest.fixture
def time_machine_at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield

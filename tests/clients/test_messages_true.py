"""A letter says what is true when it is sent, of each loss once, or is dropped with the reason (docs/rules.md, 10)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

import pytest
import time_machine
from django.test import Client as Browser

from clients.messages.carriers import NotCarried
from clients.messages.delivery import MOST_TRIES, deliver_due, try_again
from clients.messages.facts import READERS
from clients.messages.letters import Letter
from clients.messages.models import Message, MessageKind, MessageState, Trouble
from clients.models import Client
from loyalty.cards import manual
from loyalty.cards.models import Card
from loyalty.ledger.burning import burn_points
from loyalty.ledger.by_hand import undo as undo_by_hand
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.rules.terms import PromotionKind
from tests.cast import PROGRAM, Cast
from tests.clients.messages import queue
from tests.pages import rows_of
from tests.programs import give_points, make_card_type, make_client, make_item, make_promotion, make_visit, moment
from visits.checkout import cancel_visit
from visits.models import Visit

#: The guest's visit gives 5 points: good for 30 days by the cashback, for 10 after the last visit by the card type.
CAME = moment("2026-12-01 10:00")
LAST = date(2026, 12, 11)
#: The first day on which the guest is told, at nine in Berlin.
TOLD = moment("2026-12-08 08:00")
PAGE = "/chains/aurora/settings/messages/"


class Post:
    """Keeps what it carries; while ``is_down`` it carries nothing, while ``is_deaf`` it hears of no arrival."""

    leaves = MessageState.SENT

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.is_down = self.is_deaf = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def carry(self, letter: Letter) -> None:
        if self.is_down:
            raise NotCarried(Trouble.UNREACHABLE, "nobody there", stops_all=True)
        self.letters.append(letter)
        if self.is_deaf:
            raise NotCarried(Trouble.UNREACHABLE, "timed out", stops_all=True)

    @property
    def subjects(self) -> list[str]:
        return [letter.subject for letter in self.letters]


class Regular:
    """Anna and her visit of 100.00, the job that queues, and the one that sends."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.post = cast, Post()
        back = {"burn_count": 30, "burn_unit": "days", "notice": 3}
        cashback = make_promotion(cast.aurora, "Back", PromotionKind.CASHBACK_FIXED_PAID, "5", **back)
        idle = {"inactivity_count": 10, "inactivity_unit": "days"}
        make_card_type(cast.aurora, "Bonus card", [cashback], automatic_issue="any", **idle)
        self.hundred = make_item(cast.aurora, "Hundred", "100.00")
        self.anna = make_client(cast.center, "Anna", "+49 151 1234 5000")
        Client.objects.filter(pk=self.anna.pk).update(email="anna@example.com")
        make_visit(cast.center, self.anna, [self.hundred], at=CAME)

    @property
    def card(self) -> Card:
        return self.anna.cards.get()

    def queue(self, at: datetime) -> None:
        queue(self.cast, at)

    def send(self, at: datetime) -> None:
        deliver_due(carrier=self.post, at=at)

    def spend(self, amount: str, *, at: datetime) -> Transaction:
        return manual.write_off(card=self.card, amount=Decimal(amount), **self._by_hand(at))

    def undo(self, row: Transaction, *, at: datetime) -> None:
        undo_by_hand(row=row, at=at, acting_user=PROGRAM)

    def come(self, at: datetime) -> Visit:
        """A visit that gives nothing to speak of and sets the card type's clock anew."""
        free = make_item(self.cast.aurora, f"Look {uuid.uuid4()}", "0.00")
        return make_visit(self.cast.center, self.anna, [free], at=at)

    def cancel(self, visit: Visit, *, at: datetime) -> None:
        cancel_visit(visit_id=visit.pk, chain=self.cast.aurora, key=uuid.uuid4(), at=at, acting_user=PROGRAM)

    def _by_hand(self, at: datetime) -> dict[str, Any]:
        return {"comment": "", "at": at, "acting_user": PROGRAM}


@pytest.fixture
def regular(cast: Cast) -> Regular:
    return Regular(cast)


def states() -> list[tuple[str, str, date]]:
    return list(Message.objects.order_by("pk").values_list("state", "trouble", "subject_on"))


def test_every_kind_of_message_has_somebody_who_knows_what_it_says() -> None:
    assert set(READERS) == set(MessageKind)


def test_a_letter_tells_what_is_left_when_it_is_sent_and_of_which_day_that_is(regular: Regular) -> None:
    regular.queue(TOLD)
    regular.spend("1.66", at=TOLD + timedelta(hours=1))
    give_points(regular.card, "2.00", at=TOLD + timedelta(hours=2), last_day=LAST)
    regular.send(TOLD + timedelta(days=1))
    (letter,) = regular.post.letters
    assert letter.subject == "5.34 of your points at Aurora burn after 11 December"
    assert "5.34 of your points at Aurora are good through 11 December 2026." in letter.text
    assert "This is what you had on 9 December 2026." in letter.text
    assert "<strong>5.34 of your points</strong>" in letter.html
    assert Message.objects.get().figures["amount"] == "5.3400"


def test_points_that_were_spent_meanwhile_are_not_told_of(regular: Regular) -> None:
    regular.queue(TOLD)
    spent = regular.spend("5.00", at=TOLD + timedelta(hours=1))
    regular.send(TOLD + timedelta(hours=2))
    regular.queue(TOLD + timedelta(hours=2))
    assert regular.post.letters == []
    assert states() == [(MessageState.DROPPED, Trouble.NOTHING_LEFT, LAST)]
    # They come back: then there is something to tell of the same day, and once.
    regular.undo(spent, at=TOLD + timedelta(hours=3))
    for hours in (4, 5):
        regular.queue(TOLD + timedelta(hours=hours))
        regular.send(TOLD + timedelta(hours=hours))
    assert regular.post.subjects == ["5.00 of your points at Aurora burn after 11 December"]
    assert [state for state, *_rest in states()] == [MessageState.DROPPED, MessageState.SENT]


def test_the_letter_after_a_dropped_one_is_no_double_of_it(regular: Regular) -> None:
    """A try that arrived though it was taken for failed, all points spent, and then they came back."""
    regular.queue(TOLD)
    regular.post.is_deaf = True
    regular.send(TOLD)
    regular.post.is_deaf = False
    spent = regular.spend("5.00", at=TOLD + timedelta(hours=1))
    regular.send(TOLD + timedelta(hours=2))
    regular.undo(spent, at=TOLD + timedelta(hours=3))
    regular.queue(TOLD + timedelta(hours=4))
    regular.send(TOLD + timedelta(hours=4))
    arrived, true = regular.post.letters
    assert [state for state, *_rest in states()] == [MessageState.DROPPED, MessageState.SENT]
    assert arrived.message_id != true.message_id


def test_points_whose_day_moved_are_told_of_once_with_the_right_day(regular: Regular) -> None:
    regular.queue(TOLD)
    regular.come(CAME + timedelta(days=1))  # entered late: the points are good for one more day
    regular.queue(TOLD)
    regular.send(TOLD)
    assert regular.post.letters == []
    assert states() == [(MessageState.DROPPED, Trouble.DAY_MOVED, LAST)]
    for days in (1, 2, 3, 4):
        regular.queue(TOLD + timedelta(days=days))
        regular.send(TOLD + timedelta(days=days))
    assert regular.post.subjects == ["5.00 of your points at Aurora burn after 12 December"]


def test_a_day_that_moves_to_and_fro_is_told_of_once(regular: Regular) -> None:
    regular.queue(TOLD)
    visit = regular.come(CAME + timedelta(days=1))
    regular.send(TOLD)
    regular.cancel(visit, at=TOLD + timedelta(hours=1))
    regular.queue(TOLD + timedelta(hours=2))
    regular.send(TOLD + timedelta(hours=2))
    assert regular.post.subjects == ["5.00 of your points at Aurora burn after 11 December"]
    # Away and back once more, after it was told.
    visit = regular.come(CAME + timedelta(days=2))
    regular.queue(TOLD + timedelta(hours=3))
    regular.cancel(visit, at=TOLD + timedelta(hours=4))
    regular.queue(TOLD + timedelta(hours=5))
    regular.send(TOLD + timedelta(hours=5))
    assert len(regular.post.letters) == 1


def test_what_comes_to_a_day_that_was_told_is_no_second_letter(regular: Regular) -> None:
    regular.queue(TOLD)
    regular.send(TOLD)
    give_points(regular.card, "2.00", at=TOLD + timedelta(hours=1), last_day=LAST)
    regular.queue(TOLD + timedelta(hours=2))
    regular.send(TOLD + timedelta(hours=2))
    assert regular.post.subjects == ["5.00 of your points at Aurora burn after 11 December"]


def test_of_two_lots_of_a_day_the_letter_tells_the_one_that_stays(regular: Regular) -> None:
    give_points(regular.card, "3.00", at=CAME, last_day=LAST)
    Card.objects.get().holder.lots.filter(remaining=3).update(inactivity_count=None, inactivity_unit="")
    regular.queue(TOLD)
    regular.come(CAME + timedelta(days=1))
    regular.send(TOLD)
    assert regular.post.subjects == ["3.00 of your points at Aurora burn after 11 December"]
    regular.queue(TOLD + timedelta(days=1))
    regular.send(TOLD + timedelta(days=1))
    assert regular.post.subjects[1:] == ["5.00 of your points at Aurora burn after 12 December"]


@pytest.mark.parametrize("has_burned", [True, False], ids=["written down", "not yet"])
def test_points_that_burned_meanwhile_are_not_told_of(regular: Regular, has_burned: bool) -> None:
    visit = regular.come(CAME + timedelta(days=3))
    told = TOLD + timedelta(days=3)
    regular.queue(told)
    assert states() == [(MessageState.WAITING, "", LAST + timedelta(days=3))]
    later = told + timedelta(days=1)
    regular.cancel(visit, at=later)  # without it they ended yesterday
    if has_burned:
        burn_points(chain=regular.cast.aurora, at=later)
        assert Transaction.objects.filter(kind=TransactionKind.BURNING).count() == 1
    regular.send(later)
    regular.queue(later)
    assert regular.post.letters == []
    assert states() == [(MessageState.DROPPED, Trouble.BURNED, LAST + timedelta(days=3))]


def test_a_letter_that_failed_is_tried_while_it_is_of_use_with_the_figures_of_the_day(regular: Regular) -> None:
    regular.queue(TOLD)
    regular.post.is_down = True
    at = TOLD
    for _try in range(MOST_TRIES):
        regular.send(at)
        at = Message.objects.get().due_at or at
    assert states() == [(MessageState.GIVEN_UP, Trouble.UNREACHABLE, LAST)]
    regular.queue(at)  # nothing to queue beside it
    regular.spend("2.00", at=at)
    regular.post.is_down = False
    last = moment("2026-12-11 22:59")  # a minute before midnight in Berlin
    assert try_again(messages=Message.objects.all(), at=last) == 1
    regular.send(last)
    assert regular.post.subjects == ["3.00 of your points at Aurora burn after 11 December"]
    assert "This is what you had on 11 December 2026." in regular.post.letters[0].text


def test_a_letter_that_failed_until_its_day_passed_is_dropped_with_its_text(regular: Regular) -> None:
    regular.queue(TOLD)
    regular.post.is_down = True
    regular.send(TOLD)
    assert Message.objects.get().text
    regular.post.is_down = False
    regular.send(moment("2026-12-11 23:00"))
    message = Message.objects.get()
    assert (message.state, message.trouble, message.text, message.due_at) == ("dropped", "day_passed", "", None)
    assert regular.post.letters == [] and try_again(messages=Message.objects.all(), at=TOLD) == 0


def test_a_slow_mail_server_that_takes_a_run_past_midnight_tells_no_day_that_has_passed(regular: Regular) -> None:
    regular.queue(TOLD)
    midnight = moment("2026-12-11 23:00")
    deliver_due(carrier=regular.post, at=midnight - timedelta(seconds=1), clock=lambda: midnight)
    assert regular.post.letters == [] and states() == [(MessageState.DROPPED, Trouble.DAY_PASSED, LAST)]


# The pages
# ----------------------------------------------------------------------------


@pytest.fixture
def today() -> Iterator[None]:
    with time_machine.travel(TOLD + timedelta(hours=2), tick=False):
        yield


def test_the_pages_say_why_a_message_was_dropped(today: None, regular: Regular, administrator: Browser) -> None:
    regular.queue(TOLD)
    address = f"{PAGE}{Message.objects.get().pk}/"
    regular.spend("5.00", at=TOLD + timedelta(hours=1))
    page = administrator.get(address).content.decode()
    assert f"It would not be sent now: {Trouble.NOTHING_LEFT.label}" in page and "of your points at" not in page
    regular.send(TOLD + timedelta(hours=2))
    page = administrator.get(address).content.decode()
    assert (
        str(Trouble.NOTHING_LEFT.label) in page
        and "good through 11 December 2026. The client was told nothing." in page
    )
    assert "Try again" not in page
    shown = rows_of(administrator.get(PAGE, {"state": "dropped"}))
    assert [row[4] for row in shown] == [f"Dropped {Trouble.NOTHING_LEFT.label}"]
    assert rows_of(administrator.get(PAGE, {"state": "sent"})) == []

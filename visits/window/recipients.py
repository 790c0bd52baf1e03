"""For whom a gift card is that is sold: who gets its letter, with which words, on which day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from chains.refusals import Code, Refusal
from loyalty.rules.plan import Recipient
from visits.models import ValueLine
from visits.window.page import Entry
from visits.window.typed import Row

#: The fields of a row that say it.
FOR_WHOM = ("recipient_name", "recipient_email", "recipient_message", "send_on")


def read_recipient(row: Row) -> Recipient:
    return Recipient(row["recipient_name"], row["recipient_email"], row["recipient_message"], read_day(row["send_on"]))


def read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def unreadable_recipient(row: Row, index: int, saved: ValueLine | None, entry: Entry) -> Iterator[Refusal]:
    """What no letter can be sent by; a day that the saved line has already may be past."""
    if row["recipient_email"] and not _is_email(row["recipient_email"]):
        sentence = _("This is no e-mail address. Type one like name@example.com, or none.")
        yield _refusal(Code.INVALID_AMOUNT, sentence, index, "recipient_email")
    day = read_day(row["send_on"])
    if row["send_on"] and day is None:
        yield _refusal(Code.INVALID_DATE, _("There is no such day. Choose another."), index, "send_on")
    elif day and day < entry.chain.local_date(entry.at) and not (saved and saved.send_on == day):
        sentence = _("This day is past. Choose another, or none to send the letter at once.")
        yield _refusal(Code.INVALID_DATE, sentence, index, "send_on")


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _refusal(code: Code, sentence: str, index: int, name: str) -> Refusal:
    return Refusal(code, sentence, field=f"value.{index}.{name}")

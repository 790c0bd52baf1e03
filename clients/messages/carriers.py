"""Who takes letters along: the mail server that the settings name, or the mailbox that stays here."""

from __future__ import annotations

import smtplib
from typing import Protocol, Self

from django.conf import settings
from django.core.mail import get_connection

from clients.messages.letters import Letter
from clients.messages.models import MessageState, Trouble

_LONGEST_ANSWER = 300


class NotCarried(Exception):
    """A letter stayed here. ``is_final``: another try would end the same. ``stops_all``: so would other letters."""

    def __init__(self, trouble: Trouble, answer: str, *, is_final: bool = False, stops_all: bool = False) -> None:
        super().__init__(trouble, answer)
        self.trouble = trouble
        self.answer = answer[:_LONGEST_ANSWER]
        self.is_final = is_final
        self.stops_all = stops_all


class Carrier(Protocol):
    """Takes letters along while it is entered; ``leaves`` is the state of a message whose letter it took."""

    leaves: MessageState

    def __enter__(self) -> Self: ...

    def __exit__(self, *_error: object) -> None: ...

    def carry(self, letter: Letter) -> None: ...


class Mailbox:
    """Keeps letters where staff can read them, for a site that has no mail server."""

    leaves = MessageState.IN_MAILBOX

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def carry(self, letter: Letter) -> None:
        pass


class MailServer:
    """The server of EMAIL_URL, over one connection for many letters."""

    leaves = MessageState.SENT

    def __init__(self) -> None:
        self._connection = get_connection()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._hang_up()

    def carry(self, letter: Letter) -> None:
        """Hand a letter over; raises ``NotCarried`` unless the server said that it took it."""
        try:
            self._connection.open()
            self._connection.send_messages([letter.as_mail()])
        except (OSError, ValueError) as error:
            self._hang_up()
            raise _not_carried(error) from error

    def _hang_up(self) -> None:
        """What is said at the end of a conversation changes nothing about the letters."""
        try:
            self._connection.close()
        except OSError:
            pass


def _not_carried(error: OSError | ValueError) -> NotCarried:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return NotCarried(Trouble.ADDRESS_REFUSED, _answer(code, said), is_final=code >= 500)
    if isinstance(error, smtplib.SMTPDataError):
        return NotCarried(Trouble.REFUSED, _answer(error.smtp_code, error.smtp_error), is_final=error.smtp_code >= 500)
    if isinstance(error, smtplib.SMTPResponseException):
        # The sender or the password: that holds for every letter until somebody mends the settings.
        return NotCarried(Trouble.REFUSED, _answer(error.smtp_code, error.smtp_error), stops_all=True)
    if isinstance(error, ValueError):
        # An address or a header that no mail can have.
        return NotCarried(Trouble.ADDRESS_REFUSED, str(error), is_final=True)
    return NotCarried(Trouble.UNREACHABLE, str(error), stops_all=True)


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"


def carrier_of_site() -> Carrier:
    return MailServer() if settings.EMAIL_URL else Mailbox()

"""A message as the letter that a client gets, written from what is known when it is sent.

It is written in the language of the site, with the chain's name, its days and the digits of its currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from email.mime.image import MIMEImage
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format

from clients.messages.facts import Facts
from clients.messages.models import Message, MessageKind, MessageState
from config.ui.figures import format_money, format_points
from config.ui.qr import png_of

#: What a subject may be long; mail programs show less.
_LONGEST_SUBJECT = 200


@dataclass(frozen=True)
class Letter:
    """What is handed to the mail server. ``message_id`` is the same at every try, so that a receiver drops doubles.

    ``pictures`` stand in the HTML, each by the name that it has there, after ``cid:``.
    """

    sender: str
    to: str
    subject: str
    text: str
    html: str
    message_id: str
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    def as_mail(self) -> EmailMultiAlternatives:
        # Auto-Submitted keeps holiday replies away.
        headers = {"Message-ID": self.message_id, "Auto-Submitted": "auto-generated"}
        reply_to = [settings.REPLY_TO_EMAIL] if settings.REPLY_TO_EMAIL else None
        mail = EmailMultiAlternatives(
            self.subject, self.text, self.sender, [self.to], headers=headers, reply_to=reply_to
        )
        mail.attach_alternative(self.html, "text/html")
        if self.pictures:
            mail.mixed_subtype = "related"  # type: ignore[attr-defined]
        for name, picture in self.pictures.items():
            image = MIMEImage(picture, "png")
            image.add_header("Content-ID", f"<{name}>")
            image.add_header("Content-Disposition", "inline", filename=f"{name}.png")
            mail.attach(image)
        return mail


def write_letter(message: Message, facts: Facts, *, at: datetime) -> Letter:
    """The letter for who is to be told as they are now; ``facts`` were read at ``at``."""
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    with translation.override(settings.LANGUAGE_CODE):
        context = _context(message, facts, at)
        code = facts.told.get("code")
        return Letter(
            sender=formataddr((message.chain.name, address)),
            to=address_of(message, facts),
            subject=_one_line(render_to_string(f"clients/messages/{message.kind}_subject.txt", context)),
            text=render_to_string(f"clients/messages/{message.kind}.txt", context).strip() + "\n",
            html=render_to_string(f"clients/messages/{message.kind}.html", context),
            message_id=_message_id(message, address),
            pictures={"code": png_of(code)} if code else {},
        )


def address_of(message: Message, facts: Facts) -> str:
    """Where the letter goes; empty where nobody has an address."""
    if facts.address is not None:
        return facts.address
    return message.client.email if message.client else ""


def _context(message: Message, facts: Facts, at: datetime) -> dict[str, Any]:
    chain, figures = message.chain, facts.figures
    form = format_points if message.kind == MessageKind.POINTS_BURNING else format_money
    return {
        "chain": chain,
        "client": message.client,
        **{name: form(Decimal(figures[name]), chain.currency) for name in ("amount", "left") if name in figures},
        "last_day": date_format(message.subject_on, "DATE_FORMAT"),
        "last_day_short": date_format(message.subject_on, "MONTH_DAY_FORMAT"),
        "counted_on": date_format(chain.local_date(at), "DATE_FORMAT"),
        **facts.told,
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_SUBJECT]


def _message_id(message: Message, address: str) -> str:
    """Made of what a message is unique by, so that one that is queued again after a restore is still the same.

    One that follows a dropped one about the same day is another letter: a try of the dropped one that was taken for
    failed may have arrived all the same, and receivers would drop the letter that is true.
    """
    domain = address.rpartition("@")[2] or "localhost"
    if message.about_id:
        # Queued once more by hand, it is another letter.
        about_it = f"{message.about_id}.{int(message.queued_at.timestamp())}"
        return f"<{message.kind}.{message.chain_id}.{about_it}@{domain}>"
    about = Message.objects.filter(client=message.client_id, kind=message.kind, subject_on=message.subject_on)
    dropped = about.filter(state=MessageState.DROPPED, pk__lt=message.pk).count()
    guest = f"{message.client_id}.{dropped}" if dropped else message.client_id
    return f"<{message.kind}.{message.chain_id}.{guest}.{message.subject_on}@{domain}>"

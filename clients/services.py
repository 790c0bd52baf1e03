"""Clients are found, registered and changed here."""

import uuid
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber

from chains.acting import Acting
from chains.edits import check_seen
from chains.models import Chain, Location
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish
from clients.folding import search_columns
from clients.models import Client
from clients.phones import read_phone

#: Nobody who comes was born before.
FIRST_BIRTHDAY = date(1900, 1, 1)


def find_by_phone(*, chain: Chain, phone: str, field: str | None = "phone") -> Client:
    """The client of the chain with this phone, typed in any national form.

    Refuses ``invalid_phone`` and ``unknown_client`` (docs/rules.md, section 9).
    """
    number = read_phone(phone, chain, field=field)
    client = Client.objects.filter(chain=chain, phone=number).first()
    if client is None:
        raise Refusal(
            Code.UNKNOWN_CLIENT,
            _("No client of %(chain)s has the phone %(phone)s. Check the number, or register the client first."),
            field=field,
            params={"chain": chain.name, "phone": number.as_international},
        )
    return client


def add_client(
    *,
    chain: Chain,
    name: str,
    phone: str,
    email: str = "",
    birthday_on: date | None = None,
    comment: str = "",
    at: datetime,
    location: Location | None = None,
) -> Client:
    """Add a client to the chain's database, without any card.

    Refuses ``invalid_phone``, ``phone_taken`` where another client of the chain has it, and ``invalid_date`` for a
    birthday that nobody who comes can have.
    """
    _check_birthday(birthday_on, chain, at)
    number = read_phone(phone, chain) if phone else None
    try:
        with transaction.atomic():
            return Client.objects.create(
                chain=chain,
                name=name,
                phone=number,
                email=email,
                birthday_on=birthday_on,
                comment=comment,
                registered_at=at,
                registered_location=location,
                **_search_columns(name, number, email),
            )
    except IntegrityError as error:
        raise _phone_taken() from error


@transaction.atomic
def change_client(
    *,
    client: Client,
    name: str,
    phone: str,
    email: str,
    birthday_on: date | None,
    comment: str,
    seen: str,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Client:
    """Write what is known of a client, as a page showed it (``seen``).

    Refuses ``invalid_phone``, ``phone_taken``, ``invalid_date``, and ``stale_edit`` where somebody changed the client
    since.
    """
    submission = claim(chain=client.chain, key=key, action="change_client", user=acting_user, on=(client,), at=at)
    if submission.result_id:
        return Client.objects.get(pk=submission.result_id)
    _check_birthday(birthday_on, client.chain, at)
    number = read_phone(phone, client.chain) if phone else None
    locked = Client.objects.filter(pk=client.pk).locked().get()
    check_seen(locked, seen)
    changes = {"name": name, "phone": number, "email": email, "birthday_on": birthday_on, "comment": comment}
    columns = {**changes, **_search_columns(name, number, email)}
    for column, value in columns.items():
        setattr(locked, column, value)
    try:
        with transaction.atomic():
            locked.save(update_fields=[*columns, "name_folded"])
    except IntegrityError as error:
        raise _phone_taken() from error
    finish(submission, locked.pk)
    return locked


def _check_birthday(birthday_on: date | None, chain: Chain, at: datetime) -> None:
    """A year typed in two digits is one of the first century to a browser, and a slip one to come."""
    if birthday_on and not FIRST_BIRTHDAY <= birthday_on <= chain.local_date(at):
        raise Refusal(Code.INVALID_DATE, _("Nobody has this birthday. Check the year."), field="birthday_on")


def _search_columns(name: str, number: PhoneNumber | None, email: str) -> dict[str, str | list[str]]:
    return search_columns(name=name, phone=number.as_e164 if number else "", email=email)


def _phone_taken() -> Refusal:
    return Refusal(
        Code.PHONE_TAKEN,
        _("Another client of the chain has this phone. Search for it and use that client."),
        field="phone",
    )

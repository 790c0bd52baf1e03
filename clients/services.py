"""Clients are found and registered here."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from chains.models import Chain, Location
from chains.refusals import Code, Refusal
from clients.models import Client
from clients.phones import read_phone


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
    *, chain: Chain, name: str, phone: str, at: datetime, location: Location | None = None, email: str = ""
) -> Client:
    """Add a client to the chain's database, without any card.

    Refuses ``invalid_phone``, and ``phone_taken`` where another client of the chain has it.
    """
    number = read_phone(phone, chain) if phone else None
    try:
        with transaction.atomic():
            return Client.objects.create(
                chain=chain,
                name=name,
                name_folded=name.casefold(),
                phone=number,
                email=email,
                registered_at=at,
                registered_location=location,
            )
    except IntegrityError as error:
        raise Refusal(
            Code.PHONE_TAKEN,
            _("Another client of the chain has this phone. Search for it and use that client."),
            field="phone",
        ) from error

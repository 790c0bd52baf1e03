"""Phone numbers as guests say them: international, or national in the chain's country."""

import phonenumbers
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber

from chains.models import Chain
from chains.refusals import Code, Refusal


def read_phone(text: str, chain: Chain, *, field: str | None = "phone") -> PhoneNumber:
    """The number in ``text``, national numbers read in the chain's region; refuses ``invalid_phone``."""
    try:
        number = PhoneNumber.from_string(text, region=chain.region)
    except phonenumbers.NumberParseException:
        number = None
    # Without its area code a number can be dialled in its town only, and nobody else can tell which town.
    if (
        number is None
        or phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE
    ):
        raise Refusal(
            Code.INVALID_PHONE,
            _("“%(phone)s” is not a possible phone number. Type it with its area code, or with + and the country."),
            field=field,
            params={"phone": text},
        )
    # Possible is enough, but django-phonenumber-field keeps an unassigned number as it was typed: type it one way.
    return PhoneNumber.from_string(number.as_e164)

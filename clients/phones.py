"""Phone numbers as guests say them: international, or national in the chain's country.

Whatever is typed as a phone anywhere is read here, to be kept (`read_phone`) or to be looked for (`parts_of_phone`).
"""

import re
from functools import lru_cache

import phonenumbers
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber

from chains.models import Chain
from chains.refusals import Code, Refusal
from config.ui.digits import with_plain_digits

#: Fewer digits are found in too many phones to be of use.
FEWEST_DIGITS = 4
#: After a word, such as "Tel.", only so many are taken for a phone and not for the number of something else.
FEWEST_DIGITS_AFTER_A_WORD = 6

#: Words before a phone; what hangs at the last one, as in HB-2948, is the number of something else.
_WORDS_BEFORE = re.compile(r"(?:[^\W\d_]++[.:/\s-]*+)++(?<=[.:\s])(?=[+(0-9])")
#: A zero that is dialled within the country only, as in +49 (0)30.
_NATIONAL_ZERO = re.compile(r"\(\s*0\s*\)")
#: Digits behind the country that were dialled before mobile phones of Mexico lost them in 2019, and are written yet.
_DIALLED_NO_MORE = {52: re.compile(r"(?:1|044|045|01)(?=[0-9]{10}$)")}
_INTERNATIONAL_NO_MORE = re.compile(r"^(52)1")


def read_phone(text: str, chain: Chain, *, field: str | None = "phone") -> PhoneNumber:
    """The number in ``text``, national numbers read in the chain's region; refuses ``invalid_phone``."""
    try:
        number = PhoneNumber.from_string(_plain(text), region=chain.region)
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and (gone := _DIALLED_NO_MORE.get(number.country_code or 0)):
        _drop(gone, number)
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


def parts_of_phone(text: str, chain: Chain) -> set[str]:
    """The digits of ``text`` as an international number may hold them; nothing where no phone can be meant."""
    plain = _plain(text).strip()
    bare = _WORDS_BEFORE.sub("", plain, count=1)
    digits = digits_of(bare)
    fewest = FEWEST_DIGITS if bare == plain else FEWEST_DIGITS_AFTER_A_WORD
    if len(digits) < fewest or re.search(r"[^\W\d_]", bare):
        return set()
    # Without what is dialled before a national number.
    trunk = phonenumbers.ndd_prefix_for_region(chain.region, True) or "0"
    forms = {digits, digits.lstrip("0"), digits.removeprefix(trunk), _INTERNATIONAL_NO_MORE.sub(r"\1", digits)}
    return {form for form in forms if len(form) >= FEWEST_DIGITS - 1}


@lru_cache(maxsize=4096)
def international(phone: str) -> str:
    """A kept phone as it is dialled from abroad, in groups; the rows of a long list name the same few after another."""
    return str(PhoneNumber.from_string(phone).as_international)


def digits_of(phone: str) -> str:
    return re.sub(r"[^0-9]", "", phone)


def _plain(text: str) -> str:
    return _NATIONAL_ZERO.sub("", with_plain_digits(text))


def _drop(gone: re.Pattern[str], number: PhoneNumber) -> None:
    national = phonenumbers.national_significant_number(number)
    if gone.match(national):
        number.national_number, number.italian_leading_zero = int(gone.sub("", national)), None
        number.number_of_leading_zeros = None

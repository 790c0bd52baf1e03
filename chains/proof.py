"""Whether who signs in by an e-mail is whom it belongs to.

The first chain that adds somebody knows whom it hands the link to choose a password. Any other chain that adds the same
e-mail knows only the e-mail, so its access waits until one of two things happened: the user chose a password by a link
that was mailed to that address, or read out the code of their profile to an owner of the chain, who knows them.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from chains.limits import Limit, TooManyTries, give_back, take
from chains.links import HANDED, MAILED, PasswordLink, read_token
from chains.models import Access, ProofCode, User
from chains.refusals import Code, Refusal

GOOD_FOR = timedelta(minutes=10)
_DIGITS = 8
#: Of one chain for one user.
WRONG_CODES = Limit(5, timedelta(minutes=15))


@transaction.atomic
def choose_password(*, user: User, password: str, token: str) -> bool:
    """Give the user a new password by a link; False where the link works no longer.

    A mailed link proves the e-mail, and opens every access that waited. What was set up to sign in with before that
    goes, since it may be somebody else's: the password, sessions, second factors and passkeys. A link that an owner
    handed over opens that owner's chain, and no other until the e-mail is proven.
    """
    kept = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    link = read_token(kept, token)
    if link is None:
        return False
    was_proven = kept.is_proven
    user.set_password(password)
    user.proven_email = kept.email if link.way == MAILED else kept.proven_email
    user.save(update_fields=["password", "proven_email"])
    if not was_proven:
        _settle_accesses(user, link)
    return True


def _settle_accesses(user: User, link: PasswordLink) -> None:
    accesses = Access.objects.filter(user=user)
    if link.way == MAILED:
        Authenticator.objects.filter(user=user).delete()
        accesses.filter(waits_for_proof=True).update(waits_for_proof=False)
    elif link.way == HANDED and link.access_id:
        accesses.filter(pk=link.access_id).update(waits_for_proof=False)
        accesses.exclude(pk=link.access_id).filter(waits_for_proof=False).update(waits_for_proof=True)


def is_known_by_mail_only(user: User) -> bool:
    """Whether a chain that adds the user now knows nothing but the e-mail, and whose that is was not proven."""
    may_be_somebody_else = user.has_usable_password() or user.accesses.exists()
    return may_be_somebody_else and not user.is_proven


# The code of the profile
# ----------------------------------------------------------------------------


def current_code(user: User, *, at: datetime) -> ProofCode | None:
    """The code that is good now, where the user asked for one."""
    return ProofCode.objects.filter(user=user, expires_at__gt=at).first()


@transaction.atomic
def show_code(*, user: User, at: datetime) -> ProofCode:
    """A code to read out: the one that is good now, else a new one for ``GOOD_FOR``. It is used once."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    made = {"code": f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}", "expires_at": at + GOOD_FOR}
    return current_code(user, at=at) or ProofCode.objects.update_or_create(user=user, defaults=made)[0]


def use_code(*, user: User, code: str, tried_by: str, at: datetime) -> None:
    """Take the code that a user read out, once.

    Refuses ``forbidden`` for a wrong or past one, and all of them for a while after ``WRONG_CODES`` of ``tried_by``.
    """
    try:
        tries = take({f"code of user {user.pk} tried by {tried_by}": WRONG_CODES}, at=at)
    except TooManyTries as many:
        raise Refusal(
            Code.FORBIDDEN,
            _("Too many wrong codes were tried. Wait %(wait)s, then ask for a new code."),
            field="code",
            params={"wait": many.in_words},
        ) from many
    if not _used(user, "".join(code.split()), at):
        raise Refusal(
            Code.FORBIDDEN,
            _("This is not the code that the profile of this user shows now. Ask for it again."),
            field="code",
        )
    give_back(tries)


@transaction.atomic
def _used(user: User, code: str, at: datetime) -> bool:
    shown = ProofCode.objects.select_for_update().filter(user=user, expires_at__gt=at).first()
    if shown is None or not constant_time_compare(shown.code, code):
        return False
    shown.delete()
    return True

"""Who works for a chain is decided here, under one lock of the chain.

So two owners who demote each other at the same time do not leave it without one, and nobody who lost the right a
moment ago uses it once more.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from chains.access import Right, Role
from chains.acting import Acting, authority_of
from chains.edits import check_seen
from chains.history import kept_as
from chains.models import Access, Chain, Location, User
from chains.proof import is_known_by_mail_only, use_code
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish


@transaction.atomic
def add_user(
    *,
    chain: Chain,
    email: str,
    name: str,
    role: Role,
    extra_rights: Iterable[Right] = (),
    locations: Collection[Location] | None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Access:
    """Let somebody work for the chain, at the ``locations`` or (None) at all there will ever be.

    Who is not known by this e-mail is made a user without a password; whoever is, keeps name and password, and the
    access waits until it is known whose the e-mail is (chains/proof.py). Raises ``ValidationError`` by column, also for
    one who works here already. Refuses ``forbidden``: nobody gives more than they may do themselves.
    """
    submission = claim(chain=chain, key=key, action="add_user", user=acting_user, on=(chain,), at=at)
    if submission.result_id:
        return Access.objects.get(pk=submission.result_id)
    _lock(chain)
    access = Access(chain=chain, role=role, extra_rights=_beyond(role, extra_rights), all_locations=locations is None)
    _require(acting_user, chain, access.rights)
    access.user = _known_or_new(email, name)
    there = Access.objects.filter(chain=chain, user=access.user).first()
    if there:
        raise ValidationError({"email": _already(there)})
    access.waits_for_proof = is_known_by_mail_only(access.user)
    with kept_as(acting_user):
        access.save()
        access.locations.set(locations or ())
    finish(submission, access.pk)
    return access


@transaction.atomic
def change_access(
    *,
    access: Access,
    role: Role,
    extra_rights: Iterable[Right] = (),
    locations: Collection[Location] | None,
    seen: str,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> None:
    """Give a user another role, other further rights or other locations (None: all).

    Refuses ``stale_edit`` where ``seen`` is not the newest version, ``forbidden`` where the acting user lacks a right
    that the other has or gets, and ``locked`` where no owner would be left.
    """
    submission = claim(chain=access.chain, key=key, action="change_access", user=acting_user, on=(access,), at=at)
    if submission.result_id:
        return
    _lock(access.chain)
    kept = Access.objects.get(pk=access.pk)
    check_seen(kept, seen, kept.locations.values_list("pk", flat=True))
    before = kept.rights
    kept.role, kept.extra_rights, kept.all_locations = role, _beyond(role, extra_rights), locations is None
    _require(acting_user, kept.chain, before | kept.rights)
    with kept_as(acting_user):
        kept.save(update_fields=["role", "extra_rights", "all_locations"])
        kept.locations.set(locations or ())
    _require_an_owner(kept.chain, field="role")
    finish(submission, kept.pk)


@transaction.atomic
def suspend_access(*, access: Access, suspended: bool, acting_user: Acting) -> None:
    """Shut a user out of the chain, on every page from the next request on, or let them in again.

    Refuses ``forbidden`` and ``locked`` like ``change_access``. Doing it twice changes nothing more.
    """
    _lock(access.chain)
    kept = Access.objects.get(pk=access.pk)
    _require(acting_user, kept.chain, kept.rights)
    kept.suspended = suspended
    with kept_as(acting_user):
        kept.save(update_fields=["suspended"])
    _require_an_owner(kept.chain, field=None)


def confirm_user(*, access: Access, code: str, at: datetime, acting_user: Acting) -> None:
    """Open an access that waits for proof, by the code that the user read out from their profile.

    Refuses ``forbidden`` like ``change_access``, for a wrong code, and after too many of them.
    """
    _require(acting_user, access.chain, access.rights)
    use_code(user=access.user, code=code, tried_by=f"chain {access.chain_id}", at=at)
    with transaction.atomic():
        _lock(access.chain)
        kept = Access.objects.get(pk=access.pk)
        _require(acting_user, access.chain, kept.rights)
        kept.waits_for_proof = False
        with kept_as(acting_user):
            kept.save(update_fields=["waits_for_proof"])


def _lock(chain: Chain) -> None:
    Chain.objects.select_for_update(no_key=True).get(pk=chain.pk)


def _beyond(role: Role, rights: Iterable[Right]) -> list[str]:
    """The rights that the role does not have anyway, in their order."""
    chosen = set(rights) - role.rights
    return [right.value for right in Right if right in chosen]


def _require(acting_user: Acting, chain: Chain, rights: frozenset[Right]) -> None:
    """Whether who acts may manage users at this moment, and has every one of these rights."""
    authority = authority_of(acting_user, chain)
    if not authority.has(Right.MANAGE_USERS):
        raise Refusal(Code.FORBIDDEN, _("You may no longer change who works for the chain. Nothing was saved."))
    if not rights <= authority.rights:
        raise Refusal(Code.FORBIDDEN, _("You may not decide about rights that you do not have yourself."), field="role")


def _require_an_owner(chain: Chain, *, field: str | None) -> None:
    if not Access.objects.filter(chain=chain).owners().exists():
        raise Refusal(
            Code.LOCKED,
            _("The chain would be left without an owner. Make somebody else an owner first."),
            field=field,
        )


def _known_or_new(email: str, name: str) -> User:
    email = email.strip().lower()
    # Locked, so that an e-mail that is being proven at this moment is known to be.
    known = User.objects.filter(email=email).select_for_update(no_key=True).first()
    if known:
        return known
    user = User(email=email, name=name.strip())
    user.set_unusable_password()
    user.full_clean(exclude=["password"], validate_unique=False)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        # Another chain added the same person meanwhile.
        return User.objects.select_for_update(no_key=True).get(email=email)
    return user


def _already(access: Access) -> str:
    said = _("%(name)s works for this chain already. Open the entry in the list to change it.")
    if access.suspended:
        said = _("%(name)s worked for this chain and is suspended. Open the entry in the list and restore it.")
    elif access.waits_for_proof:
        said = _("%(name)s was added already and waits for proof. Open the entry in the list to confirm who it is.")
    return said % {"name": access.user}

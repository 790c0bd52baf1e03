"""Who works for a chain, as its owner reads it."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _

from chains.history import (
    Difference,
    Fields,
    HistoryEntry,
    Links,
    as_history,
    changes_of,
    newest_of,
    shown_at,
    version_of,
)
from chains.models import Access, Chain

FIELDS = Fields(Access, ("role", "extra_rights", "all_locations", "suspended", "waits_for_proof"))


class AccessStatus(TextChoices):
    """Whether a user can enter the chain; who was invited has not chosen a password yet.

    Of who waits for proof it is not known yet whether they are whom the chain means.
    """

    ACTIVE = "active", _("Active")
    INVITED = "invited", _("Invited")
    WAITING = "waiting", _("Waits for proof")
    SUSPENDED = "suspended", _("Suspended")


SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
HAS_NO_PASSWORD = Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)


def users_of(chain: Chain) -> QuerySet[Access]:
    """The accesses of the chain with all that a list of them shows."""
    status = Case(
        When(suspended=True, then=Value(AccessStatus.SUSPENDED)),
        When(HAS_NO_PASSWORD, then=Value(AccessStatus.INVITED)),
        When(waits_for_proof=True, then=Value(AccessStatus.WAITING)),
        default=Value(AccessStatus.ACTIVE),
        output_field=CharField(),
    )
    second_factor = Authenticator.objects.filter(user=OuterRef("user"), type__in=SECOND_FACTORS)
    found = Access.objects.filter(chain=chain).annotate(status=status, second_factor=Exists(second_factor))
    return found.select_related("user").prefetch_related("locations")


# Versions and history
# ----------------------------------------------------------------------------
# An access is a row and its locations, so its version is that of both.


def version_of_access(access: Access) -> str:
    return f"{version_of(access)}.{newest_of(_location_events(access))}"


def differences_since(version: str, access: Access) -> list[Difference]:
    """What is different in ``access`` from when it was shown at this version."""
    shown = shown_access(version, access)
    if shown is None:
        return []
    before, was = shown
    links, now = _links(access), {location.pk for location in access.locations.all()}
    return [*FIELDS.differences(before, access), *([links.difference(was, now)] if was != now else [])]


def shown_access(version: str, access: Access) -> tuple[Any, set[int]] | None:
    """The row as it was at a version, and the ids of its locations; None where it never had that one."""
    row, _dot, link = version.partition(".")
    before = shown_at(access, row)
    if before is None or not (link.isascii() and link.isdigit()):
        return None
    return before, _links(access).at(link)


def history_of(access: Access) -> list[HistoryEntry]:
    """The newest first; role, rights and locations that were saved at once are one change."""
    return as_history([*_links(access).changes(), *changes_of(access, FIELDS)])


def _links(access: Access) -> Links:
    names = dict(access.chain.locations.values_list("pk", "name"))
    return Links(_("Locations"), _location_events(access), "location_id", names)


def _location_events(access: Access) -> Any:
    return apps.get_model("chains", "AccessLocationEvent").objects.filter(access=access.pk)

"""Who works for a chain, as its owner reads it."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _

from chains.edits import EditedRow
from chains.history import Fields, Links
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


def edited_access(access: Access) -> EditedRow:
    names = dict(access.chain.locations.values_list("pk", "name"))
    events = apps.get_model("chains", "AccessLocationEvent")._default_manager.filter(access=access.pk)
    now = [location.pk for location in access.locations.all()]
    return EditedRow(access, FIELDS, {"locations": Links(_("Locations"), events, "location_id", names, now)})

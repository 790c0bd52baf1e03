"""The locations of a chain are added and changed here."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from itertools import count

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting
from chains.edits import EditedRow, check_seen
from chains.folding import folded
from chains.history import Fields, kept_as
from chains.models import Chain, Location
from chains.submissions import claim, finish

FIELDS = Fields(
    Location, ("name", "time_zone", "bills_without_guest", "archived"), blanks={"time_zone": _("as the chain")}
)


def edited_location(location: Location) -> EditedRow:
    return EditedRow(location, FIELDS)


@transaction.atomic
def add_location(
    *,
    chain: Chain,
    name: str,
    slug: str = "",
    time_zone: str = "",
    bills_without_guest: bool = True,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Location:
    """Add a place where guests come; who may enter all locations may enter it at once.

    Without ``slug`` its address is made from the name. Raises ``ValidationError`` by column, also for a name of the
    chain or an address of the installation that is taken.
    """
    submission = claim(chain=chain, key=key, action="add_location", user=acting_user, on=(chain,), at=at)
    if submission.result_id:
        return Location.objects.get(pk=submission.result_id)
    location = Location(
        chain=chain,
        name=name,
        time_zone=time_zone,
        bills_without_guest=bills_without_guest,
        slug=slug.lower() or _free_slug(chain, name),
    )
    _save(location, acting_user)
    finish(submission, location.pk)
    return location


@transaction.atomic
def change_location(
    *,
    location: Location,
    name: str,
    time_zone: str,
    bills_without_guest: bool,
    seen: str,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> None:
    """Rename a location, give it another clock or other bills; its visits keep their dates.

    Refuses ``stale_edit`` where ``seen`` is not the newest version. Raises ``ValidationError`` by column.
    """
    submission = claim(chain=location.chain, key=key, action="change_location", user=acting_user, on=(location,), at=at)
    if submission.result_id:
        return
    kept = Location.objects.select_for_update(no_key=True).get(pk=location.pk)
    check_seen(kept, seen)
    kept.name, kept.time_zone, kept.bills_without_guest = name, time_zone, bills_without_guest
    _save(kept, acting_user)
    finish(submission, kept.pk)


def _save(location: Location, acting_user: Acting) -> None:
    # One name at a time, so that no two locations of the chain get the same one.
    Chain.objects.select_for_update(no_key=True).get(pk=location.chain_id)
    location.name = location.name.strip()
    others = Location.objects.filter(chain=location.chain_id, name__iexact=location.name).exclude(pk=location.pk)
    if others.exists():
        raise ValidationError({"name": _("Another location has this name. Choose a different name.")})
    location.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic(), kept_as(acting_user):
            location.save()
    except IntegrityError as error:
        raise ValidationError({"slug": _("This address is taken. Choose a different one.")}) from error


def _free_slug(chain: Chain, name: str) -> str:
    """The name, else with the chain's address before it and a number behind, whichever is free first."""
    return next(slug for slug in _slugs(chain, name) if not Location.objects.filter(slug=slug).exists())


def _slugs(chain: Chain, name: str) -> Iterator[str]:
    longest = Location._meta.get_field("slug").max_length or 0
    own = slugify(folded(name))[: longest - 8].strip("-")
    full = "-".join(part for part in (chain.slug, own) if part)[: longest - 8].strip("-")
    if own:
        yield own
    yield full
    yield from (f"{full}-{number}" for number in count(2))

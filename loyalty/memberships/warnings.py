"""What of a membership type cannot work, or is odd, though it may be saved."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from loyalty.rules.terms import MembershipType


def warnings_of_membership_type(membership_type: MembershipType, open_locations: Collection[int]) -> Iterator[str]:
    """Sentence by sentence; none where nothing is odd."""
    if membership_type.locations is not None and not membership_type.locations & set(open_locations):
        yield _("It covers at no open location.")
    if not membership_type.price:
        yield _("It costs nothing, so its visits have no value in the reports.")
    if membership_type.freeze_days and not membership_type.lasts:
        yield _("It has no end that could move, so freezing only keeps it from covering.")

"""What of the loyalty programs a chain uses: a page offers nothing of what it does not."""

from __future__ import annotations

from django.db.models import Exists, TextChoices
from django.utils.translation import gettext_lazy as _

from chains.questions import Question


class Room(TextChoices):
    """What a chain may use or not; the value is how an access that was asked for with it names it."""

    GIFT_CARDS = "uses_gift_cards", _("Gift cards")
    ACCOUNTS = "uses_accounts", _("Client accounts")
    MEMBERSHIPS = "uses_memberships", _("Memberships")


#: The condition on the ``chain`` of an outer query by which it uses the room: a type was set up.
is_used = Question[[Room], Exists]("is_used")

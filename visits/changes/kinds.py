"""What a save of a visit may have changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChangeKind(models.TextChoices):
    """What a save of a visit changed, as the list of changes is filtered by it."""

    ENTERED = "entered", _("entered")
    STATUS = "status", _("status")
    PLACE = "place", _("guest, start or location")
    LINES = "lines", _("lines")
    MANUAL_DISCOUNT = "manual_discount", _("discount by hand")
    PROMOTIONS = "promotions", _("promotions and referral")
    POINTS = "points", _("points")
    GIFT_CARDS = "gift_cards", _("gift cards")
    ACCOUNTS = "accounts", _("client accounts")
    MEMBERSHIPS = "memberships", _("memberships")
    PAYMENTS = "payments", _("payments")
    TAKEN_OFF = "taken_off", _("money taken off")
    MOVED = "moved", _("money moved to another method or day")
    CALLED_OFF = "called_off", _("cancelled or moved back with money on it")

"""What staff can do wrong: one exception type with a code and a sentence.

Domain code raises it, the form shows the sentence beside the field it names. Anything else that
goes wrong is a bug and is not caught.
"""

from collections.abc import Container, Mapping

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Code(TextChoices):
    """Every reason for which an operation may be refused."""

    UNKNOWN_CLIENT = "unknown_client", _("Unknown client")
    INVALID_PHONE = "invalid_phone", _("Not a possible phone number")
    PHONE_TAKEN = "phone_taken", _("Phone of another client")
    REFERRAL_OFF = "referral_off", _("The referral program is off")
    REFERRAL_SELF = "referral_self", _("The guest's own phone")
    REFERRAL_NOT_FIRST_VISIT = "referral_not_first_visit", _("Not the guest's first visit")
    REFERRAL_OTHER_INVITER = "referral_other_inviter", _("Invited by another client")
    REFERRAL_CIRCLE = "referral_circle", _("The inviter was invited by the guest")
    CARD_NOT_OWNED = "card_not_owned", _("Card of another client")
    CARD_BLOCKED = "card_blocked", _("Blocked card")
    CARD_NOT_VALID_HERE = "card_not_valid_here", _("Card of other locations")
    CARD_TOO_NEW = "card_too_new", _("Card issued after the visit")
    CARD_NUMBER_TAKEN = "card_number_taken", _("Number of another card")
    CARD_TYPE_HELD = "card_type_held", _("Card of this type already held")
    POINTS_OVER_LIMIT = "points_over_limit", _("More points than allowed")
    GIFT_CARD_UNKNOWN = "gift_card_unknown", _("Unknown gift card")
    GIFT_CARD_NOT_VALID = "gift_card_not_valid", _("Gift card expired, blocked or returned")
    GIFT_CARD_NOT_VALID_HERE = "gift_card_not_valid_here", _("Gift card of other locations")
    GIFT_CARD_USED = "gift_card_used", _("Gift card used since it was sold")
    GIFT_CARD_NUMBER_TAKEN = "gift_card_number_taken", _("Number of another gift card")
    SOLD_OUT = "sold_out", _("Sold out")
    CODE_NEEDED = "code_needed", _("Code missing")
    ACCOUNT_NOT_OWNED = "account_not_owned", _("Account of another client")
    ACCOUNT_BLOCKED = "account_blocked", _("Blocked account")
    ACCOUNT_NOT_VALID_HERE = "account_not_valid_here", _("Account of other locations")
    ACCOUNT_TYPE_HELD = "account_type_held", _("Account of this type already held")
    MEMBERSHIP_UNKNOWN = "membership_unknown", _("Unknown membership")
    MEMBERSHIP_NOT_VALID = "membership_not_valid", _("Membership expired, blocked, returned or not begun")
    MEMBERSHIP_NOT_VALID_HERE = "membership_not_valid_here", _("Membership of other locations")
    MEMBERSHIP_DOES_NOT_COVER = "membership_does_not_cover", _("Not covered by the membership")
    MEMBERSHIP_FROZEN = "membership_frozen", _("Membership frozen")
    MEMBERSHIP_USED = "membership_used", _("Membership used since it was sold")
    MEMBERSHIP_NUMBER_TAKEN = "membership_number_taken", _("Number of another membership")
    FREEZE_OVER_LIMIT = "freeze_over_limit", _("More days than may be frozen")
    MEANS_OVER_LIMIT = "means_over_limit", _("More than can be paid with it")
    PROMOTION_NOT_APPLICABLE = "promotion_not_applicable", _("Promotion does not apply")
    PAYMENT_OVER_DUE = "payment_over_due", _("More than is left to pay")
    BALANCE_TOO_LOW = "balance_too_low", _("Balance too low")
    ALREADY_UNDONE = "already_undone", _("Already undone")
    NOT_UNDOABLE = "not_undoable", _("Cannot be undone")
    DISCOUNT_OVER_LIMIT = "discount_over_limit", _("More taken off by hand than allowed")
    LOCKED = "locked", _("Locked")
    STALE_EDIT = "stale_edit", _("Changed by someone else meanwhile")
    FORBIDDEN = "forbidden", _("Right missing")
    INVALID_AMOUNT = "invalid_amount", _("Invalid amount")
    INVALID_DATE = "invalid_date", _("Invalid date")
    REASON_MISSING = "reason_missing", _("Reason missing")


class Refusal(Exception):
    """An operation that was refused, of which nothing was saved.

    ``message`` says in plain words what to do; its named placeholders are filled from ``params``.
    ``field`` is the dotted place of what was typed: ``"referral"``, ``"points.12"``,
    ``"lines.0.quantity"``, ``"payments.cash"``, ``"discounts.3"``; without it the whole form is meant. ``used_by`` is
    the visit to look at first, where one is in the way.
    """

    def __init__(
        self,
        code: Code,
        message: str | Promise,
        *,
        field: str | None = None,
        params: Mapping[str, object] | None = None,
        used_by: int | None = None,
    ) -> None:
        super().__init__(code, message, field, params)
        self.code = code
        self.message = message
        self.field = field
        self.params: dict[str, object] = dict(params or {})
        self.used_by = used_by

    def field_of(self, names: Container[str]) -> str | None:
        """The field of a form that it is shown beside; None: above the whole form."""
        return self.field if self.field and self.field in names else None

    def __str__(self) -> str:
        sentence = str(self.message)
        return sentence % self.params if self.params else sentence


class SentBefore(Refusal):
    """A form that was sent already, by somebody else or for something else: nothing is shown of what came of it."""

    def __init__(self) -> None:
        said = _("This page was sent before. Look at it as it is now, then try again.")
        super().__init__(Code.STALE_EDIT, said)


def changed_meanwhile(refusal: Refusal) -> bool:
    """Whether somebody else saved what the page was made from, so that it can be shown what is different now."""
    return refusal.code is Code.STALE_EDIT and not isinstance(refusal, SentBefore)


def stale_edit() -> Refusal:
    """What was shown when the page was opened is not what is kept now."""
    return Refusal(
        Code.STALE_EDIT,
        _("Someone else changed this meanwhile. Nothing was saved. See below what is different now, then save again."),
    )

"""Who may do what: the rights, and the roles, which are named sets of them."""

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Right(TextChoices):
    """One thing that a user of a chain may do; every page names the one it needs."""

    # The chain's space
    VIEW_CHAIN = "view_chain", _("Enter the chain's space")
    MANAGE_USERS = "manage_users", _("Add users and change their access")
    MANAGE_SETTINGS = "manage_settings", _("Change the settings of the chain and its locations")
    MANAGE_PROGRAMS = "manage_programs", _("Set up promotions, types of cards and accounts, and the referral program")
    VIEW_REPORTS = "view_reports", _("See reports and transactions")
    EXPORT_REPORTS = "export_reports", _("Export lists and reports")
    # Clients
    VIEW_CLIENTS = "view_clients", _("See clients")
    EDIT_CLIENTS = "edit_clients", _("Add and change clients")
    ISSUE_CARDS = "issue_cards", _("Issue loyalty cards")
    BLOCK_CARDS = "block_cards", _("Block loyalty cards")
    MANUAL_POINTS = "manual_points", _("Accrue and write off points by hand")
    # Gift cards and client accounts
    SELL_VALUE = "sell_value", _("Sell gift cards and memberships, and top up client accounts")
    PAY_WITHOUT_CODE = "pay_without_code", _("Use gift cards and memberships without their code")
    SEE_CODES = "see_codes", _("See the codes of gift cards and memberships")
    ADJUST_VALUE = "adjust_value", _("Adjust gift cards, memberships and client accounts by hand")
    BLOCK_VALUE = "block_value", _("Block gift cards, memberships and client accounts")
    FREEZE_MEMBERSHIPS = "freeze_memberships", _("Freeze memberships")
    GIVE_MEMBERSHIPS = "give_memberships", _("Give a membership to another client")
    OPEN_ACCOUNTS = "open_accounts", _("Open client accounts")
    PAY_OUT_ACCOUNTS = "pay_out_accounts", _("Pay money out of client accounts")
    # Visits
    VIEW_VISITS = "view_visits", _("See visits")
    CHECKOUT_VISITS = "checkout_visits", _("Add, edit and check out visits")
    CHANGE_PRICE = "change_price", _("Change a price within a visit")
    GIVE_DISCOUNTS = "give_discounts", _("Give discounts by hand")
    CANCEL_VISITS = "cancel_visits", _("Cancel visits")
    EDIT_PAST_VISITS = "edit_past_visits", _("Edit visits of past days")


class Role(TextChoices):
    """What a user is to a chain: a named set of rights, to which single rights may be added."""

    OWNER = "owner", _("Owner")
    ADMINISTRATOR = "administrator", _("Administrator")
    MANAGER = "manager", _("Manager")
    FRONT_DESK = "front_desk", _("Front desk")

    @property
    def rights(self) -> frozenset[Right]:
        return ROLE_RIGHTS[self]

    @property
    def sentence(self) -> Promise:
        """What the role is for, in words."""
        return _SENTENCES[self]


_SENTENCES = {
    Role.OWNER: _("may do everything, and alone decides who works for the chain"),
    Role.ADMINISTRATOR: _("sets up programs, prices and settings, and may do all that a manager may"),
    Role.MANAGER: _(
        "works like the front desk, reads reports, moves points, gift cards and accounts by hand, blocks cards, "
        "changes prices and past visits"
    ),
    Role.FRONT_DESK: _("registers guests, issues cards, sells gift cards, checks visits out and cancels them"),
}


_DESK_RIGHTS = frozenset(
    {
        Right.VIEW_CLIENTS,
        Right.EDIT_CLIENTS,
        Right.ISSUE_CARDS,
        Right.VIEW_VISITS,
        Right.CHECKOUT_VISITS,
        Right.GIVE_DISCOUNTS,
        Right.CANCEL_VISITS,
        Right.SELL_VALUE,
        Right.FREEZE_MEMBERSHIPS,
    }
)

ROLE_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    # Only an owner decides who else works for the chain.
    Role.ADMINISTRATOR: frozenset(Right) - {Right.MANAGE_USERS},
    Role.MANAGER: _DESK_RIGHTS
    | {
        Right.VIEW_CHAIN,
        Right.VIEW_REPORTS,
        Right.EXPORT_REPORTS,
        Right.BLOCK_CARDS,
        Right.MANUAL_POINTS,
        Right.PAY_WITHOUT_CODE,
        Right.ADJUST_VALUE,
        Right.BLOCK_VALUE,
        Right.GIVE_MEMBERSHIPS,
        Right.OPEN_ACCOUNTS,
        Right.PAY_OUT_ACCOUNTS,
        Right.CHANGE_PRICE,
        Right.EDIT_PAST_VISITS,
    },
    Role.FRONT_DESK: _DESK_RIGHTS,
}

"""Why something applied or did not, in the reader's words."""

from decimal import Decimal

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chains.models import Chain
from config.ui.figures import format_number
from loyalty.explanations.amounts import measured
from loyalty.rules.why import Figure, Reason, Why

#: What staff read where a promotion or a card does not act; placeholders are the figures of the reason.
SENTENCES = {
    Reason.GIVEN: _("applies"),
    Reason.ARCHIVED: _("the promotion is archived"),
    Reason.NOT_YET: _("it starts on %(first_day)s"),
    Reason.OVER: _("it ended on %(last_day)s"),
    Reason.NOT_AT_LOCATION: _("it is not valid at this location"),
    Reason.NO_LINE_IN_SCOPE: _("nothing on the bill is part of it"),
    Reason.TIER_NOT_REACHED: _("it starts from %(next_from)s; so far %(figure)s"),
    Reason.NO_FREE_UNIT: _("no free unit is earned yet: %(paid_before)s paid so far, every %(needed)s earn one"),
    Reason.NOTHING_TO_GIVE: _("there is nothing left to give it on"),
    Reason.NOT_THIS_VISIT: _("it comes once in %(every)s visits; this is number %(number)s of %(every)s"),
    Reason.LIMIT_REACHED: _("it was used %(uses)s times, the limit is %(limit)s"),
    Reason.NOT_ON_CARD: _("the card does not carry it"),
    Reason.ALREADY_APPLIED: _("it is applied already"),
    Reason.CARD_BLOCKED: _("the card is blocked"),
    Reason.CARD_NOT_VALID_HERE: _("the card does not work at this location"),
    Reason.CARD_TOO_NEW: _("the card acts from the next visit on"),
    Reason.CARD_NOT_OWNED: _("the card belongs to another client"),
    Reason.NO_CARD: _("the inviter has no card of the program and none is issued any more"),
    Reason.CAME_BEFORE: _("the guest has been here or at another location before"),
    Reason.CAME_HERE_BEFORE: _("the guest has been at this location before"),
    Reason.GIFT_CARD_NOT_OWNED: _("there is no such gift card for this guest"),
    Reason.GIFT_CARD_RETURNED: _("its sale was undone"),
    Reason.GIFT_CARD_BLOCKED: _("the gift card is blocked"),
    Reason.GIFT_CARD_EXPIRED: _("it was good through %(last_day)s"),
    Reason.GIFT_CARD_NOT_VALID_HERE: _("the gift card is not accepted at this location"),
    Reason.PAR_VALUE: _("it is sold for %(least)s to %(most)s"),
    Reason.CODE_NEEDED: _("its code is needed"),
    Reason.ACCOUNT_NOT_OWNED: _("the account belongs to another client"),
    Reason.ACCOUNT_BLOCKED: _("the account is blocked"),
    Reason.ACCOUNT_NOT_VALID_HERE: _("the account does not pay at this location"),
    Reason.MEMBERSHIP_NOT_OWNED: _("there is no such membership for this guest"),
    Reason.MEMBERSHIP_RETURNED: _("its sale was undone"),
    Reason.MEMBERSHIP_BLOCKED: _("the membership is blocked"),
    Reason.MEMBERSHIP_EXPIRED: _("it was good through %(last_day)s"),
    Reason.MEMBERSHIP_NOT_BEGUN: _("it begins on %(first_day)s"),
    Reason.MEMBERSHIP_NOT_VALID_HERE: _("the membership does not work at this location"),
    Reason.MEMBERSHIP_FROZEN: _("it is frozen through %(last_day)s"),
    Reason.MEMBERSHIP_OUTSIDE_HOURS: _("it does not cover at this day and hour"),
    Reason.MEMBERSHIP_SOLD_HERE: _("it is sold on this bill, and covers other visits"),
    Reason.NO_MEMBERSHIP: _("the guest has no membership for it"),
    Reason.MEMBERSHIP_OTHER_SERVICE: _("it is not for this"),
    Reason.MEMBERSHIP_USED_UP: _("%(left)s are left on it"),
    Reason.MEMBERSHIP_COSTS_NOTHING: _("what costs nothing is not covered"),
    Reason.MEMBERSHIP_FEWER_UNITS: _("no more of the line is open"),
}


#: Figures of a reason that are money, or visits where it counts those.
MEASURED = {Reason.TIER_NOT_REACHED: ("next_from", "figure"), Reason.PAR_VALUE: ("least", "most")}


def in_words(why: Why, chain: Chain) -> str:
    """The reason as part of a sentence; amounts are written in the currency of the chain."""
    figures = {name: _shown(figure) for name, figure in why.figures.items()}
    figures |= {name: measured(why.figures, name, chain) for name in MEASURED.get(why.reason, ())}
    return str(SENTENCES[why.reason]) % figures


def _shown(figure: Figure) -> str:
    if isinstance(figure, str):
        day = parse_date(figure) if len(figure) == 10 and figure[4:5] == "-" else None
        if day:
            return date_format(day)
        if figure.replace(".", "", 1).isdigit():
            return format_number(Decimal(figure))
    return gettext(str(figure)) if isinstance(figure, str) else str(figure)

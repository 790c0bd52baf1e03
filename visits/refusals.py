"""The sentence for each thing that keeps a visit from being saved (docs/rules.md, section 9)."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from chains.access import Right
from chains.models import Access, Chain
from chains.refusals import Code, Refusal
from config.ui.amounts import figure_text
from config.ui.figures import format_money
from loyalty.explanations.reasons import in_words
from loyalty.rules.bill import MOST_UNITS, Problem
from visits.models import Visit

#: Long enough to show that thousands are not set apart by a point or a comma.
EXAMPLE = Decimal("1234.5")

AMOUNT_SENTENCES = {
    "quantity": _("Type a whole number from 1 to %(most_units)s."),
    "unit_price": _("Type a price of 0 or more with at most %(places)s decimals, like %(example)s."),
    "manual_discount": _("Type a discount from 0 to 100 percent with at most 2 decimals."),
    "": _("Type an amount of 0 or more with at most %(places)s decimals, like %(example)s."),
}

#: Of value lines, where the same code means something else than on the rest of the bill.
VALUE_SENTENCES = {
    "unknown_client": _("This is sold to a guest by name. Put a guest on the bill, or choose another one."),
    "invalid_date": _("It can no longer be sold: %(why)s. Choose another type."),
    "account_not_owned": _("The account belongs to another client. Top up one of this guest's."),
    "account_blocked": _("The account is blocked and takes no money. Choose another one."),
}
#: Of a date that is given at the sale.
BEGIN_SENTENCE = _("Choose the day on which it begins, today or later.")
#: Of what memberships cover.
COVER_SENTENCES = {
    "invalid_amount": _("Type how many are covered: a whole number from 1."),
    "code_needed": _("Type the number of the membership, as it stands on it."),
    "means_over_limit": _("At most %(most)s can be covered with it here: %(why)s. Type that or less."),
}
SENTENCES = {
    "unknown_client": _("Without a guest nobody can be invited. Put a guest on the bill, or take the referral back."),
    "referral_off": _("The referral program is off at this location. Take the referral back."),
    "referral_self": _("This is the guest's own phone. Type the phone of the client who invited the guest."),
    "referral_not_first_visit": _("A referral counts on the first visit only, and %(why)s. Take it back."),
    "referral_other_inviter": _("The guest was already invited by another client. Take the referral back."),
    "referral_circle": _("This client was invited by the guest, directly or through others. Take the referral back."),
    "card_not_owned": _("The card belongs to another client. Only its owner may use it."),
    "card_blocked": _("The card is blocked. Take back what it gives or pays here."),
    "card_not_valid_here": _("The card does not work at this location. Take back what it gives or pays here."),
    "card_too_new": _("The card was issued after this visit began; it acts from the next visit on."),
    "points_over_limit": _("The card may pay at most %(most)s here. Type that or less."),
    "gift_card_unknown": _("The chain has no gift card of this code. Type it again, as it stands on the card."),
    "gift_card_not_valid": _("The gift card does not pay: %(why)s. Let it pay nothing here."),
    "gift_card_not_valid_here": _("The gift card is not accepted at this location. Let it pay nothing here."),
    "code_needed": _("Type the code of the gift card, as it stands on it."),
    "account_not_owned": _("The account belongs to another client. Only its owner pays with it."),
    "account_blocked": _("The account is blocked. Use another one, or let it pay nothing here."),
    "account_not_valid_here": _("The account does not work at this location. Use another one."),
    "gift_card_number_taken": _("Another gift card of the chain has this number. Type another, or leave it blank."),
    "membership_unknown": _("The chain has no membership of this number. Type it again, as it stands on it."),
    "membership_not_valid": _("The membership covers nothing: %(why)s. Take it back here."),
    "membership_not_valid_here": _("The membership does not work at this location. Take it back here."),
    "membership_does_not_cover": _("The membership does not cover this: %(why)s. Take it back here."),
    "membership_frozen": _("The membership covers nothing: %(why)s. Unfreeze it, or take it back here."),
    "membership_number_taken": _("Another membership of the chain has this number. Type another, or leave it blank."),
    "sold_out": _("No more of these may be sold. Choose another type."),
    "means_over_limit": _("At most %(most)s can be paid with it here. Type that or less."),
    "promotion_not_applicable": _("The promotion does not apply: %(why)s. Take it back to save."),
    "payment_over_due": _("Only %(most)s is left to pay. Type that or less."),
}


@dataclass(frozen=True)
class InTheWay:
    """A visit that keeps something from being done; ``may_open``: who is refused may look at it."""

    visit: Visit
    may_open: bool


def visit_in_the_way(refusal: Refusal, access: Access) -> InTheWay | None:
    """The visit that has to be looked at first, where there is one."""
    if refusal.used_by is None:
        return None
    visit = Visit.objects.filter(chain=access.chain_id, pk=refusal.used_by).select_related("location").first()
    return InTheWay(visit, access.has_at(Right.CHECKOUT_VISITS, visit.location_id)) if visit else None


def refuse(problem: Problem, phone_problem: Refusal | None, chain: Chain) -> Refusal:
    """The refusal that stands beside the problem's field."""
    if problem.code in {"invalid_phone", "unknown_client"} and phone_problem:
        return phone_problem
    example = figure_text(EXAMPLE, chain.places) if chain.places else "1234"
    params: dict[str, object] = {"places": chain.places, "most_units": MOST_UNITS, "example": example}
    is_cover = problem.place.startswith("covers.")
    if problem.most is not None:
        params["most"] = int(problem.most) if is_cover else format_money(problem.most, chain.currency)
    if problem.why is not None:
        params["why"] = in_words(problem.why, chain)
    if is_cover and problem.code in COVER_SENTENCES:
        sentence = COVER_SENTENCES[problem.code]
    elif problem.place.endswith(".begins_on"):
        sentence = BEGIN_SENTENCE
    elif problem.code == "invalid_amount" and problem.why is not None:
        sentence = _("This amount cannot be sold: %(why)s.")
    elif problem.code == "invalid_amount":
        sentence = AMOUNT_SENTENCES.get(problem.place.rpartition(".")[2], AMOUNT_SENTENCES[""])
    else:
        of_value = VALUE_SENTENCES if problem.place.startswith("value.") else {}
        sentence = of_value.get(problem.code) or SENTENCES[problem.code]
    return Refusal(Code(problem.code), sentence, field=problem.place, params=params)

"""Who answers what lower rooms ask of higher ones: the one place where the house is tied together upwards."""

from chains.catalog.services import was_sold
from chains.settings.general.services import currency_lock
from chains.uses import is_used
from clients.messages.facts import gift_card, gift_card_used, points_burning
from loyalty.cards.models import names_of_card_types
from loyalty.cards.questions import referral_gives
from loyalty.gift_cards.letters import facts_of_card, facts_of_use
from loyalty.ledger.notices import facts_of_notice
from loyalty.ledger.questions import last_visit, longest_notice, visit_sums_differ
from loyalty.programs.differences import card_type_names, promotion_names
from loyalty.promotions.models import longest_notice_of, names_of_promotions
from loyalty.promotions.services import was_applied
from loyalty.referral.places import given_while_on
from loyalty.uses import has_types
from visits.currency import why_currency_stays
from visits.history import last_settled_visit, was_on_a_bill, was_put_on_a_visit
from visits.sums import visit_differences


def answer_questions() -> None:
    currency_lock.answered_by(why_currency_stays)
    was_sold.answered_by(was_on_a_bill)
    points_burning.answered_by(facts_of_notice)
    gift_card.answered_by(facts_of_card)
    gift_card_used.answered_by(facts_of_use)
    referral_gives.answered_by(given_while_on)
    was_applied.answered_by(was_put_on_a_visit)
    promotion_names.answered_by(names_of_promotions)
    card_type_names.answered_by(names_of_card_types)
    last_visit.answered_by(last_settled_visit)
    longest_notice.answered_by(longest_notice_of)
    visit_sums_differ.answered_by(visit_differences)
    is_used.answered_by(has_types)

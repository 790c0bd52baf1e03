"""The referral program on one visit: may it apply, and who receives what (docs/rules.md, section 7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from loyalty.rules.bill import OpenBill, Problem
from loyalty.rules.desk import CameBefore, Desk, KeptTerms, Key, Receiver
from loyalty.rules.plan import Plan
from loyalty.rules.promotions import BillTotals, Holder, Occasion, Offer, cashback_offer
from loyalty.rules.sequence import Firing, counted
from loyalty.rules.terms import CardType, FirstIn, Promotion, ReferralAccrues, ReferralProgram
from loyalty.rules.why import Reason, Why, why


@dataclass(frozen=True)
class ReferralAccrual:
    """Points for the inviter once the visit is settled.

    ``card_id`` is the receiving card and ``holder_id`` its holder, None where one is issued for it. ``amount`` is 0
    where nothing accrues; ``firing`` says why and whether the visit counts for the promotion.
    """

    inviter_id: int
    card_id: int | None
    holder_id: int | None
    card_type: CardType
    promotion: Promotion
    firing: Firing

    @property
    def key(self) -> Key:
        return (self.card_id, self.promotion.id)

    @property
    def amount(self) -> Decimal:
        return self.firing.amount

    @property
    def is_barred(self) -> bool:
        """Whether the receiving card, not the promotion, keeps it from acting."""
        return self.firing.why.reason in BARRING

    @property
    def needs_card(self) -> bool:
        """Whether a card must be issued to the inviter: to credit it, or to count the visit on it."""
        return self.card_id is None and self.firing.eligible


#: What keeps the receiving card from acting on a visit.
BARRING = frozenset({Reason.CARD_BLOCKED, Reason.CARD_NOT_VALID_HERE, Reason.NO_CARD})


def why_not_first(program: ReferralProgram, came_before: Iterable[CameBefore], location_id: int) -> Why | None:
    """Why a visit at the location is not the guest's first one, as the program counts; None where it is."""
    counted = [
        came
        for came in came_before
        if (program.first_in is FirstIn.CHAIN or came.location_id == location_id)
        and (program.counts_free_visits or came.cost_something)
    ]
    if not counted:
        return None
    return why(Reason.CAME_BEFORE if program.first_in is FirstIn.CHAIN else Reason.CAME_HERE_BEFORE)


def referral_problem(plan: Plan, desk: Desk) -> Problem | None:
    """The first thing that speaks against the referral in the plan, but for the discount itself."""
    referral = desk.referral
    invitation = referral.invitation
    if invitation is None or _stands_as_it_was(desk):
        return None
    # What a first visit is, is said by the terms that the invitation was put on the visit under.
    came = why_not_first(invitation.terms, referral.came_before, plan.location_id) if invitation.terms else None
    checks = (
        ("unknown_client", plan.client_id is None),
        ("referral_off", referral.program is None),
        (invitation.phone_problem or "unknown_client", invitation.inviter_id is None),
        ("referral_self", invitation.inviter_id == plan.client_id),
        ("referral_not_first_visit", came is not None),
        ("referral_other_inviter", referral.linked_inviter_id is not None),
        ("referral_circle", plan.client_id in invitation.inviters_inviters),
    )
    for code, speaks_against in checks:
        if speaks_against:
            return Problem(code, "referral", came if code == "referral_not_first_visit" else None)
    return None


def _stands_as_it_was(desk: Desk) -> bool:
    invitation = desk.referral.invitation
    return (
        invitation is not None
        and invitation.inviter_id is not None
        and desk.standing.inviter_id == invitation.inviter_id
    )


def referral_accrual(
    desk: Desk, bill: OpenBill, totals: BillTotals, occasion: Occasion, *, is_accepted: bool
) -> ReferralAccrual | None:
    """What the inviter gets for this visit; None where no inviter is concerned.

    ``is_accepted`` says that the plan's own referral applies here.
    """
    given = _accrual_in_force(desk, is_accepted=is_accepted)
    if given is None:
        return None
    inviter_id, terms, standing = given
    receiver = standing or desk.referral.receivers.get(terms.card_type.id, Receiver(None))
    card_id = receiver.card_id
    key: Key = (card_id, terms.promotion.id)
    if standing is None and _counts_on_another_card(desk, card_id):
        return None
    if standing is None and receiver.is_blocked:
        firing = Firing(Offer(why(Reason.CARD_BLOCKED)))
    elif standing is None and not terms.card_type.works_at(occasion.location_id):
        firing = Firing(Offer(why(Reason.CARD_NOT_VALID_HERE)))
    elif card_id is None and terms.card_type.archived:
        firing = Firing(Offer(why(Reason.NO_CARD)))
    else:
        counter = desk.counter(key)
        offer = cashback_offer(terms.promotion, bill, totals, occasion, Holder(terms.card_type.locations))
        firing = counted(terms.promotion, offer, counter)
    return ReferralAccrual(inviter_id, card_id, receiver.holder_id, terms.card_type, terms.promotion, firing)


def _accrual_in_force(desk: Desk, *, is_accepted: bool) -> tuple[int, KeptTerms, Receiver | None] | None:
    """Inviter, terms and (where points stand already) the receiving card of the accrual of this visit."""
    referral, standing = desk.referral, desk.standing
    invitation, program = referral.invitation, referral.links_program
    if invitation is None and inviter_changed(desk):
        return None  # taken back
    if standing.referral and (_stands_as_it_was(desk) if invitation else True):
        kept = standing.referral
        receiver = Receiver(kept.card_id, kept.holder_id)
        return (kept.inviter_id, kept.terms, receiver) if invitation is None or is_accepted else None
    if invitation:
        terms = program if program and referral.accrual_was_undone else invitation.terms
        if not is_accepted or terms is None or invitation.inviter_id is None:
            return None
        return invitation.inviter_id, KeptTerms(terms.cashback, terms.card_type), None
    if referral.linked_inviter_id is None or program is None or not referral.follows_link:
        return None
    if program.accrues is not ReferralAccrues.EVERY_VISIT:
        return None
    in_force = KeptTerms(program.cashback, program.card_type)
    counted_under = () if referral.accrual_was_undone else inviters_counts(desk).values()
    return referral.linked_inviter_id, next(iter(counted_under), in_force), None


def inviters_counts(desk: Desk) -> dict[Key, KeptTerms]:
    """For what the visit was counted on a card of the inviter, and under which terms."""
    own = {card.id for card in desk.cards}
    return {key: terms for key, terms in desk.standing.counted.items() if key[0] not in own}


def _counts_on_another_card(desk: Desk, card_id: int | None) -> bool:
    """Whether the visit was counted on a card that the inviter has no more: an edit adds none."""
    cards = {card for card, _ in inviters_counts(desk)}
    is_as_it_was = not desk.referral.accrual_was_undone and not inviter_changed(desk)
    return bool(cards) and card_id not in cards and is_as_it_was


def decided_for_inviter(desk: Desk, referral: ReferralAccrual | None) -> set[Key]:
    """Counts on the inviter's card of which the referral, as it is now, decides whether they stay.

    An accrual that was taken back decides only where it comes back.
    """
    acts = referral is not None and not referral.is_barred
    decides = acts and referral and (referral.firing.fires or not desk.referral.accrual_was_undone)
    now = {referral.key} if decides and referral else set()
    return now | set(inviters_counts(desk)) if inviter_changed(desk) else now


def inviter_changed(desk: Desk) -> bool:
    """Whether the referral of this visit is taken back, or is another's now."""
    invitation, before = desk.referral.invitation, desk.standing.inviter_id
    return before is not None and (invitation is None or invitation.inviter_id != before)

"""Loads the desk: all that the rules need for one visit, in a fixed number of queries.

Lines, cards and past visits change what is loaded, never how often the database is asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from chains.models import Chain
from chains.refusals import Refusal
from clients.services import find_by_phone
from loyalty.cards.models import Attachment, Card
from loyalty.ledger.books import Books
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.promotions.models import Promotion
from loyalty.referral.links import inviters_above
from loyalty.referral.models import ReferralLink
from loyalty.referral.places import Places, places_around
from loyalty.rules import terms
from loyalty.rules.cards import DeskCard
from loyalty.rules.desk import (
    Desk,
    Invitation,
    KeptTerms,
    Key,
    Receiver,
    ReferralDesk,
    Standing,
    StandingReferral,
)
from loyalty.rules.plan import Plan
from loyalty.rules.promotions import Past
from visits.history import counters, past_units, past_visits, visits_before
from visits.means import Laid, means_on_desk, payments_of
from visits.models import Visit, VisitPromotion


@dataclass(frozen=True)
class Inviter:
    """Who the plan's phone is, or who invited the guest before."""

    client_id: int | None = None
    phone_problem: Refusal | None = None


def find_inviter(plan: Plan, visit: Visit) -> Inviter:
    """The inviter of the plan; one already on the visit stays, whatever became of the phone since."""
    if plan.client_id is None:
        return Inviter()
    if not plan.referral:
        link = ReferralLink.objects.filter(guest=plan.client_id).exclude(visit=visit.pk).first()
        return Inviter(link.inviter_id if link else None)
    if plan.referral == visit.referral_phone and visit.inviter_id:
        return Inviter(visit.inviter_id)
    try:
        return Inviter(find_by_phone(chain=visit.chain, phone=plan.referral, field="referral").pk)
    except Refusal as refusal:
        return Inviter(phone_problem=refusal)


def load_desk(plan: Plan, visit: Visit, inviter: Inviter, books: Books) -> Desk:
    """The desk of a visit as the holders of the books are now; ``visit`` is unsaved for a new one."""
    rows = books.standing()
    cards = _cards(plan, inviter, rows, books)
    guests = [card for card in cards if _lies_on_desk(card, plan, rows)]
    links, promotions = _promotions(guests, plan, visit.chain)
    before = Visit.objects.settled().of_client(plan.client_id).begun_before(visit)
    if visit.pk:
        before = before.exclude(pk=visit.pk)
    desk_cards = tuple(_desk_card(card, links) for card in guests)
    laid = Laid(plan, visit, books, desk_cards, payments_of(rows))
    counts_units = any(promotion.picked_by is terms.PickedBy.UNITS_PAID for promotion in promotions.values())
    return Desk(
        places=visit.chain.places,
        today=books.today,
        settled_at=visit.settled_at,
        cards=desk_cards,
        means=means_on_desk(laid),
        recorded={each.method: each.amount for each in visit.payments.all()} if visit.pk else {},
        promotions=promotions,
        pinned=_pinned(visit, cards),
        past=Past(past_visits(before), past_units(before) if counts_units else ()),
        counters=counters(visit, [card.pk for card in cards], with_units=counts_units),
        standing=_standing(visit, rows, cards, books),
        referral=_referral_desk(plan, visit, inviter, cards, books),
    )


def _cards(plan: Plan, inviter: Inviter, rows: Iterable[Transaction], books: Books) -> list[Card]:
    """The cards of guest and inviter, and those that the plan or the visit's rows name.

    Those of the holders in the books: a preview takes no locks, and a card may be issued while it looks.
    """
    named = plan.card_ids | {row.card_id for row in rows if row.card_id}
    clients = [client_id for client_id in (plan.client_id, inviter.client_id) if client_id]
    found = Card.objects.filter(
        Q(client__in=clients) | Q(pk__in=named) | Q(holder__in=plan.holder_ids),
        chain=books.chain,
        holder__in=books.holders,
    )
    return list(found.select_related("card_type__terms").order_by("issued_at", "pk"))


def _lies_on_desk(card: Card, plan: Plan, rows: Iterable[Transaction]) -> bool:
    stands = {row.card_id for row in rows if row.kind != TransactionKind.REFERRAL_ACCRUAL}
    is_named = card.pk in plan.card_ids or card.holder_id in plan.holder_ids
    return card.client_id == plan.client_id or is_named or card.pk in stands


def _promotions(
    cards: Iterable[Card], plan: Plan, chain: Chain
) -> tuple[dict[int, list[int]], dict[int, terms.Promotion]]:
    """The promotions attached to each card type, the older first, and the terms of these and of those chosen."""
    links: dict[int, list[int]] = {}
    found: dict[int, terms.Promotion] = {}
    attached = Attachment.objects.filter(card_type__in={card.card_type_id for card in cards})
    for each in attached.select_related("promotion__terms").order_by("promotion_id"):
        links.setdefault(each.card_type_id, []).append(each.promotion_id)
        found[each.promotion_id] = each.promotion.as_rules()
    others = {choice.promotion_id for choice in plan.discounts} - found.keys()
    for promotion in Promotion.objects.filter(chain=chain, pk__in=others).select_related("terms") if others else ():
        found[promotion.pk] = promotion.as_rules()
    return links, found


def _desk_card(card: Card, links: Mapping[int, list[int]]) -> DeskCard:
    return DeskCard(
        id=card.pk,
        client_id=card.client_id,
        card_type=card.card_type.as_rules(),
        issued_at=card.issued_at,
        holder_id=card.holder_id,
        is_blocked=card.is_blocked,
        for_new_client=card.for_new_client,
        promotion_ids=tuple(links.get(card.card_type_id, ())),
    )


def _kept(visit: Visit) -> list[VisitPromotion]:
    return list(visit.promotions.all()) if visit.pk else []


def _pinned(visit: Visit, cards: Iterable[Card]) -> dict[Key, KeptTerms]:
    """Discounts already on the visit keep the terms they had when they were first put there."""
    return _terms_of([each for each in _kept(visit) if each.position is not None], cards)


def _terms_of(kept: Iterable[VisitPromotion], cards: Iterable[Card]) -> dict[Key, KeptTerms]:
    """Under which terms promotions of cards are on the visit."""
    card_types = {card.pk: card.card_type for card in cards}
    return {
        (each.card_id, each.promotion_id): KeptTerms(
            each.terms.as_rules(), (each.card_type_terms or card_types[each.card_id]).as_rules()
        )
        for each in kept
        if each.card_id and (each.card_type_terms or each.card_id in card_types)
    }


def _standing(visit: Visit, rows: Iterable[Transaction], cards: Iterable[Card], books: Books) -> Standing:
    discounts, accruals = set(), {}
    referral = None
    for row in rows:
        if row.kind == TransactionKind.PROMOTION_DISCOUNT and row.promotion_id:
            discounts.add((row.card_id, row.promotion_id))
        elif row.kind == TransactionKind.PROMOTION_ACCRUAL and row.promotion_id:
            accruals[(row.card_id, row.promotion_id)] = _accrual_terms(row)
        elif row.kind == TransactionKind.REFERRAL_ACCRUAL and row.card_id and row.client_id and row.holder_id:
            referral = StandingReferral(row.client_id, row.card_id, row.holder_id, _accrual_terms(row))
    given = {(row.card_id, row.promotion_id) for row in books.rows if row.kind == TransactionKind.PROMOTION_ACCRUAL}
    return Standing(
        discounts=frozenset(discounts),
        accruals=accruals,
        counted=_terms_of([each for each in _kept(visit) if each.eligible], cards),
        undone=frozenset((card_id, pk) for card_id, pk in given if pk and (card_id, pk) not in accruals),
        referral=referral,
        inviter_id=_linked_here(visit),
    )


def _accrual_terms(row: Transaction) -> KeptTerms:
    assert row.promotion_terms and row.card_type_terms
    return KeptTerms(row.promotion_terms.as_rules(), row.card_type_terms.as_rules())


def _linked_here(visit: Visit) -> int | None:
    link = getattr(visit, "referral_link", None) if visit.pk else None
    return link.inviter_id if link else None


def _referral_desk(plan: Plan, visit: Visit, inviter: Inviter, cards: Iterable[Card], books: Books) -> ReferralDesk:
    links = ReferralLink.objects.filter(guest=plan.client_id).exclude(visit=visit.pk).select_related("visit")
    link = links.first() if plan.client_id else None
    if not plan.referral and link is None:
        return ReferralDesk()
    pinned = pinned_referral(plan, visit, inviter)
    places = places_around(visit.location, pinned.id if pinned else None, link.program_id if link else None)
    program = places.program_here
    undone = any(row.kind == TransactionKind.REFERRAL_ACCRUAL for row in books.rows) and not any(
        row.kind == TransactionKind.REFERRAL_ACCRUAL for row in books.standing()
    )
    return ReferralDesk(
        program=program,
        links_program=_links_program(plan, pinned, link, places),
        invitation=_invitation(inviter, pinned or program) if plan.referral else None,
        came_before=frozenset(visits_before(visit)) if plan.referral else frozenset(),
        linked_inviter_id=link.inviter_id if link else None,
        follows_link=bool(link) and _follows(visit, link),
        accrual_was_undone=undone,
        receivers=_receivers(cards, inviter),
    )


def _links_program(
    plan: Plan, pinned: terms.ReferralProgram | None, link: ReferralLink | None, places: Places
) -> terms.ReferralProgram | None:
    """That of the referral on this visit, else of the guest's link, as it stands today."""
    if plan.referral:
        return places.program(pinned.id) if pinned else places.program_here
    return places.program(link.program_id) if link else None


def _follows(visit: Visit, link: ReferralLink | None) -> bool:
    """Whether the visit began after the one that made the link."""
    if link is None:
        return False
    first = link.visit
    return (first.starts_at, first.pk) < (visit.starts_at, visit.pk or first.pk + 1)


def _invitation(inviter: Inviter, under: terms.ReferralProgram | None) -> Invitation:
    problem = inviter.phone_problem
    return Invitation(
        inviter_id=inviter.client_id,
        phone_problem=str(problem.code) if problem else "",
        inviters_inviters=inviters_above(inviter.client_id) if inviter.client_id else frozenset(),
        terms=under,
    )


def pinned_referral(plan: Plan, visit: Visit, inviter: Inviter) -> terms.ReferralProgram | None:
    """The referral already on the visit, under the terms it was first put there; the phone may be typed anew."""
    is_same_person = inviter.client_id is not None and inviter.client_id == visit.inviter_id
    is_same = is_same_person or plan.referral == visit.referral_phone
    if not plan.referral or not is_same or not visit.referral_terms:
        return None
    assert visit.referral_discount_terms and visit.referral_cashback_terms
    return visit.referral_terms.as_rules_with(
        visit.referral_discount_terms.as_rules(), visit.referral_cashback_terms.as_rules()
    )


def _receivers(cards: Iterable[Card], inviter: Inviter) -> dict[int, Receiver]:
    """The inviter's card of each type: the active one, else a blocked one, which is not replaced."""
    found: dict[int, Receiver] = {}
    for card in cards:
        if card.client_id == inviter.client_id and (not card.is_blocked or card.card_type_id not in found):
            found[card.card_type_id] = Receiver(card.pk, card.holder_id, card.is_blocked)
    return found

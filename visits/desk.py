"""Loads the desk: all that the rules need for one visit, in a fixed number of queries.

Lines, cards and past visits change what is loaded, never how often the database is asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from chains.models import Chain
from chains.refusals import Refusal
from clients.services import find_by_phone
from loyalty.cards.models import CARD_TYPE_TERMS, Card
from loyalty.ledger.books import Books
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.promotions.models import PROMOTION_TERMS, Promotion
from loyalty.referral.links import Link, inviters_above
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
from loyalty.rules.history import looks_at_gaps, looks_back
from loyalty.rules.plan import Plan
from loyalty.rules.promotions import Past
from visits.covers import memberships_on_desk
from visits.history import counters, past_units, past_visits, visits_before
from visits.means import Laid, forfeited_of, means_on_desk, payments_of
from visits.models import Visit, VisitPromotion
from visits.unsellable import value_problems


@dataclass(frozen=True)
class Inviter:
    """Who the plan's phone is, or who invited the guest before."""

    client_id: int | None = None
    name: str = ""
    phone_problem: Refusal | None = None


def find_inviter(plan: Plan, visit: Visit, link: Link | None) -> Inviter:
    """The inviter of the plan, else of the guest's link.

    One already on the visit stays, whatever became of the phone.
    """
    if plan.client_id is None:
        return Inviter()
    if not plan.referral:
        return Inviter(link.inviter_id, link.inviter_name) if link else Inviter()
    if plan.referral == visit.referral_phone and visit.inviter:
        return Inviter(visit.inviter.pk, visit.inviter.name)
    try:
        found = find_by_phone(chain=visit.chain, phone=plan.referral, field="referral")
        return Inviter(found.pk, found.name)
    except Refusal as refusal:
        return Inviter(phone_problem=refusal)


def places_of(visit: Visit) -> Places:
    """The referral programs that concern a visit, and who invited its guest."""
    pinned = visit.referral_terms.program_id if visit.referral_terms else None
    return places_around(visit.location, pinned, guest_id=visit.client_id, visit_id=visit.pk)


def load_desk(plan: Plan, visit: Visit, inviter: Inviter, places: Places, books: Books) -> Desk:
    """The desk of a visit as the holders of the books are now; ``visit`` is unsaved for a new one."""
    rows = books.standing()
    cards, attached = _cards(plan, inviter, rows, books)
    guests = [card for card in cards if _lies_on_desk(card, plan, rows)]
    promotions = _promotions(guests, attached, plan, visit.chain)
    desk_cards = tuple(replace(card, promotion_ids=tuple(attached[card.card_type.id])) for card in guests)
    laid = Laid(plan, visit, books, desk_cards, payments_of(rows), forfeited_of(rows))
    counts_units = any(promotion.picked_by is terms.PickedBy.UNITS_PAID for promotion in promotions.values())
    pinned, standing = _pinned(visit, cards), _standing(visit, rows, cards, books)
    referral = _referral_desk(plan, visit, inviter, places, cards, books)
    met = [*promotions.values(), *_kept_promotions(pinned, standing), *_promotions_of(referral)]
    return Desk(
        places=visit.chain.places,
        today=books.today,
        begins_on=visit.chain.local_date(plan.starts_at),
        settled_at=visit.settled_at,
        cards=desk_cards,
        means=means_on_desk(laid),
        recorded={each.method: each.amount for each in visit.payments.all()} if visit.pk else {},
        promotions=promotions,
        pinned=pinned,
        past=_past(plan, visit, met, with_units=counts_units),
        counters=counters(visit, [card.id for card in cards], with_units=counts_units),
        standing=standing,
        referral=referral,
        value_problems=value_problems(plan, visit, books) if plan.value else (),
        memberships=memberships_on_desk(plan, visit, books),
    )


def _past(plan: Plan, visit: Visit, met: Iterable[terms.Promotion], *, with_units: bool) -> Past:
    """Of the guest's past what these promotions look at."""
    before = Visit.objects.settled().of_client(plan.client_id).begun_before(visit)
    if visit.pk:
        before = before.exclude(pk=visit.pk)
    met = list(met)
    visits = past_visits(before, one_by_one=any(map(looks_at_gaps, met))) if any(map(looks_back, met)) else ()
    return Past(visits, past_units(before) if with_units else ())


def _kept_promotions(pinned: Mapping[Key, KeptTerms], standing: Standing) -> list[terms.Promotion]:
    """Those that the visit keeps under terms of their own."""
    kept = [*pinned.values(), *standing.accruals.values(), *standing.counted.values()]
    return [each.promotion for each in (*kept, *([standing.referral.terms] if standing.referral else ()))]


def _promotions_of(referral: ReferralDesk) -> list[terms.Promotion]:
    programs = [referral.program, referral.links_program, referral.invitation and referral.invitation.terms]
    return [promotion for program in programs if program for promotion in (program.discount, program.cashback)]


#: The promotions attached to each card type, and the terms that each is under.
Attached = Mapping[int, Mapping[int, int]]


def _cards(plan: Plan, inviter: Inviter, rows: Iterable[Transaction], books: Books) -> tuple[list[DeskCard], Attached]:
    """The cards of guest and inviter, and those that the plan or the visit's rows name, without their promotions.

    Those of the holders in the books: a preview takes no locks, and a card may be issued while it looks.
    """
    named = plan.card_ids | {row.card_id for row in rows if row.card_id}
    clients = {client_id for client_id in (plan.client_id, inviter.client_id) if client_id}
    found = Card.objects.filter(holder__in=books.holders).order_by("issued_at", "pk", "card_type__promotions")
    cards: dict[int, tuple[Any, ...]] = {}
    attached: dict[int, dict[int, int]] = {}
    for promotion_id, terms_id, card_type_id, *card in found.values_list(
        "card_type__promotions", "card_type__promotions__terms_id", "card_type_id", *_CARD_COLUMNS
    ):
        pk, client_id, holder_id, *_others = card
        if client_id in clients or pk in named or holder_id in plan.holder_ids:
            cards[pk] = tuple(card)
            attached.setdefault(card_type_id, {}).update({promotion_id: terms_id} if promotion_id else {})
    types = CARD_TYPE_TERMS.of(terms_id for _pk, _client, _holder, terms_id, *_others in cards.values())
    desk_cards = [
        DeskCard(pk, client_id, types[terms_id], issued_at, holder_id, blocked_at is not None, for_new_client)
        for pk, client_id, holder_id, terms_id, issued_at, blocked_at, for_new_client in cards.values()
    ]
    return desk_cards, attached


_CARD_COLUMNS = ("pk", "client_id", "holder_id", "card_type__terms_id", "issued_at", "blocked_at", "for_new_client")


def _lies_on_desk(card: DeskCard, plan: Plan, rows: Iterable[Transaction]) -> bool:
    stands = {row.card_id for row in rows if row.kind != TransactionKind.REFERRAL_ACCRUAL}
    is_named = card.id in plan.card_ids or card.holder_id in plan.holder_ids
    return card.client_id == plan.client_id or is_named or card.id in stands


def _promotions(cards: Iterable[DeskCard], attached: Attached, plan: Plan, chain: Chain) -> dict[int, terms.Promotion]:
    """The terms of the promotions attached to the types of these cards, and of those chosen."""
    found = {promotion_id: terms_id for card in cards for promotion_id, terms_id in attached[card.card_type.id].items()}
    others = {choice.promotion_id for choice in plan.discounts} - found.keys()
    if others:
        found |= dict(Promotion.objects.filter(chain=chain, pk__in=others).values_list("pk", "terms_id"))
    known = PROMOTION_TERMS.of(found.values())
    return {promotion_id: known[terms_id] for promotion_id, terms_id in found.items()}


def _kept(visit: Visit) -> list[VisitPromotion]:
    return list(visit.promotions.all()) if visit.pk else []


def _pinned(visit: Visit, cards: Iterable[DeskCard]) -> dict[Key, KeptTerms]:
    """Discounts already on the visit keep the terms they had when they were first put there."""
    return _terms_of([each for each in _kept(visit) if each.position is not None], cards)


def _terms_of(kept: Iterable[VisitPromotion], cards: Iterable[DeskCard]) -> dict[Key, KeptTerms]:
    """Under which terms promotions of cards are on the visit."""
    in_force = {card.id: card.card_type.terms_id for card in cards}
    under = {
        (each.card_id, each.promotion_id): (each.terms_id, each.card_type_terms_id or in_force.get(each.card_id))
        for each in kept
        if each.card_id
    }
    return _read({key: (terms_id, type_id) for key, (terms_id, type_id) in under.items() if type_id})


def _read(under: Mapping[Key, tuple[int, int]]) -> dict[Key, KeptTerms]:
    """The terms of a promotion and of a card type, by their ids."""
    promotions = PROMOTION_TERMS.of(terms_id for terms_id, _type_id in under.values())
    card_types = CARD_TYPE_TERMS.of(type_id for _terms_id, type_id in under.values())
    return {key: KeptTerms(promotions[one], card_types[other]) for key, (one, other) in under.items()}


def _standing(visit: Visit, rows: Iterable[Transaction], cards: Iterable[DeskCard], books: Books) -> Standing:
    discounts: set[Key] = set()
    accruals: dict[Key, tuple[int, int]] = {}
    referral = None
    for row in rows:
        if row.kind == TransactionKind.PROMOTION_DISCOUNT and row.promotion_id:
            discounts.add((row.card_id, row.promotion_id))
        elif row.kind == TransactionKind.PROMOTION_ACCRUAL and row.promotion_id:
            accruals[(row.card_id, row.promotion_id)] = _given_under(row)
        elif row.kind == TransactionKind.REFERRAL_ACCRUAL and row.card_id and row.client_id and row.holder_id:
            terms_of_it = _read({(row.card_id, 0): _given_under(row)})[(row.card_id, 0)]
            referral = StandingReferral(row.client_id, row.card_id, row.holder_id, terms_of_it)
    given = {(row.card_id, row.promotion_id) for row in books.rows if row.kind == TransactionKind.PROMOTION_ACCRUAL}
    return Standing(
        discounts=frozenset(discounts),
        accruals=_read(accruals),
        counted=_terms_of([each for each in _kept(visit) if each.eligible], cards),
        undone=frozenset((card_id, pk) for card_id, pk in given if pk and (card_id, pk) not in accruals),
        referral=referral,
        inviter_id=_linked_here(visit),
    )


def _given_under(row: Transaction) -> tuple[int, int]:
    assert row.promotion_terms_id and row.card_type_terms_id
    return row.promotion_terms_id, row.card_type_terms_id


def _linked_here(visit: Visit) -> int | None:
    link = getattr(visit, "referral_link", None) if visit.pk else None
    return link.inviter_id if link else None


def _referral_desk(
    plan: Plan, visit: Visit, inviter: Inviter, places: Places, cards: Iterable[DeskCard], books: Books
) -> ReferralDesk:
    link = places.link
    if not plan.referral and link is None:
        return ReferralDesk()
    pinned = pinned_referral(plan, visit, inviter)
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
        follows_link=link is not None and _follows(visit, link),
        accrual_was_undone=undone,
        receivers=_receivers(cards, inviter),
    )


def _links_program(
    plan: Plan, pinned: terms.ReferralProgram | None, link: Link | None, places: Places
) -> terms.ReferralProgram | None:
    """That of the referral on this visit, else of the guest's link, as it stands today."""
    if plan.referral:
        return places.program(pinned.id) if pinned else places.program_here
    return places.program(link.program_id) if link else None


def _follows(visit: Visit, link: Link) -> bool:
    """Whether the visit began after the one that made the link."""
    return (link.began_at, link.visit_id) < (visit.starts_at, visit.pk or link.visit_id + 1)


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


def _receivers(cards: Iterable[DeskCard], inviter: Inviter) -> dict[int, Receiver]:
    """The inviter's card of each type: the active one, else a blocked one, which is not replaced."""
    found: dict[int, Receiver] = {}
    for card in cards:
        if card.client_id == inviter.client_id and (not card.is_blocked or card.card_type.id not in found):
            found[card.card_type.id] = Receiver(card.id, card.holder_id, card.is_blocked)
    return found

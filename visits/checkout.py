"""The checkout: a visit is previewed, saved, edited, cancelled (docs/rules.md, sections 2 and 8).

Preview and save compute the same settlement; the save does it under the locks and hands it to the
ledger. The order of locks is that of docs/architecture.md.
"""

import uuid
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting, Actor, user_of
from chains.models import Chain, Location
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish
from clients.models import Client
from loyalty.cards.models import Card
from loyalty.cards.services import add_card
from loyalty.ledger.books import Books, look
from loyalty.ledger.journal import Journal, open_journal
from loyalty.ledger.models import Holder, Transaction
from loyalty.memberships.models import MembershipCounter
from loyalty.memberships.periods import after_uses, turn_periods
from loyalty.referral.links import links_elsewhere
from loyalty.referral.models import ReferralLink
from loyalty.referral.places import Places, places_around
from loyalty.rules.desk import Desk, Receiver
from loyalty.rules.money import ZERO
from loyalty.rules.plan import Plan, Status
from loyalty.rules.settlement import Settlement, settle
from visits.changes.services import check_reason, keep_change, kept_after, kept_before, kept_now
from visits.covers import debited_as_kept, debited_rows
from visits.desk import Inviter, find_inviter, load_desk, places_of
from visits.means import forfeit_refusals, tell_paid
from visits.models import Cancellation, ValueLine, Visit
from visits.past import check_late_money, check_past
from visits.plans import plan_of
from visits.postings import post, wanted_rows, wanted_uses
from visits.prices import check_hand_work, usual_prices
from visits.records import KeptLines, keep_plan, keep_promotions, kept_promotions, planned_promotions
from visits.refusals import refuse
from visits.unsellable import check_letters, lock_value, number_problem
from visits.value import check_granted, open_holders, take_back

#: The first number of the advisory locks that guard the referral links of a chain.
_REFERRAL_LOCK = 7201


@dataclass(frozen=True)
class Preview:
    """A visit as it would be saved now, and the desk and books it was computed from."""

    visit: Visit
    settlement: Settlement
    desk: Desk
    books: Books
    inviter: Inviter
    places: Places


def preview(*, location: Location, plan: Plan, visit: Visit | None, at: datetime) -> Preview:
    """Compute the plan without locking or writing anything; ``visit`` is the saved one in an edit."""
    visit = _moved(copy(visit), plan, location) if visit else new_visit(location, plan, at)
    places = places_of(visit)
    inviter = find_inviter(plan, visit, places.link)
    undoable = Q(visit=visit.pk) if visit.pk else None
    books = look(
        chain=visit.chain,
        holder_ids=_holders_of(plan, visit, inviter),
        at=at,
        undoable=undoable,
    )
    desk = load_desk(plan, visit, inviter, places, books)
    return Preview(visit, settle(plan, desk), desk, books, inviter, places)


def new_visit(location: Location, plan: Plan, at: datetime) -> Visit:
    """A visit that is not saved yet."""
    return Visit(
        chain=location.chain,
        location=location,
        client_id=plan.client_id,
        starts_at=plan.starts_at,
        starts_on=plan.starts_on,
        status=Status.WAITING,
        version=0,
        saved_at=at,
    )


@transaction.atomic
def save_visit(
    *,
    location: Location,
    plan: Plan,
    visit_id: int | None = None,
    version: int | None = None,
    shown_due: Decimal | None = None,
    shown_value: Decimal | None = None,
    shown_left: Decimal | None = None,
    reason: str = "",
    debits: bool = False,
    key: uuid.UUID,
    at: datetime,
    acting_user: Acting,
) -> Visit:
    """Save a visit; where it is *arrived*, write what it does to the ledger in the same commit.

    ``version`` is that of the page the edit was made on, ``shown_due``, ``shown_value`` and ``shown_left`` what it
    showed, ``reason`` why money was taken off or counts elsewhere; what the save changed is kept with it
    (``VisitChange``). Only what ``debits`` lets memberships be debited before the guest arrives; what was debited so
    stays it while it is on the visit.
    Refuses all of docs/rules.md, section 9, that a visit can meet; then nothing is saved. A ``key`` that was
    saved before answers with that visit.
    """
    submission = claim(
        chain=location.chain,
        key=key,
        action="save_visit",
        user=acting_user,
        on=(location, f"visit:{visit_id or 'new'}"),
        at=at,
    )
    if submission.result_id:
        return Visit.objects.get(pk=submission.result_id)
    if plan.referral and plan.status is Status.ARRIVED:
        _lock_referrals(location.chain)
    visit = _locked(visit_id, location.chain, version) if visit_id else new_visit(location, plan, at)
    before = kept_before(visit)
    plan = plan if debits else debited_as_kept(plan, before.plan if before else None)
    actor = Actor(acting_user, location.chain)
    check_past(visit=visit, location=location, plan=plan, at=at, actor=actor)
    _check_place_and_time(visit, plan, location, at)
    usual = usual_prices(plan, visit)
    check_hand_work(plan=plan, visit=visit, usual=usual, actor=actor)
    check_letters(plan=plan, visit=visit, at=at, actor=actor)
    # Of a bill that gets its guest, and of a sale that gets a line, it was not the guest's visit until now.
    counted_before = bool(visit.settled_at) and not visit.is_sale and visit.client_id == plan.client_id
    visit = _moved(visit, plan, location)
    inviter = _lock_guest(plan, visit)
    journal = _open(plan, visit, inviter, at=at, acting_user=acting_user)
    turn_periods(journal)
    places = places_of(visit)
    lock_value(plan, visit)
    desk = load_desk(plan, visit, inviter, places, journal.books)
    check_granted(visit, plan, journal.books)
    # The link or the phone may be another's, now that guest and inviter are locked.
    if find_inviter(plan, visit, places.link).client_id != inviter.client_id:
        raise Refusal(
            Code.STALE_EDIT, _("Who invited the guest changed meanwhile. Look at the new figures, then save.")
        )
    settlement = settle(plan, desk)
    if settlement.problems:
        raise refuse(settlement.problems[0], inviter.phone_problem, location.chain)
    if taken := number_problem(plan, visit, journal.books):
        raise refuse(taken, None, location.chain)
    for refusal in forfeit_refusals(plan, settlement, location.chain):
        raise refusal
    _check_shown(settlement, due=shown_due, value=shown_value, left=shown_left)
    after = kept_after(plan, settlement, inviter.client_id)
    check_late_money(visit=visit, before=before, after=after, location=location, at=at, actor=actor)
    check_reason(before, after, reason, actor)
    if plan.client_id and settlement.is_settled and not counted_before:
        journal.end_lots(plan.client_id)
    kept = _write(visit, plan, desk, settlement, inviter, usual, journal)
    keep_change(visit, before, after, journal.batch, kept=kept, usual=usual, reason=reason, at=at)
    finish(submission, visit.pk, journal.batch)
    journal.batch.send()
    tell_paid(visit, settlement, at)
    return visit


def mark_arrived(
    *,
    visit: Visit,
    version: int | None = None,
    shown_due: Decimal | None = None,
    shown_value: Decimal | None = None,
    shown_left: Decimal | None = None,
    key: uuid.UUID,
    at: datetime,
    acting_user: Acting,
) -> Visit:
    """Save a visit as it is kept, with the guest *arrived*: the same save as that of the window, and so its refusals.

    Nobody is asked here whether a card that pays once may lose what is left: where that has to be, it is refused.
    ``visit`` comes with its plan; an edit between that and the lock is noticed by ``version``.
    """
    kept = plan_of(visit)
    means = tuple(replace(each, agreed_forfeit=ZERO) for each in kept.means)
    return save_visit(
        location=visit.location,
        plan=replace(kept, status=Status.ARRIVED, means=means),
        visit_id=visit.pk,
        version=version,
        shown_due=shown_due,
        shown_value=shown_value,
        shown_left=shown_left,
        key=key,
        at=at,
        acting_user=acting_user,
    )


@transaction.atomic
def cancel_visit(
    *,
    visit_id: int,
    chain: Chain,
    version: int | None = None,
    reason: str = "",
    key: uuid.UUID,
    at: datetime,
    acting_user: Acting,
) -> Visit:
    """Cancel a visit and undo everything it did; payments stay recorded. A second time writes nothing.

    ``reason`` is kept beside the visit, never in the ledger.
    Refuses ``stale_edit`` where the visit was saved since ``version``, ``forbidden`` for one of a past day without the
    right to edit those.
    """
    submission = claim(chain=chain, key=key, action="cancel_visit", user=acting_user, on=(f"visit:{visit_id}",), at=at)
    if submission.result_id:
        return Visit.objects.get(pk=submission.result_id)
    visit = _locked(visit_id, chain, version)
    if visit.status != Status.CANCELLED:
        check_past(visit=visit, location=visit.location, at=at, actor=Actor(acting_user, chain))
        before = kept_now(visit)
        plan = replace(before.plan, status=Status.CANCELLED)
        inviter = Inviter(visit.inviter_id)
        _lock_clients(plan, inviter)
        journal = _open(plan, visit, inviter, at=at, acting_user=acting_user)
        visit.status, visit.settled_at = Status.CANCELLED, None
        visit.version, visit.saved_at, visit.saved_by = visit.version + 1, at, user_of(acting_user)
        visit.save(update_fields=["status", "settled_at", "version", "saved_at", "saved_by"])
        post(journal, visit, [], stays=debited_rows(plan, journal.books.standing()))
        if visit.sells_value:
            take_back(journal, visit, [])
        journal.write_rows()
        after_uses(journal)
        keep_promotions(visit, visit.promotions.all(), planned_promotions(visit), journal.batch)
        ReferralLink.objects.filter(visit=visit).delete()
        after = replace(before, plan=plan)
        keep_change(visit, before, after, journal.batch, kept=KeptLines.of(plan), usual={}, at=at)
        journal.batch.send()
        if reason:
            Cancellation.objects.create(visit=visit, reason=reason, cancelled_at=at, cancelled_by=user_of(acting_user))
    finish(submission, visit.pk)
    return visit


def _lock_referrals(chain: Chain) -> None:
    """One save at a time makes referral links of a chain: two that share no client can close a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_REFERRAL_LOCK, chain.pk])


def _locked(visit_id: int, chain: Chain, version: int | None) -> Visit:
    # Locked first, then read: what is joined to a row that a lock waits for stays as it was before the wait.
    list(Visit.objects.filter(pk=visit_id, chain=chain).locked().values_list("pk"))
    visit = Visit.objects.filter(pk=visit_id, chain=chain).with_plan().select_related("location").get()
    visit.chain = visit.location.chain = chain
    if version is not None and visit.version != version:
        raise _stale()
    return visit


def _stale() -> Refusal:
    return Refusal(
        Code.STALE_EDIT, _("The visit was saved by someone else meanwhile. Look at it as it is now, then edit again.")
    )


def _check_place_and_time(visit: Visit, plan: Plan, location: Location, at: datetime) -> None:
    """An arrived visit keeps its client, location and start (``locked``); none is arrived before its day.

    A bill without a guest gets one once; it may have none where its location allows that, and a sale anywhere
    (``unknown_client``).
    """
    had_none_here = visit.pk and visit.client_id is None and visit.location_id == location.pk and not visit.is_sale
    may_have_none = location.bills_without_guest or had_none_here or plan.is_sale
    if plan.client_id is None and not may_have_none:
        raise Refusal(
            Code.UNKNOWN_CLIENT,
            _("This location makes no bills without a guest. Type the guest's phone."),
            field="guest_phone",
        )
    if visit.pk and visit.status == Status.ARRIVED:
        kept = (visit.client_id or plan.client_id, visit.location_id, visit.starts_at)
        if kept != (plan.client_id, plan.location_id, plan.starts_at):
            raise Refusal(
                Code.LOCKED,
                _("The guest has arrived, so client, location and start stay. Move the visit back to change them."),
                field="status",
            )
    if plan.status is Status.ARRIVED and plan.starts_on > location.local_date(at):
        raise Refusal(
            Code.INVALID_DATE,
            _("The visit is on a later day, so the guest cannot have arrived. Change the start or the status."),
            field="starts_at",
        )


def _check_shown(settlement: Settlement, **shown: Decimal | None) -> None:
    """Refuse ``stale_edit`` where a figure is no longer the one that the page showed; None was not shown."""
    sentences = {
        "due": _("What is due changed since the page was shown. Look at the new figures, then save again."),
        "value": _("What is sold beside the bill changed since the page was shown. Look at it, then save again."),
        "left": _("What is left to pay changed since the page was shown. Look at the new figures, then save again."),
    }
    for name, figure in shown.items():
        if figure is not None and figure != getattr(settlement, name):
            raise Refusal(Code.STALE_EDIT, sentences[name])


def _moved(visit: Visit, plan: Plan, location: Location) -> Visit:
    """The saved visit at the place and time of the plan: the history before it is the one before its new start.

    A referral that was planned where another program stands comes under the one that stands here.
    """
    if visit.referral_terms and visit.location_id != location.pk:
        here = places_around(location).here
        if here is None or here.id != visit.referral_terms.program_id:
            visit.referral_terms = None
    visit.client_id, visit.location = plan.client_id, location
    visit.starts_at, visit.starts_on = plan.starts_at, plan.starts_on
    return visit


def _lock_guest(plan: Plan, visit: Visit) -> Inviter:
    """Lock the guest and the inviter: whoever has the phone of the plan, else whom the guest's link names."""
    if plan.client_id is None:
        return Inviter()
    if plan.referral:
        inviter = find_inviter(plan, visit, None)
        _lock_clients(plan, inviter)
        return inviter
    links = links_elsewhere(plan.client_id, visit.pk).values("inviter")
    both = Client.objects.filter(pk=plan.client_id).order_by().values("pk").union(links)
    locked = Client.objects.filter(pk__in=both).locked().values_list("pk", flat=True)
    return Inviter(next((pk for pk in locked if pk != plan.client_id), None))


def _lock_clients(plan: Plan, inviter: Inviter) -> None:
    wanted = [client_id for client_id in (plan.client_id, inviter.client_id) if client_id]
    list(Client.objects.filter(pk__in=wanted).locked().values_list("pk"))


def _holders_of(plan: Plan, visit: Visit, inviter: Inviter) -> QuerySet[Holder, Any]:
    """The holders of guest and inviter, of the cards in the plan, and those that the visit's rows and value lines name.

    A subquery of the statement that locks them; a union, so that each part is looked up by its index.
    """
    clients = [each for each in (plan.client_id, inviter.client_id) if each]
    parts: list[QuerySet[Any, Any]] = []
    if plan.holder_ids:
        parts.append(Holder.objects.filter(chain=visit.chain, pk__in=plan.holder_ids).values("pk"))
    if plan.card_ids:
        parts.append(Card.objects.filter(chain=visit.chain, pk__in=plan.card_ids).values("holder"))
    if plan.membership_ids:
        counters = MembershipCounter.objects.filter(membership__in=plan.membership_ids, membership__chain=visit.chain)
        parts.append(counters.values("holder"))
    if visit.pk:
        parts.append(Transaction.objects.of_visit(visit.pk).values("holder"))
    if visit.pk and plan.value:
        parts.append(ValueLine.objects.filter(visit=visit.pk).values("holder"))
        sold = MembershipCounter.objects.filter(membership__periods__visit=visit.pk)
        parts.append(sold.values("holder"))
    return Holder.objects.filter(client__in=clients).values("pk").union(*parts)


def _open(plan: Plan, visit: Visit, inviter: Inviter, *, at: datetime, acting_user: Acting) -> Journal:
    return open_journal(
        chain=visit.chain,
        holder_ids=_holders_of(plan, visit, inviter),
        at=at,
        acting_user=acting_user,
        location=visit.location,
        undoable=Q(visit=visit.pk) if visit.pk else None,
    )


def _write(
    visit: Visit,
    plan: Plan,
    desk: Desk,
    settlement: Settlement,
    inviter: Inviter,
    usual: Mapping[int, Decimal],
    journal: Journal,
) -> KeptLines:
    """Keep the plan, post the difference to the ledger, make or undo the link; returns the lines as they are kept."""
    acts, at = plan.status is Status.ARRIVED, journal.books.at
    visit.settled_at = (visit.settled_at or at) if settlement.is_settled else None
    promotions = visit.promotions.all() if visit.pk else []
    sold_value = visit.sells_value
    kept = keep_plan(
        visit, plan, settlement, inviter, desk, usual, journal.batch, at=at, acting_user=journal.acting_user
    )
    receiver = _receiver(settlement, journal)
    granted = open_holders(journal, visit, kept.value_lines) if settlement.is_settled else []
    if acts:
        wanted = wanted_rows(settlement, kept.line_ids, receiver, granted)
    else:
        # What was debited at the start of the appointment is all that a visit does which is not arrived.
        pairs = zip(plan.covers, settlement.covers, strict=True)
        wanted = wanted_uses([cover for choice, cover in pairs if choice.is_debited], kept.line_ids)
    post(journal, visit, wanted)
    if sold_value or plan.value:
        take_back(journal, visit, kept.value_lines if settlement.is_settled else [])
    journal.write_rows()
    after_uses(journal)
    keep_promotions(visit, promotions, kept_promotions(plan, desk, settlement, receiver), journal.batch)
    _keep_link(visit, desk, settlement, inviter, at, acts=acts)
    return kept


def _keep_link(visit: Visit, desk: Desk, settlement: Settlement, inviter: Inviter, at: datetime, *, acts: bool) -> None:
    discount = settlement.referral_discount
    invited = acts and discount is not None and discount.problem is None
    link = visit.referral_link if desk.standing.inviter_id else None
    if link and not (invited and link.inviter_id == inviter.client_id):
        link.delete()
        link = None
    invitation = desk.referral.invitation
    if invited and not link and visit.client_id and inviter.client_id and invitation and invitation.terms:
        ReferralLink.objects.create(
            chain=visit.chain,
            guest_id=visit.client_id,
            inviter_id=inviter.client_id,
            program_id=invitation.terms.id,
            visit=visit,
            made_at=at,
        )


def _receiver(settlement: Settlement, journal: Journal) -> Receiver | None:
    """The inviter's card that is credited or counted on; issued now if there is none."""
    referral = settlement.referral
    if referral is None or not settlement.is_settled:
        return None
    if not referral.needs_card:
        return Receiver(referral.card_id, referral.holder_id) if referral.card_id else None
    card = add_card(
        client=Client(pk=referral.inviter_id, chain=journal.books.chain),
        card_type_id=referral.card_type.id,
        at=journal.books.at,
        acting_user=journal.acting_user,
    )
    journal.add_holder(card.holder)
    return Receiver(card.pk, card.holder_id)

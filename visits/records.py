"""Keeps the plan of a visit and what promotions were on it; nothing here touches the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Model

from chains.acting import Acting, user_of
from chains.batches import Batch
from loyalty.rules.desk import Desk, KeptTerms, Key, Receiver
from loyalty.rules.money import ZERO
from loyalty.rules.plan import DiscountChoice, PaymentChoice, Plan, Status
from loyalty.rules.settlement import Settlement
from visits.desk import Inviter, pinned_referral
from visits.models import ValueLine, Visit, VisitCover, VisitLine, VisitMeans, VisitPayment, VisitPromotion


@dataclass(frozen=True)
class KeptLines:
    """The lines of a visit as they are kept, in order: the ids of its lines, and its value lines."""

    line_ids: list[int]
    value_lines: list[ValueLine]

    @classmethod
    def of(cls, plan: Plan) -> KeptLines:
        """Those of a plan that is kept already."""
        return cls(
            [line.line_id or 0 for line in plan.lines], [ValueLine(pk=each.value_line_id) for each in plan.value]
        )


@dataclass(frozen=True)
class KeptPromotion:
    """A row of ``VisitPromotion`` as it should be."""

    terms_id: int
    card_type_terms_id: int | None
    position: int | None = None
    eligible: bool = False
    fired: bool = False
    free_units: int = 0


def keep_plan(
    visit: Visit,
    plan: Plan,
    settlement: Settlement,
    inviter: Inviter,
    desk: Desk,
    usual: Mapping[int, Decimal],
    batch: Batch,
    *,
    at: datetime,
    acting_user: Acting,
) -> KeptLines:
    """Save the visit with its lines, value lines, means and payments; returns the lines as they are kept.

    Means, payments and what changes of lines are added to the batch.
    ``usual`` are the catalogue prices of what is newly put on the bill, by item.
    """
    is_new = visit.pk is None
    _keep_referral(visit, plan, inviter, desk)
    visit.client_id, visit.location_id = plan.client_id, plan.location_id
    visit.starts_at, visit.starts_on, visit.status = plan.starts_at, plan.starts_on, plan.status
    visit.sold, visit.discount, visit.due = settlement.sold, settlement.discount, settlement.due
    visit.points_paid, visit.paid = settlement.points_paid, settlement.paid
    visit.value, visit.left = settlement.value, settlement.left
    visit.recorded = sum((amount for _method, amount in settlement.payments), ZERO)
    sold_value, visit.sells_value = visit.sells_value, bool(plan.value)
    visit.is_sale = plan.is_sale
    had_covers, visit.has_covers = visit.has_covers, bool(plan.covers)
    by_promotions = sum((line.promotion_discount for line in settlement.lines), ZERO)
    visit.manual_discount = settlement.discount - by_promotions
    visit.version, visit.saved_at, visit.saved_by = visit.version + 1, at, user_of(acting_user)
    visit.save()
    line_ids = _keep_lines(visit, plan, settlement, usual, batch, is_new=is_new)
    value_lines = _keep_value_lines(visit, plan) if sold_value or plan.value else []
    if had_covers or plan.covers:
        _keep_covers(visit, plan, line_ids, batch, is_new=is_new)
    _keep_means(visit, plan, settlement, batch, is_new=is_new)
    _keep_payments(visit, settlement, batch, is_new=is_new)
    return KeptLines(line_ids, value_lines)


def in_figures(plan: Plan, settlement: Settlement) -> Plan:
    """The plan as the visit keeps it: "the most" and "the rest" as the figures that they were, and nothing of zero."""
    computed = {turn.holder_id: turn.amount for turn in settlement.means}
    typed = {
        choice.holder_id: replace(choice, amount=computed.get(choice.holder_id)) if choice.amount is None else choice
        for choice in plan.means
    }
    return replace(
        plan,
        means=tuple(choice for choice in typed.values() if choice.amount),
        payments=tuple(PaymentChoice(method, amount) for method, amount in settlement.payments if amount),
    )


def _keep_referral(visit: Visit, plan: Plan, inviter: Inviter, desk: Desk) -> None:
    """A referral that stays keeps its terms; a new one takes those in force."""
    if not pinned_referral(plan, visit, inviter):
        program = desk.referral.program if plan.referral else None
        visit.referral_terms_id = program.terms_id if program else None
        visit.referral_discount_terms_id = program.discount.terms_id if program else None
        visit.referral_cashback_terms_id = program.cashback.terms_id if program else None
    visit.referral_phone = plan.referral
    visit.inviter_id = inviter.client_id if plan.referral else None


def _keep_lines(
    visit: Visit, plan: Plan, settlement: Settlement, usual: Mapping[int, Decimal], batch: Batch, *, is_new: bool
) -> list[int]:
    """Lines that left the plan stay as removed, for the ledger rows that name them."""
    existing = {} if is_new else {line.pk: line for line in visit.lines.all()}
    lines = []
    for position, (planned, settled) in enumerate(zip(plan.lines, settlement.lines, strict=True)):
        line = existing.pop(planned.line_id or 0, None) or VisitLine(
            visit=visit, usual_price=usual.get(planned.item_id)
        )
        line.position, line.removed = position, False
        line.item_id, line.kind, line.category_id = planned.item_id, planned.kind, planned.category_id
        line.quantity, line.unit_price = planned.quantity, planned.unit_price
        line.manual_discount = planned.manual_discount
        line.sold, line.due, line.free_units = settled.sold, settled.due, settled.free_units
        line.covered, line.covered_units = settled.covered, settled.covered_units
        lines.append(line)
    gone = [line for line in existing.values() if not line.removed]
    for line in gone:
        line.removed = True
    batch.update([*(line for line in lines if line.pk), *gone], *_LINE_COLUMNS)
    VisitLine.objects.bulk_create([line for line in lines if line.pk is None])
    return [line.pk for line in lines]


_LINE_COLUMNS = [
    "position",
    "quantity",
    "unit_price",
    "manual_discount",
    "sold",
    "due",
    "free_units",
    "covered",
    "covered_units",
    "removed",
]


def _keep_value_lines(visit: Visit, plan: Plan) -> list[ValueLine]:
    """Value lines that left the plan stay as removed, like lines; returns those on the bill, in order."""
    existing = {line.pk: line for line in visit.value_lines.all()}
    kept = []
    for position, planned in enumerate(plan.value):
        line = existing.pop(planned.value_line_id or 0, None) or ValueLine(visit=visit)
        line.position, line.removed = position, False
        if (line.kind, line.subject_id) != (planned.kind, planned.subject_id):
            line.holder = None  # what was granted, and taken back, was something else
        line.kind, line.subject_id = planned.kind, planned.subject_id
        line.price, line.amount, line.number = planned.price, planned.amount, planned.number
        line.recipient_name, line.recipient_email = planned.recipient.name, planned.recipient.email
        line.recipient_message, line.send_on = planned.recipient.message, planned.recipient.send_on
        line.begins_on = planned.begins_on
        line.save()
        kept.append(line)
    ValueLine.objects.filter(pk__in=existing).update(removed=True)
    return kept


def _keep_covers(visit: Visit, plan: Plan, line_ids: list[int], batch: Batch, *, is_new: bool) -> None:
    rows = [
        VisitCover(
            visit=visit,
            position=position,
            membership_id=each.membership_id,
            line_id=line_ids[each.line],
            units=each.units,
            with_code=each.with_code,
            is_debited=each.is_debited,
        )
        for position, each in enumerate(plan.covers)
    ]
    before = [] if is_new else visit.covers.all()
    columns = ["position", "units", "with_code", "is_debited"]
    _keep(VisitCover, before, rows, ["membership_id", "line_id"], columns, batch)


def _keep_means(visit: Visit, plan: Plan, settlement: Settlement, batch: Batch, *, is_new: bool) -> None:
    """What staff typed is kept; "the most" as the figure that it was."""
    rows = [
        VisitMeans(
            visit=visit,
            position=position,
            holder_id=each.holder_id,
            amount=each.amount or ZERO,
            with_code=each.with_code,
        )
        for position, each in enumerate(in_figures(plan, settlement).means)
        if each.amount is not None
    ]
    _keep(
        VisitMeans, [] if is_new else visit.means.all(), rows, ["holder_id"], ["position", "amount", "with_code"], batch
    )


def _keep_payments(visit: Visit, settlement: Settlement, batch: Batch, *, is_new: bool) -> None:
    rows = [
        VisitPayment(visit=visit, position=position, method=method, amount=amount)
        for position, (method, amount) in enumerate(settlement.payments)
    ]
    _keep(VisitPayment, [] if is_new else visit.payments.all(), rows, ["method"], ["position", "amount"], batch)


def kept_promotions(
    plan: Plan, desk: Desk, settlement: Settlement, receiver: Receiver | None
) -> dict[Key, KeptPromotion]:
    """What promotions are on the visit: those applied by staff, those that it counts for, those that fired."""
    kept: dict[Key, KeptPromotion] = {}
    if plan.status is Status.ARRIVED:
        for each in settlement.participations:
            kept[(each.card_id, each.promotion.id)] = KeptPromotion(
                each.promotion.terms_id,
                each.card_type.terms_id if each.card_type else None,
                None,
                each.eligible,
                each.fired,
                each.free_units,
            )
    referral = settlement.referral
    if receiver and referral and referral.firing.eligible:
        key, fires = (receiver.card_id, referral.promotion.id), referral.firing.fires
        counted = KeptPromotion(
            referral.promotion.terms_id, referral.card_type.terms_id, None, eligible=True, fired=fires
        )
        # Where nothing is given, what it was counted under before stays.
        kept[key] = counted if fires else kept.get(key, counted)
    for position, choice in enumerate(plan.discounts):
        key = (choice.card_id, choice.promotion_id)
        terms = _planned_terms(choice, desk)
        planned = KeptPromotion(terms.promotion.terms_id, terms.card_type.terms_id, position)
        acted = kept.get(key, planned)
        kept[key] = replace(planned, eligible=acted.eligible, fired=acted.fired, free_units=acted.free_units)
    return kept


def _planned_terms(choice: DiscountChoice, desk: Desk) -> KeptTerms:
    card = desk.card(choice.card_id)
    assert card is not None
    in_force = desk.terms_in_force(card, choice.promotion_id)
    return desk.pinned.get((choice.card_id, choice.promotion_id), in_force)


def planned_promotions(visit: Visit) -> dict[Key, KeptPromotion]:
    """The discounts that staff applied, as a visit keeps them that does not act."""
    return {
        (each.card_id, each.promotion_id): KeptPromotion(each.terms_id, each.card_type_terms_id, each.position)
        for each in visit.promotions.all()
        if each.position is not None
    }


def keep_promotions(
    visit: Visit, before: Iterable[VisitPromotion], wanted: Mapping[Key, KeptPromotion], batch: Batch
) -> None:
    """Make the visit's rows, which were ``before``, those wanted; where nothing changed, nothing is written."""
    rows = [
        VisitPromotion(visit=visit, card_id=card_id, promotion_id=promotion_id, **vars(each))
        for (card_id, promotion_id), each in wanted.items()
    ]
    columns = [each.name for each in fields(KeptPromotion)]
    _keep(VisitPromotion, before, rows, ["card_id", "promotion_id"], columns, batch)


Row = TypeVar("Row", bound=Model)


def _keep(
    model: type[Row], before: Iterable[Row], wanted: Iterable[Row], key: list[str], columns: list[str], batch: Batch
) -> None:
    """Write the rows of a visit that are new or changed, with the batch, and delete those that are left over."""

    def values(row: Row, names: list[str]) -> tuple[Any, ...]:
        return tuple(getattr(row, name) for name in names)

    left = {values(row, key): row for row in before}
    changed = []
    for row in wanted:
        old = left.pop(values(row, key), None)
        if old is None or values(old, columns) != values(row, columns):
            changed.append(row)
    if left:
        model._default_manager.filter(pk__in=[row.pk for row in left.values()]).delete()
    batch.insert(changed, unique=["visit_id", *key], update=columns)

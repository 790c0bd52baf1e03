"""A saved visit as the plan that it keeps."""

from loyalty.rules.plan import (
    CoverChoice,
    DiscountChoice,
    MeansChoice,
    PaymentChoice,
    PaymentMethod,
    Plan,
    PlanLine,
    PlanValue,
    Status,
)
from loyalty.rules.terms import ItemKind
from visits.models import ValueLine, Visit, VisitLine


def plan_of(visit: Visit) -> Plan:
    """The plan as it was last saved: every amount a figure, none "the most" or "the rest"."""
    chosen = sorted(
        (each for each in visit.promotions.all() if each.position is not None and each.card_id is not None),
        key=lambda each: each.position or 0,
    )
    return Plan(
        client_id=visit.client_id,
        location_id=visit.location_id,
        starts_at=visit.starts_at,
        starts_on=visit.starts_on,
        status=Status(visit.status),
        lines=tuple(plan_line_of(line) for line in visit.lines.all() if not line.removed),
        discounts=tuple(DiscountChoice(each.card_id or 0, each.promotion_id) for each in chosen),
        referral=visit.referral_phone,
        means=tuple(MeansChoice(each.holder_id, each.amount, each.with_code) for each in visit.means.all()),
        payments=tuple(PaymentChoice(PaymentMethod(each.method), each.amount) for each in visit.payments.all()),
        value=kept_value(visit),
        covers=_kept_covers(visit),
    )


def _kept_covers(visit: Visit) -> tuple[CoverChoice, ...]:
    """What memberships cover; most visits have none, and are asked for none."""
    if not visit.has_covers:
        return ()
    places = {line.pk: index for index, line in enumerate(line for line in visit.lines.all() if not line.removed)}
    return tuple(
        CoverChoice(each.membership_id, places[each.line_id], each.units, each.with_code, each.is_debited)
        for each in visit.covers.all()
        if each.line_id in places
    )


def kept_value(visit: Visit) -> tuple[PlanValue, ...]:
    """The value lines of the plan as it was last saved."""
    return tuple(line.as_plan() for line in kept_value_lines(visit))


def kept_value_lines(visit: Visit) -> list[ValueLine]:
    """The value lines on the bill; most visits have none, and are asked for none."""
    return [line for line in visit.value_lines.all() if not line.removed] if visit.sells_value else []


def plan_line_of(line: VisitLine) -> PlanLine:
    return PlanLine(
        item_id=line.item_id,
        kind=ItemKind(line.kind),
        category_id=line.category_id,
        quantity=line.quantity,
        unit_price=line.unit_price,
        manual_discount=line.manual_discount,
        line_id=line.pk,
    )

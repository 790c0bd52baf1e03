"""What staff may do by hand to a line: another price than the usual one, a discount, an unusual quantity.

And to a value line: sell it, and at another price than what it grants, or than its type costs.

Only what a save changes is checked; what stands from somebody who may stays valid while it is left as it was.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from chains.access import Right
from chains.acting import Actor, Authority, authority_by
from chains.catalog.models import Item
from chains.refusals import Code, Refusal
from loyalty.memberships.models import MembershipType
from loyalty.rules.bill import MOST_UNITS, is_amount, is_percent
from loyalty.rules.money import HUNDRED
from loyalty.rules.plan import Plan, PlanLine, PlanValue
from loyalty.rules.value import VALUE
from visits.models import Visit, VisitLine
from visits.plans import kept_value
from visits.value import MEMBERSHIP


def usual_price(item: Item, places: int) -> Decimal:
    """The item's price at the currency's own precision."""
    return item.price.quantize(Decimal(1).scaleb(-places))


def usual_prices(plan: Plan, visit: Visit) -> dict[int, Decimal]:
    """The catalogue prices of what the plan newly puts on the bill, by item."""
    saved = _saved_lines(visit)
    new = {line.item_id for line in plan.lines if line.line_id not in saved}
    items = Item.objects.filter(chain=visit.chain, pk__in=new) if new else []
    return {item.pk: usual_price(item, visit.chain.places) for item in items}


def check_hand_work(*, plan: Plan, visit: Visit, usual: Mapping[int, Decimal], actor: Actor) -> None:
    """Refuse what whoever acts may not do by hand, in the order of lines (docs/rules.md, sections 2 and 9).

    ``forbidden`` for a changed price without the right, ``discount_over_limit`` for more taken off than their
    limit, ``invalid_amount`` for an unusual quantity that nobody confirmed.
    """
    nobody = authority_by(None, visit.chain)
    if not hand_refusals(plan, visit, usual, nobody) and not value_refusals(plan, visit, nobody):
        return  # What nobody needs a right for is asked of no access.
    for refusal in (*hand_refusals(plan, visit, usual, actor.authority), *value_refusals(plan, visit, actor.authority)):
        raise refusal


def hand_refusals(plan: Plan, visit: Visit | None, usual: Mapping[int, Decimal], authority: Authority) -> list[Refusal]:
    """Every line that goes beyond the authority; lines that no bill can have are left for the rules to refuse."""
    saved = _saved_lines(visit) if visit else {}
    refusals = []
    for index, line in enumerate(plan.lines):
        before = saved.get(line.line_id or 0)
        known = before.unit_price if before else usual.get(line.item_id)
        if known is None or not _is_possible(line):
            continue
        reference = (before.usual_price if before else None) or known
        if line.unit_price != known and not authority.has(Right.CHANGE_PRICE):
            refusals.append(_forbidden_price(f"lines.{index}.unit_price"))
        elif not _stands(line, before) and _is_over(line, reference, authority.discount_limit):
            refusals.append(_over_limit(index, line, authority))
        elif not line.quantity_confirmed and _is_unusual(line, before, authority.most_units):
            refusals.append(_unusual_quantity(index, line))
    return refusals


def value_refusals(plan: Plan, visit: Visit | None, authority: Authority) -> list[Refusal]:
    """Every new or changed value line that goes beyond the authority; putting one aside sells nothing."""
    saved = {each.value_line_id: each for each in kept_value(visit)} if visit and plan.value else {}
    changed = {index: each for index, each in enumerate(plan.value) if each != saved.get(each.value_line_id)}
    refusals, usual = [], _prices_of_memberships(changed.values())
    for index, value in changed.items():
        before = saved.get(value.value_line_id) if value.value_line_id else None
        if not (is_amount(value.price, 4) and is_amount(value.amount, 4)):
            continue  # The rules refuse it, beside the figure that it is.
        stands = before is not None and (before.price, before.amount) == (value.price, value.amount)
        price = usual.get(value.subject_id, value.amount) if value.kind == MEMBERSHIP else value.amount
        has_own_price = not stands and not VALUE[value.kind].priced_as_granted and value.price != price
        if not authority.has(Right.SELL_VALUE):
            refusals.append(_forbidden_sale(index))
        elif has_own_price and not authority.has(Right.CHANGE_PRICE):
            refusals.append(_forbidden_price(f"value.{index}.price"))
        elif has_own_price and value.price < price * (HUNDRED - authority.discount_limit) / HUNDRED:
            refusals.append(_too_cheap(f"value.{index}.price", authority))
    return refusals


def _prices_of_memberships(lines: Iterable[PlanValue]) -> dict[int | None, Decimal]:
    """What membership types on these lines cost, by their ids; bills without any ask nothing."""
    types = {each.subject_id for each in lines if each.kind == MEMBERSHIP and each.subject_id}
    if not types:
        return {}
    return dict(MembershipType.objects.filter(pk__in=types).values_list("pk", "terms__price"))


def _forbidden_sale(index: int) -> Refusal:
    return Refusal(
        Code.FORBIDDEN,
        _("Only who has the right to sell gift cards and to top up accounts may do so. Put this aside."),
        field=f"value.{index}.subject",
    )


def _saved_lines(visit: Visit) -> dict[int, VisitLine]:
    return {line.pk: line for line in visit.lines.all() if not line.removed} if visit.pk else {}


def _is_possible(line: PlanLine) -> bool:
    # Amounts finer than the minor unit are the rules' to refuse; here the figures must only be figures.
    return 1 <= line.quantity <= MOST_UNITS and is_amount(line.unit_price, 4) and is_percent(line.manual_discount)


def _stands(line: PlanLine, before: VisitLine | None) -> bool:
    """Whether price and discount are as they were saved, and no more units have them."""
    if before is None or line.quantity > before.quantity:
        return False
    return (line.unit_price, line.manual_discount) == (before.unit_price, before.manual_discount)


def _is_unusual(line: PlanLine, before: VisitLine | None, most_units: int | None) -> bool:
    return most_units is not None and line.quantity > max(most_units, before.quantity if before else 0)


def _is_over(line: PlanLine, reference: Decimal, most_percent: Decimal) -> bool:
    """Whether the discount alone, or with a price below the usual one, takes off more than ``most_percent``.

    The discount is looked at alone too: a price that was raised first must not make room for it.
    """
    remains = line.unit_price * (HUNDRED - line.manual_discount)
    return line.manual_discount > most_percent or remains < reference * (HUNDRED - most_percent)


def _forbidden_price(field: str) -> Refusal:
    return Refusal(
        Code.FORBIDDEN,
        _("Only who has the right to change a price within a visit may do so. Leave the price as it is."),
        field=field,
    )


def _over_limit(index: int, line: PlanLine, authority: Authority) -> Refusal:
    field = "manual_discount" if line.manual_discount else "unit_price"
    return _too_cheap(f"lines.{index}.{field}", authority)


def _too_cheap(field: str, authority: Authority) -> Refusal:
    if authority.discount_limit:
        sentence = _(
            "You may take off at most %(most)s %% of the usual price, price and discount together. "
            "Type less, or ask somebody who may give more."
        )
    else:
        sentence = _("You may give no discounts by hand. Take it back, or ask somebody who may.")
    most = number_format(authority.discount_limit.normalize(), use_l10n=True) if authority.discount_limit else "0"
    return Refusal(Code.DISCOUNT_OVER_LIMIT, sentence, field=field, params={"most": most})


def _unusual_quantity(index: int, line: PlanLine) -> Refusal:
    return Refusal(
        Code.INVALID_AMOUNT,
        _("%(quantity)s are more than usual. If so many are meant, tick the box beside it; else correct the quantity."),
        field=f"lines.{index}.quantity",
        params={"quantity": line.quantity},
    )

"""Who may put something on a bill at another price than the usual one."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from chains.access import Right
from chains.models import Access, User
from chains.refusals import Code, Refusal
from loyalty.rules.plan import Plan, PlanLine
from visits.models import Item, Visit


def usual_price(item: Item, places: int) -> Decimal:
    """The item's price at the currency's own precision."""
    return item.price.quantize(Decimal(1).scaleb(-places))


def check_prices(*, plan: Plan, visit: Visit, acting_user: User | None) -> None:
    """Refuse ``forbidden`` for a price that is neither the saved nor the usual one, without the right to change it.

    Without an ``acting_user`` it is the program itself that saves, which may.
    """
    if acting_user is None:
        return
    changed = _changed_line(plan, visit)
    if changed is not None and not _may_change_prices(acting_user, visit):
        raise Refusal(
            Code.FORBIDDEN,
            _("Only who has the right to change a price within a visit may do so. Leave the price as it is."),
            field=f"lines.{changed}.unit_price",
        )


def _changed_line(plan: Plan, visit: Visit) -> int | None:
    """The first line at a price of its own."""
    saved = {line.pk: line.unit_price for line in visit.lines.all()} if visit.pk else {}
    new = {line.item_id for line in plan.lines if line.line_id not in saved}
    items = Item.objects.filter(chain=visit.chain, pk__in=new) if new else []
    usual = {item.pk: usual_price(item, visit.chain.places) for item in items}

    def is_changed(line: PlanLine) -> bool:
        known = saved[line.line_id] if line.line_id in saved else usual.get(line.item_id)
        return known is not None and line.unit_price != known

    return next((index for index, line in enumerate(plan.lines) if is_changed(line)), None)


def _may_change_prices(user: User, visit: Visit) -> bool:
    access = Access.objects.open_to(user).filter(chain=visit.chain).first()
    return access is not None and access.has(Right.CHANGE_PRICE)

"""A membership under draft terms: its days if it were sold today, and a bill that it covers.

Nothing is computed here: the days, the values and the bill come of the functions that the desk uses (docs/rules.md,
section 14).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chains.models import Chain
from config.ui.figures import format_money
from loyalty.example_bills.shown import Result, ShownBill, lines_of
from loyalty.example_bills.worked import GUEST, UNLISTED, Story, Worked, line_within, plan_of
from loyalty.explanations.reasons import in_words
from loyalty.rules.desk import Desk
from loyalty.rules.memberships import Days, DeskCounter, DeskMembership, Frozen, first_days, values_of_uses
from loyalty.rules.money import ZERO
from loyalty.rules.plan import CoverChoice, PlanLine
from loyalty.rules.settlement import settle
from loyalty.rules.terms import ItemKind, MembershipType

MEMBERSHIP = 1
#: It is frozen so many days after it began, or where it is over by then from its first day on.
FROZEN_AFTER = 7
#: So much of what never ends is drawn.
_DRAWN = timedelta(days=365)


@dataclass(frozen=True)
class Part:
    """A part of the strip of days, in thousandths of it; ``name`` is what it is then."""

    name: str
    since: int
    length: int


@dataclass(frozen=True)
class ExampleDays:
    """The days of a membership that was sold today, with what its uses are worth, in their order."""

    days: Days
    values: tuple[Decimal, ...]

    @property
    def frozen(self) -> Frozen | None:
        return next(iter(self.days.frozen), None)

    @property
    def first_on(self) -> date:
        return self.days.first_on or self.days.sold_on

    @property
    def is_begun_by_itself(self) -> bool:
        return self.days.first_on is not None and self.days.first_on == self.days.latest_on

    @property
    def worth(self) -> list[tuple[int, Decimal]]:
        """How many uses are worth how much, in their order."""
        return [(count, value) for value, count in Counter(self.values).items()]

    @property
    def strip(self) -> list[Part]:
        """From the sale to the last day."""
        frozen, first_on = self.frozen, self.first_on
        after = (self.days.last_on or first_on + _DRAWN) + timedelta(days=1)
        marks = [("before", self.days.sold_on), ("covers", first_on)]
        if frozen:
            marks += [("frozen", frozen.first_on), ("covers", frozen.last_on + timedelta(days=1))]
        whole = max(1, (after - self.days.sold_on).days)
        places = [1000 * (day - self.days.sold_on).days // whole for _name, day in marks] + [1000]
        found = zip(marks, places, places[1:], strict=False)
        return [Part(name, since, until - since) for (name, _day), since, until in found if until > since]


def example_days(under: MembershipType, story: Story, *, places: int, today: date) -> ExampleDays:
    """When it begins, is frozen and ends, if it is sold today and the guest does what the story says."""
    day = today + timedelta(days=story.begins_after)
    days = first_days(under, sold_on=today, begins_on=day).on(day, under)
    if story.frozen:
        after = timedelta(days=FROZEN_AFTER)
        first_on = days.first_on or day
        begins = first_on + after if days.last_on is None or days.last_on >= first_on + after else first_on
        frozen = Frozen(begins, begins + timedelta(days=min(story.frozen, under.freeze_days) - 1))
        days = replace(days, frozen=(frozen,)).begun(days.first_on, under)
    return ExampleDays(days, values_of_uses(under.price, under.counts, places))


def worked_membership(under: MembershipType, story: Story, days: ExampleDays, *, places: int) -> Worked:
    """What it covers of a bill on its first day, of its first counter; the guest pays what is left in cash."""
    covered = line_within(ItemKind.SERVICE, under.counters[0].services, max(1, story.units), story.unit_price)
    others = PlanLine(UNLISTED, ItemKind.PRODUCT, None, 1, story.others)
    found = {name: line for name, line in (("covered", covered), ("others", others)) if line.unit_price}
    on = days.first_on
    plan = plan_of(tuple(found.values()), on, min(under.locations or (), default=0))
    if "covered" in found and story.units:
        plan = replace(plan, covers=(CoverChoice(MEMBERSHIP, 0, story.units),))
    membership = DeskMembership(
        MEMBERSHIP,
        GUEST,
        under,
        1,
        days.days,
        tuple(DeskCounter(each.key, each.services, each.count) for each in under.counters),
        values=days.values,
    )
    desk = Desk(places=places, today=on, begins_on=on, memberships=(membership,))
    return Worked(tuple(found), on, settle(plan, desk))


def shown_membership(worked: Worked, chain: Chain) -> ShownBill:
    """The bill that a membership covers, and what is left of it."""
    settlement = worked.settlement
    results, problems = [], []
    for cover in settlement.covers:
        if cover.problem and cover.problem.why:
            problems.append(_("It covers less: %(reason)s.") % {"reason": in_words(cover.problem.why, chain)})
        label = ngettext("%(count)s visit covered", "%(count)s visits covered", cover.units) % {"count": cover.units}
        results.append(Result(label, cover.amount, is_points=False, why=list(_left(cover.left))))
    if not results:
        results = [Result(_("Nothing on the bill is covered"), ZERO, is_points=False, why=[])]
    return ShownBill(worked.on, lines_of(worked), settlement, results, problems)


def _left(left: int | None) -> Iterator[str]:
    if left is not None:
        yield ngettext("%(count)s visit is left.", "%(count)s visits are left.", left) % {"count": left}


def days_in_words(days: ExampleDays, chain: Chain) -> list[tuple[str, str]]:
    """Day by day: what happens, and when; what a use is worth."""
    begins = _("Begins by itself") if days.is_begun_by_itself else _("Begins")
    told = [(_("Sold"), date_format(days.days.sold_on)), (begins, date_format(days.first_on))]
    if days.frozen:
        frozen = {"first": date_format(days.frozen.first_on), "last": date_format(days.frozen.last_on)}
        told.append((_("Frozen"), _("%(first)s to %(last)s") % frozen))
    told.append((_("Covers through"), date_format(days.days.last_on) if days.days.last_on else _("without end")))
    return [*told, (_("A visit is worth"), _worth(days.worth, chain))]


def _worth(worth: Sequence[tuple[int, Decimal]], chain: Chain) -> str:
    """Each value of a use, and of how many where they differ; uses without a count have none."""
    if not worth:
        return _("nothing by itself, as they are not counted")
    amounts = [(count, format_money(value, chain.currency)) for count, value in worth]
    if len(amounts) == 1:
        return amounts[0][1]
    return ", ".join(_("%(count)s × %(amount)s") % {"count": count, "amount": amount} for count, amount in amounts)

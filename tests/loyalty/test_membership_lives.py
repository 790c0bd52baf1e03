"""Whatever is done with memberships in whatever order: no more is covered than there is, every day and value fits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, note
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.memberships.models import Membership, MembershipPeriod, PeriodState
from loyalty.rules.memberships import last_day_with, values_of_uses
from loyalty.rules.terms import Begins
from tests.plugins.properties import ON_DATABASE
from visits.models import Visit
from visits.scenario.play import Player, Step, rolled_back
from visits.scenario.reader import read_text

START = datetime(2026, 1, 30, 9, 0)  # noqa: DTZ001 - the chain's local time, as a scenario writes it
PROGRAM: dict[str, Any] = {
    "title": "Random days",
    # Without clock changes, as every hour has to be there once.
    "chain": {"time_zone": "Atlantic/Reykjavik"},
    "locations": ["center"],
    "services": {"cut": 10.00, "colour": {"price": 7.01, "category": "hair"}},
    "clients": {"anna": "+4915112345601", "boris": "+4915112345602"},
    "promotions": {"tenth": {"kind": "discount_fixed", "value": 10}},
    "card_types": {"club": {"promotions": ["tenth"]}},
    "cards": ["anna.club", "boris.club"],
    "membership_types": {
        "month": {"pool": "overall", "uses": 3, "services": ["cut", "category:hair"], "price": 10.00,
                  "lasts": "1 month", "freeze_days": 9},
        "duo": {"pool": "split", "uses": {"cut": 2, "colour": 1}, "price": 20.00, "lasts": "3 weeks",
                "begins": "first_use", "begins_within": "10 days", "freeze_days": 4},
        "endless": {"pool": "unlimited", "services": ["cut"], "price": 30.00, "named": "yes"},
    },
}  # fmt: skip
GUESTS = st.sampled_from(["anna", "boris"])
LATER = st.sampled_from([0, 1, 5, 24, 24 * 3, 24 * 9, 24 * 20])
ACTIONS = ["sell", "sell", *["come"] * 6, *["edit"] * 4, "cancel", "cancel", "freeze", "freeze", "run", "run"]
ACTIONS += ["unfreeze", "block", "unblock", "adjust", "last day"]


@st.composite
def days(draw: DrawFn) -> list[dict[str, Any]]:
    """Steps of a scenario: visits and sales, what is done by hand, and the job, hours after the one before."""
    at, steps, visits, names = START, [], list[str](), list[str]()
    for number in range(draw(st.integers(4, 14))):
        at += timedelta(hours=draw(LATER), minutes=1)
        action = draw(st.sampled_from(ACTIONS if names else ["sell"]))
        if action in {"edit", "cancel"} and not visits:
            action = "run"
        step = draw(_step(action, at, names, visits))
        if action == "sell":
            names.append(f"m{len(names)}")
        if "checkout" in step:
            visits.append(f"s{number}")
        steps.append({"at": f"{at:%Y-%m-%d %H:%M}", "as": f"s{number}", **step})
    return steps


def _step(action: str, at: datetime, names: list[str], visits: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """What a step does beside saying when, as the scenario writes it."""
    of = st.sampled_from(names or ["m0"])
    day = st.integers(0, 8).map(lambda days: at + timedelta(days=days))
    began = st.sampled_from([0, 0, 0, 24, 24 * 8]).map(lambda hours: f"{at - timedelta(hours=hours):%Y-%m-%d %H:%M}")
    kind = st.sampled_from(["month", "duo", "endless"])
    seen = st.sampled_from(visits or ["s0"])
    status = st.sampled_from(["arrived", "arrived", "waiting", "no-show"])
    here: dict[str, Any] = {"client": GUESTS, "location": st.just("center"), "pay": st.just("rest")}
    sold = st.tuples(kind, st.just(f"m{len(names)}")).map(lambda each: [{"membership": each[0], "name": each[1]}])
    does: dict[str, st.SearchStrategy[dict[str, Any]]] = {
        "sell": st.fixed_dictionaries({"checkout": st.fixed_dictionaries({**here, "value": sold})}),
        "come": st.tuples(st.fixed_dictionaries({**here, "starts": began}), bills(names or ["m0"])).map(
            lambda each: {"checkout": {**each[0], **each[1]}}
        ),
        "edit": st.tuples(seen, status, bills(names or ["m0"])).map(
            lambda each: {"edit": {"visit": each[0], "status": each[1], **each[2], "pay": "rest"}}
        ),
        "cancel": seen.map(lambda visit: {"cancel": visit}),
        "freeze": st.tuples(of, day, day).map(
            lambda each: {"freeze": {"membership": each[0], "from": f"{each[1]:%Y-%m-%d}", "to": f"{each[2]:%Y-%m-%d}"}}
        ),
        "adjust": st.tuples(of, st.sampled_from([1, 2, -1])).map(
            lambda each: {"adjust": {"membership": each[0], "amount": each[1], "comment": "By hand"}}
        ),
        "last day": st.tuples(of, day).map(
            lambda each: {"adjust": {"membership": each[0], "last_day": f"{each[1]:%Y-%m-%d}"}}
        ),
        "run": st.just({"run": "burning"}),
    }
    return does.get(action, of.map(lambda name: {action: name}))


@st.composite
def bills(draw: DrawFn, names: list[str]) -> dict[str, Any]:
    lines = [
        {"item": item, "quantity": draw(st.integers(1, 3)), "discount": draw(st.sampled_from([0, 0, 33.33]))}
        for item in draw(st.lists(st.sampled_from(["cut", "colour"]), min_size=1, max_size=2))
    ]
    pairs = st.tuples(st.sampled_from(names), st.integers(1, len(lines)))
    covers = [
        {"membership": name, "line": line, "units": draw(st.integers(1, 2))}
        for name, line in draw(st.lists(pairs, max_size=2, unique=True))
    ]
    return {"lines": lines, "memberships": covers}


@pytest.mark.django_db
def test_memberships_always_hold() -> None:
    @ON_DATABASE
    @given(days())
    def live(steps: list[dict[str, Any]]) -> None:
        note(yaml.safe_dump(steps, sort_keys=False))
        file = read_text(yaml.safe_dump({**PROGRAM, "steps": steps}, sort_keys=False), "random days")
        with rolled_back():
            player = Player(file)
            for entry in file.table()["steps"].list():
                if _names_what_is_not(player, entry.table()):
                    continue
                look_at(player, player.play(entry))

    live()


def _names_what_is_not(player: Player, keys: Any) -> bool:
    """Whether a step names a visit, or a membership, that an earlier one was refused to make."""
    written = yaml.safe_dump(_plain(keys))
    made = {name for name, step in player.named.items() if step.visit}
    granted = {name for name in player.world.sold if player.world.find_membership(_entry(name))}
    named = {word for word in written.split() if word[0] in "ms" and word[1:].isdigit()}
    own = {keys["as"].text()} | ({"m" + written.split("name: m")[1].split()[0]} if "name: m" in written else set())
    return bool(named - made - granted - own)


def _entry(name: str) -> Any:
    return read_text(name, name)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return _plain(value.value) if hasattr(value, "value") else value


def look_at(player: Player, step: Step) -> None:
    assert step.broken == [], step.broken
    assert step.refusal is None or step.wrote_nothing
    for membership in Membership.objects.filter(chain=player.world.chain).select_related("period", "terms"):
        look_at_membership(membership, player.world.chain.local_date(step.at), is_after_job=step.action == "run")
    for visit in Visit.objects.filter(chain=player.world.chain, has_covers=True):
        look_at_visit(visit)


def look_at_membership(membership: Membership, today: Any, *, is_after_job: bool) -> None:
    period, under = membership.period, membership.terms.as_rules()
    assert isinstance(period, MembershipPeriod)
    days = period.days()
    uses = [row.why for row in uses_of(membership)]
    units = [why["unit"] for why in uses if why.get("unit") is not None]
    assert len(units) == len(set(units))
    values = values_of_uses(period.price, under.counts, 2)
    assert all(Decimal(why["value"]) == values[why["unit"]] for why in uses if why.get("unit") is not None)
    base = period.base_last_on or (under.last_day(days.first_on) if days.first_on else None)
    assert days.last_on == last_day_with(base, days.first_on, days.frozen)
    assert sum(each.days for each in days.frozen) <= under.freeze_days
    pairs = zip(days.frozen, days.frozen[1:], strict=False)
    assert all(one.last_on < other.first_on for one, other in pairs)
    if under.begins is Begins.FIRST_USE and period.state == PeriodState.GRANTED:
        began = [why["on"] for why in uses]
        latest = [str(period.latest_on)] if period.latest_on and period.latest_on <= today else []
        assert days.first_on is not None or not began
        assert days.first_on is None or str(days.first_on) in {*began, *latest}
        assert not began or str(days.first_on) <= min(began)
    is_past = days.last_on is not None and days.last_on < today
    for counter in membership.held_counters.select_related("holder"):
        assert counter.holder.balance >= 0
        if counter.count is None or period.state == PeriodState.RETURNED or (is_past and is_after_job):
            assert counter.holder.balance == 0


def uses_of(membership: Membership) -> Iterator[Transaction]:
    holders = membership.held_counters.values("holder")
    rows = Transaction.objects.standing().filter(holder__in=holders, kind=TransactionKind.MEMBERSHIP_USE)
    yield from rows.order_by("pk")


def look_at_visit(visit: Visit) -> None:
    rows = Transaction.objects.of_visit(visit.pk).standing().filter(kind=TransactionKind.MEMBERSHIP_USE)
    if visit.status != "arrived":
        assert not rows.exists()
        return
    lines = visit.lines.filter(removed=False)
    assert sum(line.covered for line in lines) == visit.covered
    for line in lines:
        assert rows.filter(line=line).count() == line.covered_units <= line.quantity
        assert 0 <= line.due <= line.sold - line.covered

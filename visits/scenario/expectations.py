"""Compares what a step did with what the scenario says must come out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from django.db.models import Count, Sum

from chains.refusals import Code
from clients.messages.models import Message, MessageKind
from loyalty.cards.models import Card
from loyalty.gift_cards.models import GiftCard, GiftCardStatus
from loyalty.ledger.kinds import HolderKind, TransactionKind
from loyalty.ledger.models import Lot, Transaction
from loyalty.memberships.models import Membership, MembershipStatus
from loyalty.promotions.models import Promotion
from loyalty.rules import promotions as rules
from loyalty.rules.terms import PickedBy
from visits.checkout import preview
from visits.history import past_visits
from visits.models import ValueLine, Visit
from visits.plans import plan_of
from visits.scenario.play import Player, Step
from visits.scenario.reader import Entry
from visits.value import granted_lines

VISIT_FIGURES = ("sold", "discount", "covered", "due", "value", "paid", "left")


def first_difference(player: Player, step: Step) -> str | None:
    """What came out differently from what the step says, with its place; None when all is as it says."""
    return next(_differences(player, step), None)


def _differences(player: Player, step: Step) -> Iterator[str]:
    keys = step.entry.table()
    place = step.entry.place
    if "refused" in keys:
        expected = keys["refused"].one_of([*Code])
        if step.refusal is None:
            yield f"{place}: should be refused as {expected}, but was done"
        elif step.refusal.code != expected:
            yield f"{place}: should be refused as {expected}, but was refused as {step.refusal.code}: {step.refusal}"
        if step.refusal and not step.wrote_nothing:
            yield f"{place}: refused as {step.refusal.code}, yet something was written: {written(player, step)}"
    elif step.refusal is not None:
        yield f"{place}: refused as {step.refusal.code}: {step.refusal}"
    for broken in step.broken:
        yield f"{place}: the ledger does not add up: {broken}"
    if "expect" in keys:
        for name, entry in keys["expect"].table(EXPECTATIONS).items():
            yield from EXPECTATIONS[name](player, step, name, entry)


def _told(entry: Entry, what: str, expected: object, actual: object) -> Iterator[str]:
    if expected != actual:
        yield f"{entry.place}: {what} should be {shown(expected)}, is {shown(actual)}"


def shown(value: object) -> str:
    """A figure as it reads best in a message."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(shown(each) for each in value) + "]"
    return str(value)


def _visit(step: Step, entry: Entry) -> Visit:
    if step.visit is None:
        raise entry.error("this step has no visit")
    return Visit.objects.get(pk=step.visit.pk)


def _figure(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    yield from _told(entry, name, entry.decimal(), getattr(_visit(step, entry), name))


def _settled(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    yield from _told(entry, name, entry.truth(), _visit(step, entry).settled_at is not None)


def _most_points(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    visit = Visit.objects.with_plan().get(pk=_visit(step, entry).pk)
    seen = preview(location=visit.location, plan=plan_of(visit), visit=visit, at=step.at)
    most = {turn.holder_id: turn.alone for turn in seen.settlement.means}
    for card, expected in entry.table().items():
        actual = most.get(player.world.card(Entry(card, expected.place)).holder_id, Decimal(0))
        yield from _told(expected, f"{name} of {card}", expected.decimal(), actual)


def _most_means(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    """The most of each means at its turn: as if it had paid nothing and no money had been taken yet."""
    visit = Visit.objects.with_plan().get(pk=_visit(step, entry).pk)
    plan = replace(plan_of(visit), payments=())
    seen = preview(location=visit.location, plan=plan, visit=visit, at=step.at)
    for label, expected in entry.table().items():
        holder = player.world.find_holder(Entry(label, expected.place))
        turn = seen.settlement.turn_of(holder.pk) if holder else None
        yield from _told(expected, f"{name} of {label}", expected.decimal(), turn.most if turn else Decimal(0))


def _hand_back(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    yield from _told(entry, name, entry.decimal(), _visit(step, entry).to_hand_back or Decimal(0))


def _will_grant(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    """The names of what the bill sells and has not granted."""
    visit = _visit(step, entry)
    names = {line_id: label for label, line_id in player.world.sold.items()}
    granted = granted_lines(visit, Transaction.objects.of_visit(visit.pk).standing())
    on_bill = ValueLine.objects.filter(visit=visit, removed=False).values_list("pk", flat=True)
    actual = sorted(names[pk] for pk in on_bill if pk not in granted and pk in names)
    yield from _told(entry, name, sorted(each.text() for each in entry.list()), actual)


def _status(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    today = player.world.chain.local_date(step.at)
    for label, expected in entry.table().items():
        if membership := player.world.find_membership(Entry(label, expected.place)):
            found = Membership.objects.with_status(today).get(pk=membership.pk).status
            yield from _told(expected, f"status of {label}", expected.one_of([*MembershipStatus]), found)
            continue
        card = player.world.gift_card(Entry(label, expected.place))
        actual = GiftCard.objects.with_status(today).get(pk=card.pk).status
        yield from _told(expected, f"status of {label}", expected.one_of([*GiftCardStatus]), actual)


def _last_day(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    for label, expected in entry.table().items():
        if membership := player.world.find_membership(Entry(label, expected.place)):
            yield from _told(expected, f"last day of {label}", expected.text(), _day(membership, "last_on"))
            continue
        card = player.world.gift_card(Entry(label, expected.place))
        wanted = "never" if expected.text() == "never" else str(expected.date())
        yield from _told(expected, f"last day of {label}", wanted, str(card.last_on or "never"))


def _day(membership: Membership, column: str) -> str:
    return str(getattr(membership.period, column) or "never")


def _first_day(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    for label, expected in entry.table().items():
        membership = player.world.membership(Entry(label, expected.place))
        yield from _told(expected, f"first day of {label}", expected.text(), _day(membership, "first_on"))


def _unit_values(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    """What the standing uses of a membership are worth, in the order in which they were written."""
    for label, expected in entry.table().items():
        membership = player.world.membership(Entry(label, expected.place))
        rows = Transaction.objects.standing().filter(
            holder__in=membership.held_counters.values("holder"), kind=TransactionKind.MEMBERSHIP_USE
        )
        actual = [Decimal(row["value"]) for row in rows.order_by("pk").values_list("why", flat=True)]
        yield from _told(expected, f"unit values of {label}", [each.decimal() for each in expected.list()], actual)


def _balances(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    column = {"balances": "balance", "debt": "debt"}[name]
    for label, expected in entry.table().items():
        holder = player.world.find_holder(Entry(label, expected.place))
        actual = getattr(holder, column) if holder else Decimal(0)
        yield from _told(expected, f"{column} of {label}", expected.decimal(), actual)


def _lots(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    for label, expected in entry.table().items():
        card = player.world.card(Entry(label, expected.place))
        held = Lot.objects.with_points().filter(holder=card.holder_id)
        lots = sorted((each.lot for each in held.as_rules()), key=lambda lot: lot.order)
        actual = [[lot.remaining, str(lot.last_on or "never")] for lot in lots]
        wanted = [_lot(pair) for pair in expected.list()]
        yield from _told(expected, f"lots of {label}", wanted, actual)


def _lot(entry: Entry) -> list[Decimal | str]:
    pair = entry.list()
    if len(pair) != 2:
        raise entry.error("a lot reads [REMAINING, LAST DAY], the day as 2026-03-01 or never")
    return [pair[0].decimal(), "never" if pair[1].text() == "never" else str(pair[1].date())]


def _wrote(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    expected: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for each in entry.list():
        words = each.text().split()
        if len(words) not in (3, 4) or (len(words) == 4 and words[3] != "undo"):
            raise each.error("a row reads KIND HOLDER AMOUNT, with undo behind a counter-row")
        kind, holder, amount = (Entry(word, each.place) for word in words[:3])
        _known_holder(player, holder)
        expected[(kind.one_of(KINDS), holder.text(), " ".join(words[3:]))] += amount.decimal()
    actual = written_sums(player, step)
    if expected != actual:
        yield f"{entry.place}: wrote should be {_rows(expected)}, is {_rows(actual)}"


def _known_holder(player: Player, entry: Entry) -> None:
    world = player.world
    if entry.text().partition("/")[0] in {*world.sold, *world.gift_cards, *world.memberships}:
        return
    if "." not in entry.text():
        world.client(entry)
    elif world.names_account(entry):
        world.account_names(entry)
    else:
        world.card_names(entry)


#: Kinds of rows as a scenario calls them: whatever holds it, an opening balance is one.
KINDS = [kind for kind in TransactionKind if not kind.endswith("_opening_balance")]


def _kind(row: Transaction) -> str:
    is_opening = row.kind.endswith(TransactionKind.OPENING_BALANCE)
    return str(TransactionKind.OPENING_BALANCE) if is_opening else row.kind


def written_sums(player: Player, step: Step) -> dict[tuple[str, str, str], Decimal]:
    """The ledger rows of a step, those of one kind, holder and undo added up."""
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    sold = player.world.names_of_sold()
    for row in step.rows:
        sums[(_kind(row), _holder(row, sold), "undo" if row.undoes_id else "")] += row.amount
    return sums


def _holder(row: Transaction, sold: Mapping[int, str]) -> str:
    """A card or an account as CLIENT.TYPE, a gift card by its name, else the client."""
    whose = row.client.name if row.client else "none"
    if row.holder is None:
        return whose
    if row.card is not None:
        return f"{whose}.{row.card.card_type.name}"
    if row.holder.kind == HolderKind.ACCOUNT:
        return f"{row.holder.account.client.name}.{row.holder.account.account_type.name}"
    return sold.get(row.holder.pk, whose)


def _rows(sums: dict[tuple[str, str, str], Decimal]) -> str:
    rows = [" ".join([kind, holder, shown(amount), undo]).strip() for (kind, holder, undo), amount in sums.items()]
    return "[" + ", ".join(sorted(rows)) + "]"


def written(player: Player, step: Step) -> list[str]:
    """The ledger rows and messages of a step in the words of a scenario."""
    sold = player.world.names_of_sold()
    rows = [
        f"{_kind(row)} {_holder(row, sold)} {row.amount:.{row.chain.places}f}{' undo' if row.undoes_id else ''}"
        for row in step.rows
    ]
    return rows + [_message(message) for message in step.messages]


def _message(message: Message) -> str:
    return f"{message.kind} {message.client.name if message.client else '-'}"


def _history(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    for label, expected in entry.table().items():
        client = player.world.client(Entry(label, expected.place))
        totals = (
            Visit.objects.settled()
            .filter(client=client)
            .aggregate(visits=Count("pk"), sold=Sum("sold", default=Decimal(0)), paid=Sum("paid", default=Decimal(0)))
        )
        for figure, value in expected.table(("visits", "sold", "paid")).items():
            yield from _told(value, f"{figure} of {label}", value.decimal(), Decimal(totals[figure]))


def _cards(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    for label, expected in entry.table().items():
        client = player.world.client(Entry(label, expected.place))
        held = Card.objects.filter(client=client).values_list("card_type__name", flat=True).distinct()
        wanted = sorted(player.world.card_type(each).name for each in expected.list())
        yield from _told(expected, f"cards of {label}", wanted, sorted(held))


def _messages(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    for each in entry.list():
        kind, _space, client = each.text().partition(" ")
        Entry(kind, each.place).one_of([*MessageKind])
        player.world.client(Entry(client, each.place))
    wanted = sorted(each.text() for each in entry.list())
    yield from _told(entry, name, wanted, sorted(_message(message) for message in step.messages))


def _tier(player: Player, step: Step, name: str, entry: Entry) -> Iterator[str]:
    for label, expected in entry.table().items():
        card_name, _slash, promotion_name = label.partition("/")
        card = player.world.card(Entry(card_name, expected.place))
        promotion = player.world.promotion(Entry(promotion_name, expected.place))
        promotion.refresh_from_db()
        wanted = Decimal(0) if expected.text() == "none" else expected.decimal()
        try:
            yield from _told(expected, f"tier of {label}", wanted, tier_of(card, promotion, step))
        except KeyError as error:
            raise expected.error(f"{promotion_name!r} is not picked by a history") from error


def tier_of(card: Card, promotion: Promotion, step: Step) -> Decimal:
    """What the promotion's rules give the card's owner, from the visits before the step; 0 below the lowest."""
    terms = promotion.as_rules()
    if terms.picked_by is PickedBy.NOTHING:
        return terms.value
    card_type = card.card_type.as_rules()
    past = past_visits(Visit.objects.settled().filter(client=card.client_id, starts_at__lt=step.at))
    occasion = rules.Occasion(card.chain.local_date(step.at), 0, rules.Past(past))
    figure = rules.history_figure(terms, occasion, rules.Holder(card_type.locations))
    row = rules.tier(terms.rules, figure)
    return row[1] if row else Decimal(0)


EXPECTATIONS: dict[str, Callable[[Player, Step, str, Entry], Iterator[str]]] = {
    **dict.fromkeys(VISIT_FIGURES, _figure),
    "settled": _settled,
    "max_points": _most_points,
    "max_means": _most_means,
    "hand_back": _hand_back,
    "will_grant": _will_grant,
    "status": _status,
    "last_day": _last_day,
    "first_day": _first_day,
    "unit_values": _unit_values,
    "balances": _balances,
    "debt": _balances,
    "lots": _lots,
    "wrote": _wrote,
    "history": _history,
    "cards": _cards,
    "messages": _messages,
    "tier": _tier,
}

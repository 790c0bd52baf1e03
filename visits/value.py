"""What is sold beside the lines of a bill, and granted when nothing is left to pay (docs/rules.md, section 11).

A kind of value line is a row of ``VALUE`` in the rules, and here who opens what it grants to, and what it cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from chains.folding import folded_number
from chains.refusals import Code, Refusal
from loyalty.accounts.models import Account
from loyalty.gift_cards.letters import queue_letter
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.gift_cards.sales import (
    keep_recipient,
    make_gift_card,
    renew_gift_card,
)
from loyalty.ledger.books import Books
from loyalty.ledger.journal import Journal
from loyalty.ledger.kinds import HOLDERS, ROWS, TransactionKind
from loyalty.ledger.models import Holder, Transaction
from loyalty.memberships.models import MembershipPeriod, MembershipType, PeriodState
from loyalty.memberships.renewals.models import Stopped
from loyalty.memberships.renewals.stopping import stop_renewal
from loyalty.memberships.sales import make_membership, sell_again
from loyalty.rules.money import ZERO
from loyalty.rules.plan import Plan, PlanValue
from loyalty.rules.value import VALUE
from visits.models import ValueLine, Visit
from visits.plans import kept_value_lines

GIFT_CARD, MEMBERSHIP, TOP_UP = "gift_card", "membership", "top_up"


@dataclass(frozen=True)
class Granted:
    """What a value line grants: how much to each holder, and the figures that the rows keep beside its price."""

    holders: tuple[tuple[Holder, Decimal], ...]
    figures: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Opening:
    """A value line of a settled bill, and what it was granted to before: ``kept``, None where that is another's.

    ``is_granted``: that grant stands.
    """

    journal: Journal
    visit: Visit
    line: ValueLine
    kept: Holder | None
    is_granted: bool


def sold_holder(kind: str) -> str:
    """The kind of holder that value lines of a kind are granted to."""
    holder = ROWS[VALUE[kind].row].holder
    assert holder is not None
    return holder


def sold_as(kind: str) -> str:
    """What a value line of a kind is called where there is little room."""
    return str(_("Top-up") if kind == TOP_UP else HOLDERS[sold_holder(kind)].label)


def open_holders(journal: Journal, visit: Visit, lines: Iterable[ValueLine]) -> list[tuple[ValueLine, Granted]]:
    """Let each value line have the holders that it is granted to; the first of them is kept with it.

    One that stands keeps its own; so does one that was granted once and taken back, unless that is another client's:
    who came in their place was not theirs.
    """
    standing, found = granted_lines(visit, journal.books.standing()), []
    for line in lines:
        kept = journal.books.holders.get(line.holder_id or 0)
        if kept is not None and line.pk not in standing and kept.client_id not in (None, visit.client_id):
            kept = None
        granted = OPENERS[line.kind](Opening(journal, visit, line, kept, line.pk in standing))
        [first, *_others] = [holder for holder, _amount in granted.holders]
        if first.pk != line.holder_id:
            line.holder = first
            line.save(update_fields=["holder"])
        for holder, _amount in granted.holders:
            if holder.pk not in journal.books.holders:
                journal.add_holder(holder)
        found.append((line, granted))
    return found


def granted_lines(visit: Visit, standing: Iterable[Transaction]) -> set[int]:
    """The value lines of a visit whose grant stands: by their rows, and a membership without a count has none."""
    rows = {row.value_line_id for row in standing if row.value_line_id}
    if not visit.pk or not any(line.kind == MEMBERSHIP for line in kept_value_lines(visit)):
        return rows
    periods = MembershipPeriod.objects.filter(visit=visit.pk, value_line__isnull=False)
    return rows | set(periods.exclude(state=PeriodState.RETURNED).values_list("value_line_id", flat=True))


def take_back(journal: Journal, visit: Visit, kept: Iterable[ValueLine]) -> None:
    """Let memberships be returned that the visit sold and does not sell any more; ``kept`` are those it still does.

    Refuses ``membership_used`` where a use of one stands.
    """
    periods = MembershipPeriod.objects.filter(visit=visit.pk).exclude(state=PeriodState.RETURNED)
    for period in periods.exclude(value_line__in=[line.pk for line in kept]).order_by("pk"):
        holders = period.membership.held_counters.values("holder")
        uses = Transaction.objects.standing().filter(holder__in=holders, kind=TransactionKind.MEMBERSHIP_USE)
        used = uses.filter(why__period=period.number).order_by("-pk").first()
        if used:
            raise _was_used(Code.MEMBERSHIP_USED, used.visit_id)
        period.state = PeriodState.RETURNED
        period.save(update_fields=["state"])
        membership = period.membership
        if period.number > 1 and membership.period_id == period.pk:
            # A renewal that is undone leaves what was before it.
            membership.period = membership.periods.get(number=period.number - 1)
            membership.save(update_fields=["period"])
        stop_renewal(membership=membership, why=Stopped.RETURNED, at=journal.books.at, acting_user=journal.acting_user)


def _open_gift_card(opening: Opening) -> Granted:
    """A new card, or the one that this line was granted to before, good once more."""
    return Granted(((_gift_card_holder(opening), opening.line.amount),))


def _gift_card_holder(opening: Opening) -> Holder:
    """A new card, or the one that this line was granted to before, good once more."""
    line, visit, books = opening.line, opening.visit, opening.journal.books
    acting_user = opening.journal.acting_user
    if opening.kept:
        if opening.is_granted:
            _edit_granted(opening)
            return opening.kept
        card = GiftCard.objects.select_related("chain").get(holder=opening.kept)
        renew_gift_card(
            card,
            par=line.amount,
            number=line.number,
            buyer_id=visit.client_id,
            recipient=line.recipient,
            granted_on=books.today,
            at=books.at,
        )
        queue_letter(card, at=books.at, is_anew=True)
        return opening.kept
    card = make_gift_card(
        gift_card_type=GiftCardType.objects.get(chain=visit.chain, pk=line.subject_id or 0),
        par=line.amount,
        number=line.number,
        buyer_id=visit.client_id,
        recipient=line.recipient,
        granted_on=books.today,
        at=books.at,
        acting_user=acting_user,
    )
    queue_letter(card, at=books.at)
    return card.holder


def _edit_granted(opening: Opening) -> None:
    """What may still change of a card that stands: its guest, whom a bill gets later, and for whom it is."""
    card = GiftCard.objects.select_related("chain").get(holder=opening.kept)
    if card.buyer_id is None and opening.visit.client_id:
        card.buyer_id = opening.visit.client_id
        card.save(update_fields=["buyer"])
    if keep_recipient(card, opening.line.recipient):
        queue_letter(card, at=opening.journal.books.at)


def _open_account(opening: Opening) -> Granted:
    """The account that the line tops up; it is there already."""
    holder = opening.kept
    if holder is None:
        account = Account.objects.get(chain=opening.visit.chain, pk=opening.line.subject_id or 0)
        holder = opening.journal.books.holders[account.holder_id]
    return Granted(((holder, opening.line.amount),))


def _open_membership(opening: Opening) -> Granted:
    """A new membership, or the one that this line was granted to before, good once more."""
    line, visit, books = opening.line, opening.visit, opening.journal.books
    if opening.kept:
        period = MembershipPeriod.objects.select_related("membership").get(value_line=line)
        if not opening.is_granted:
            sell_again(
                period,
                price=line.price,
                number=line.number,
                begins_on=line.begins_on,
                sold_on=books.today,
                at=books.at,
            )
        elif period.price != line.price:
            # What was used keeps its value; the price that is paid in the end is that of what is used from now on.
            period.price = line.price
            period.save(update_fields=["price"])
    else:
        assert visit.client_id
        membership = make_membership(
            membership_type=MembershipType.objects.get(chain=visit.chain, pk=line.subject_id or 0),
            client_id=visit.client_id,
            price=line.price,
            number=line.number,
            begins_on=line.begins_on,
            location_id=visit.location_id,
            visit_id=visit.pk,
            value_line_id=line.pk,
            sold_on=books.today,
            at=books.at,
            acting_user=opening.journal.acting_user,
        )
        period = membership.periods.get()
    return _of_counters(period, books.holders)


def _of_counters(period: MembershipPeriod, known: Mapping[int, Holder]) -> Granted:
    """What a period of a membership is granted: to each counter its count, to one without a count nothing.

    Of one that is paid ahead nothing yet: that comes on its first day.
    """
    counters, is_ahead = period.membership.held_counters.select_related("holder"), period.state == PeriodState.AHEAD
    return Granted(
        tuple(
            (known.get(each.holder_id, each.holder), Decimal(0 if is_ahead else each.count or 0)) for each in counters
        ),
        {"period": period.number},
    )


def granted_once(line: ValueLine, known: Mapping[int, Holder]) -> Granted | None:
    """What a value line was granted, whether that stands or was taken back; None where it never was."""
    if line.holder is None:
        return None
    if line.kind == MEMBERSHIP:
        return _of_counters(MembershipPeriod.objects.select_related("membership").get(value_line=line), known)
    return Granted(((line.holder, line.amount),))


#: By the kind of value line: what finds or makes the holder that it is granted to.
OPENERS: dict[str, Callable[[Opening], Granted]] = {
    GIFT_CARD: _open_gift_card,
    MEMBERSHIP: _open_membership,
    TOP_UP: _open_account,
}


# What was granted
# ----------------------------------------------------------------------------


def check_granted(visit: Visit, plan: Plan, books: Books) -> None:
    """Refuse ``locked`` for a value line that was granted, and would become another one; its price stays free."""
    granted = granted_lines(visit, books.standing())
    if not granted:
        return
    before = {line.pk: _locked_in(line.as_plan()) for line in visit.value_lines.all()}
    for index, value in enumerate(plan.value):
        pk = value.value_line_id
        if pk in granted and before[pk or 0] != _locked_in(value):
            raise Refusal(
                Code.LOCKED,
                _("It was granted as it is. Put it aside and add another one."),
                field=f"value.{index}.amount",
            )


def _locked_in(value: PlanValue) -> tuple[object, ...]:
    return (value.kind, value.subject_id, value.amount, folded_number(value.number), value.begins_on)


def check_unused(books: Books, rows: Iterable[Transaction]) -> None:
    """Refuse what ``use_in_the_way`` names."""
    if refusal := use_in_the_way(books, rows):
        raise refusal


def use_in_the_way(books: Books, rows: Iterable[Transaction]) -> Refusal | None:
    """What keeps these rows from being undone: one is a grant of which something was used, and its kind asks that."""
    rows = list(rows)
    refusals = {kind.row: kind.used for kind in VALUE.values()}
    for row in rows:
        used = refusals.get(row.kind)
        if row.value_line_id is None or row.holder_id is None or not used:
            continue
        undone = {
            each.pk: each.amount for one in rows if one.holder_id == row.holder_id for each in books.undone_with(one)
        }
        if books.holders[row.holder_id].balance - sum(undone.values(), ZERO) < ZERO:
            return _was_used(Code(used), visit_that_used(row.holder_id))
    return None


def _was_used(code: Code, visit_id: int | None) -> Refusal:
    return Refusal(
        code, _("Something of what this bill sold was used. Undo that first, then put it aside."), used_by=visit_id
    )


def visit_that_used(holder_id: int) -> int | None:
    """The newest visit that something of a holder paid, as it stands."""
    rows = Transaction.objects.standing().filter(holder=holder_id, amount__lt=0, visit__isnull=False)
    return rows.order_by("-pk").values_list("visit", flat=True).first()

"""What is sold beside the lines of a bill, and granted when nothing is left to pay (docs/rules.md, section 11).

A kind of value line is a row of ``VALUE`` in the rules, and here who opens what it grants to, and what it cannot be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chains.folding import folded_number
from chains.refusals import Code, Refusal
from loyalty.accounts.desk import desk_accounts
from loyalty.accounts.models import Account
from loyalty.gift_cards.letters import queue_letter
from loyalty.gift_cards.models import GIFT_CARD_TYPE_TERMS, GiftCard, GiftCardType
from loyalty.gift_cards.sales import (
    count_sold,
    keep_recipient,
    lock_limited_types,
    make_gift_card,
    numbers_taken,
    renew_gift_card,
)
from loyalty.ledger.books import Books
from loyalty.ledger.journal import Journal
from loyalty.ledger.kinds import HOLDERS, ROWS
from loyalty.ledger.models import Holder, Transaction
from loyalty.rules import terms
from loyalty.rules.accounts import ACCOUNT_CODES, account_barred
from loyalty.rules.bill import Problem
from loyalty.rules.money import ZERO
from loyalty.rules.plan import Plan, PlanValue
from loyalty.rules.value import VALUE
from loyalty.rules.why import Reason, why
from visits.models import ValueLine, Visit
from visits.plans import kept_value, kept_value_lines

GIFT_CARD, TOP_UP = "gift_card", "top_up"


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


def open_holders(journal: Journal, visit: Visit, lines: Iterable[ValueLine]) -> None:
    """Let each value line have the holder that it is granted to.

    One that was granted before keeps its own, unless that is another client's: who came in their place was not theirs.
    """
    granted = {row.value_line_id for row in journal.books.standing()}
    for line in lines:
        kept = journal.books.holders.get(line.holder_id or 0)
        if kept is not None and kept.client_id not in (None, visit.client_id):
            kept = None
        before = line.holder_id
        line.holder = OPENERS[line.kind](Opening(journal, visit, line, kept, line.pk in granted))
        if line.holder.pk != before:
            line.save(update_fields=["holder"])
        if line.holder.pk not in journal.books.holders:
            journal.add_holder(line.holder)


def _open_gift_card(opening: Opening) -> Holder:
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


def _open_account(opening: Opening) -> Holder:
    """The account that the line tops up; it is there already."""
    if opening.kept:
        return opening.kept
    account = Account.objects.get(chain=opening.visit.chain, pk=opening.line.subject_id or 0)
    return opening.journal.books.holders[account.holder_id]


#: By the kind of value line: what finds or makes the holder that it is granted to.
OPENERS: dict[str, Callable[[Opening], Holder]] = {GIFT_CARD: _open_gift_card, TOP_UP: _open_account}


# What cannot be sold
# ----------------------------------------------------------------------------


def lock_value(plan: Plan, visit: Visit) -> None:
    """Hold what the selling of value lines is decided by, until the transaction ends."""
    types = {each.subject_id for each in plan.value if each.kind == GIFT_CARD and each.subject_id}
    if types:
        lock_limited_types(visit.chain, types)


def value_problems(plan: Plan, visit: Visit, books: Books) -> tuple[Problem, ...]:
    """What keeps value lines that are not granted yet from being sold, in their order."""
    new = _not_granted(plan, books)
    found = [
        problem
        for kind, look in CHECKS.items()
        for problem in look(plan, visit, {index: each for index, each in new.items() if each.kind == kind}, books)
    ]
    return tuple(sorted(found, key=lambda problem: int(problem.place.split(".")[1])))


def number_problem(plan: Plan, visit: Visit, books: Books) -> Problem | None:
    """The first number, typed for a card that is not granted yet, that another gift card of the chain has.

    It tells which codes there are, so only a save asks; a preview would let anybody try them one after the other.
    """
    lines = {index: each for index, each in _not_granted(plan, books).items() if folded_number(each.number)}
    if not lines:
        return None
    typed = {index: folded_number(each.number) for index, each in lines.items()}
    taken = numbers_taken(visit.chain, typed.values(), apart_from=_holders_of(visit, lines))
    places = (f"value.{index}.number" for index, number in typed.items() if number in taken)
    return next((Problem("gift_card_number_taken", place) for place in places), None)


def number_typed(plan: Plan, visit: Visit | None) -> str:
    """The place of the first number of a gift card that the visit does not keep yet; empty where none was typed."""
    kept = {each.value_line_id: each.number for each in kept_value(visit)} if visit else {}
    places = (
        f"value.{index}.number"
        for index, each in enumerate(plan.value)
        if folded_number(each.number) and each.number != kept.get(each.value_line_id)
    )
    return next(places, "")


Lines = Mapping[int, PlanValue]


def _not_granted(plan: Plan, books: Books) -> Lines:
    """The value lines that are granted by this save, or a later one, by their place."""
    granted = {row.value_line_id for row in books.standing() if row.value_line_id}
    return {index: each for index, each in enumerate(plan.value) if each.value_line_id not in granted}


def _gift_card_problems(plan: Plan, visit: Visit, lines: Lines, books: Books) -> Iterator[Problem]:
    if not lines:
        return
    ids = {each.subject_id for each in lines.values() if each.subject_id}
    types = dict(GiftCardType.objects.filter(chain=visit.chain, pk__in=ids).values_list("pk", "terms_id"))
    renewed = _terms_renewed(plan, visit, lines)
    known = GIFT_CARD_TYPE_TERMS.of({*(each for each in types.values() if each), *renewed.values()})
    counted = count_sold(types) if any(each.copies for each in known.values()) else {}
    sold = Counter(counted)
    typed = [folded_number(each.number) for each in lines.values() if folded_number(each.number)]
    before = {line.pk: line.amount for line in kept_value_lines(visit)} if visit.pk else dict[int | None, Decimal]()
    twice = {number for number, count in Counter(typed).items() if count > 1}
    for index, each in lines.items():
        terms_id = types.get(each.subject_id or 0)
        gift_card_type = known[terms_id] if terms_id else None
        sold[each.subject_id or 0] += 1
        granted_under = known.get(renewed.get(each.value_line_id or 0, terms_id or 0))
        if granted_under and granted_under.is_over(books.today):
            over = why(Reason.GIFT_CARD_EXPIRED, last_day=granted_under.valid_until)
            yield Problem("invalid_date", f"value.{index}.subject", over)
        elif gift_card_type is None or _is_sold_out(gift_card_type, each, sold):
            yield Problem("sold_out", f"value.{index}.subject")
        elif gift_card_type.named and plan.client_id is None:
            yield Problem("unknown_client", f"value.{index}.subject")
        elif each.amount != before.get(each.value_line_id or 0) and not _is_sold_for(gift_card_type, each.amount):
            par = why(Reason.PAR_VALUE, least=gift_card_type.par_least, most=gift_card_type.par_most)
            yield Problem("invalid_amount", f"value.{index}.amount", par)
        if folded_number(each.number) in twice:
            yield Problem("gift_card_number_taken", f"value.{index}.number")


def _is_sold_for(gift_card_type: terms.GiftCardType, amount: Decimal) -> bool:
    """Whether it may be the par value; one that cannot be read is refused by the rules."""
    return not amount.is_finite() or gift_card_type.par_least <= amount <= gift_card_type.par_most


def _is_sold_out(gift_card_type: terms.GiftCardType, line: PlanValue, sold: Mapping[int, int]) -> bool:
    """Whether none may be sold: an archived type is for no new line, and of another there are only so many."""
    if gift_card_type.archived and line.value_line_id is None:
        return True
    return bool(gift_card_type.copies) and sold[gift_card_type.id] > gift_card_type.copies


def _holders_of(visit: Visit, lines: Lines) -> list[int]:
    kept = [each.value_line_id for each in lines.values() if each.value_line_id]
    held = ValueLine.objects.filter(visit=visit.pk, pk__in=kept, holder__isnull=False) if kept else None
    return list(held.values_list("holder_id", flat=True)) if held else []


def _terms_renewed(plan: Plan, visit: Visit, lines: Lines) -> dict[int, int]:
    """By value line, the terms of the card that it was granted to before, which keeps them as it is granted anew."""
    types = {each.value_line_id: each.subject_id for each in lines.values() if each.value_line_id}
    if not types:
        return {}
    own = Q(holder__client=None) | Q(holder__client=plan.client_id)
    granted = ValueLine.objects.filter(own, visit=visit.pk, pk__in=types, holder__gift_card__isnull=False)
    found = granted.values_list("pk", "holder__gift_card__gift_card_type", "holder__gift_card__terms")
    return {pk: terms_id for pk, type_id, terms_id in found if type_id == types[pk]}


def _top_up_problems(plan: Plan, visit: Visit, lines: Lines, _books: Books) -> Iterator[Problem]:
    if not lines:
        return
    wanted = {each.subject_id for each in lines.values() if each.subject_id}
    accounts = dict(Account.objects.filter(chain=visit.chain, pk__in=wanted).values_list("pk", "holder_id"))
    known = {account.holder_id: account for account in desk_accounts(accounts.values())}
    for index, each in lines.items():
        account = known.get(accounts.get(each.subject_id or 0, 0))
        if plan.client_id is None:
            yield Problem("unknown_client", f"value.{index}.subject")
        elif not each.amount:
            yield Problem("invalid_amount", f"value.{index}.amount")
        elif account is None:
            yield Problem("account_not_owned", f"value.{index}.subject")
        elif barred := account_barred(account, plan):
            yield Problem(ACCOUNT_CODES[barred.reason], f"value.{index}.subject", barred)


CHECKS: dict[str, Callable[[Plan, Visit, Lines, Books], Iterator[Problem]]] = {
    GIFT_CARD: _gift_card_problems,
    TOP_UP: _top_up_problems,
}


def check_granted(visit: Visit, plan: Plan, rows: Iterable[Transaction]) -> None:
    """Refuse ``locked`` for a value line that was granted, and would become another one; its price stays free."""
    granted = {row.value_line_id for row in rows if row.value_line_id}
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
    return (value.kind, value.subject_id, value.amount, folded_number(value.number))


def check_unused(journal: Journal, rows: Iterable[Transaction]) -> None:
    """Refuse to undo the grant of a value line of which something was used, if its kind asks that."""
    rows = list(rows)
    refusals = {kind.row: kind.used for kind in VALUE.values()}
    for row in rows:
        used = refusals.get(row.kind)
        if row.value_line_id is None or row.holder_id is None or not used:
            continue
        undone = {
            each.pk: each.amount
            for one in rows
            if one.holder_id == row.holder_id
            for each in journal.books.undone_with(one)
        }
        if journal.books.holders[row.holder_id].balance - sum(undone.values(), ZERO) < ZERO:
            raise Refusal(
                Code(used),
                _("Something of what this bill sold was used. Undo that first, then put it aside."),
                used_by=visit_that_used(row.holder_id),
            )


def visit_that_used(holder_id: int) -> int | None:
    """The newest visit that something of a holder paid, as it stands."""
    rows = Transaction.objects.standing().filter(holder=holder_id, amount__lt=0, visit__isnull=False)
    return rows.order_by("-pk").values_list("visit", flat=True).first()

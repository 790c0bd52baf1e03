"""What cannot be sold beside the lines of a bill, and to whom a letter of it may go (docs/rules.md, section 11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chains.access import Right
from chains.acting import Actor, Authority, authority_by, user_of
from chains.folding import folded_number
from chains.models import Chain
from chains.refusals import Code, Refusal
from loyalty.accounts.desk import desk_accounts
from loyalty.accounts.models import Account
from loyalty.gift_cards.models import GIFT_CARD_TYPE_TERMS, GiftCardType
from loyalty.gift_cards.sales import (
    count_sold,
    lock_limited_types,
    numbers_taken,
)
from loyalty.ledger.books import Books
from loyalty.memberships.models import MEMBERSHIP_TYPE_TERMS, MembershipType
from loyalty.memberships.sales import numbers_taken as membership_numbers_taken
from loyalty.rules import terms
from loyalty.rules.accounts import ACCOUNT_CODES, account_barred
from loyalty.rules.bill import Problem
from loyalty.rules.plan import Plan, PlanValue
from loyalty.rules.why import Reason, why
from visits.models import ValueLine, Visit
from visits.plans import kept_value, kept_value_lines
from visits.value import GIFT_CARD, MEMBERSHIP, TOP_UP, granted_lines


def lock_value(plan: Plan, visit: Visit) -> None:
    """Hold what the selling of value lines is decided by, until the transaction ends."""
    types = {each.subject_id for each in plan.value if each.kind == GIFT_CARD and each.subject_id}
    if types:
        lock_limited_types(visit.chain, types)


def value_problems(plan: Plan, visit: Visit, books: Books) -> tuple[Problem, ...]:
    """What keeps value lines that are not granted yet from being sold, in their order."""
    new = _not_granted(plan, visit, books)
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
    lines = {index: each for index, each in _not_granted(plan, visit, books).items() if folded_number(each.number)}
    for kind, (look_up, code) in NUMBERS.items():
        typed = {index: folded_number(each.number) for index, each in lines.items() if each.kind == kind}
        taken = look_up(visit.chain, typed.values(), apart_from=_holders_of(visit, lines)) if typed else set()
        places = (f"value.{index}.number" for index, number in typed.items() if number in taken)
        if place := next(places, ""):
            return Problem(code, place)
    return None


#: By the kind of value line that has a number: what looks up which are taken, and the refusal of one.
NUMBERS: dict[str, tuple[Callable[..., set[str]], str]] = {
    GIFT_CARD: (numbers_taken, "gift_card_number_taken"),
    MEMBERSHIP: (membership_numbers_taken, "membership_number_taken"),
}


def numbers_typed(plan: Plan, visit: Visit | None) -> dict[str, PlanValue]:
    """What is sold with a number typed for it that the visit does not keep yet, by the places of the numbers."""
    kept = {each.value_line_id: each.number for each in kept_value(visit)} if visit else {}
    return {
        f"value.{index}.number": each
        for index, each in enumerate(plan.value)
        if each.kind in NUMBERS and folded_number(each.number) and each.number != kept.get(each.value_line_id)
    }


def count_taken(chain: Chain, sold: Iterable[PlanValue]) -> int:
    """How many of these numbers are taken; of one that is typed twice, it is once."""
    numbers: dict[str, set[str]] = {}
    for each in sold:
        numbers.setdefault(each.kind, set()).add(folded_number(each.number))
    return sum(len(NUMBERS[kind][0](chain, typed)) for kind, typed in numbers.items())


Lines = Mapping[int, PlanValue]


def _not_granted(plan: Plan, visit: Visit, books: Books) -> Lines:
    """The value lines that are granted by this save, or a later one, by their place."""
    granted = granted_lines(visit, books.standing())
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


def _membership_problems(plan: Plan, visit: Visit, lines: Lines, books: Books) -> Iterator[Problem]:
    if not lines:
        return
    ids = {each.subject_id for each in lines.values() if each.subject_id}
    types = dict(MembershipType.objects.filter(chain=visit.chain, pk__in=ids).values_list("pk", "terms_id"))
    known = MEMBERSHIP_TYPE_TERMS.of(each for each in types.values() if each)
    before = {line.pk: line.amount for line in kept_value_lines(visit)} if visit.pk else dict[int | None, Decimal]()
    typed = [folded_number(each.number) for each in lines.values() if folded_number(each.number)]
    twice = {number for number, count in Counter(typed).items() if count > 1}
    for index, each in lines.items():
        terms_id = types.get(each.subject_id or 0)
        membership_type = known[terms_id] if terms_id else None
        is_new = each.value_line_id is None
        if membership_type is None or (membership_type.archived and is_new):
            yield Problem("sold_out", f"value.{index}.subject")
        elif plan.client_id is None:
            yield Problem("unknown_client", f"value.{index}.subject")
        elif each.amount not in (before.get(each.value_line_id or 0), membership_type.counts):
            yield Problem("invalid_amount", f"value.{index}.amount")
        elif membership_type.begins is terms.Begins.DATE and (
            each.begins_on is None or (is_new and each.begins_on < books.today)
        ):
            yield Problem("invalid_date", f"value.{index}.begins_on")
        if folded_number(each.number) in twice:
            yield Problem("membership_number_taken", f"value.{index}.number")


CHECKS: dict[str, Callable[[Plan, Visit, Lines, Books], Iterator[Problem]]] = {
    GIFT_CARD: _gift_card_problems,
    MEMBERSHIP: _membership_problems,
    TOP_UP: _top_up_problems,
}


def check_letters(*, plan: Plan, visit: Visit, at: datetime, actor: Actor) -> None:
    """Refuse what ``letter_refusals`` names."""
    user = user_of(actor.acting_user)
    told = partial(letter_refusals, plan, visit, at=at, user_id=user.pk if user else None)
    if not told(authority=authority_by(None, visit.chain)):
        return  # What nobody needs a right for is asked of no access.
    for refusal in told(authority=actor.authority):
        raise refusal


def letter_refusals(
    plan: Plan, visit: Visit | None, *, at: datetime, user_id: int | None, authority: Authority
) -> list[Refusal]:
    """Every letter with the code of a gift card that would go to another address than when it was sold.

    Whom it is told may use the card: so that is for who may see codes, and on the day of the sale for who sold it.
    """
    kept = {each.value_line_id: each.recipient.email for each in kept_value(visit)} if visit and plan.value else {}
    moved = {
        each.value_line_id: f"value.{index}.recipient_email"
        for index, each in enumerate(plan.value)
        if each.value_line_id in kept and each.recipient.email != kept[each.value_line_id]
    }
    if not moved or authority.has(Right.SEE_CODES):
        return []
    # Also of a bill that is not paid any more: paid again, it grants the same code.
    lines = ValueLine.objects.filter(
        visit=visit, pk__in=[pk for pk in moved if pk], holder__gift_card__terms__named=False
    )
    sold = {line.pk: line.holder for line in lines.select_related("holder__gift_card__chain").order_by("pk")}
    places = [
        moved[pk]
        for pk, holder in sold.items()
        if holder and not holder.gift_card.was_just_sold_by(user_id, on=holder.gift_card.chain.local_date(at))
    ]
    sentence = _(
        "Another address gets the code. On the day of the sale who sold it changes it, later who may see codes."
    )
    return [Refusal(Code.FORBIDDEN, sentence, field=place) for place in places]

"""Memberships come to be here: made, or made good once more, when what they were sold on is paid (section 11)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting, user_of
from chains.folding import folded_number
from chains.models import Chain
from chains.refusals import Code, Refusal
from loyalty.ledger.kinds import HolderKind
from loyalty.ledger.models import Holder
from loyalty.memberships.models import (
    MEMBERSHIP_TYPE_TERMS,
    Membership,
    MembershipCounter,
    MembershipPeriod,
    MembershipType,
    PeriodState,
)
from loyalty.programs.numbers import new_number, typed_number
from loyalty.rules.memberships import first_days


def numbers_taken(chain: Chain, numbers: Iterable[str], *, apart_from: Iterable[int] = ()) -> set[str]:
    """Which of these folded numbers a membership of the chain has whose sale stands; not those of some holders."""
    found = Membership.objects.sold().filter(chain=chain, number_folded__in=list(numbers))
    return set(found.exclude(held_counters__holder__in=list(apart_from)).values_list("number_folded", flat=True))


def make_membership(
    *,
    membership_type: MembershipType,
    client_id: int,
    price: Decimal,
    number: str = "",
    begins_on: date | None = None,
    location_id: int | None = None,
    visit_id: int | None = None,
    value_line_id: int | None = None,
    sold_on: date,
    at: datetime,
    acting_user: Acting,
) -> Membership:
    """Make a membership with an empty holder for each of its counters, under the terms in force, in its first period.

    A blank number is generated. Refuses ``membership_number_taken``.
    """
    assert membership_type.terms_id
    [under] = MEMBERSHIP_TYPE_TERMS.of([membership_type.terms_id]).values()
    membership = Membership(
        chain_id=membership_type.chain_id,
        client_id=client_id,
        membership_type=membership_type,
        terms_id=under.terms_id,
        location_id=location_id,
        sold_at=at,
        sold_by=user_of(acting_user),
    )
    _save_numbered(membership, typed_number(number) or new_number())
    for counter in under.counters:
        holder = Holder.objects.create(
            chain_id=membership.chain_id,
            client_id=client_id,
            kind=HolderKind.MEMBERSHIP,
            keeps_balance=counter.count is not None,
        )
        MembershipCounter.objects.create(membership=membership, key=counter.key, count=counter.count, holder=holder)
    days = first_days(under, sold_on=sold_on, begins_on=begins_on)
    membership.period = MembershipPeriod.objects.create(
        membership=membership,
        number=1,
        visit_id=visit_id,
        value_line_id=value_line_id,
        price=price,
        sold_on=sold_on,
        first_on=days.first_on,
        last_on=days.last_on,
        latest_on=days.latest_on,
    )
    membership.save(update_fields=["period"])
    return membership


def sell_again(
    period: MembershipPeriod, *, price: Decimal, number: str, begins_on: date | None, sold_on: date, at: datetime
) -> None:
    """Make a returned membership good once more, as its bill is paid again, under the terms that it has.

    Days that were frozen are no more. A later period, of a renewal, keeps its days and waits for them like one that is
    paid ahead. Refuses ``membership_number_taken`` where its number was sold once more.
    """
    membership = period.membership
    if period.number > 1:
        period.price, period.state = price, PeriodState.AHEAD
        period.save(update_fields=["price", "state"])
        return
    [under] = MEMBERSHIP_TYPE_TERMS.of([membership.terms_id]).values()
    days = first_days(under, sold_on=sold_on, begins_on=begins_on)
    period.freezes.all().delete()
    period.price, period.sold_on, period.state = price, sold_on, PeriodState.GRANTED
    period.first_on, period.last_on, period.latest_on = days.first_on, days.last_on, days.latest_on
    period.base_last_on, period.last_on_reason = None, ""
    period.save()
    membership.sold_at = at
    _save_numbered(membership, typed_number(number) or membership.number)


def _save_numbered(membership: Membership, number: str) -> None:
    """Save it under a number; a returned membership of that number, such as one sold by mistake, gives it up."""
    folded = folded_number(number)
    membership.number, membership.number_folded = number, folded
    # Locked first, then judged: by the statement that waits for a lock a sale that stood up meanwhile is not seen.
    same = Membership.objects.filter(chain=membership.chain_id, number_folded=folded).exclude(pk=membership.pk)
    list(same.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    try:
        with transaction.atomic():
            same.filter(period__state=PeriodState.RETURNED).update(number_folded="")
            membership.save()
    except IntegrityError as error:
        raise number_taken(number) from error


def number_taken(number: str, field: str = "number") -> Refusal:
    return Refusal(
        Code.MEMBERSHIP_NUMBER_TAKEN,
        _("Another membership of the chain has the number %(number)s. Type another, or leave it blank for a new one."),
        field=field,
        params={"number": number},
    )

"""A membership renews itself with its owner's consent (docs/rules.md, section 14)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting, user_of
from chains.refusals import Code, Refusal
from loyalty.memberships.models import Membership
from loyalty.memberships.renewals.models import ChargeState, Renewal, RenewalCharge
from loyalty.memberships.services import open_membership, period_of


@transaction.atomic
def keep_method(
    *,
    membership: Membership,
    provider: str,
    token: str,
    label: str,
    consent: str,
    at: datetime,
    acting_user: Acting,
) -> Renewal:
    """Let a membership renew itself by a method that its owner left with a provider; ``consent`` is what was agreed to.

    In the place of one that it had. Refuses ``membership_not_valid`` where its type does not renew, costs nothing or
    has no end, where it was returned or is past its last day, or where its next period was refused or dropped.
    """
    journal = open_membership(membership, at=at, acting_user=acting_user)
    period, under = period_of(membership), membership.terms.as_rules()
    if not under.renews or under.price <= 0 or under.lasts is None:
        raise _cannot(_("Memberships of this type do not renew themselves."))
    if period.last_on is not None and period.last_on < journal.books.today:
        raise _cannot(_("The membership is past its last day. Sell a new one."))
    ended = RenewalCharge.objects.filter(renewal__membership=membership, number=period.number + 1)
    if ended.filter(state__in=(ChargeState.REFUSED, ChargeState.DROPPED)).exists():
        raise _cannot(_("Its next period was not paid, so it works to its end. Sell a new one then."))
    kept = {
        "provider": provider,
        "token": token,
        "label": label,
        "consent": consent,
        "consented_at": at,
        "consented_by": user_of(acting_user),
        "stopped_at": None,
        "stopped_by": None,
        "stopped_why": "",
    }
    renewal, _is_new = Renewal.objects.update_or_create(membership=membership, defaults=kept)
    return renewal


def _cannot(sentence: str | Promise) -> Refusal:
    return Refusal(Code.MEMBERSHIP_NOT_VALID, sentence)

"""What a bill sells beside its lines, and means of payment without a pane, in the window, the day and the lists."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import Client
from loyalty.ledger.models import Holder, Transaction
from loyalty.rules.plan import DiscountChoice, MeansChoice, PaymentChoice, PaymentMethod, Plan, PlanValue, Status
from tests.loyalty.tokens import ISSUE, PAYMENT, TOKENS, held, make_tokens, tokens
from tests.pages import text_of
from tests.programs import plan_line
from tests.visits.conftest import Salon
from tests.visits.window import window_of
from visits.checkout import save_visit
from visits.models import ValueLine, Visit
from visits.plans import plan_of

__all__ = ["tokens"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tokens")]


def plan_for(salon: Salon, guest: Client, **choices: Any) -> Plan:
    """A haircut of 60.00 and tokens for 40.00, all paid in cash."""
    now = timezone.now()
    usual: dict[str, Any] = {
        "status": Status.ARRIVED,
        "lines": (plan_line(salon.haircut),),
        "value": (PlanValue(TOKENS, Decimal(40), Decimal(50)),),
        "payments": (PaymentChoice(PaymentMethod.CASH, None),),
    }
    return Plan(guest.pk, salon.location.pk, now, salon.location.local_date(now), **{**usual, **choices})


def save(salon: Salon, plan: Plan, visit: Visit | None = None, **choices: Any) -> Visit:
    edited: dict[str, Any] = {"visit_id": visit.pk, "version": Visit.objects.get(pk=visit.pk).version} if visit else {}
    at, key = timezone.now(), uuid.uuid4()
    return save_visit(
        location=salon.location, plan=plan, key=key, at=at, acting_user=salon.manager, **edited, **choices
    )


def kept(visit: Visit) -> Plan:
    return plan_of(Visit.objects.with_plan().get(pk=visit.pk))


def test_the_window_keeps_what_it_has_no_pane_for(salon: Salon) -> None:
    paid_with = (MeansChoice(make_tokens(salon.cast.aurora, salon.nina, 20).pk, Decimal(20)),)
    visit = save(salon, plan_for(salon, salon.nina, means=paid_with))
    before, rows = kept(visit), Transaction.objects.filter(visit=visit).count()
    window = window_of(salon.desk, visit)
    assert window.totals == "Due €60.00, left to pay €0.00."
    window.save().follow()
    assert kept(visit) == before and before.means == paid_with and before.value
    assert Transaction.objects.filter(visit=visit).count() == rows
    window.post(add_item=str(salon.shampoo.pk)).press("pay_the_rest", "cash").save().follow()
    assert kept(visit).value == before.value and kept(visit).means == paid_with
    assert Visit.objects.get(pk=visit.pk).settled_at


def test_a_guest_is_marked_as_arrived_and_the_visit_cancelled_with_it(salon: Salon) -> None:
    visit = save(salon, plan_for(salon, salon.nina, status=Status.WAITING))
    day = Browser()
    day.force_login(salon.manager)
    row = {"key": str(uuid.uuid4()), "version": visit.version, "shown_due": visit.due}
    row |= {"shown_value": visit.value, "shown_left": visit.left}
    assert day.post(reverse("visits:arrive", args=[salon.location.slug, visit.pk]), row).status_code == 302
    holder = Holder.objects.get(kind=TOKENS)
    assert held(holder) == 50
    assert "50" in text_of(day.get(reverse("visits:cancel", args=[salon.location.slug, visit.pk])))
    sent = {"key": str(uuid.uuid4()), "version": visit.version + 1, "reason": "Ill"}
    assert day.post(reverse("visits:cancel", args=[salon.location.slug, visit.pk]), sent).status_code == 302
    assert held(holder) == 0 and kept(visit).value


def test_money_taken_off_what_is_sold_asks_why_too(salon: Salon) -> None:
    visit = save(salon, plan_for(salon, salon.nina, lines=()))
    assert (visit.paid, visit.value) == (Decimal(0), Decimal(40))
    window = window_of(salon.desk, visit).fill(payments__0__amount="30").press("recalculate")
    assert "Why is money taken off?" in window.content and "€10.00" in window.content
    assert ("€50.00", "€0.00") in window.moves.values()  # no longer all paid, so no longer granted


def test_what_is_not_granted_yet_is_no_part_of_the_discount(salon: Salon) -> None:
    applied = (DiscountChoice(salon.club_card.pk, salon.discount.pk),)
    visit = save(salon, plan_for(salon, salon.boris, discounts=applied, payments=()))
    window = window_of(salon.desk, visit).press("take_back", 0).press("pay_the_rest", "cash")
    assert window.moves["Discount"] == ("€6.00", "€0.00")


def test_what_was_granted_to_somebody_else_is_granted_anew(salon: Salon) -> None:
    visit = save(salon, plan_for(salon, salon.nina))
    first = Holder.objects.get(kind=TOKENS)
    save(salon, replace(kept(visit), status=Status.WAITING), visit)
    save(salon, replace(kept(visit), client_id=salon.anna.pk), visit)
    save(salon, replace(kept(visit), status=Status.ARRIVED), visit)
    second = Holder.objects.get(kind=TOKENS, client=salon.anna)
    assert (held(first), held(second)) == (Decimal(0), Decimal(50))
    assert ValueLine.objects.get().holder == second


def test_rows_of_any_holder_are_told_in_what_they_count(salon: Salon) -> None:
    paid_with = (MeansChoice(make_tokens(salon.cast.aurora, salon.nina, 20).pk, Decimal(5)),)
    save(salon, plan_for(salon, salon.nina, means=paid_with))
    browser = Browser()
    browser.force_login(salon.cast.owner)
    own = text_of(browser.get(reverse("loyalty_clients:chain_rows", args=["aurora", salon.nina.pk])))
    everybody = text_of(browser.get(reverse("reports:transactions", args=["aurora"])))
    for page in (own, everybody):
        assert f"{PAYMENT}" in page and f"{ISSUE}" in page
        assert "−€5.00" in page and "+€50.00" in page and "€15.00" in page


def test_changes_name_what_paid_and_what_was_sold(salon: Salon) -> None:
    holder = make_tokens(salon.cast.aurora, salon.nina, 20)
    visit = save(salon, plan_for(salon, salon.nina, value=()))
    changed = replace(kept(visit), means=(MeansChoice(holder.pk, Decimal(5)),), payments=())
    sold = (PlanValue(TOKENS, Decimal(40), Decimal(50)),)
    save(salon, replace(changed, value=sold), visit, reason="Paid otherwise")
    told = window_of(salon.manager, visit).content
    assert f"Tokens {holder.pk}: – → €5.00" in told and "Tokens: – → €40.00" in told


def test_the_day_and_the_report_owe_what_the_visits_do(salon: Salon) -> None:
    """Other means than points pay, too, and what is sold beside the lines is owed."""
    paid_with = (MeansChoice(make_tokens(salon.cast.aurora, salon.nina, 20).pk, Decimal(20)),)
    cash = (PaymentChoice(PaymentMethod.CASH, Decimal(70)),)
    visit = save(salon, plan_for(salon, salon.nina, means=paid_with, payments=cash))
    assert visit.left == 10
    browser = Browser()
    browser.force_login(salon.manager)
    day = text_of(browser.get(reverse("visits:day", args=[salon.location.slug])))
    assert "Left to pay€10.00" in day and "in advance" not in day
    assert "Left€10.00" in text_of(browser.get(reverse("reports:location_visits", args=[salon.location.slug])))


def test_who_only_bought_something_did_not_come(salon: Salon) -> None:
    save(salon, plan_for(salon, salon.nina, lines=()))
    browser = Browser()
    browser.force_login(salon.cast.owner)
    listed = browser.get(reverse("visits_clients:chain_database", args=["aurora"]) + "?q=Nina")
    found = next(iter(listed.context["table"].page.object_list)).record
    assert (found.name, found.visits_made, found.last_visit_on) == (salon.nina.name, 0, None)

"""Money that was recorded stays on its day: by no detour over a visit that waits, and never without a word on why."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from loyalty.rules.plan import Status
from tests.programs import make_visit
from tests.visits.conftest import Salon
from tests.visits.window import new_window, window_of
from visits.changes.kinds import ChangeKind
from visits.models import Visit

pytestmark = pytest.mark.django_db


def expected_yesterday(salon: Salon) -> Visit:
    """Paid in cash yesterday, and moved back to waiting the same evening."""
    at = timezone.now() - timedelta(days=1)
    return make_visit(salon.location, salon.boris, [salon.haircut], at=at, status=Status.WAITING)


@pytest.mark.parametrize(
    "texts",
    [
        {"payments-0-amount": "", "reason": "It was nothing"},
        {"date": "2099-01-01", "reason": "Another day"},
        {"status": "no_show", "reason": "Did not come"},
    ],
    ids=["taken off", "moved", "called off"],
)
def test_the_desk_takes_no_money_off_yesterday_by_entering_late(salon: Salon, texts: dict[str, str]) -> None:
    visit = expected_yesterday(salon)
    window = window_of(salon.desk, visit).post(**texts, save="1")
    assert "Only who has the right" in window.mistakes
    kept = Visit.objects.get(pk=visit.pk)
    assert (kept.paid, kept.starts_on, kept.version) == (Decimal(60), visit.starts_on, 1)
    assert window_of(salon.manager, visit).post(**texts, save="1").response.status_code == 302


def test_the_desk_cancels_no_paid_visit_of_yesterday(salon: Salon) -> None:
    visit = expected_yesterday(salon)
    page = f"/locations/center/visits/{visit.pk}/cancel/"
    window = window_of(salon.desk, visit)
    window.browser.post(page, {"reason": "Nobody came", "key": window.fields["key"], "version": "1"})
    assert Visit.objects.get(pk=visit.pk).status == Status.WAITING


def test_a_guest_who_came_yesterday_is_entered_with_what_was_paid(salon: Salon) -> None:
    visit = expected_yesterday(salon)
    assert window_of(salon.desk, visit).post(status="arrived", save="1").response.status_code == 302
    kept = Visit.objects.get(pk=visit.pk)
    assert (kept.status, kept.paid) == (Status.ARRIVED, Decimal(60))


def test_money_that_is_put_on_another_day_is_asked_about(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now(), status=Status.WAITING)
    later = (timezone.now() + timedelta(days=9)).date().isoformat()
    window = window_of(salon.desk, visit).post(date=later, save="1")
    assert "Write why" in window.mistakes and "reason" in window.fields
    window.fill(reason="Comes next week").save()
    assert window.response.status_code == 302
    change = Visit.objects.get(pk=visit.pk).changes.latest("version")
    assert (change.reason.text, change.taken_off) == ("Comes next week", Decimal(0))
    assert ChangeKind.MOVED in change.kinds


def test_a_reason_that_is_too_long_is_told_and_stays(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    window = window_of(salon.desk, visit).post(**{"payments-0-amount": ""}, reason="x" * 501, save="1")
    assert "at most 500 characters" in window.mistakes and window.fields["reason"] == "x" * 501


def test_a_price_lowered_by_hand_is_told_as_given_by_hand(salon: Salon) -> None:
    window = new_window(salon.manager, salon.location, salon.boris).post(add_item=str(salon.haircut.pk))
    window.fill(**{"lines-0-unit_price": "50.00"}).press("recalculate").save()
    assert window.response.status_code == 302
    visit = Visit.objects.get()
    assert ChangeKind.MANUAL_DISCOUNT in visit.changes.get().kinds
    window_of(salon.manager, visit).post(**{"lines-0-unit_price": "45.00"}).save()
    assert ChangeKind.MANUAL_DISCOUNT in visit.changes.latest("version").kinds


def test_one_more_is_put_on_a_line_at_the_usual_price_only(salon: Salon) -> None:
    window = new_window(salon.manager, salon.location, salon.boris).post(add_item=str(salon.haircut.pk))
    window.fill(**{"lines-0-unit_price": "45.00"}).press("recalculate").save().follow()
    desk = window_of(salon.desk, Visit.objects.get()).post(add_item=str(salon.haircut.pk))
    assert (desk.fields["lines-0-quantity"], desk.fields["lines-1-quantity"]) == ("1", "1")
    assert desk.save().response.status_code == 302

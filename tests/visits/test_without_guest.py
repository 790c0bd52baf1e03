"""A bill without a guest: made at the desk, seen in the day and the reports, given a guest once."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from chains.models import Location
from chains.refusals import Refusal
from loyalty.rules.plan import Status
from tests.cast import PROGRAM
from tests.pages import fill, text_of
from tests.visits.conftest import Salon
from tests.visits.window import Window, new_window, window_of
from visits.checkout import save_visit
from visits.models import Visit
from visits.plans import plan_of

pytestmark = pytest.mark.django_db


def walk_in(salon: Salon) -> Window:
    return Window(salon.desk, reverse("visits:walk_in", args=[salon.location.slug]))


def sold_to_nobody(salon: Salon) -> Window:
    """A haircut, paid in cash and saved, without a guest."""
    window = walk_in(salon).press("without_guest").post(add_item=str(salon.haircut.pk))
    return window.press("pay_the_rest", "cash").save().follow()


def test_the_desk_sells_to_nobody_with_one_press(salon: Salon) -> None:
    window = walk_in(salon)
    assert "Whose visit is it?" in window.post(add_item=str(salon.haircut.pk)).save().content
    window.press("without_guest")
    assert window.page.focus["id"] == "id_q" and "Without a guest" in window.text("guest-title")
    assert "Loyalty" not in window.content
    window.press("pay_the_rest", "cash").save().follow()
    visit = Visit.objects.get()
    assert (visit.client, visit.status, visit.due, visit.paid) == (None, "arrived", Decimal(60), Decimal(60))
    assert visit.settled_at and not visit.promotions.exists()
    assert "Bill without a guest" in window.content


def test_whoever_is_found_after_all_takes_its_place(salon: Salon) -> None:
    window = walk_in(salon).press("without_guest").press("change_guest")
    assert window.page.focus["id"] == "id_guest_phone"
    window.fill(guest_phone="Boris").press("find_guest").post(add_item=str(salon.haircut.pk)).save().follow()
    assert Visit.objects.get().client == salon.boris


def test_it_is_nobodys_in_the_window_of_a_guest_too(salon: Salon) -> None:
    """Whose window it was is not who the bill is for; what was chosen of hers goes with her."""
    salon.give(salon.boris, "20")
    card = salon.bonus_card(salon.boris)
    found = walk_in(salon).fill(guest_phone="Boris").press("find_guest")
    for window in (found, new_window(salon.desk, salon.location, salon.boris)):
        window.post(add_item=str(salon.haircut.pk)).press("use_the_most", card.pk)
        window.press("apply", f"{salon.club_card.pk}.{salon.discount.pk}")
        window.press("change_guest").press("without_guest")
        assert "Without a guest" in window.text("guest-title") and not window.mistakes
        window.press("pay_the_rest", "cash").save()
        assert window.response.status_code == 302
        visit = Visit.objects.latest("pk")
        assert (visit.client, visit.due, visit.points_paid) == (None, Decimal(60), Decimal(0))


@pytest.mark.parametrize(("report", "column"), [("visits/?", "client"), ("changes/?kind=entered&", "visit")])
def test_the_manager_finds_all_of_them(report: str, column: str, salon: Salon, client: Browser) -> None:
    sold_to_nobody(salon)
    new_window(salon.desk, salon.location, salon.boris).post(add_item=str(salon.haircut.pk)).save()
    client.force_login(salon.cast.owner)

    def shown(bills: str) -> list[str]:
        page = client.get(f"/chains/aurora/reports/{report}bills={bills}")
        return [str(row.get_cell(column)) for row in page.context["table"].rows]

    assert len(shown("")) == 2
    (of_guest,), (of_nobody,) = shown("with"), shown("without")
    assert "Boris" in of_guest and "Without a guest" in of_nobody


def test_a_guest_is_put_on_it_once(salon: Salon) -> None:
    window = sold_to_nobody(salon)
    window.press("change_guest").fill(guest_phone="Boris").press("find_guest")
    assert "Boris" in window.text("guest-title") and "3.00" in window.content
    window.save().follow()
    visit = Visit.objects.get()
    assert visit.client == salon.boris and visit.settled_at
    salon.bonus_card(salon.boris).holder.refresh_from_db()
    assert salon.bonus_card(salon.boris).holder.balance == 3
    # Now the guest stays, whatever is posted.
    assert not window.has_button("change_guest")
    window.post(guest=str(salon.anna.pk), save="1")
    visit.refresh_from_db()
    assert visit.client == salon.boris


def test_whoever_was_put_on_it_first_stays(salon: Salon) -> None:
    """Who had another guest in mind is told, and can save the rest; nothing is left of the other guest's."""
    salon.give(salon.boris, "50")
    sold_to_nobody(salon)
    mine, theirs = (window_of(salon.desk, Visit.objects.get()) for _ in range(2))
    mine.press("change_guest").fill(guest_phone="Boris").press("find_guest")
    mine.fill(payments__0__amount="40").press("recalculate").fill(points__0__amount="10")
    theirs.press("change_guest").fill(guest_phone="Anna").press("find_guest").save()
    assert theirs.response.status_code == 302
    mine.post(add_item=str(salon.shampoo.pk)).save()
    assert "Nothing of this page was saved yet" in mine.mistakes
    mine.press("merge").press("pay_the_rest", "cash")
    assert "Anna" in mine.text("guest-title")
    mine.save()
    assert mine.response.status_code == 302, mine.mistakes
    visit = Visit.objects.get()
    assert visit.client == salon.anna
    assert (visit.due, visit.points_paid, visit.left) == (Decimal("78.90"), Decimal(0), Decimal(0))


def test_another_day_takes_the_right_to_it(salon: Salon) -> None:
    """It is an edit of that day like any other."""
    sold_to_nobody(salon)
    Visit.objects.update(starts_on=timezone.localdate() - timedelta(days=3))
    visit = Visit.objects.get()
    assert not window_of(salon.desk, visit).has_button("save")


def test_a_location_that_never_wants_it_says_so(salon: Salon, client: Browser) -> None:
    kept = sold_to_nobody(salon)
    client.force_login(salon.cast.owner)
    address = reverse("chains_settings:location_edit", args=[salon.cast.aurora.slug, salon.location.pk])
    page = client.get(address)
    assert "Bills without a guest" in text_of(page)
    sent = {name: text for name, text in fill(page).items() if name != "bills_without_guest"}
    assert client.post(address, sent).status_code == 302
    walk = Location.objects.select_related("chain").get(pk=salon.location.pk)
    assert not walk.bills_without_guest
    assert "Bills without a guest: yes → no" in text_of(client.get(address))
    window = walk_in(salon)
    assert not window.has_button("without_guest")
    window.post(add_item=str(salon.haircut.pk)).post(guest_step="none", save="1")
    assert "Whose visit is it?" in window.error("guest_phone")
    plan = replace(plan_of(Visit.objects.with_plan().get()), starts_at=timezone.now())
    with pytest.raises(Refusal, match="makes no bills without a guest"):
        save_visit(location=walk, plan=plan, key=uuid.uuid4(), at=timezone.now(), acting_user=salon.desk)
    assert Visit.objects.count() == 1
    # One from elsewhere is not moved here; what was made here before may still be edited.
    elsewhere = replace(plan, location_id=salon.cast.harbour.pk, status=Status.WAITING)
    choices: dict[str, Any] = {"at": timezone.now(), "acting_user": PROGRAM}
    visit = save_visit(location=salon.cast.harbour, plan=elsewhere, key=uuid.uuid4(), **choices)
    moved = replace(plan_of(Visit.objects.with_plan().get(pk=visit.pk)), location_id=walk.pk)
    with pytest.raises(Refusal, match="makes no bills without a guest"):
        save_visit(location=walk, plan=moved, visit_id=visit.pk, key=uuid.uuid4(), **choices)
    kept.read(kept.browser.get(kept.address))
    kept.post(add_item=str(salon.shampoo.pk)).press("pay_the_rest", "cash").save()
    assert kept.response.status_code == 302


def test_it_stands_in_the_day_the_takings_and_the_reports(salon: Salon) -> None:
    window = sold_to_nobody(salon)
    visit = Visit.objects.get()
    browser = Browser()
    browser.force_login(salon.manager)
    day = text_of(browser.get(reverse("visits:day", args=[salon.location.slug])))
    assert "Without a guest" in day and "Cash €60.00" in day
    report = text_of(browser.get(reverse("reports:location_visits", args=[salon.location.slug])))
    assert "Without a guest" in report and "€60.00" in report
    # Nobody's receipt names nobody, and tells of no account.
    receipt = text_of(browser.get(reverse("visits:receipt", args=[salon.location.slug, visit.pk])))
    assert "Cash60.00" in receipt and "This is not a tax invoice." in receipt
    assert "Without a guest" not in receipt and "loyalty account" not in receipt
    changes = reverse("reports:location_visit_changes", args=[salon.location.slug])
    window.press("change_guest").fill(guest_phone="Boris").press("find_guest").save()
    assert "Guest: – → Boris" in text_of(browser.get(changes))


def test_no_page_calls_nobody_by_a_name(salon: Salon) -> None:
    window = walk_in(salon).press("without_guest").post(add_item=str(salon.haircut.pk))
    window.fill(status="waiting").save().follow()
    place = [salon.location.slug, Visit.objects.get().pk]
    browser = Browser()
    browser.force_login(salon.manager)
    assert "Cancel the bill without a guest" in text_of(browser.get(reverse("visits:cancel", args=place)))
    assert "Bill without a guest" in text_of(browser.get(reverse("visits:receipt", args=place)))
    number = place[1]
    found = text_of(browser.get(reverse("visits:guest", args=place[:1]), {"q": str(number)}))
    assert f"Bill {number} without a guest" in found
    row = {"key": str(uuid.uuid4()), "version": "1", "shown_due": "60", "shown_value": "0", "shown_left": "60"}
    for sentence in ("The bill is marked as arrived.", "The bill was marked as arrived already."):
        said = text_of(browser.post(reverse("visits:arrive", args=place), row, follow=True))
        assert sentence in said and "None" not in said
        row["key"] = str(uuid.uuid4())


def test_nobody_has_no_history(salon: Salon) -> None:
    """Bills without a guest are nobody's past: not each other's either."""
    sold_to_nobody(salon)
    window = sold_to_nobody(salon)
    assert Visit.objects.filter(client=None).count() == 2
    window.press("change_guest").fill(guest_phone="Nina").press("find_guest")
    assert "1st visit" in window.content

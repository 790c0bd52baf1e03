"""A session that ends while a visit is typed loses nothing, and nobody saves it without noticing in whose name."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from chains.models import User
from tests.cast import PASSWORD, make_cast
from tests.plugins.browser import TABLET, NewPage, Problems, axe
from tests.visits.conftest import Salon, make_salon
from tests.visits.window import new_window
from visits.models import Visit


@pytest.mark.django_db
def test_a_button_of_a_page_that_somebody_else_opened_does_nothing_at_first(salon: Salon) -> None:
    window = new_window(salon.desk, salon.location, salon.nina).post(add_item=str(salon.haircut.pk))
    window.press("pay_the_rest", "cash")
    window.browser.force_login(salon.manager)
    # What is only computed asks for nothing, and does not hide who opened the page.
    window.press("recalculate").save()
    assert "Another user opened this page; you are signed in as Mara Manager." in window.mistakes
    assert window.fields["payments-0-amount"] == "60.00"
    assert not Visit.objects.exists()
    window.save().follow()
    assert Visit.objects.get().saved_by == salon.manager


@pytest.mark.django_db
def test_points_are_not_moved_in_a_name_that_nobody_looked_at(salon: Salon) -> None:
    window = new_window(salon.manager, salon.location, salon.nina)
    card = salon.bonus_card(salon.nina)
    window.page.fields["hand_card"] = str(card.pk)
    window.fill(hand_amount="5", hand_comment="Sorry")
    window.browser.force_login(salon.cast.owner)
    window.press("accrue_points")
    assert "you are signed in as Olivia Owner" in window.mistakes
    card.holder.refresh_from_db()
    assert card.holder.balance == 0
    assert window.fields["hand_amount"] == "5"


@pytest.fixture
def shop(transactional_db: None) -> Salon:
    return make_salon(make_cast())


def typed_visit(page: Page, shop: Salon) -> None:
    page.goto(f"/locations/center/visits/new/{shop.nina.pk}/")
    page.get_by_label("Add a service or product").fill("Haircut")
    page.locator("#found").get_by_role("button", name="Haircut").click()
    expect(page.locator(".bill-lines")).to_contain_text("Haircut")
    page.keyboard.press("F4")
    page.get_by_label("Cash", exact=True).fill("20")
    expect(page.locator(".left")).to_contain_text("€40.00")


def sign_in_beside(page: Page, user: User) -> None:
    """Sign in in the tab that the link opens."""
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    tab = opened.value
    tab.get_by_label("E-mail").fill(user.email)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect(tab).to_have_url("/locations/center/visits/")
    tab.close()


def press_save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


@pytest.mark.browser
def test_who_was_signed_out_signs_in_beside_and_goes_on(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk, size=TABLET)
    typed_visit(page, shop)
    address = page.url
    Session.objects.all().delete()
    press_save(page)
    expect(page.locator("#signed-out")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_focused()
    axe(page)
    # Typing and searching go nowhere either.
    with page.expect_response(address):
        page.get_by_label("Cash", exact=True).fill("25")
    page.keyboard.press("Escape")
    with page.expect_response("**/visits/items/**"):
        page.get_by_label("Add a service or product").fill("Col")
    expect(page).to_have_url(address)
    expect(page.locator("#signed-out")).to_be_visible()
    expect(page.locator("#unreachable")).to_be_hidden()
    assert not Visit.objects.exists()
    sign_in_beside(page, shop.desk)
    page.get_by_label("Add a service or product").fill("")
    page.locator(".pay-open").click()
    page.get_by_label("Cash", exact=True).fill("30")
    expect(page.locator(".left")).to_contain_text("€30.00")
    expect(page.locator("#signed-out")).to_be_hidden()
    press_save(page)
    expect(page.locator("#messages")).to_contain_text("The visit was saved.")
    visit = Visit.objects.get()
    assert visit.paid == 30 and visit.saved_by == shop.desk


@pytest.mark.browser
def test_another_user_who_signs_in_is_told_before_saving(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk)
    typed_visit(page, shop)
    Session.objects.all().delete()
    press_save(page)
    sign_in_beside(page, shop.manager)
    press_save(page)
    expect(page.locator("#mistakes")).to_contain_text("you are signed in as Mara Manager")
    expect(page.get_by_label("Cash", exact=True)).to_have_value("20")
    assert not Visit.objects.exists()
    press_save(page)
    expect(page.locator("#messages")).to_contain_text("The visit was saved.")
    assert Visit.objects.get().saved_by == shop.manager


@pytest.mark.browser
def test_who_lost_the_right_meanwhile_is_told_so(shop: Salon, new_page: NewPage, problems: Problems) -> None:
    problems.forgive("404|Response Status Error")
    page = new_page(user=shop.desk)
    typed_visit(page, shop)
    shop.desk.accesses.update(suspended=True)
    press_save(page)
    expect(page.locator("#not-allowed")).to_contain_text("you may no longer check visits out here")
    expect(page.get_by_label("Cash", exact=True)).to_have_value("20")
    shop.desk.accesses.update(suspended=False)
    press_save(page)
    expect(page.locator("#messages")).to_contain_text("The visit was saved.")

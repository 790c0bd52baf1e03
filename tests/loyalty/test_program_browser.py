"""An administrator sets programs up in a real browser, from nothing."""

from __future__ import annotations

from base64 import b64decode
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from loyalty.cards.models import Card
from loyalty.gift_cards.models import GiftCardTypeTerms, Picture
from loyalty.labels import label
from loyalty.memberships.models import MembershipType
from loyalty.promotions.kinds import Answers
from loyalty.promotions.models import Promotion
from loyalty.referral.models import ReferralProgram
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast
from tests.plugins.browser import TABLET, NewPage, axe
from tests.programs import make_client, make_item

pytestmark = pytest.mark.browser

#: The smallest that there is.
PICTURE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def test_a_referral_program_and_a_cumulative_cashback_from_nothing(new_page: NewPage, cast: Cast) -> None:
    page = new_page(user=cast.administrator, size=TABLET)

    def looked_at() -> None:
        axe(page)

    page.goto("/chains/aurora/promotions/")
    looked_at()
    page.goto("/chains/aurora/card-types/")
    page.get_by_role("main").get_by_role("link", name="New card type").click()
    page.get_by_label("Name").fill("Bonus card")
    page.get_by_label("listed").first.check()
    page.get_by_label("Center").check()
    page.get_by_label("to new clients at any location").check()
    looked_at()
    save(page, "Bonus card was saved.")

    page.goto("/chains/aurora/promotions/new/")
    page.get_by_label("Name").fill("Gold cashback")
    choose_kind(page, PromotionKind.CASHBACK_CUMULATIVE_SOLD)
    expect(page.get_by_label("Name")).to_have_value("Gold cashback")
    for row, (start, value) in enumerate((("0", "3"), ("200", "5"), ("500", "8")), start=1):
        page.get_by_label(f"Row {row}: Sold from").fill(start)
        page.get_by_label(f"Row {row}: value").fill(value)
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("Row 4: Sold from").fill("500")
    page.get_by_label("Row 4: value").fill("9")
    page.get_by_label("Bonus card").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".error-summary")).to_contain_text("Two rows begin at 500")
    looked_at()
    page.get_by_role("button", name="Remove row 3").click()
    expect(page.get_by_label("Row 3: value")).to_have_value("9")
    save(page, "Gold cashback was saved.")
    expect(page.get_by_role("row", name="Gold cashback")).to_contain_text("3 / 5 / 9 % by sold")
    looked_at()

    page.goto("/chains/aurora/referral/")
    looked_at()
    page.get_by_role("button", name="New fixed discount").click()
    make_fixed(page, "Welcome", "10")
    page.get_by_role("button", name="New fixed cashback").click()
    make_fixed(page, "Thanks", "5")
    page.get_by_label("on", exact=True).check()
    save(page, "The referral program was saved and is on.")
    expect(page.get_by_role("main")).to_contain_text("gets 10 % off; once that visit is paid")
    expect(page.get_by_role("main")).to_contain_text("Points for the inviter: +3.38")
    looked_at()

    page.goto("/chains/aurora/promotions/")
    page.get_by_role("link", name="Welcome", exact=True).click()
    page.get_by_role("link", name="Archive").click()
    expect(page.get_by_role("main")).to_contain_text("The referral program gives it")
    looked_at()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_label("Name")).to_have_value("Welcome")

    page.goto("/chains/aurora/card-types/")
    looked_at()
    page.goto("/locations/center/items/new/")
    page.get_by_label("Name").fill("Haircut")
    page.get_by_label("Price").fill("60")
    looked_at()
    save(page, "It was added.")
    looked_at()

    assert ReferralProgram.objects.filter(terms__state="on").exists()
    gold = Promotion.objects.select_related("terms").get(name="Gold cashback").as_rules()
    assert [(int(start), int(value)) for start, value in gold.rules] == [(0, 3), (200, 5), (500, 9)]
    the_desk_checks_a_guest_out_under_both(new_page(user=cast.desk), cast)


def test_a_gift_card_type_is_shown_while_it_is_typed_and_sends_its_picture_once(new_page: NewPage, cast: Cast) -> None:
    page = new_page(user=cast.administrator, size=TABLET)
    page.goto("/chains/aurora/gift-card-types/new/")
    expect(page.get_by_label("The most")).to_be_hidden()
    page.get_by_label("typed at the sale").check()
    page.get_by_label("Picture").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": PICTURE})
    page.get_by_label("Amount, or the least").fill("10")
    page.get_by_label("The most").fill("5")
    page.get_by_label("Amount 2").fill("50")
    page.get_by_label("for some time").check()
    page.get_by_label("Valid for").fill("1")
    expect(page.locator("#pane")).to_contain_text("The most: Type an amount that is not below the least.")
    page.get_by_label("The most").fill("200")
    expect(page.locator("#pane")).to_contain_text("A gift card of €10.00 to €200.00, good for 1 year")
    expect(page.locator("#bill")).to_contain_text("Paid with the gift card −€50.00")
    assert not Picture.objects.exists(), "a picture is not sent with each pause in typing"
    page.get_by_role("button", name="Save").click()
    # Without a name it is refused; the picture is not asked for again.
    expect(page.locator(".error-summary")).to_contain_text("Name")
    assert page.locator("img.picture").evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    axe(page)
    page.get_by_label("Name").fill("Spring")
    save(page, "Spring was saved.")
    assert GiftCardTypeTerms.objects.get().online_picture == Picture.objects.get()
    page.goto("/chains/aurora/account-types/new/")
    page.get_by_label("On credit up to").fill("50")
    expect(page.locator("#bill")).to_contain_text("The account pays at most: €70.00")
    axe(page)


def test_a_membership_type_is_counted_in_rows_and_shown_while_it_is_typed(new_page: NewPage, cast: Cast) -> None:
    make_item(cast.aurora, "Haircut", "60.00")
    make_item(cast.aurora, "Beard", "20.00")
    page = new_page(user=cast.administrator, size=TABLET)
    page.goto("/chains/aurora/membership-types/new/")
    page.get_by_label("Name").fill("Hair 8")
    page.get_by_label("Haircut").check()
    page.get_by_label("Visits").fill("8")
    expect(page.get_by_label("Without limit", exact=True)).to_be_hidden()
    page.get_by_label("a count for each service").check()
    page.get_by_role("button", name="Add a counter").click()
    second = page.get_by_role("group", name="Counter 2")
    # What is not ticked is folded away in the first; in the second all can be chosen.
    expect(page.get_by_role("group", name="Counter 1").get_by_label("Beard")).to_be_hidden()
    second.get_by_label("Beard").check()
    second.get_by_label("Without limit").check()
    expect(second.get_by_label("Visits")).to_be_hidden()
    page.get_by_label("Price", exact=True).fill("400")
    page.get_by_label("Lasts for").fill("6")
    expect(page.get_by_label("Begins by itself after")).to_be_hidden()
    page.get_by_label("at the first use").check()
    page.get_by_label("on some days and hours").check()
    page.get_by_label("Monday").check()
    expect(page.locator("#pane")).to_contain_text(
        "8 × Haircut, Beard without limit, within 6 months of the first use, for €400.00; cannot be frozen."
    )
    expect(page.locator("#bill")).to_contain_text("1 visit covered: −€60.00 7 visits are left.")
    axe(page)
    save(page, "Hair 8 was saved.")
    axe(page)
    assert MembershipType.objects.get().as_rules().counts == 8


def the_desk_checks_a_guest_out_under_both(page: Page, cast: Cast) -> None:
    """A newcomer whom Anna invited: 10 % off, 3 % of sold for the newcomer, 5 % of paid for Anna."""
    anna = make_client(cast.center, "Anna Schmidt", "+4915112345601")
    page.goto("/locations/center/visits/")
    page.get_by_label("Find a guest, card or visit").fill("0151 2222 3333")
    page.get_by_label("Find a guest, card or visit").press("Enter")
    page.get_by_label("Name", exact=True).fill("Greta Gast")
    page.get_by_role("button", name="Add and begin a visit").click()
    page.get_by_label("Add a service or product").fill("hair")
    page.get_by_label("Add a service or product").press("Enter")
    page.get_by_role("button", name="Add the inviter").click()
    page.get_by_label("Inviter's phone").fill("0151 1234 5601")
    page.get_by_role("button", name="Confirm the inviter").click()
    expect(page.locator("#referral")).to_contain_text("Anna Schmidt gets 2.70 points once all is paid.")
    page.get_by_role("button", name="Pay the rest: Cash").click()
    expect(page.get_by_label("Cash", exact=True)).to_have_value("54.00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("Paid. 1.80 points earned.")
    balances = dict(Card.objects.values_list("client__name", "holder__balance"))
    assert balances == {anna.name: Decimal("2.70"), "Greta Gast": Decimal("1.80")}


def choose_kind(page: Page, kind: PromotionKind) -> None:
    """Answering is enough; without JavaScript a button brings what follows (`test_program_questions.py`)."""
    for question, answer in Answers.of_kind(kind).said:
        page.get_by_role("radiogroup", name=question).get_by_label(answer).check()
    expect(page.locator(".kind-name")).to_contain_text(label(kind))
    page.get_by_role("button", name="All on one page").click()
    expect(page.get_by_role("button", name="Save")).to_be_visible()


def make_fixed(page: Page, name: str, value: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Value").fill(value)
    save(page, f"{name} was saved.")


def save(page: Page, told: str) -> None:
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text(told)

"""A promotion of each form is set up in a browser in one sitting, and a guest is checked out under all kinds.

That the answers lead to every kind, and its fields to what it gives, is played over HTTP for each
(`test_program_questions.py`, `test_program_pane.py`).
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from chains.models import Chain
from loyalty.labels import label
from loyalty.ledger.kinds import TransactionKind
from loyalty.promotions.kinds import Answers
from loyalty.promotions.models import Promotion
from loyalty.promotions.services import change_promotion
from loyalty.rules.terms import KINDS, PickedBy, PromotionKind
from tests.cast import LONG_AGO, Cast
from tests.plugins.browser import TABLET, NewPage, Problems, axe
from tests.programs import make_card, make_card_type, make_client, make_item, make_promotion, make_visit, moment
from visits.models import Visit

pytestmark = pytest.mark.browser

#: In the order in which the desk applies them: each takes 10 % of what is left.
DISCOUNTS = [
    PromotionKind.DISCOUNT_FIXED,
    PromotionKind.DISCOUNT_CUMULATIVE_SOLD,
    PromotionKind.DISCOUNT_CUMULATIVE_PAID,
    PromotionKind.DISCOUNT_CUMULATIVE_VISITS,
]


#: A single value, a table of rules, a count of units; and the longest way through the questions.
TYPED = [
    PromotionKind.DISCOUNT_FIXED,
    PromotionKind.DISCOUNT_CUMULATIVE_SOLD,
    PromotionKind.DISCOUNT_NTH_FREE,
    PromotionKind.CASHBACK_VISITS_PAID,
]


def test_every_form_in_one_sitting_and_a_guest_under_all_kinds(new_page: NewPage, cast: Cast) -> None:
    others = [make_like_typed(cast.aurora, kind) for kind in PromotionKind if kind not in TYPED]
    club = make_card_type(cast.aurora, "Club", others)
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    guest = make_client(cast.center, "Gina Guest", "+4915112345601")
    make_card(guest, club)
    make_visit(cast.center, guest, [haircut], at=moment("2026-01-10 10:00"))

    page = new_page(user=cast.administrator)
    for kind in TYPED:
        set_up(page, kind)
    assert Promotion.objects.filter(card_types=club).count() == len(PromotionKind) == 13

    page.goto("/chains/aurora/promotions/?sort=name")
    expect(page.get_by_role("row")).to_have_count(14)
    check_out(new_page(user=cast.desk), guest.pk)
    visit = Visit.objects.latest("pk")
    # 60.00 less 10 % four times: 6.00, 5.40, 4.86 and 4.37 (of 43.74, rounded).
    assert (visit.discount, visit.due) == (Decimal("20.63"), Decimal("39.37"))
    gained = visit.transactions.filter(kind=TransactionKind.PROMOTION_ACCRUAL)
    given = {
        row.promotion_terms.kind: row.amount for row in gained.select_related("promotion_terms") if row.promotion_terms
    }
    # 5 % of sold 60.00, and of paid 39.37.
    assert given == {
        kind: Decimal("3.00") if KINDS[kind].taken_of == "sold" else Decimal("1.97")
        for kind in PromotionKind
        if kind.startswith("cashback")
    }


def value_of(kind: PromotionKind) -> str:
    return "5" if kind.startswith("cashback") else "10"


def make_like_typed(chain: Chain, kind: PromotionKind) -> Promotion:
    """The same that is typed for the kind in ``set_up``."""
    if KINDS[kind].picked_by is PickedBy.NOTHING:
        return make_promotion(chain, f"Try {kind}", kind, value_of(kind))
    return make_promotion(chain, f"Try {kind}", kind, rules=[["0", value_of(kind)]])


def set_up(page: Page, kind: PromotionKind) -> None:
    """Step by step, with the fields of the kind and no other; what stands beside follows."""
    page.goto("/chains/aurora/promotions/new/")
    for question, answer in Answers.of_kind(kind).said:
        page.get_by_role("radiogroup", name=question).get_by_label(answer).check()
    expect(page.locator(".kind-name")).to_contain_text(label(kind))
    # While the fields of the kind are still on their way: what is typed meanwhile stays.
    page.get_by_label("Name").fill(f"Try {kind}")
    page.get_by_role("button", name="Next").click()
    value = value_of(kind)
    if KINDS[kind].picked_by in (PickedBy.NOTHING, PickedBy.UNITS_PAID):
        page.get_by_label("Units to pay for" if kind.endswith("free") else "Value").fill(value)
    else:
        page.get_by_label("Row 1: ").first.fill("0")
        page.get_by_label("Row 1: value").fill(value)
    page.get_by_role("link", name="Through which cards").click()
    page.get_by_label("Club").check()
    expect(page.locator("#bill")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text(f"Try {kind} was saved.")


def check_out(page: Page, client_id: int) -> None:
    page.goto(f"/locations/center/visits/new/{client_id}/")
    page.get_by_label("Add a service or product").fill("hair")
    page.get_by_label("Add a service or product").press("Enter")
    for kind in DISCOUNTS:
        page.get_by_role("button", name=f"Apply Try {kind}").click()
        expect(page.get_by_role("button", name=f"Take back Try {kind}")).to_be_visible()
    page.get_by_role("button", name="Pay the rest: Cash").click()
    expect(page.get_by_label("Cash", exact=True)).to_have_value("39.37")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("Paid.")


def test_a_refused_save_opens_the_step_that_is_wrong(new_page: NewPage, cast: Cast) -> None:
    """The table of rules is the one field that has no single box to mark."""
    page = new_page(user=cast.administrator)
    page.goto("/chains/aurora/promotions/new/?kind=cashback_cumulative_sold")
    page.get_by_label("Name").fill("Grow")
    page.get_by_role("button", name="Next").click()
    # The step that lacks something is not left by Next.
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".program-steps [aria-current]")).to_contain_text("How much")
    expect(page.get_by_label("Row 1: value")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".error-summary")).to_contain_text("Rules: Add at least one row")
    expect(page.locator(".program-steps [aria-current]")).to_contain_text("How much")
    expect(page.get_by_label("Row 1: value")).to_be_visible()
    expect(page.get_by_label("Row 2: value")).to_have_attribute("aria-invalid", "true")


def test_an_edit_that_was_overtaken_its_history_and_a_try(
    new_page: NewPage, cast: Cast, problems: Problems, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The pages around a promotion, looked at by axe in both schemes."""
    problems.forgive("ERR_INTERNET_DISCONNECTED|htmx:(sendError|afterRequest)")
    page = new_page(user=cast.administrator, size=TABLET)

    def looked_at() -> None:
        axe(page)

    promotion = make_promotion(
        cast.aurora, "Back", PromotionKind.CASHBACK_FIXED_PAID, "5", burn_count=30, burn_unit="days"
    )
    make_card_type(cast.aurora, "Club", [promotion])
    page.goto(f"/chains/aurora/promotions/{promotion.pk}/")
    page.get_by_label("Value").fill("7")
    expect(page.locator("#pane")).to_contain_text("Every visit gives 7 %")
    page.get_by_label("Services on the bill").fill("100")
    expect(page.locator("#bill")).to_contain_text("+8.05")
    expect(page.get_by_label("Services on the bill")).to_be_focused()
    page.get_by_label("Value").press("Enter")
    page.context.set_offline(True)
    page.get_by_label("Services on the bill").fill("90")
    expect(page.locator("#pane-unreachable")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_label("Services on the bill").fill("100")
    expect(page.locator("#pane-unreachable")).to_be_hidden()
    assert Promotion.objects.select_related("terms").get().as_rules().value == 5
    change_promotion(promotion=promotion, limit=3, at=LONG_AGO, acting_user=cast.owner)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".meanwhile-alert")).to_contain_text("Someone else changed this meanwhile.")
    expect(page.get_by_label("Limit of uses")).to_have_value("3")
    expect(page.get_by_label("Value")).to_have_value("7")
    looked_at()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("Back was saved.")
    terms = Promotion.objects.select_related("terms").get().as_rules()
    assert (terms.value, terms.limit) == (Decimal(7), 3)

    page.goto(f"/chains/aurora/promotions/{promotion.pk}/history/")
    expect(page.get_by_role("main")).to_contain_text("Adam Administrator")
    looked_at()
    page.goto("/chains/aurora/promotions/")
    page.get_by_role("link", name="Conflicts").click()
    expect(page.get_by_role("main")).to_contain_text("Every visit gives 7 %")
    looked_at()

    page.goto(f"/chains/aurora/promotions/{promotion.pk}/")
    page.get_by_role("link", name="Try it").click()
    expect(page.get_by_label("Program")).to_have_value(f"promotion-{promotion.pk}")
    page.get_by_role("group", name="Visit 1", exact=True).get_by_label("Amount").fill("100")
    page.get_by_role("button", name="Add a visit").click()
    last = page.get_by_role("group", name="Visit 4", exact=True)
    expect(last.get_by_label("Day")).to_be_focused()
    # Typed while the answer is on its way; the row below the one that goes moves up.
    page.evaluate(
        """() => {
            const remove = document.querySelector('[name="remove_row"][value="1"]');
            remove.focus();
            remove.click();
            document.getElementById("id_row-3-inviter").value = "Ivo";
        }"""
    )
    expect(page.get_by_role("button", name="Remove visit 2")).to_be_focused()
    last = page.get_by_role("group", name="Visit 3", exact=True)
    expect(last.get_by_label("Invited by")).to_have_value("Ivo")
    last.get_by_label("Invited by").fill("")
    last.get_by_label("Amount").fill("50")
    last.get_by_label("The most").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as a file").click()
    file = tmp_path_factory.mktemp("story") / "back.yaml"
    download.value.save_as(file)
    last.get_by_label("Amount").press("Enter")
    result = page.locator("#result")
    # 7 % of 100.00 a month before it burns; then of the 43.00 that the points leave.
    expect(result).to_contain_text("+7.00 points. 7 % of paid €100.00")
    expect(result).to_contain_text("+3.01 points. 7 % of paid €43.00")
    looked_at()
    page.get_by_role("link", name="Play a file").click()
    page.get_by_role("button", name="Play it").click()
    expect(page.locator(".error-summary")).to_contain_text("Choose a file, or paste its text.")
    looked_at()
    page.get_by_label("Scenario file").set_input_files(file)
    page.get_by_role("button", name="Play it").click()
    expect(page.locator(".alert-success")).to_contain_text("Everything comes out as the file says.")
    looked_at()

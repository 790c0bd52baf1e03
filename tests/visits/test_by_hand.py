"""What is given by hand at the desk: how much each role may take off, by which way, and what it never earns."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from chains.access import Right
from chains.acting import Acting, Program
from chains.models import Access, Chain, User
from chains.refusals import Code, Refusal
from loyalty.ledger.models import Transaction
from loyalty.rules.plan import Plan, PlanLine, Status
from loyalty.rules.terms import PromotionKind
from tests.programs import make_card, make_card_type, make_client, make_promotion
from tests.visits.conftest import Salon
from tests.visits.window import Window, new_window, window_of
from visits.checkout import save_visit
from visits.models import Visit
from visits.plans import plan_of

pytestmark = pytest.mark.django_db

LIMIT = "lines-0-manual_discount"
QUANTITY = "lines-0-quantity"


def bill(salon: Salon, user: User) -> Window:
    return new_window(user, salon.location, salon.boris).post(add_item=str(salon.haircut.pk))


def typed(window: Window, **texts: str) -> Window:
    """Type into the first line and save with the due that is shown."""
    window.post(recalculate="1", **{f"lines-0-{name}": text for name, text in texts.items()})
    return window.save()


def saved_by(salon: Salon, user: User, **texts: str) -> Visit:
    typed(bill(salon, user), **texts).follow()
    return Visit.objects.latest("pk")


def users(salon: Salon) -> dict[str, User]:
    cast = salon.cast
    return {"desk": cast.desk, "manager": cast.manager, "administrator": cast.administrator, "owner": cast.owner}


@pytest.mark.parametrize("role", ["desk", "manager", "administrator", "owner"])
def test_no_role_makes_points_of_what_is_given_away(role: str, salon: Salon) -> None:
    user = users(salon)[role]
    gives = make_promotion(salon.cast.aurora, "29 % of sold", PromotionKind.CASHBACK_FIXED_SOLD, "29")
    guest = make_client(salon.location, "New Guest", "+49 151 1234 5677")
    make_card(guest, make_card_type(salon.cast.aurora, "Sold card", [gives]), at=timezone.now())
    window = new_window(user, salon.location, guest).post(add_item=str(salon.haircut.pk))
    typed(window, quantity="9999", manual_discount="100")
    if role in {"desk", "manager"}:
        assert window.error(LIMIT).startswith("You may take off at most " + {"desk": "10", "manager": "30"}[role])
        assert not Visit.objects.exists()
    else:
        assert window.error(QUANTITY).startswith("9999 are more than usual.")
        assert window.fields[QUANTITY] == "9999"
        assert not Visit.objects.exists()
        typed(window, confirmed_quantity="9999").follow()
        visit = Visit.objects.get()
        assert {visit.sold, visit.discount, visit.due} == {Decimal(0)}
        assert visit.settled_at
        assert "given away" in window.content
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    ("role", "most", "more"), [("desk", "10", "10.01"), ("manager", "30", "30.01"), ("owner", "100", "")]
)
def test_a_role_may_give_so_much_and_no_more(role: str, most: str, more: str, salon: Salon) -> None:
    user = users(salon)[role]
    assert saved_by(salon, user, manual_discount=most).lines.get().manual_discount == Decimal(most)
    if more:
        window = typed(bill(salon, user), manual_discount=more)
        assert window.error(LIMIT).startswith(f"You may take off at most {most} %")
        assert f"at most {most} %" in window.mistakes
        assert Visit.objects.count() == 1


def test_what_is_over_the_limit_is_said_before_saving(salon: Salon) -> None:
    window = bill(salon, salon.desk).post(recalculate="1", **{LIMIT: "50"})
    assert window.error(LIMIT).startswith("You may take off at most 10 %")
    assert window.fields[LIMIT] == "50"


def test_an_impossible_discount_is_called_impossible(salon: Salon) -> None:
    window = typed(bill(salon, salon.desk), manual_discount="101")
    assert window.error(LIMIT).startswith("Type a discount from 0 to 100 percent")


@pytest.mark.parametrize(
    "texts",
    [
        {"unit_price": "41.99"},
        {"unit_price": "0"},
        {"unit_price": "50", "manual_discount": "30"},
        {"unit_price": "6000", "manual_discount": "99"},
    ],
    ids=["price", "nothing", "price and discount", "a higher price first"],
)
def test_a_price_is_no_way_around_the_limit(texts: dict[str, str], salon: Salon) -> None:
    window = typed(bill(salon, salon.manager), **texts)
    assert "You may take off at most 30 %" in window.mistakes
    assert not Visit.objects.exists()


def test_two_saves_give_no_more_than_one(salon: Salon) -> None:
    visit = saved_by(salon, salon.manager, unit_price="42")
    window = typed(window_of(salon.manager, visit), manual_discount="1")
    assert "You may take off at most 30 %" in window.mistakes
    # The usual price is that of the day on which the line was put on the bill, whatever the catalogue says now.
    salon.haircut.price = Decimal(42)
    salon.haircut.save()
    window = typed(window_of(salon.manager, visit), manual_discount="1")
    assert "You may take off at most 30 %" in window.mistakes
    assert Visit.objects.get().due == 42


def test_a_dearer_catalogue_makes_no_old_price_a_discount(salon: Salon) -> None:
    visit = saved_by(salon, salon.desk)
    salon.haircut.price = Decimal(80)
    salon.haircut.save()
    typed(window_of(salon.desk, visit), manual_discount="10").follow()
    assert Visit.objects.get().due == 54


def test_what_a_manager_gave_stays_as_it_was_left(salon: Salon) -> None:
    visit = saved_by(salon, salon.manager, manual_discount="30")
    typed(window_of(salon.desk, visit)).follow()
    window_of(salon.desk, visit).fill(status="waiting").press("recalculate").save().follow()
    window_of(salon.desk, visit).fill(status="arrived").press("recalculate").save().follow()
    assert Visit.objects.get().due == 42
    for texts in ({"manual_discount": "29"}, {"quantity": "2"}):
        window = typed(window_of(salon.desk, visit), **texts)
        assert "You may take off at most 10 %" in window.mistakes
    typed(window_of(salon.desk, visit), manual_discount="10").follow()
    assert Visit.objects.get().due == 54


def test_a_visit_that_waits_is_checked_as_well(salon: Salon) -> None:
    window = typed(bill(salon, salon.desk).fill(status="waiting"), manual_discount="100")
    assert "You may take off at most 10 %" in window.mistakes
    assert not Visit.objects.exists()


def test_the_right_to_change_prices_is_none_to_give(salon: Salon) -> None:
    Access.objects.filter(user=salon.desk).update(extra_rights=[Right.CHANGE_PRICE])
    window = typed(bill(salon, salon.desk), unit_price="53.99")
    assert window.error("lines-0-unit_price").startswith("You may take off at most 10 %")
    assert saved_by(salon, salon.desk, unit_price="54").due == 54


def test_where_a_role_may_give_nothing(salon: Salon) -> None:
    Chain.objects.update(front_desk_discount=0)
    window = typed(bill(salon, salon.desk), manual_discount="0.01")
    assert window.error(LIMIT).startswith("You may give no discounts by hand.")


def test_an_unusual_quantity_is_confirmed_once_and_for_itself(salon: Salon) -> None:
    window = typed(bill(salon, salon.desk), quantity="101")
    assert window.error(QUANTITY).startswith("101 are more than usual.")
    typed(window, quantity="102", confirmed_quantity="101")
    assert window.error(QUANTITY).startswith("102 are more than usual.")
    typed(window, confirmed_quantity="102").follow()
    visit = Visit.objects.get()
    # Asked once: what is saved stays.
    typed(window_of(salon.desk, visit)).follow()
    Chain.objects.update(most_units=5)
    assert saved_by(salon, salon.desk, quantity="5").sold == 300
    assert "6 are more than usual." in typed(bill(salon, salon.desk), quantity="6").mistakes


def test_a_service_asks_whoever_acts(salon: Salon) -> None:
    """Who has no access may give nothing; a program may give what it was given."""
    visit = saved_by(salon, salon.desk)
    plan = plan_of(visit)
    cheap = PlanLine(**{**vars(plan.lines[0]), "manual_discount": Decimal(5)})
    discounted = Plan(**{**vars(plan), "lines": (cheap,), "status": Status.ARRIVED})
    for user in (salon.cast.stranger, salon.cast.suspended, Program("offers", discount_limit=Decimal("4.99"))):
        with pytest.raises(Refusal) as refused:
            save(salon, discounted, visit, user)
        assert refused.value.code == Code.DISCOUNT_OVER_LIMIT
    assert save(salon, discounted, visit, Program("offers", discount_limit=Decimal(5))).due == 57


def save(salon: Salon, plan: Plan, visit: Visit, user: Acting) -> Visit:
    return save_visit(
        location=salon.location, plan=plan, visit_id=visit.pk, key=uuid.uuid4(), at=timezone.now(), acting_user=user
    )

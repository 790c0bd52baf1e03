"""Money that was taken is never lost: who may change past visits, what every save keeps, and where it is told."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client as Browser
from django.utils import timezone
from openpyxl import load_workbook

from chains.access import Right, Role
from chains.models import Chain, User
from chains.refusals import Code, Refusal
from loyalty.rules.plan import DiscountChoice, MeansChoice, PaymentChoice, PaymentMethod, Status
from tests.cast import make_access, make_cast, make_user
from tests.chains.addresses import guarded
from tests.plugins.query_counts import CountQueries
from tests.plugins.races import race
from tests.programs import make_item, make_visit, plan_line
from tests.visits.conftest import Salon, make_salon
from tests.visits.window import Window, new_window, window_of
from visits.changes.kinds import ChangeKind
from visits.checkout import cancel_visit, save_visit
from visits.models import ChangeReason, Visit, VisitChange, VisitPayment
from visits.plans import plan_of

pytestmark = pytest.mark.django_db

CHANGES = "/chains/aurora/reports/changes/"
HERE = "/locations/center/reports/changes/"
CASH = "payments__0__amount"


def ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def paid(salon: Salon, days: int, **choices: Any) -> Visit:
    """A haircut of 60.00 that was saved and paid in cash so many days ago."""
    return make_visit(salon.location, salon.boris, [salon.haircut], at=ago(days), **choices)


def emptied(salon: Salon, user: User, visit: Visit, *, percent: str = "100", **texts: str) -> Window:
    """The attack: discounted by hand, and the cash taken off."""
    window = window_of(user, visit)
    window.post(**{"lines-0-manual_discount": percent, "payments-0-amount": ""})
    return window.post(**texts, save="1")


def browser(user: User) -> Browser:
    found = Browser()
    found.force_login(user)
    return found


def newest(visit: Visit) -> VisitChange:
    return visit.changes.latest("version")


def told(page: Any) -> list[str]:
    """What the list says of each save, and why."""
    table = page.context["table"]
    return [f"{table.value_what(row.record)} | {table.value_why(row.record)}" for row in table.rows]


# Visits of past days
# ----------------------------------------------------------------------------


def test_the_desk_cannot_empty_a_visit_of_three_months_ago(salon: Salon) -> None:
    visit = paid(salon, 90)
    window = window_of(salon.desk, visit)
    assert "so you can only look at it" in window.text("closed")
    assert 'class="window-fields" disabled' in window.response.content.decode()
    assert not window.has_button("save") and "Cancel visit" not in window.content
    for texts in ({}, {"reason": "a mistake"}, {"status": "waiting"}, {"status": "no_show"}):
        assert "The visit is of a past day" in emptied(salon, salon.desk, visit, **texts).mistakes
    form = {"key": str(uuid.uuid4()), "version": "1", "reason": "a mistake"}
    page = browser(salon.desk).get(f"/locations/center/visits/{visit.pk}/cancel/").content.decode()
    assert "ask a manager" in page and 'name="reason"' not in page
    answer = browser(salon.desk).post(f"/locations/center/visits/{visit.pk}/cancel/", form)
    assert "The visit is of a past day" in answer.content.decode()
    visit.refresh_from_db()
    assert (visit.status, visit.version) == (Status.ARRIVED, 1) and visit.due == visit.paid == 60
    assert VisitPayment.objects.get().amount == 60 and VisitChange.objects.count() == 1


@pytest.mark.parametrize(("role", "percent", "due"), [("manager", "30", 42), ("owner", "100", 0)])
def test_who_may_change_the_past_says_why_and_is_told(salon: Salon, role: str, percent: str, due: int) -> None:
    user: User = getattr(salon.cast, role)
    visit = paid(salon, 90)
    window = emptied(salon, user, visit, percent=percent)
    assert "Write why" in window.mistakes and window.error("reason")
    assert Visit.objects.get().paid == 60 and VisitChange.objects.count() == 1
    window.fill(reason="Complaint, all given back").save().follow()
    change = newest(visit)
    assert (change.acting_user, change.version) == (user, 2) and change.taken_off == 60
    assert change.due_before == 60 and change.due == due and change.days_after == 90
    assert change.reason.text == "Complaint, all given back"
    assert set(change.kinds) == {"lines", "manual_discount", "payments", "taken_off"}
    for page in (browser(user).get(CHANGES), browser(user).get(HERE)):
        what = f"Haircut: 1 × 60.00 → 1 × 60.00, −{percent} %; Cash: €60.00 → –; Due: €60.00 → €{due}.00"
        assert told(page) == [f"{what} | Complaint, all given back"]
    story = window.text("changes")
    assert "90 days after the visit" in story and "Cash: €60.00 → –" in story and "Complaint, all given back" in story
    assert user.name in story and "Entered." in story


def test_a_right_of_its_own_opens_the_past_to_the_desk(salon: Salon) -> None:
    night = make_user("Nils Night")
    make_access(
        night, salon.cast.aurora, Role.FRONT_DESK, locations=[salon.location], extra_rights=[Right.EDIT_PAST_VISITS]
    )
    window = emptied(salon, night, paid(salon, 3), percent="10", reason="Wrong guest")
    assert window.response.status_code == 302 and Visit.objects.get().paid == 0


def test_the_desk_changes_visits_of_today_and_of_days_to_come(salon: Salon) -> None:
    visit = paid(salon, 0)
    assert "Write why" in emptied(salon, salon.desk, visit, percent="10").mistakes
    assert emptied(salon, salon.desk, visit, percent="10", reason="Given back").response.status_code == 302
    booked = make_visit(salon.location, salon.anna, [salon.haircut], at=ago(-3), status=Status.WAITING, pays=None)
    assert window_of(salon.desk, booked).post(status="confirmed", save="1").response.status_code == 302


def test_the_past_begins_with_the_day_of_the_location(salon: Salon) -> None:
    """A location across the date line is at another day than the chain."""
    for zone, opens in (("Pacific/Kiritimati", False), ("Pacific/Pago_Pago", True)):
        salon.location.time_zone = zone
        salon.location.save()
        visit = paid(salon, 0)
        at = timezone.now() + timedelta(hours=25)
        Visit.objects.filter(pk=visit.pk).update(
            starts_on=salon.location.local_date(at) - timedelta(days=0 if opens else 1)
        )
        refused = outcome(lambda kept=visit, when=at: edit(salon, kept, at=when, status=Status.WAITING))
        assert refused == (None if opens else Code.FORBIDDEN), zone


def outcome(call: Any) -> Code | None:
    try:
        with transaction.atomic():
            call()
    except Refusal as refusal:
        return refusal.code
    return None


def edit(salon: Salon, visit: Visit, *, user: User | None = None, at: datetime | None = None, **changes: Any) -> Visit:
    kept = Visit.objects.with_plan().get(pk=visit.pk)
    reason = changes.pop("reason", "")
    return save_visit(
        location=salon.location,
        plan=replace(plan_of(kept), **changes),
        visit_id=visit.pk,
        reason=reason,
        key=uuid.uuid4(),
        at=at or timezone.now(),
        acting_user=user or salon.desk,
    )


@pytest.mark.parametrize(
    ("status", "days", "new", "code"),
    [
        (Status.WAITING, 1, Status.ARRIVED, None),
        (Status.CONFIRMED, 1, Status.NO_SHOW, None),
        (Status.WAITING, 2, Status.ARRIVED, Code.FORBIDDEN),
        (Status.CONFIRMED, 2, Status.NO_SHOW, Code.FORBIDDEN),
        (Status.NO_SHOW, 1, Status.ARRIVED, Code.FORBIDDEN),
        (Status.CANCELLED, 1, Status.ARRIVED, Code.FORBIDDEN),
        (Status.ARRIVED, 1, Status.WAITING, Code.FORBIDDEN),
        (Status.ARRIVED, 1, Status.ARRIVED, Code.FORBIDDEN),
    ],
)
def test_who_was_expected_yesterday_is_entered_today(
    salon: Salon, status: Status, days: int, new: Status, code: Code | None
) -> None:
    visit = paid(salon, days, status=status, pays=None)
    assert outcome(lambda: edit(salon, visit, status=new)) == code
    assert outcome(lambda: edit(salon, visit, user=salon.manager, status=new)) is None


def test_the_row_of_a_past_day_has_its_button_as_long_as_it_works(salon: Salon) -> None:
    for days, shown in ((1, True), (2, False)):
        visit = paid(salon, days, status=Status.WAITING, pays=None)
        day = f"/locations/center/visits/?on={visit.starts_on}"
        assert (f"/{visit.pk}/arrive/" in browser(salon.desk).get(day).content.decode()) is shown
        assert f"/{visit.pk}/arrive/" in browser(salon.manager).get(day).content.decode()
    row = {"key": str(uuid.uuid4()), "version": "1", "shown_due": "60.00", "shown_value": "0", "shown_left": "60.00"}
    answer = browser(salon.desk).post(f"/locations/center/visits/{visit.pk}/arrive/", row, follow=True)
    assert "The visit is of a past day" in answer.content.decode()
    assert Visit.objects.get(pk=visit.pk).status == Status.WAITING


@pytest.mark.parametrize(
    ("late", "days", "saved"), [(1, 1, True), (1, 2, False), (0, 1, False), (7, 7, True), (7, 8, False)]
)
def test_how_late_a_visit_may_be_entered(salon: Salon, late: int, days: int, saved: bool) -> None:
    Chain.objects.filter(pk=salon.cast.aurora.pk).update(late_entry_days=late)
    on = salon.location.local_date(timezone.now()) - timedelta(days=days)
    window = new_window(salon.desk, salon.location, salon.anna).post(add_item=str(salon.haircut.pk))
    window.fill(date=on.isoformat(), time="12:00").press("pay_the_rest", "cash").save()
    assert Visit.objects.exists() is saved
    if not saved:
        assert f"at most {late} days after its day" in window.error("date")
        manager = new_window(salon.manager, salon.location, salon.anna).post(add_item=str(salon.haircut.pk))
        assert manager.fill(date=on.isoformat(), time="12:00").save().response.status_code == 302


def test_a_visit_of_today_is_not_moved_to_a_past_day(salon: Salon) -> None:
    """Its money would be gone from the takings of today."""
    visit = paid(salon, 0, status=Status.WAITING)
    yesterday: dict[str, Any] = {"starts_at": ago(1), "starts_on": salon.location.local_date(ago(1))}
    assert outcome(lambda: edit(salon, visit, **yesterday)) == Code.FORBIDDEN
    assert outcome(lambda: edit(salon, visit, user=salon.manager, reason="Was yesterday", **yesterday)) is None
    assert newest(visit).kinds == ["place", "moved"]
    assert newest(visit).days_after == 1


# What is kept
# ----------------------------------------------------------------------------


def test_money_that_only_changes_its_method_asks_nothing_and_is_told(salon: Salon) -> None:
    visit = paid(salon, 0)
    edit(salon, visit, payments=(PaymentChoice(PaymentMethod.CARD, None),))
    change = newest(visit)
    assert change.kinds == ["payments", "moved"] and change.taken_off == 0
    assert told(browser(salon.manager).get(CHANGES, {"money": "moved"})) == [
        "Cash: €60.00 → –; Bank card: – → €60.00 | "
    ]


def test_every_part_of_a_visit_is_told_from_and_to(salon: Salon) -> None:
    salon.give(salon.boris, "20")
    visit = paid(salon, 0)
    kept = plan_of(Visit.objects.with_plan().get())
    edit(
        salon,
        visit,
        user=salon.manager,
        lines=(replace(kept.lines[0], quantity=2, manual_discount=Decimal("12.5")), plan_line(salon.shampoo)),
        discounts=(DiscountChoice(salon.club_card.pk, salon.discount.pk),),
        means=(MeansChoice(salon.bonus_card(salon.boris).holder_id, Decimal("7.00")),),
        payments=(PaymentChoice(PaymentMethod.CASH, Decimal(60)), PaymentChoice(PaymentMethod.CARD, Decimal(10))),
    )
    number = salon.bonus_card(salon.boris)
    (what,) = told(browser(salon.manager).get(CHANGES))
    assert what.removesuffix(" | ").split("; ") == [
        "Haircut: 1 × 60.00 → 2 × 60.00, −12.5 %",
        "Shampoo: not on the bill → 1 × 18.90",
        "Club discount: not applied → applied",
        f"Points of {number}: – → 7.00",
        "Bank card: – → €10.00",
        "Due: €60.00 → €111.51",
    ]
    lines = Visit.objects.with_plan().get().lines.all()
    assert {each["line"] for each in newest(visit).differences if each["what"] == "line"} == {line.pk for line in lines}
    edit(salon, visit, status=Status.WAITING)
    assert newest(visit).kinds == ["status", "called_off"]
    edit(salon, visit, client_id=salon.anna.pk, discounts=(), means=())
    assert told(browser(salon.manager).get(CHANGES))[0].startswith(
        "Guest: Boris Ivanov → Anna Schmidt; Club discount: applied"
    )
    edit(salon, visit)
    assert (newest(visit).differences, newest(visit).kinds) == ([], [])
    assert list(visit.changes.order_by("version").values_list("version", flat=True)) == [1, 2, 3, 4, 5]


def test_a_referral_is_told_by_name_and_kept_without_a_phone(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.nina, [salon.haircut], at=timezone.now(), referral=str(salon.anna.phone))
    assert "Invited by: – → Anna Schmidt" in told(browser(salon.manager).get(CHANGES, {"kind": "entered"}))[0]
    assert str(salon.anna.phone).lstrip("+") not in str(newest(visit).differences)
    edit(salon, visit, referral="", payments=(), reason="Given back")
    assert "Invited by: Anna Schmidt → –" in told(browser(salon.manager).get(CHANGES))[0]


def test_a_cancellation_is_told_with_its_reason_and_once(salon: Salon) -> None:
    visit = paid(salon, 0)
    for _time in range(2):
        cancel_visit(
            visit_id=visit.pk,
            chain=salon.cast.aurora,
            reason="The guest left",
            key=uuid.uuid4(),
            at=timezone.now(),
            acting_user=salon.desk,
        )
    assert visit.changes.count() == 2 and newest(visit).kinds == ["status", "called_off"]
    assert told(browser(salon.manager).get(CHANGES, {"money": "called_off"})) == [
        "Status: arrived → cancelled | The guest left"
    ]
    assert "The guest left" in window_of(salon.desk, visit).text("changes")


def test_a_refused_save_leaves_no_change(salon: Salon) -> None:
    visit = paid(salon, 0)
    assert outcome(lambda: edit(salon, visit, payments=())) == Code.REASON_MISSING
    assert outcome(lambda: edit(salon, visit, payments=(PaymentChoice(PaymentMethod.CASH, Decimal(61)),))) is not None
    assert visit.changes.count() == 1 and not ChangeReason.objects.exists()


def test_the_database_refuses_to_change_what_was_kept(salon: Salon) -> None:
    paid(salon, 0)
    for statement in ("UPDATE visits_visitchange SET taken_off = 1", "DELETE FROM visits_visitchange"):
        with (
            pytest.raises(ProgrammingError, match="Cannot update or delete rows"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    edit(salon, Visit.objects.get(), payments=(), reason="Given back")
    assert ChangeReason.objects.all().delete()[0] == 1
    assert VisitChange.objects.filter(taken_off=60).exists()


@pytest.mark.races
def test_of_two_saves_at_once_each_keeps_its_own_change(transactional_db: None) -> None:
    salon = make_salon(make_cast())
    visit = paid(salon, 0)
    plan = plan_of(Visit.objects.with_plan().get())

    def take_off(amount: int) -> Any:
        payments = (PaymentChoice(PaymentMethod.CASH, Decimal(amount)),)
        return lambda: save_visit(
            location=salon.location,
            plan=replace(plan, payments=payments),
            visit_id=visit.pk,
            reason="Given back",
            key=uuid.uuid4(),
            at=timezone.now(),
            acting_user=salon.desk,
        )

    race(take_off(40), take_off(10))
    rows = list(visit.changes.order_by("version").values_list("version", "taken_off"))
    assert [version for version, _off in rows] == [1, 2, 3]
    assert {off for _version, off in rows} in ({Decimal(0), Decimal(20), Decimal(30)}, {Decimal(0), Decimal(50)})


# The list
# ----------------------------------------------------------------------------


def test_the_list_is_filtered(salon: Salon) -> None:
    old, new = paid(salon, 40), paid(salon, 0)
    edit(salon, old, user=salon.manager, payments=(), reason="Given back")
    edit(
        salon,
        new,
        lines=(plan_line(salon.colour),),
        payments=(PaymentChoice(PaymentMethod.CASH, None),),
        reason="Colour",
    )
    manager = browser(salon.manager)
    today = salon.location.local_date(timezone.now())
    queries: list[tuple[dict[str, Any], set[int]]] = [
        ({}, {old.pk, new.pk}),
        ({"money": "taken_off"}, {old.pk, new.pk}),
        ({"kind": "lines"}, {new.pk}),
        ({"days_after": "40"}, {old.pk}),
        ({"days_after": "41"}, set()),
        ({"who": salon.desk.pk}, {new.pk}),
        ({"since": today, "until": today}, {old.pk, new.pk}),
        ({"until": today - timedelta(days=1)}, set()),
        ({"location": salon.cast.harbour.pk}, set()),
        ({"location": salon.location.pk}, {old.pk, new.pk}),
        ({"guest": "boris"}, {old.pk, new.pk}),
        ({"guest": "anna"}, set()),
    ]
    for query, found in queries:
        rows = [row.record for row in manager.get(CHANGES, query).context["table"].rows]
        assert {row.visit_id for row in rows} == found and len(rows) == len(found), query
    assert len(manager.get(CHANGES, {"kind": "entered"}).context["table"].rows) == 2
    for junk in ({"days_after": "x"}, {"who": "0"}, {"days_after": "9" * 30}, {"money": "?"}):
        assert manager.get(CHANGES, junk).status_code == 200
    assert "location" not in manager.get(HERE).context["filters"].form.fields
    assert not manager.get("/locations/harbour/reports/changes/").context["table"].rows


def test_a_visit_entered_late_is_in_the_list(salon: Salon) -> None:
    at = ago(1)
    plan = replace(plan_of(Visit.objects.with_plan().get(pk=paid(salon, 0).pk)), starts_at=at)
    plan = replace(plan, starts_on=salon.location.local_date(at), lines=(plan_line(salon.haircut),))
    save_visit(location=salon.location, plan=plan, key=uuid.uuid4(), at=timezone.now(), acting_user=salon.desk)
    (row,) = browser(salon.manager).get(CHANGES).context["table"].rows
    assert (row.record.version, row.record.days_after, row.record.kinds) == (1, 1, [ChangeKind.ENTERED])


def test_the_list_as_a_workbook(salon: Salon) -> None:
    visit = paid(salon, 40)
    edit(salon, visit, user=salon.manager, payments=(), reason="=1+1")
    answer = browser(salon.manager).get(CHANGES, {"export": "xlsx"})
    heading, row = load_workbook(BytesIO(answer.content))["Changes to visits"].iter_rows(values_only=True)
    found = dict(zip(heading, row, strict=True))
    assert (found["Money taken off"], found["Days after"], found["Why"]) == (60, 40, "=1+1")
    assert found["What changed"] == "Cash: €60.00 → –"


def test_only_who_reads_reports_sees_the_list(salon: Salon) -> None:
    assert browser(salon.desk).get(HERE).status_code == 403
    assert {each.door.right for each in guarded() if "visit_changes" in each.name and each.door} == {Right.VIEW_REPORTS}


# Discounts by hand
# ----------------------------------------------------------------------------


def test_discounts_by_hand_are_told_from_those_of_promotions(salon: Salon) -> None:
    discounts = (DiscountChoice(salon.club_card.pk, salon.discount.pk),)
    visit = paid(salon, 0, by_hand="20", discounts=discounts)
    assert visit.discount == Decimal("16.80") and visit.manual_discount == 12
    assert visit.promotion_discount == Decimal("4.80")
    manager = browser(salon.manager)
    tiles = {tile.measure.name: tile.now.written for tile in manager.get("/chains/aurora/overview/").context["tiles"]}
    assert (tiles["manual_discount"], tiles["promotion_discount"]) == ("€12.00", "€4.80")
    page = manager.get("/chains/aurora/reports/visits/")
    totals = page.context["filters"].totals
    assert (totals.manual_discount, totals.promotion_discount) == (12, Decimal("4.80"))
    assert "€12.00</span> by hand" in page.content.decode() and "€4.80</span> by promotions" in page.content.decode()
    assert "€12.00</span> by hand" in browser(salon.desk).get("/locations/center/visits/").content.decode()


@pytest.mark.parametrize("many", [3, 30])
def test_the_queries_of_the_list(
    many: int, salon: Salon, count_queries: CountQueries, django_assert_max_num_queries: Any
) -> None:
    for number in range(many):
        visit = make_visit(salon.location, salon.boris, [salon.haircut], at=ago(0), pays=None)
        line = plan_line(make_item(salon.cast.aurora, f"Service {number}", "10.00"))
        edit(salon, visit, lines=(line,), discounts=(DiscountChoice(salon.club_card.pk, salon.discount.pk),))
    manager = browser(salon.manager)
    manager.get(CHANGES)
    with count_queries("report: changes to visits"):
        manager.get(CHANGES)
    with django_assert_max_num_queries(25):
        manager.get(CHANGES, {"export": "xlsx"})

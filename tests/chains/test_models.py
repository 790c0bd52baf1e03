"""What the models of people and places promise to everything above them."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from chains.access import Right, Role
from chains.models import Access, Chain, User
from chains.refusals import Code, Refusal
from chains.validators import validate_currency, validate_region, validate_time_zone
from tests.cast import Cast, make_access, make_chain, make_location

NEW_YEAR = datetime.datetime(2026, 1, 1, 4, 30, tzinfo=datetime.UTC)


def test_an_address_exists_once_however_it_is_spelled(cast: Cast) -> None:
    User.objects.create_user("Ida.Ito@Example.com", name="Ida Ito")
    for spelling in ("ida.ito@example.com", "IDA.ITO@EXAMPLE.COM"):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create_user(spelling, name="Second Ida")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=cast.desk.pk).update(email="Dora-Desk@example.com")
    assert User.objects.get_by_natural_key(" IDA.ito@example.com ").name == "Ida Ito"


@pytest.mark.parametrize(("currency", "places"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("IQD", 3), ("RSD", 2)])
@pytest.mark.django_db
def test_amounts_have_the_digits_of_the_currency(currency: str, places: int) -> None:
    assert make_chain("Money", currency=currency).places == places


@pytest.mark.django_db
def test_a_location_has_its_own_clock_or_that_of_its_chain() -> None:
    chain = make_chain("Clocks", time_zone="America/New_York")
    home, away = make_location(chain, "Home"), make_location(chain, "Away", time_zone="Asia/Tokyo")
    assert chain.local_date(NEW_YEAR) == datetime.date(2025, 12, 31)
    assert home.local_date(NEW_YEAR) == datetime.date(2025, 12, 31)
    assert away.local_datetime(NEW_YEAR).isoformat() == "2026-01-01T13:30:00+09:00"


@pytest.mark.parametrize(
    "setting",
    [
        {"front_desk_discount": 101},
        {"manager_discount": -1},
        {"administrator_discount": 100.01},
        {"most_units": 0},
        {"most_units": 10000},
    ],
)
def test_the_database_keeps_no_limit_that_cannot_be(cast: Cast, setting: dict[str, float]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Chain.objects.update(**setting)


def test_a_user_has_one_access_per_chain(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_access(cast.desk, cast.aurora, Role.MANAGER)


def test_roles_are_sets_of_rights() -> None:
    assert Role.OWNER.rights == set(Right)
    assert Role.ADMINISTRATOR.rights == set(Right) - {Right.MANAGE_USERS}
    assert Role.FRONT_DESK.rights < Role.MANAGER.rights < Role.ADMINISTRATOR.rights
    assert Right.CHANGE_PRICE not in Role.FRONT_DESK.rights


def test_a_further_right_adds_to_the_role(cast: Cast) -> None:
    access = cast.desk.accesses.get()
    access.extra_rights = [Right.CHANGE_PRICE]
    access.save()
    assert Access.objects.get(pk=access.pk).has(Right.CHANGE_PRICE)


def test_the_history_keeps_who_was_given_which_role_and_location(cast: Cast) -> None:
    access = cast.desk.accesses.get()
    Access.objects.filter(pk=access.pk).update(role=Role.MANAGER)
    access.locations.set([cast.harbour])
    with connection.cursor() as cursor:
        cursor.execute("SELECT role FROM chains_accessevent WHERE id = %s ORDER BY pgh_id", [access.pk])
        assert cursor.fetchall() == [("front_desk",), ("manager",)]
        cursor.execute(
            "SELECT pgh_label, location_id FROM chains_accesslocationevent WHERE access_id = %s ORDER BY pgh_id",
            [access.pk],
        )
        assert cursor.fetchall() == [
            ("insert", cast.center.pk),
            ("delete", cast.center.pk),
            ("insert", cast.harbour.pk),
        ]


@pytest.mark.parametrize(
    ("validate", "good", "bad"),
    [
        (validate_currency, "EUR", "EURO"),
        (validate_time_zone, "Europe/Berlin", "Berlin"),
        (validate_region, "DE", "001"),
        (validate_region, "JP", "XX"),
    ],
)
def test_words_of_the_outside_world_are_checked(validate: object, good: str, bad: str) -> None:
    assert callable(validate)
    validate(good)
    with pytest.raises(ValidationError, match=bad):
        validate(bad)


def test_a_refusal_fills_its_sentence() -> None:
    refusal = Refusal(Code.POINTS_OVER_LIMIT, "Take at most %(most)s.", field="points.12", params={"most": "27.00"})
    assert str(refusal) == "Take at most 27.00."
    assert (refusal.code, refusal.field) == ("points_over_limit", "points.12")
    assert str(Refusal(Code.LOCKED, "At most 30 % of due.")) == "At most 30 % of due."

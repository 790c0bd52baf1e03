"""The enumerations of the rules are declared once, and every member has its words."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, StrEnum
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from loyalty.labels import LABELS, choices_of, label
from loyalty.rules.plan import PaymentMethod, Status
from tests.cast import Cast
from tests.programs import make_client


def enumerations(root: type[Enum] = Enum) -> Iterator[type[Enum]]:
    for each in root.__subclasses__():
        yield each
        yield from enumerations(each)


@pytest.mark.parametrize("enumeration", LABELS)
def test_every_member_has_words_of_its_own(enumeration: type[StrEnum]) -> None:
    assert [value for value, _label in choices_of(enumeration)] == [member.value for member in enumeration]
    words = [label(member) for member in enumeration]
    assert all(words) and len(set(words)) == len(words)


@pytest.mark.parametrize("enumeration", LABELS)
def test_no_other_enumeration_has_its_name_or_its_values(enumeration: type[StrEnum]) -> None:
    ours = [each for each in enumerations() if each.__module__.partition(".")[0] in {"loyalty", "visits", "reports"}]
    assert [each for each in ours if each.__name__ == enumeration.__name__] == [enumeration]
    values = {member.value for member in enumeration}
    assert [each for each in ours if {member.value for member in each} == values] == [enumeration]


def test_what_a_model_offers_is_what_the_rules_declare() -> None:
    """A field that keeps a value of the rules has all of their members, in their order."""
    declared = {frozenset(member.value for member in enumeration): enumeration for enumeration in LABELS}
    offered: dict[Any, list[Any]] = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            choices = list(getattr(field, "flatchoices", None) or [])
            if enumeration := declared.get(frozenset(str(value) for value, _label in choices)):
                offered.setdefault(enumeration, []).append(choices)
    assert set(offered) == set(LABELS)
    for enumeration, found in offered.items():
        assert all(choices == choices_of(enumeration) for choices in found)


def test_the_window_calls_methods_of_payment_and_statuses_by_their_words(cast: Cast) -> None:
    desk = Client()
    desk.force_login(cast.desk)
    guest = make_client(cast.center, "Gina Guest", "+4915112345611")
    page = desk.get(f"/locations/center/visits/new/{guest.pk}/").content.decode()
    for method in PaymentMethod:
        assert f'value="{method.value}"' in page and f'aria-label="Pay the rest: {label(method)}"' in page
    for status in set(Status) - {Status.CANCELLED}:
        assert f">{label(status)}</label>" in page

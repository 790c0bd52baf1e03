"""What is asked for and not sold here is named, also where other keys went on before it could be read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.visits.conftest import Salon
from tests.visits.window import new_window
from visits.models import Visit

pytestmark = pytest.mark.django_db


def test_what_found_nothing_is_named_until_something_is_added_after_it(salon: Salon) -> None:
    window = new_window(salon.desk, salon.location, salon.nina).post(add_found="unicorn")
    unfound = "Nothing sold here is called “unicorn”."
    assert unfound in window.content and window.fields["q"] == "unicorn"
    assert window.text("found") == "", "it is said once"
    # Pressed before the answer was there.
    window.post(add_found="hair", early="early")
    assert unfound in window.content and window.fields["lines-0-quantity"] == "1"
    assert unfound not in window.post(add_found="hair").content
    assert window.fields["lines-0-quantity"] == "2"


def test_no_bill_is_saved_by_who_could_not_read_what_is_not_on_it(salon: Salon) -> None:
    window = new_window(salon.desk, salon.location, salon.nina).post(add_item=str(salon.haircut.pk))
    window.post(add_found="unicorn").post(save="1", early="early")
    assert "Nothing sold here is called “unicorn”. Look at the bill, then save again." in window.mistakes
    assert not Visit.objects.exists()
    window.save().follow()
    assert Visit.objects.get().due == Decimal(60)

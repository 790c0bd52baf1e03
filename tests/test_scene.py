"""Scenes are shared by tests that know nothing of each other."""

import pytest
from django.db import connection
from django.utils import timezone

from chains.models import Chain, User
from tests.cast import Cast, make_chain
from tests.scene import STAGE, Stage


@pytest.mark.parametrize("turn", ["first", "second", "third"])
def test_what_one_test_does_to_a_scene_no_other_sees(turn: str, cast: Cast) -> None:
    assert cast.aurora.name == "Aurora" and Chain.objects.get(pk=cast.aurora.pk).name == "Aurora"
    assert cast.center.chain is cast.aurora
    assert User.objects.filter(pk=cast.newcomer.pk).exists()
    cast.aurora.name = turn
    cast.aurora.save()
    cast.newcomer.delete()


def test_its_rows_lie_in_a_transaction_around_that_of_the_test(cast: Cast) -> None:
    assert [kept.make.__name__ for kept in STAGE.kept] == ["cast"]
    assert len(connection.savepoint_ids) == 1


@pytest.mark.django_db
def test_who_asks_for_none_finds_none() -> None:
    assert not STAGE.kept and not Chain.objects.exists()


@pytest.mark.races
def test_who_commits_makes_it_anew(cast: Cast) -> None:
    assert not STAGE.kept and not connection.in_atomic_block
    assert Chain.objects.get(pk=cast.aurora.pk).name == "Aurora"


def test_a_scene_that_cannot_be_made_leaves_nothing(db: None) -> None:
    def wrong(db: None) -> None:
        make_chain("Wrong")
        raise LookupError("on purpose")

    stage = Stage()
    with pytest.raises(LookupError, match="on purpose"):
        stage.prepare([wrong], timezone.now())
    assert not stage.kept and not Chain.objects.exists()

"""What staff entered by hand is undone by who may enter it, whatever holds it: cards, gift cards, client accounts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client as Browser

from chains.access import ROLE_RIGHTS, Right, Role
from clients.models import Client
from loyalty.gift_cards.services import adjust_balance
from loyalty.ledger.models import HandedMoney, Holder, Transaction
from loyalty.rules.plan import PaymentMethod
from tests.cast import LONG_AGO, PROGRAM, Cast
from tests.clients.accounts import adjust, pay_out, top_up
from tests.clients.guests import Programs, bonus_card
from tests.pages import fill, mistakes, text_of
from tests.programs import (
    give_points,
    make_account,
    make_account_type,
    make_client,
    make_gift_card,
    make_gift_card_type,
)


def points(guest: Client) -> Transaction:
    return give_points(bonus_card(guest), "5")


def adjusted_gift_card(guest: Client) -> Transaction:
    card = make_gift_card(make_gift_card_type(guest.chain), "50", "G-1")
    return adjust_balance(gift_card=card, amount=Decimal(5), comment="Sorry", at=LONG_AGO, acting_user=PROGRAM)


def topped_up(guest: Client) -> Transaction:
    return top_up(make_account(guest, make_account_type(guest.chain), "20"), "30", method=PaymentMethod.CARD)


def paid_out(guest: Client) -> Transaction:
    return pay_out(make_account(guest, make_account_type(guest.chain), "20"), "12.50")


def adjusted_account(guest: Client) -> Transaction:
    return adjust(make_account(guest, make_account_type(guest.chain), "20"), "-3")


@pytest.mark.parametrize(
    ("enter", "right"),
    [
        (points, Right.MANUAL_POINTS),
        (adjusted_gift_card, Right.ADJUST_VALUE),
        (topped_up, Right.PAY_OUT_ACCOUNTS),
        (paid_out, Right.PAY_OUT_ACCOUNTS),
        (adjusted_account, Right.ADJUST_VALUE),
    ],
)
def test_a_row_is_undone_with_the_right_of_its_kind(
    client: Browser,
    cast: Cast,
    programs: Programs,
    monkeypatch: pytest.MonkeyPatch,
    enter: Callable[[Client], Transaction],
    right: Right,
) -> None:
    row = enter(make_client(cast.center, "Gina Guest", "+4915112300001"))
    assert row.holder_id
    held = Holder.objects.get(pk=row.holder_id).balance
    address = f"/locations/center/loyalty-rows/{row.pk}/undo/"
    client.force_login(cast.desk)
    for rights in ([Right.VIEW_CLIENTS, *set(Right) - {right}], [Right.VIEW_CLIENTS, right]):
        monkeypatch.setitem(ROLE_RIGHTS, Role.FRONT_DESK, frozenset(rights))
        page = client.get(address)
        if right in rights:
            break
        assert f"Your role does not include “{right.label}”" in text_of(page)
        assert ">Undo</button>" not in page.content.decode()
        assert client.post(address, {"key": ""}).status_code == 403
        assert Holder.objects.get(pk=row.holder_id).balance == held
    form = fill(page)
    for _again in range(2):
        assert client.post(address, form).status_code == 302
    assert Holder.objects.get(pk=row.holder_id).balance == held - row.amount
    assert HandedMoney.objects.filter(transaction__in=[row, row.undone_by]).count() in (0, 2)
    assert "already" in mistakes(client.post(address, {"key": ""}))["__all__"][0]

"""Who gets through which door: every address, for everyone who might come along."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from chains.access import ROLE_RIGHTS, Right, Role
from chains.catalog.models import Category
from chains.lists.models import SavedView
from chains.models import Access, Location, User
from chains.spaces import SpaceKind
from clients.messages.models import Message, MessageKind
from loyalty.gift_cards.pictures import keep_picture
from loyalty.rules.terms import PromotionKind
from reports.exports.models import Export
from tests.cast import LONG_AGO, Cast, make_access, make_location, make_user
from tests.chains.addresses import SIGN_IN, Address, addresses, guarded
from tests.clients import memberships
from tests.clients.accounts import top_up
from tests.clients.gift_cards import sell
from tests.exports import make_export
from tests.programs import (
    give_points,
    make_account,
    make_account_type,
    make_card,
    make_card_type,
    make_client,
    make_gift_card_type,
    make_item,
    make_membership_type,
    make_promotion,
    make_visit,
)

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

GUARDED = guarded()
OF_A_SPACE = [address for address in GUARDED if address.door and address.door.kind]
OF_A_LOCATION = [address for address in GUARDED if address.door and address.door.kind == SpaceKind.LOCATION]
OF_A_CHAIN = [address for address in OF_A_SPACE if address not in OF_A_LOCATION]
OF_NO_SPACE = [address for address in GUARDED if address not in OF_A_SPACE]
#: All addresses of a kind of space with one right stand behind the same door. What is about somebody is tried at one
#: of them; that each address has its own right is tried at each.
OF_EACH_DOOR = list({address.door: address for address in OF_A_SPACE}.values())


def a_client(location: Location) -> int:
    return make_client(location, "Gina Guest", "+4915112345611").pk


def a_visit(location: Location) -> int:
    guest = make_client(location, "Victor Visitor", "+4915112345612")
    return make_visit(location, guest, [make_item(location.chain, "Trim", "60.00")], at=LONG_AGO).pk


def a_message(location: Location) -> int:
    guest = make_client(location, "Mia Message", "+4915112345614")
    return Message.objects.create(
        chain=location.chain,
        client=guest,
        kind=MessageKind.POINTS_BURNING,
        subject_on=LONG_AGO.date(),
        figures={"amount": "1.00"},
        queued_at=LONG_AGO,
        due_at=LONG_AGO,
    ).pk


def an_export(location: Location) -> int:
    """Of nobody in particular; it becomes that of whom the test is about."""
    return make_export(location.chain, User.objects.earliest("pk"), f"/locations/{location.slug}/items/").pk


def an_item(location: Location) -> int:
    return make_item(location.chain, "Blow-dry", "29.50").pk


def a_category(location: Location) -> int:
    return Category.objects.create(chain=location.chain, name="Hair").pk


def a_gift_card(location: Location) -> int:
    return sell(location, make_gift_card_type(location.chain, "Voucher"), "50.00", at=LONG_AGO).pk


def a_membership(location: Location) -> int:
    owner = make_client(location, "Mona Member", "+4915112345618")
    wash = make_item(location.chain, "Hair wash", "15.00")
    hair = memberships.make_membership_type(location.chain, "Hair", [([wash], 8)], freeze_days=400)
    return memberships.sell(location, hair, owner, "80.00", at=LONG_AGO).pk


def a_card(location: Location) -> int:
    holder = make_client(location, "Carla Cardholder", "+4915112345613")
    return make_card(holder, make_card_type(location.chain, "Bonus card")).pk


def a_row(location: Location) -> int:
    holder = make_client(location, "Rosa Rows", "+4915112345615")
    return give_points(make_card(holder, make_card_type(location.chain, "Row card")), "10.00").pk


def an_account(location: Location) -> int:
    owner = make_client(location, "Ada Account", "+4915112345616")
    return make_account(owner, make_account_type(location.chain, "Access wallet"), "40").pk


def a_receipt(location: Location) -> int:
    owner = make_client(location, "Rita Receipt", "+4915112345617")
    return top_up(make_account(owner, make_account_type(location.chain, "Receipt wallet")), "40").pk


def a_promotion(location: Location) -> int:
    return make_promotion(location.chain, "Autumn", PromotionKind.DISCOUNT_FIXED, "10").pk


def a_card_type(location: Location) -> int:
    return make_card_type(location.chain, "Club").pk


def a_gift_card_type(location: Location) -> int:
    return make_gift_card_type(location.chain, "Spring").pk


def a_membership_type(location: Location) -> int:
    return make_membership_type(location.chain, "Ten visits").pk


def a_picture(location: Location) -> int:
    return keep_picture(chain=location.chain, content=b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", at=LONG_AGO).pk


def an_account_type(location: Location) -> int:
    return make_account_type(location.chain, "House account").pk


def a_location(location: Location) -> int:
    return location.pk


def an_access(location: Location) -> int:
    return make_access(make_user(f"Una {location}"), location.chain, Role.FRONT_DESK, locations=[location]).pk


def a_view(location: Location) -> int:
    """Of nobody in particular either."""
    made_by = User.objects.earliest("pk")
    return SavedView.objects.create(chain=location.chain, list="a:list", name="Mine", made_by=made_by).pk


# What an address names besides its space, by the name of the parameter.
OBJECTS: dict[str, Callable[[Location], int]] = {
    "access_id": an_access,
    "account_id": an_account,
    "account_type_id": an_account_type,
    "card_type_id": a_card_type,
    "gift_card_type_id": a_gift_card_type,
    "membership_type_id": a_membership_type,
    "picture_id": a_picture,
    "promotion_id": a_promotion,
    "card_id": a_card,
    "gift_card_id": a_gift_card,
    "membership_id": a_membership,
    "category_id": a_category,
    "client_id": a_client,
    "export_id": an_export,
    "item_id": an_item,
    "location_id": a_location,
    "message_id": a_message,
    "receipt_id": a_receipt,
    "row_id": a_row,
    "view_id": a_view,
    "visit_id": a_visit,
}


def objects_at(location: Location) -> dict[str, int]:
    """One of everything that an address can name."""
    return {name: make(location) for name, make in OBJECTS.items()}


def visitor(user: User) -> Client:
    """A browser that is signed in."""
    client = Client()
    client.force_login(user)
    return client


def opened(client: Client, address: str) -> Response:
    """Open an address as a browser would; one that only takes forms is sent an empty one.

    What one visit does is undone before the next.
    """
    with transaction.atomic():
        response = client.get(address)
        if response.status_code == 405:
            response = client.post(address)
        transaction.set_rollback(True)
    return response


def asks_for_sign_in(response: Response) -> bool:
    return response.status_code == 302 and response["Location"].startswith(reverse("account_login"))


def is_let_in(response: Response) -> bool:
    return response.status_code in {200, 302, 400, 409, 422} and not asks_for_sign_in(response)


def test_every_address_is_behind_a_door() -> None:
    assert {address.name for address in addresses() if address.door is None} == SIGN_IN


def test_every_door_of_a_space_names_its_right() -> None:
    assert all(address.door and isinstance(address.door.right, Right) for address in OF_A_SPACE)


def test_every_address_of_a_space_says_which() -> None:
    for address in OF_A_SPACE:
        assert address.door
        assert f"{address.door.kind}_slug" in address.parameters
        assert address.of("slug", "slug", **dict.fromkeys(address.objects, 1)).startswith(
            f"/{address.door.kind}s/slug/"
        )


def test_who_is_signed_out_is_asked_to_sign_in(cast: Cast) -> None:
    nobody = Client()
    for address in GUARDED:
        place = address.of_cast(cast, **dict.fromkeys(address.objects, 1))
        response = opened(nobody, place)
        assert asks_for_sign_in(response), place
        back = place if response.wsgi_request.method == "GET" else "/sent/"
        assert response["Location"] == f"{reverse('account_login')}?next={back}"


@pytest.mark.parametrize(
    ("who", "tried"), [("stranger", OF_A_SPACE), ("newcomer", OF_EACH_DOOR), ("suspended", OF_EACH_DOOR)]
)
def test_a_space_is_not_there_for_outsiders(who: str, tried: list[Address], cast: Cast) -> None:
    objects, outsider = objects_at(cast.center), visitor(getattr(cast, who))
    for address in tried:
        place = address.of_cast(cast, **objects)
        assert opened(outsider, place).status_code == 404, place


def test_another_location_is_not_there_for_the_desk(cast: Cast) -> None:
    objects, desk = objects_at(cast.center), visitor(cast.desk)
    for address in OF_A_LOCATION:
        place = address.of(cast.aurora.slug, cast.harbour.slug, **objects)
        assert opened(desk, place).status_code == 404, place


def test_what_another_chain_has_is_not_there(cast: Cast) -> None:
    objects, owner = objects_at(cast.north), visitor(cast.owner)
    for address in OF_A_SPACE:
        if address.objects:
            place = address.of_cast(cast, **objects)
            assert opened(owner, place).status_code == 404, place


@pytest.mark.parametrize("role", Role)
def test_a_space_opens_to_those_who_have_the_right_in_it(role: Role, cast: Cast) -> None:
    """To the owner all pages; of anyone else, what is shut: that one's own right opens each is told below."""
    robin = Robin(cast, role)
    for address in OF_A_SPACE if role == Role.OWNER else OF_EACH_DOOR:
        opens = role.rights.issuperset(rights_of(address))
        if role == Role.OWNER or not opens:
            robin.meets(address, opens=opens)


def test_a_space_shuts_without_its_one_right(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    robin = Robin(cast, Role.OWNER)
    for address in OF_A_SPACE:
        monkeypatch.setitem(ROLE_RIGHTS, Role.OWNER, frozenset(Right) - {right_of(address)})
        robin.meets(address, opens=False)


def test_a_space_opens_by_its_rights(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    robin = Robin(cast, Role.FRONT_DESK)
    monkeypatch.setitem(ROLE_RIGHTS, Role.FRONT_DESK, frozenset())
    for address in OF_A_SPACE:
        Access.objects.filter(pk=robin.access.pk).update(extra_rights=list(rights_of(address)))
        robin.meets(address, opens=True)


def test_the_space_of_a_chain_stays_shut_to_who_may_only_enter_locations(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else they may do, such as see and export reports of their own location."""
    robin = Robin(cast, Role.FRONT_DESK)
    monkeypatch.setitem(ROLE_RIGHTS, Role.FRONT_DESK, frozenset(Right) - {Right.VIEW_CHAIN})
    for address in OF_A_SPACE:
        robin.meets(address, opens=address in OF_A_LOCATION)
    assert 'href="/chains/aurora/cards/"' not in robin.client.get("/chains/aurora/cards/").content.decode()


def right_of(address: Address) -> Right:
    assert address.door and address.door.right
    return address.door.right


def rights_of(address: Address) -> frozenset[Right]:
    """The right of the page, and in a chain's space that to enter it."""
    entering = {Right.VIEW_CHAIN} if address in OF_A_CHAIN else set[Right]()
    return frozenset({right_of(address), *entering})


class Robin:
    """Somebody with a role in Aurora, who tries every door."""

    def __init__(self, cast: Cast, role: Role) -> None:
        self.cast, user = cast, make_user("Robin Role")
        self.access = make_access(user, cast.aurora, role)
        self.objects = objects_at(cast.center)
        Export.objects.update(user=user)
        SavedView.objects.update(made_by=user)
        self.client = visitor(user)

    def meets(self, address: Address, *, opens: bool) -> None:
        place = address.of_cast(self.cast, **self.objects)
        response = opened(self.client, place)
        if opens:
            assert is_let_in(response), (place, response.status_code)
        else:
            assert response.status_code == 403, place
            assert "An owner of the chain can give you the right." in response.content.decode()


def test_pages_of_no_space_open_to_who_is_signed_in(cast: Cast) -> None:
    newcomer = visitor(cast.newcomer)
    for address in OF_NO_SPACE:
        place = address.of_cast(cast)
        assert is_let_in(opened(newcomer, place)), place


def test_an_outsider_cannot_tell_a_chain_from_a_made_up_one(cast: Cast) -> None:
    def page(slug: str) -> str:
        body = opened(visitor(cast.stranger), f"/chains/{slug}/").content.decode()
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body).replace(slug, "")

    assert page("aurora") == page("made-up")


def test_a_location_that_closed_is_still_reached_by_its_address(cast: Cast) -> None:
    make_location(cast.aurora, "Closed", archived=True)
    assert is_let_in(opened(visitor(cast.owner), "/locations/closed/"))
    assert opened(visitor(cast.desk), "/locations/closed/").status_code == 404


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(cast: Cast) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/chains/aurora/?name=har"}
    response = Client(headers=headers).get("/chains/aurora/?name=h")
    assert response["HX-Redirect"] == "/sign-in/?next=/chains/aurora/%3Fname%3Dhar"

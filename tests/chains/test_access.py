"""Who gets through which door: every address, for everyone who might come along."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from chains.access import ROLE_RIGHTS, Right, Role
from chains.models import Location, User
from chains.spaces import SpaceKind
from clients.messages.models import Message, MessageKind
from loyalty.cards.models import Card
from loyalty.rules.terms import PromotionKind
from reports.exports.models import Export
from tests.cast import LONG_AGO, Cast, make_access, make_location, make_user
from tests.chains.addresses import SIGN_IN, Address, addresses, guarded
from tests.exports import make_export
from tests.programs import give_points, make_card, make_card_type, make_client, make_item, make_promotion, make_visit
from visits.models import Category

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

GUARDED = guarded()
OF_A_SPACE = [address for address in GUARDED if address.door and address.door.kind]
OF_A_LOCATION = [address for address in GUARDED if address.door and address.door.kind == SpaceKind.LOCATION]
OF_NO_SPACE = [address for address in GUARDED if address not in OF_A_SPACE]


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
    """Of nobody in particular; whoever comes along finds it to be theirs."""
    return make_export(location.chain, User.objects.earliest("pk"), f"/locations/{location.slug}/items/").pk


def an_item(location: Location) -> int:
    return make_item(location.chain, "Blow-dry", "29.50").pk


def a_category(location: Location) -> int:
    return Category.objects.create(chain=location.chain, name="Hair").pk


def a_card(location: Location) -> int:
    holder = make_client(location, "Carla Cardholder", "+4915112345613")
    return make_card(holder, make_card_type(location.chain, "Bonus card")).pk


def a_row(location: Location) -> int:
    card = Card.objects.get(pk=a_card(location))
    return give_points(card, "10.00").pk


def a_promotion(location: Location) -> int:
    return make_promotion(location.chain, "Autumn", PromotionKind.DISCOUNT_FIXED, "10").pk


def a_card_type(location: Location) -> int:
    return make_card_type(location.chain, "Club").pk


def a_location(location: Location) -> int:
    return location.pk


def an_access(location: Location) -> int:
    return make_access(make_user(f"Una {location}"), location.chain, Role.FRONT_DESK, locations=[location]).pk


# What an address names besides its space, by the name of the parameter.
OBJECTS: dict[str, Callable[[Location], int]] = {
    "access_id": an_access,
    "card_type_id": a_card_type,
    "promotion_id": a_promotion,
    "card_id": a_card,
    "category_id": a_category,
    "client_id": a_client,
    "export_id": an_export,
    "item_id": an_item,
    "location_id": a_location,
    "message_id": a_message,
    "row_id": a_row,
    "visit_id": a_visit,
}


def objects_of(address: Address, location: Location) -> dict[str, int]:
    return {name: OBJECTS[name](location) for name in address.objects}


def visit(address: str, user: User | None = None) -> Response:
    """Open an address as a browser would; one that only takes forms is sent an empty one."""
    client = Client()
    if user:
        client.force_login(user)
    response = client.get(address)
    return client.post(address) if response.status_code == 405 else response


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


@contextmanager
def as_if_for_the_first_time() -> Iterator[None]:
    """What one visitor does is undone before the next one comes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("address", GUARDED, ids=str)
def test_who_is_signed_out_is_asked_to_sign_in(address: Address, cast: Cast) -> None:
    place = address.of_cast(cast, **dict.fromkeys(address.objects, 1))
    response = visit(place)
    assert asks_for_sign_in(response)
    assert response["Location"] == f"{reverse('account_login')}?next={place}"


@pytest.mark.parametrize("address", OF_A_SPACE, ids=str)
def test_a_space_opens_to_those_who_have_the_right_in_it(
    address: Address, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everyone who might come along, at one address: who finds nothing, who is told so, who gets in."""
    objects = objects_of(address, cast.center)
    place = address.of_cast(cast, **objects)
    for outsider in (cast.stranger, cast.newcomer, cast.suspended):
        assert visit(place, outsider).status_code == 404, outsider
    if address in OF_A_LOCATION:
        elsewhere = address.of(cast.aurora.slug, cast.harbour.slug, **objects)
        assert visit(elsewhere, cast.desk).status_code == 404
    if address.objects:
        foreign = address.of_cast(cast, **objects_of(address, cast.north))
        assert visit(foreign, cast.owner).status_code == 404
    assert address.door and address.door.right
    for role in Role:
        _meets(place, role, opens=address.door.right in role.rights, cast=cast)
    monkeypatch.setitem(ROLE_RIGHTS, Role.OWNER, frozenset(Right) - {address.door.right})
    monkeypatch.setitem(ROLE_RIGHTS, Role.FRONT_DESK, frozenset())
    _meets(place, Role.OWNER, opens=False, cast=cast)
    _meets(place, Role.FRONT_DESK, opens=True, cast=cast, extra_rights=[address.door.right])


def _meets(place: str, role: Role, *, opens: bool, cast: Cast, extra_rights: Iterable[Right] = ()) -> None:
    with as_if_for_the_first_time():
        user = make_user("Robin Role")
        Export.objects.update(user=user)
        make_access(user, cast.aurora, role, extra_rights=extra_rights)
        response = visit(place, user)
    if opens:
        assert is_let_in(response), (role, response.status_code)
    else:
        assert response.status_code == 403, role
        assert "An owner of the chain can give you the right." in response.content.decode()


@pytest.mark.parametrize("address", OF_NO_SPACE, ids=str)
def test_pages_of_no_space_open_to_who_is_signed_in(address: Address, cast: Cast) -> None:
    assert is_let_in(visit(address.of_cast(cast), cast.newcomer))


def test_an_outsider_cannot_tell_a_chain_from_a_made_up_one(cast: Cast) -> None:
    def page(slug: str) -> str:
        body = visit(f"/chains/{slug}/", cast.stranger).content.decode()
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body).replace(slug, "")

    assert page("aurora") == page("made-up")


def test_a_location_that_closed_is_still_reached_by_its_address(cast: Cast) -> None:
    make_location(cast.aurora, "Closed", archived=True)
    assert is_let_in(visit("/locations/closed/", cast.owner))
    assert visit("/locations/closed/", cast.desk).status_code == 404


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(cast: Cast) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/chains/aurora/?name=har"}
    response = Client(headers=headers).get("/chains/aurora/?name=h")
    assert response["HX-Redirect"] == "/sign-in/?next=/chains/aurora/%3Fname%3Dhar"

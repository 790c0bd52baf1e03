"""Where a user gets to: the root of the site, the list of spaces, the switcher."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from chains.access import Right, Role
from chains.models import Access, User
from chains.spaces import spaces_of
from tests.cast import Cast, make_access, make_chain, make_location, make_user


def names(user: User) -> list[str]:
    return [f"{space.kind} {space.name}" for group in spaces_of(user) for space in group.spaces]


def test_an_owner_enters_the_chain_and_all_its_locations(cast: Cast) -> None:
    assert names(cast.owner) == ["chain Aurora", "location Center", "location Harbour"]


def test_the_desk_enters_its_location_only(cast: Cast) -> None:
    assert names(cast.desk) == ["location Center"]


def test_closed_locations_are_not_listed(cast: Cast) -> None:
    make_location(cast.aurora, "Closed", archived=True)
    assert "location Closed" not in names(cast.owner)


def test_who_was_shut_out_enters_nothing(cast: Cast) -> None:
    assert names(cast.suspended) == []
    assert names(cast.newcomer) == []


def test_a_user_of_two_chains_sees_both_in_order_of_their_names(cast: Cast) -> None:
    make_access(cast.stranger, cast.aurora, Role.FRONT_DESK, locations=[cast.harbour])
    assert names(cast.stranger) == ["location Harbour", "chain Borealis", "location North"]


def test_the_number_of_queries_does_not_grow_with_the_chains(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        chain = make_chain(f"Chain {number}")
        make_access(cast.owner, chain, Role.MANAGER, locations=[make_location(chain, f"Place {number}")])
    with django_assert_num_queries(2):
        assert len(names(cast.owner)) == 13


# The root of the site
# ----------------------------------------------------------------------------


def test_the_root_leads_to_the_only_space(cast: Cast, client: Client) -> None:
    client.force_login(cast.desk)
    assert client.get("/")["Location"] == "/locations/center/"


def test_the_root_leads_to_the_list_where_there_is_a_choice(cast: Cast, client: Client) -> None:
    Access.objects.get(user=cast.desk).locations.add(cast.harbour)
    client.force_login(cast.desk)
    assert client.get("/")["Location"] == reverse("chains:spaces")


@pytest.mark.parametrize("role", ["owner", "administrator", "manager"])
def test_the_root_leads_to_the_overview_of_the_only_chain(cast: Cast, client: Client, role: str) -> None:
    user = getattr(cast, role)
    client.force_login(user)
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/chains/aurora/overview/"
    make_access(user, cast.borealis, Role.MANAGER)
    browser = Client()
    browser.force_login(user)
    assert browser.get("/")["Location"] == reverse("chains:spaces")


def test_who_reads_no_reports_chooses_where_to_work(cast: Cast, client: Client) -> None:
    """Though they may enter the chain's space too."""
    Access.objects.filter(user=cast.desk).update(extra_rights=[Right.VIEW_CHAIN])
    client.force_login(cast.desk)
    assert client.get("/")["Location"] == reverse("chains:spaces")


def test_the_root_leads_back_to_the_last_space(cast: Cast, client: Client) -> None:
    client.force_login(cast.owner)
    client.get("/chains/aurora/")
    assert client.get("/")["Location"] == "/chains/aurora/"


def test_the_root_forgets_a_space_that_was_closed_to_the_user(cast: Cast, client: Client) -> None:
    client.force_login(cast.owner)
    client.get("/chains/aurora/")
    cast.owner.accesses.update(suspended=True)
    assert client.get("/")["Location"] == reverse("chains:spaces")


# The list of spaces
# ----------------------------------------------------------------------------


def listed(client: Client, search: str = "") -> list[str]:
    response = client.get(reverse("chains:spaces"), {"q": search} if search else {})
    return [space.name for group in response.context["groups"] for space in group.spaces]


def test_the_list_finds_spaces_by_the_name_of_the_chain_or_their_own(cast: Cast, client: Client) -> None:
    client.force_login(cast.owner)
    assert listed(client) == ["Aurora", "Center", "Harbour"]
    assert listed(client, "AURO") == ["Aurora", "Center", "Harbour"]
    assert listed(client, "harb") == ["Harbour"]
    assert listed(client, "Borealis") == []


def test_a_search_without_a_hit_says_so(cast: Cast, client: Client) -> None:
    client.force_login(cast.owner)
    assert "Nothing matches" in client.get(reverse("chains:spaces"), {"q": "nowhere"}).content.decode()


def test_the_empty_list_says_whom_to_ask(cast: Cast, client: Client) -> None:
    client.force_login(cast.newcomer)
    page = client.get(reverse("chains:spaces")).content.decode()
    assert "Ask the owner of your chain to add nora-newcomer@example.com" in page


# The chain's own page
# ----------------------------------------------------------------------------


def test_the_address_of_a_chain_leads_to_the_first_page_that_the_user_may_use(cast: Cast, client: Client) -> None:
    for rights, address in (
        ([Right.VIEW_CHAIN, Right.VIEW_REPORTS], "/chains/aurora/overview/"),
        ([Right.VIEW_CHAIN, Right.MANAGE_PROGRAMS], "/chains/aurora/promotions/"),
        ([Right.VIEW_CHAIN], "/chains/aurora/cards/"),
    ):
        user = make_user(f"Rita {len(rights)} {rights[-1].name}")
        make_access(user, cast.aurora, Role.FRONT_DESK, extra_rights=rights)
        client.force_login(user)
        assert client.get("/chains/aurora/")["Location"] == address

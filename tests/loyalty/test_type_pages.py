"""Gift card types and account types, set up over HTTP and read back as the rules see them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from chains.models import Chain
from loyalty.accounts.models import AccountType, AccountTypeTerms
from loyalty.accounts.services import change_account_type
from loyalty.gift_cards.models import GiftCardType, GiftCardTypeTerms, Picture
from loyalty.gift_cards.pictures import LARGEST, keep_picture
from loyalty.gift_cards.services import change_gift_card_type
from loyalty.rules.terms import Period, PeriodUnit, Scope, ScopeMode, WriteOff
from tests.cast import LONG_AGO, PROGRAM, Cast
from tests.loyalty.pages import ACCOUNT_TYPES, GIFT_CARD_TYPES, save, told
from tests.pages import fill, mistakes, rows_of, sorts_by_every_column, text_of
from tests.programs import (
    make_account,
    make_account_type,
    make_client,
    make_gift_card,
    make_gift_card_type,
    make_item,
)

NEW_GIFT_CARD, NEW_ACCOUNT = f"{GIFT_CARD_TYPES}new/", f"{ACCOUNT_TYPES}new/"

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
JPEG, WEBP = b"\xff\xd8\xff\xe0" + bytes(40) + b"\xff\xd9", b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(40)


def look(client: Client, address: str, **texts: Any) -> Any:
    return client.post(address, fill(client.get(address), look="1", **texts))


def words(page: Any) -> str:
    return " ".join(page.context["sentences"])


def a_picture(content: bytes, name: str = "spring.png", content_type: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type)


def told_results(page: Any) -> dict[str, Decimal]:
    ((_title, bill),) = page.context["bills"]
    return {each.label: each.amount for each in bill.results}


# Gift card types
# ----------------------------------------------------------------------------


def test_every_field_of_a_gift_card_type_is_saved_and_read_back(administrator: Client, cast: Cast) -> None:
    haircut = make_item(cast.aurora, "Haircut", "60.00", category="Hair")
    texts: dict[str, Any] = {
        "name": "Spring",
        "par": "range",
        "par_least": "10",
        "par_most": "200,50",
        "suggested-0": "50",
        "suggested-3": "25",
        "suggested-5": "50.00",
        "copies": "100",
        "holder": "named",
        "write_off": "single",
        "where": "listed",
        "locations": [cast.harbour.pk],
        "service_mode": "listed",
        "services": [haircut.pk],
        "service_categories": [haircut.category_id],
        "product_mode": "none",
        "valid": "for",
        "valid_count": "6",
        "valid_unit": "months",
        "valid_until": "2099-01-01",
        "online_title": "For her",
        "online_description": "With\nlove",
        "online_price": "45.5",
    }
    page = save(administrator, administrator.get(NEW_GIFT_CARD), NEW_GIFT_CARD, **texts)
    assert page.status_code == 302, mistakes(page)
    gift_card_type = GiftCardType.objects.select_related("terms").get()
    found, terms = gift_card_type.as_rules(), GiftCardTypeTerms.objects.get()
    assert (gift_card_type.name, found.par_least, found.par_most) == ("Spring", Decimal(10), Decimal("200.5"))
    assert terms.suggested == [Decimal(25), Decimal(50)]
    assert (found.copies, found.named, found.write_off) == (100, True, WriteOff.SINGLE)
    assert found.locations == frozenset({cast.harbour.pk})
    assert found.pays.services == Scope(
        ScopeMode.LISTED, frozenset({haircut.pk}), frozenset({haircut.category_id or 0})
    )
    assert found.pays.products == Scope(ScopeMode.NONE)
    # Of ways to be valid only the one that was chosen is kept.
    assert (found.valid, found.valid_until) == (Period(6, PeriodUnit.MONTHS), None)
    assert (terms.online_title, terms.online_description.split()) == ("For her", ["With", "love"])
    assert (terms.online_price, terms.online_picture) == (Decimal("45.5"), None)

    edit = f"{GIFT_CARD_TYPES}{gift_card_type.pk}/"
    kept = fill(administrator.get(edit))
    assert [kept[name] for name in ("par_least", "par_most", "suggested-0", "suggested-1", "suggested-2")] == [
        ["10.00"],
        ["200.50"],
        ["25.00"],
        ["50.00"],
        [""],
    ]
    assert [kept[name] for name in ("valid", "valid_count", "valid_unit", "holder")] == [
        ["for"],
        ["6"],
        ["months"],
        ["named"],
    ]
    assert save(administrator, administrator.get(edit), edit).status_code == 302
    assert GiftCardTypeTerms.objects.count() == 1

    other = {"par": "fixed", "valid": "until", "valid_until": "2099-01-01", "where": "all", "holder": "bearer"}
    assert save(administrator, administrator.get(edit), edit, **other).status_code == 302
    gift_card_type = GiftCardType.objects.select_related("terms").get()
    found = gift_card_type.as_rules()
    assert (found.par_most, found.valid, found.valid_until) == (Decimal(10), None, date(2099, 1, 1))
    assert (found.locations, found.named) == (None, False)
    assert gift_card_type.terms and gift_card_type.terms.suggested == []


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({"name": " "}, "name"),
        ({"par_least": ""}, "par_least"),
        ({"par_least": "0"}, "par_least"),
        ({"par_least": "-5"}, "par_least"),
        ({"par_least": "1.234"}, "par_least"),
        ({"par_least": "x"}, "par_least"),
        ({"par_least": "99999999999999"}, "par_least"),
        ({"par": "range"}, "par_most"),
        ({"par": "range", "par_most": "49"}, "par_most"),
        ({"par": "range", "par_most": "90", "suggested-1": "91"}, "suggested"),
        ({"par": "range", "par_most": "90", "suggested-1": "x"}, "suggested"),
        ({"copies": "-1"}, "copies"),
        ({"copies": "99999999999"}, "copies"),
        ({"valid": "for"}, "valid_count"),
        ({"valid": "for", "valid_count": "0"}, "valid_count"),
        ({"valid": "for", "valid_count": "101", "valid_unit": "years"}, "valid_count"),
        ({"valid": "until"}, "valid_until"),
        ({"valid": "until", "valid_until": "31.02.2026"}, "valid_until"),
        ({"where": "listed"}, "locations"),
        ({"service_mode": "listed"}, "services"),
        ({"online_price": "-1"}, "online_price"),
        ({"online_title": "x" * 151}, "online_title"),
    ],
)
def test_what_cannot_be_stands_beside_its_field(administrator: Client, texts: dict[str, str], field: str) -> None:
    typed = {"name": "Try", "par_least": "50", "online_description": "Kept", **texts}
    page = save(administrator, administrator.get(NEW_GIFT_CARD), NEW_GIFT_CARD, **typed)
    assert set(mistakes(page)) == {field}
    assert f'id="id_{field}_error"' in page.content.decode()
    kept = fill(page)
    assert all(kept[name] == [text] for name, text in typed.items())
    assert not GiftCardType.objects.exists()


def test_a_gift_card_type_stands_in_words_with_a_bill(administrator: Client, cast: Cast) -> None:
    page = administrator.get(NEW_GIFT_CARD)
    assert page.context["sentences"] == [] and page.context["missing"] == []
    page = look(
        administrator,
        NEW_GIFT_CARD,
        par_least="50",
        valid="for",
        valid_count="1",
        valid_unit="years",
        product_mode="none",
    )
    assert words(page) == (
        "A gift card of €50.00, good for 1 year at all locations, for everything but products, "
        "whoever brings its code. It pays until nothing is left of it."
    )
    ((_title, bill),) = page.context["bills"]
    # 60.00 of services and 20.00 of what it does not pay for.
    assert (bill.settlement.due, [each.amount for each in bill.paid_with], bill.money) == (80, [50], 30)
    today = cast.aurora.local_date(timezone.now())
    year_later = today.replace(year=today.year + 1)
    assert list(told_results(page)) == [
        "Nothing is left on the gift card.",
        f"Good through {year_later.day} {year_later:%B} {year_later.year}, if it were sold today",
    ]


def test_what_a_card_that_pays_once_forfeits_is_told(administrator: Client) -> None:
    typed = {
        "par": "range",
        "par_least": "10",
        "par_most": "200",
        "suggested-0": "90",
        "write_off": "single",
        "example-services": "60",
        "example-products": "15",
    }
    page = look(administrator, NEW_GIFT_CARD, **typed)
    assert "A gift card of €10.00 to €200.00, good without end" in words(page)
    assert "these amounts are suggested: €90.00. It pays once; what is left of it then is forfeited." in words(page)
    results = told_results(page)
    assert results["Forfeited"] == 15 and "Nothing is left on the gift card." in results
    assert "Forfeited: €15.00" in text_of(page)
    # Of one that pays until nothing is left, that is left.
    assert told_results(look(administrator, NEW_GIFT_CARD, **{**typed, "write_off": "multiple"})) == {
        "Left on the gift card": 15,
        "Good without end": 0,
    }


@pytest.mark.parametrize(
    ("texts", "warned", "paid"),
    [
        ({"service_mode": "none", "product_mode": "none"}, "It pays for nothing", []),
        ({"valid": "until", "valid_until": "2020-05-01"}, "Its last day is past", []),
        ({}, "", [Decimal(50)]),
    ],
)
def test_what_cannot_work_is_worth_a_look(
    administrator: Client, texts: dict[str, str], warned: str, paid: list[Decimal]
) -> None:
    page = look(administrator, NEW_GIFT_CARD, par_least="50", **texts)
    assert warned in " ".join(page.context["warnings"]) and bool(warned) == bool(page.context["warnings"])
    ((_title, bill),) = page.context["bills"]
    assert [each.amount for each in bill.paid_with] == paid
    if "valid_until" in texts:
        assert "It pays nothing: it was good through 1 May 2020." in text_of(page)


def test_a_currency_without_and_with_three_decimals(administrator: Client, cast: Cast) -> None:
    for currency, typed, mistake in (("JPY", "5000.5", True), ("JPY", "5000", False), ("KWD", "5.125", False)):
        Chain.objects.filter(pk=cast.aurora.pk).update(currency=currency)
        page = look(administrator, NEW_GIFT_CARD, par_least=typed, name="Try")
        assert bool(page.context["missing"]) == mistake, page.context["missing"]
        assert mistake or page.context["bills"]


# The picture
# ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"), [(PNG, "png"), (JPEG, "jpeg"), (WEBP, "webp")], ids=("png", "jpeg", "webp")
)
def test_a_picture_is_kept_by_its_bytes_and_shown(administrator: Client, content: bytes, kind: str) -> None:
    """Whatever it is called, and though another field is refused: nothing that was sent is lost."""
    page = administrator.get(NEW_GIFT_CARD)
    assert 'enctype="multipart/form-data"' in page.content.decode() and "without_picture" not in fill(page)
    sent = a_picture(content, "spring.html", "text/html")
    page = save(administrator, page, NEW_GIFT_CARD, name="Spring", par_least="", picture=sent)
    assert set(mistakes(page)) == {"par_least"}
    picture = Picture.objects.get()
    assert fill(page)["online_picture"] == [str(picture.pk)]
    address = f"/chains/aurora/pictures/{picture.pk}/"
    assert f'src="{address}"' in page.content.decode()
    shown = administrator.get(address)
    assert (shown.content, shown["Content-Type"]) == (content, f"image/{kind}")
    assert shown["X-Content-Type-Options"] == "nosniff" and "sandbox" in shown["Content-Security-Policy"]

    assert save(administrator, page, NEW_GIFT_CARD, par_least="50").status_code == 302
    terms = GiftCardTypeTerms.objects.get()
    assert terms.online_picture == picture
    edit = f"{GIFT_CARD_TYPES}{terms.gift_card_type_id}/"
    assert save(administrator, administrator.get(edit), edit, without_picture="on").status_code == 302
    assert GiftCardTypeTerms.objects.latest("pk").online_picture is None
    (change,) = administrator.get(f"{edit}history/").context["history"][0].differences
    assert (change.label, change.before, change.after) == ("Picture online", f"number {picture.pk}", "none")


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "Choose a picture: PNG, JPEG or WebP."),
        (b"<html>\x89PNG\r\n\x1a\n", "Choose a picture: PNG, JPEG or WebP."),
        (b"GIF89a" + bytes(40), "Choose a picture: PNG, JPEG or WebP."),
        (PNG + bytes(LARGEST), "The picture is larger than 500 kB. Choose a smaller one."),
    ],
    ids=("svg", "html", "gif", "large"),
)
def test_what_is_no_picture_is_refused(administrator: Client, content: bytes, mistake: str) -> None:
    typed = {"name": "Spring", "par_least": "50", "picture": a_picture(content)}
    page = save(administrator, administrator.get(NEW_GIFT_CARD), NEW_GIFT_CARD, **typed)
    assert mistakes(page) == {"picture": [mistake]}
    assert not Picture.objects.exists() and not GiftCardType.objects.exists()


def test_a_picture_of_another_chain_is_not_there(administrator: Client, cast: Cast) -> None:
    other = keep_picture(chain=cast.borealis, content=PNG, at=LONG_AGO)
    page = administrator.get(NEW_GIFT_CARD)
    page = save(administrator, page, NEW_GIFT_CARD, name="Spring", par_least="50", online_picture=str(other.pk))
    assert set(mistakes(page)) == {"picture"} and not GiftCardType.objects.exists()
    assert "The picture is no longer there." in text_of(page)
    assert administrator.get(f"/chains/aurora/pictures/{other.pk}/").status_code == 404
    # It is asked for once: what stands in the form now can be saved.
    assert save(administrator, page, NEW_GIFT_CARD).status_code == 302
    assert GiftCardTypeTerms.objects.get().online_picture is None


def test_a_picture_is_kept_once_and_left_behind_where_nothing_shows_it(cast: Cast) -> None:
    unused = keep_picture(chain=cast.aurora, content=PNG, at=LONG_AGO)
    shown = keep_picture(chain=cast.aurora, content=JPEG, at=LONG_AGO)
    make_gift_card_type(cast.aurora, online_picture_id=shown.pk)
    assert keep_picture(chain=cast.aurora, content=PNG, at=LONG_AGO + timedelta(hours=23)) == unused
    keep_picture(chain=cast.aurora, content=WEBP, at=LONG_AGO + timedelta(hours=25))
    assert set(Picture.objects.values_list("content_type", flat=True)) == {"image/jpeg", "image/webp"}


# Two edits, copies, history, archiving, lists
# ----------------------------------------------------------------------------


def test_the_second_administrator_is_told_what_changed(administrator: Client, cast: Cast) -> None:
    spring = make_gift_card_type(cast.aurora, "Spring", par_least=50, par_most=50, valid_count=1, valid_unit="years")
    edit = f"{GIFT_CARD_TYPES}{spring.pk}/"
    page = administrator.get(edit)
    by: dict[str, Any] = {"at": LONG_AGO, "acting_user": PROGRAM}
    change_gift_card_type(gift_card_type=spring, name="Summer", par_least=60, par_most=60, **by)
    page = save(administrator, page, edit, write_off="single", par_least="70")
    assert told(page) == {
        "Name": ("Spring", "Summer", "", "Summer"),
        "Par value from": ("50", "60", "70", "70"),
        "Par value to": ("50", "60", "70", "70"),
    }
    assert "A gift card of €70.00" in words(page)
    # Nothing is saved until what is shown now is.
    assert GiftCardType.objects.select_related("terms").get().as_rules().par_least == 60
    assert save(administrator, page, edit).status_code == 302
    found = GiftCardType.objects.select_related("terms").get()
    assert (found.name, found.as_rules().par_least, found.as_rules().write_off) == (
        "Summer",
        Decimal(70),
        WriteOff.SINGLE,
    )
    assert found.as_rules().valid == Period(1, PeriodUnit.YEARS)


def test_two_edits_of_an_account_type_meet_too(administrator: Client, cast: Cast) -> None:
    house = make_account_type(cast.aurora, "House", credit="10")
    edit = f"{ACCOUNT_TYPES}{house.pk}/"
    page = administrator.get(edit)
    change_account_type(account_type=house, name="Home", at=LONG_AGO, acting_user=PROGRAM)
    page = save(administrator, page, edit, credit="50")
    assert told(page) == {"Name": ("House", "Home", "", "Home")}
    assert AccountTypeTerms.objects.count() == 1
    assert save(administrator, page, edit).status_code == 302
    found = AccountType.objects.select_related("terms").get()
    assert (found.name, found.as_rules().credit) == ("Home", Decimal(50))


def test_a_type_is_copied_and_archived(administrator: Client, cast: Cast) -> None:
    spring = make_gift_card_type(cast.aurora, "Spring", par_least=50, par_most=50, named=True)
    make_account_type(cast.aurora, "House", credit="10")
    page = administrator.get(NEW_GIFT_CARD, {"from": spring.pk})
    assert fill(page)["name"] == ["Copy of Spring"] and fill(page)["holder"] == ["named"]
    assert save(administrator, page, NEW_GIFT_CARD).status_code == 302
    copy = GiftCardType.objects.select_related("terms").latest("pk")
    assert (copy.name, copy.as_rules().named) == ("Copy of Spring", True)
    # A name is there once, whatever its letters.
    page = save(administrator, administrator.get(NEW_GIFT_CARD), NEW_GIFT_CARD, name="SPRING", par_least="5")
    assert set(mistakes(page)) == {"name"}
    for address, types in ((GIFT_CARD_TYPES, GiftCardType), (ACCOUNT_TYPES, AccountType)):
        first = types.objects.earliest("pk")
        ask = administrator.get(f"{address}{first.pk}/archive/").content.decode()
        assert "goes on" in ask and not types.objects.select_related("terms").earliest("pk").as_rules().archived
        for _time in ("once", "and by a double click"):
            administrator.post(f"{address}{first.pk}/archive/")
            assert [row[0] for row in rows_of(administrator.get(address, {"status": "archived"}))] == [first.name]
        administrator.post(f"{address}{first.pk}/restore/")
        assert rows_of(administrator.get(address, {"status": "archived"})) == []


def test_what_changes_only_for_new_sales_is_said(administrator: Client, cast: Cast) -> None:
    guest = make_client(cast.center, "Gina Guest", "+4915112345601")
    spring = make_gift_card_type(cast.aurora, "Spring", valid_count=1, valid_unit="years")
    card = make_gift_card(spring, "30.00")
    house = make_account_type(cast.aurora, "House", credit="10")
    account = make_account(guest, house, "20")
    edit = f"{GIFT_CARD_TYPES}{spring.pk}/"
    text = text_of(administrator.get(edit))
    assert "Those sold before keep theirs" in text and "1 gift card was sold, what is on them: €30.00." in text
    save(administrator, administrator.get(edit), edit, valid="without_end")
    card.refresh_from_db()
    assert card.terms.valid_count == 1 and GiftCardType.objects.get().terms_id != card.terms_id
    (change,) = administrator.get(f"{edit}history/").context["history"][0].differences
    assert (change.label, change.before, change.after) == ("Valid for", "1 year", "none")

    edit = f"{ACCOUNT_TYPES}{house.pk}/"
    text = text_of(administrator.get(edit))
    assert "Those opened before keep theirs" in text and "1 account was opened, what is on them: €20.00." in text
    save(administrator, administrator.get(edit), edit, credit="99")
    account.refresh_from_db()
    assert account.terms.credit == 10


def test_the_lists_say_what_was_sold_and_is_owed(administrator: Client, cast: Cast) -> None:
    assert "Nothing here yet" in administrator.get(GIFT_CARD_TYPES).content.decode()
    assert "Nothing here yet" in administrator.get(ACCOUNT_TYPES).content.decode()
    guest = make_client(cast.center, "Gina Guest", "+4915112345601")
    other = make_client(cast.center, "Otto Other", "+4915112345602")
    spring = make_gift_card_type(
        cast.aurora, "Spring", par_least=50, par_most=50, valid_until=date(2099, 5, 1), locations=[cast.center.pk]
    )
    make_gift_card_type(cast.aurora, "Summer", par_least=10, par_most=90, named=True, write_off="single")
    for amount in ("30.00", "12.50"):
        make_gift_card(spring, amount)
    house, garden = make_account_type(cast.aurora, "House", credit="50"), make_account_type(cast.aurora, "Garden")
    make_account(guest, house, "20")
    make_account(other, house)
    make_account(other, garden, "7")
    assert [row[:7] for row in rows_of(administrator.get(GIFT_CARD_TYPES))] == [
        ["Spring", "€50.00", "Until 1 May 2099", "Center", "2", "€42.50", "Active"],
        ["Summer", "€10.00 to €90.00", "Without end", "all", "0", "€0.00", "Active"],
    ]
    assert [row[:7] for row in rows_of(administrator.get(ACCOUNT_TYPES))] == [
        ["Garden", "€0.00", "all", "1", "€7.00", "€0.00", "Active"],
        ["House", "€50.00", "all", "2", "€20.00", "€0.00", "Active"],
    ]
    for query, names in (
        ({"name": "spr"}, ["Spring"]),
        ({"write_off": "single"}, ["Summer"]),
        ({"named": "False"}, ["Spring"]),
    ):
        assert [row[0] for row in rows_of(administrator.get(GIFT_CARD_TYPES, query))] == names
    for address in (GIFT_CARD_TYPES, ACCOUNT_TYPES):
        sorts_by_every_column(administrator, address)


# Account types
# ----------------------------------------------------------------------------


def test_an_account_type_is_set_up_and_shown_at_work(administrator: Client, cast: Cast) -> None:
    page = look(administrator, NEW_ACCOUNT, credit="50")
    assert words(page) == (
        "An account of one client that is topped up, pays and is paid out at all locations. "
        "It pays on credit too, up to €50.00 more than what is on it. What is on it never expires."
    )
    # Balance 20.00 and credit 50.00: of a bill of 100.00 it takes at most 70.00.
    ((_title, bill),) = page.context["bills"]
    assert (bill.settlement.due, [each.amount for each in bill.paid_with], bill.money) == (100, [70], 30)
    assert told_results(page) == {"The account pays at most": 70, "Nothing of it may be used after that.": 0}
    page = look(administrator, NEW_ACCOUNT, credit="50", **{"example-services": "30"})
    assert told_results(page)["May still be used"] == 40

    page = save(administrator, administrator.get(NEW_ACCOUNT), NEW_ACCOUNT, name="House", credit="-1", where="listed")
    assert set(mistakes(page)) == {"credit", "locations"} and fill(page)["credit"] == ["-1"]
    assert save(administrator, page, NEW_ACCOUNT, credit="50", locations=[cast.center.pk]).status_code == 302
    found = AccountType.objects.select_related("terms").get()
    assert (found.name, found.as_rules().credit) == ("House", Decimal(50))
    assert found.as_rules().locations == frozenset({cast.center.pk})
    assert fill(administrator.get(f"{ACCOUNT_TYPES}{found.pk}/"))["credit"] == ["50.00"]


def test_who_may_not_set_programs_up_neither_sees_types_nor_makes_them(manager: Client, cast: Cast) -> None:
    spring = make_gift_card_type(cast.aurora, "Spring")
    for address in (GIFT_CARD_TYPES, NEW_GIFT_CARD, f"{GIFT_CARD_TYPES}{spring.pk}/", ACCOUNT_TYPES, NEW_ACCOUNT):
        assert manager.get(address).status_code == 403
    assert manager.post(NEW_ACCOUNT, {"name": "Mine", "credit": "9", "where": "all"}).status_code == 403
    assert "gift-card-types" not in manager.get("/chains/aurora/").content.decode()
    assert not AccountType.objects.exists()

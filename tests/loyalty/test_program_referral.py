"""The referral program, set up over HTTP and read back as the rules see it."""

from __future__ import annotations

from django.test import Client

from loyalty.cards.models import CardType
from loyalty.cards.services import change_card_type
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.referral.models import ReferralTerms
from loyalty.referral.services import set_referral_program
from loyalty.rules.terms import PromotionKind
from tests.cast import LONG_AGO, PROGRAM, Cast
from tests.loyalty.pages import CARD_TYPES, NEW, PROMOTIONS, REFERRAL, save, told
from tests.pages import differences, fill, mistakes, text_of
from tests.programs import make_card_type, make_promotion, make_referral_program


def test_the_referral_program_offers_what_fits_and_leads_to_what_is_missing(administrator: Client, cast: Cast) -> None:
    empty = administrator.get(REFERRAL)
    assert empty.context["missing"] == [
        "Promotion for the invited client",
        "Promotion for the inviting client",
        "Loyalty card for the bonuses",
    ]
    assert "/chains/aurora/start/?program=friend" in empty.content.decode()
    page = save(administrator, empty, REFERRAL, state="on")
    assert set(mistakes(page)) == {"discount", "cashback", "card_type"}
    assert not ReferralTerms.objects.exists()

    welcome = make_promotion(cast.aurora, "Welcome", PromotionKind.DISCOUNT_FIXED, "10")
    thanks = make_promotion(cast.aurora, "Thanks", PromotionKind.CASHBACK_FIXED_PAID, "5")
    attached = make_promotion(cast.aurora, "Attached", PromotionKind.DISCOUNT_FIXED, "10")
    make_promotion(cast.aurora, "Other", PromotionKind.CASHBACK_VISITS_PAID, rules=[["0", "1"]])
    bonus = make_card_type(cast.aurora, "Bonus", [attached])
    form = administrator.get(REFERRAL).context["form"]
    assert list(form.fields["discount"].queryset) == [welcome]
    assert list(form.fields["cashback"].queryset) == [thanks]

    chosen = {"state": "on", "discount": welcome.pk, "cashback": thanks.pk, "card_type": bonus.pk}
    page = save(administrator, administrator.get(REFERRAL), REFERRAL, **chosen)
    assert page.status_code == 302
    found = ReferralTerms.objects.get().as_rules()
    assert (found.discount.id, found.cashback.id, found.card_type.id) == (welcome.pk, thanks.pk, bonus.pk)
    page = administrator.get(REFERRAL)
    assert (
        "gets 10 % off" in page.content.decode() and "5 % of paid on a card of the type Bonus" in page.content.decode()
    )
    save(administrator, page, REFERRAL)
    assert ReferralTerms.objects.count() == 1
    save(administrator, administrator.get(REFERRAL), REFERRAL, accrues="every_visit", state="off")
    assert ReferralTerms.objects.order_by("pk").last() != ReferralTerms.objects.first()
    assert "every later one" in " ".join(administrator.get(REFERRAL).content.decode().split())


def test_it_is_off_at_first_and_what_a_list_has_alone_is_chosen(administrator: Client, cast: Cast) -> None:
    welcome = make_promotion(cast.aurora, "Welcome", PromotionKind.DISCOUNT_FIXED, "10")
    thanks = make_promotion(cast.aurora, "Thanks", PromotionKind.CASHBACK_FIXED_PAID, "5")
    for name in ("Bonus", "Club"):
        make_card_type(cast.aurora, name)
    page = administrator.get(REFERRAL)
    stands = fill(page)
    assert (stands["state"], stands["card_type"]) == (["off"], [""])
    assert (stands["discount"], stands["cashback"]) == ([str(welcome.pk)], [str(thanks.pk)])
    assert page.context["missing"] == ["Loyalty card for the bonuses"]
    # It may be kept off as it is, and is whole once there is nothing left to choose.
    save(administrator, page, REFERRAL)
    assert ReferralTerms.objects.get().state == "off"
    change_card_type(card_type=CardType.objects.get(name="Club"), archived=True, at=LONG_AGO, acting_user=PROGRAM)
    page = administrator.get(REFERRAL)
    assert page.context["form"].missing == [] and "gets 10 % off" in text_of(page)
    assert save(administrator, page, REFERRAL, state="on").status_code == 302
    assert ReferralTerms.objects.latest("pk").as_rules().card_type.id == CardType.objects.get(name="Bonus").pk


def test_what_is_made_for_a_list_comes_back_chosen_and_the_rest_as_it_was_typed(
    administrator: Client, cast: Cast
) -> None:
    """Over two errands; the lists have other entries too, so that nothing is chosen by itself."""
    for name in ("One", "Two"):
        make_promotion(cast.aurora, f"{name} off", PromotionKind.DISCOUNT_FIXED, "10")
        make_promotion(cast.aurora, f"{name} back", PromotionKind.CASHBACK_FIXED_PAID, "5")
    club, _gold = make_card_type(cast.aurora, "Club"), make_card_type(cast.aurora, "Gold")
    place = f"{REFERRAL}locations/{cast.harbour.pk}/"
    page = administrator.get(place)
    typed = {"card_type": club.pk, "accrues": "every_visit", "state": "on", "counts_free_visits": None}
    for make, name, kind in (
        ("discount", "Fresh off", PromotionKind.DISCOUNT_FIXED),
        ("cashback", "Fresh back", PromotionKind.CASHBACK_FIXED_PAID),
    ):
        asked = administrator.post(place, fill(page, make=make, **typed))["Location"]
        form = administrator.get(asked)
        assert form.context["form"].chosen_kind == kind
        back = administrator.post(asked, fill(form, save="1", name=name, value="7"))["Location"]
        assert back.startswith(f"{place}?")
        page, typed = administrator.get(back), {}
    asked = administrator.post(place, fill(page, make="card_type"))["Location"]
    back = administrator.post(asked, fill(administrator.get(asked), save="1", name="Fresh card"))["Location"]
    page = administrator.get(back)
    assert not ReferralTerms.objects.exists()
    assert "gets 7 % off" in text_of(page) and "is not saved yet" in text_of(page)
    assert save(administrator, page, place).status_code == 302
    assert "is not saved yet" not in text_of(administrator.get(place))
    found = ReferralTerms.objects.get()
    assert [str(each) for each in found.parts] == ["Fresh off", "Fresh back", "Fresh card"]
    assert (found.state, found.accrues, found.counts_free_visits) == ("on", "every_visit", False)


def test_what_others_save_during_an_errand_is_not_taken_back(administrator: Client, cast: Cast) -> None:
    make_referral_program(cast.aurora, make_card_type(cast.aurora, "Bonus"))
    page = administrator.get(REFERRAL)
    asked = administrator.post(REFERRAL, fill(page, make="discount"))["Location"]
    set_referral_program(chain=cast.aurora, state="off", at=LONG_AGO, acting_user=PROGRAM)
    made = fill(administrator.get(asked), save="1", name="Fresh off", value="7")
    page = save(administrator, administrator.get(administrator.post(asked, made)["Location"]), REFERRAL)
    assert ("Referral program", "on", "off") in differences(page)
    assert (fill(page)["state"], ReferralTerms.objects.latest("pk").state) == (["off"], "off")
    assert save(administrator, page, REFERRAL).status_code == 302
    terms = ReferralTerms.objects.latest("pk")
    assert (terms.state, str(terms.discount)) == ("off", "Fresh off")


def test_an_address_that_names_what_is_not_there_chooses_nothing(administrator: Client, cast: Cast) -> None:
    page = administrator.get(f"{REFERRAL}?discount=999999&state=always&card_type=x&accrues=every_visit")
    stands = fill(page)
    assert (stands["discount"], stands["card_type"]) == ([""], [""])
    assert (stands["state"], stands["accrues"]) == (["off"], ["every_visit"])
    asked = f"{NEW}?kind=discount_fixed&for=referral&location=x&place=discount&typed=state%3Don"
    back = administrator.post(asked, fill(administrator.get(asked), save="1", name="Fresh", value="7"))["Location"]
    assert back == f"{REFERRAL}?state=on&discount={Promotion.objects.get().pk}"


def test_a_promotion_of_the_referral_program_is_refused_beside_its_field(administrator: Client, cast: Cast) -> None:
    bonus = make_card_type(cast.aurora, "Bonus")
    make_referral_program(cast.aurora, bonus)
    welcome = Promotion.objects.get(name="Welcome")
    edit = f"{PROMOTIONS}{welcome.pk}/"
    page = save(administrator, administrator.get(edit), edit, card_types=[bonus.pk])
    assert set(mistakes(page)) == {"card_types"}
    edit = f"{CARD_TYPES}{bonus.pk}/"
    page = save(administrator, administrator.get(edit), edit, promotions=[welcome.pk])
    assert set(mistakes(page)) == {"promotions"}
    assert not bonus.promotions.exists()


def test_a_discount_for_invited_clients_comes_on_the_first_visit(administrator: Client, cast: Cast) -> None:
    bonus = make_card_type(cast.aurora, "Bonus")
    make_referral_program(cast.aurora, bonus)
    welcome, thanks = Promotion.objects.get(name="Welcome"), Promotion.objects.get(name="Thank you")
    edit = f"{PROMOTIONS}{welcome.pk}/"
    page = save(administrator, administrator.get(edit), edit, every="2")
    assert set(mistakes(page)) == {"every"}
    assert welcome.all_terms.count() == 1
    edit = f"{PROMOTIONS}{thanks.pk}/"
    assert save(administrator, administrator.get(edit), edit, every="2").status_code == 302

    seldom = make_promotion(cast.aurora, "Seldom", PromotionKind.DISCOUNT_FIXED, "10", every=2)
    page = save(administrator, administrator.get(REFERRAL), REFERRAL, discount=seldom.pk)
    assert "Seldom is not given on every visit" in mistakes(page)["discount"][0]
    assert ReferralTerms.objects.get().discount == welcome


def test_the_referral_program_is_not_overwritten(administrator: Client, cast: Cast) -> None:
    make_referral_program(cast.aurora, make_card_type(cast.aurora, "Bonus"))
    first, second = administrator.get(REFERRAL), administrator.get(REFERRAL)
    save(administrator, first, REFERRAL, accrues="every_visit")
    page = save(administrator, second, REFERRAL, state="off")
    assert told(page) == {"Accrue": ("for the first visit only", "for every visit", "", "for every visit")}
    assert ReferralTerms.objects.count() == 2
    assert save(administrator, page, REFERRAL, state="off").status_code == 302
    terms = ReferralTerms.objects.order_by("pk").last()
    assert terms and (terms.accrues, terms.state) == ("every_visit", "off")


def test_a_program_whose_promotion_fits_no_longer_can_be_turned_off(administrator: Client, cast: Cast) -> None:
    """Saved by an earlier version, which took such a discount."""
    make_referral_program(cast.aurora, make_card_type(cast.aurora, "Bonus"))
    discount = Promotion.objects.get(name="Welcome")
    assert discount.terms
    discount.terms.pk, discount.terms.every = None, 2
    discount.terms = PromotionTerms.objects.bulk_create([discount.terms])[0]
    discount.save(update_fields=["terms"])
    assert save(administrator, administrator.get(REFERRAL), REFERRAL, state="off").status_code == 302
    page = save(administrator, administrator.get(REFERRAL), REFERRAL, state="on")
    assert set(mistakes(page)) == {"discount"}

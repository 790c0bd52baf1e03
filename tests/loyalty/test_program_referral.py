"""The referral program, set up over HTTP and read back as the rules see it."""

from __future__ import annotations

from django.test import Client

from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.referral.models import ReferralTerms
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast
from tests.loyalty.pages import CARD_TYPES, NEW, PROMOTIONS, REFERRAL, save, told
from tests.pages import mistakes
from tests.programs import make_card_type, make_promotion, make_referral_program


def test_the_referral_program_offers_what_fits_and_leads_to_what_is_missing(administrator: Client, cast: Cast) -> None:
    empty = administrator.get(REFERRAL).content.decode()
    for missing in (
        f"{NEW}?kind=discount_fixed&amp;for=referral",
        f"{NEW}?kind=cashback_fixed_paid",
        f"{CARD_TYPES}new/",
    ):
        assert missing in empty
    page = administrator.get(f"{NEW}?kind=discount_fixed")
    assert "value" in page.context["form"].fields

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

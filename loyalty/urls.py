"""Addresses of the programs of a chain."""

from django.urls import path

from config.ui.archiving import archive_paths
from loyalty.accounts.types import views as account_types
from loyalty.cards.types.views import editing as card_type
from loyalty.cards.types.views import lists as card_types
from loyalty.combinations import views as combinations
from loyalty.gift_cards.types import views as gift_card_types
from loyalty.memberships.types import views as membership_types
from loyalty.promotions.views import editing as promotion
from loyalty.promotions.views import lists as promotions
from loyalty.referral.views import editing as referral
from loyalty.start import views as start

app_name = "loyalty"

PROMOTION = "chains/<slug:chain_slug>/promotions/<int:promotion_id>/"
CARD_TYPE = "chains/<slug:chain_slug>/card-types/<int:card_type_id>/"
GIFT_CARD_TYPES = "chains/<slug:chain_slug>/gift-card-types/"
GIFT_CARD_TYPE = f"{GIFT_CARD_TYPES}<int:gift_card_type_id>/"
MEMBERSHIP_TYPES = "chains/<slug:chain_slug>/membership-types/"
MEMBERSHIP_TYPE = f"{MEMBERSHIP_TYPES}<int:membership_type_id>/"
ACCOUNT_TYPES = "chains/<slug:chain_slug>/account-types/"
ACCOUNT_TYPE = f"{ACCOUNT_TYPES}<int:account_type_id>/"

urlpatterns = [
    path("chains/<slug:chain_slug>/start/", start.start, name="start"),
    path("chains/<slug:chain_slug>/start/referral/", start.started_referral, name="started_referral"),
    path("chains/<slug:chain_slug>/start/<int:promotion_id>/", start.started, name="started"),
    path("chains/<slug:chain_slug>/promotions/", promotions.promotion_list, name="promotion_list"),
    path("chains/<slug:chain_slug>/promotions/new/", promotion.promotion_new, name="promotion_new"),
    path(PROMOTION, promotion.promotion_edit, name="promotion_edit"),
    *archive_paths(PROMOTION, promotions.promotion_archive, "promotion"),
    path(f"{PROMOTION}history/", promotions.promotion_history, name="promotion_history"),
    path(f"{PROMOTION}read/", promotions.promotion_read, name="promotion_read"),
    path("chains/<slug:chain_slug>/promotions/combinations/", combinations.combinations, name="combinations"),
    path("chains/<slug:chain_slug>/card-types/", card_types.card_type_list, name="card_type_list"),
    path("chains/<slug:chain_slug>/card-types/new/", card_type.card_type_new, name="card_type_new"),
    path(CARD_TYPE, card_type.card_type_edit, name="card_type_edit"),
    *archive_paths(CARD_TYPE, card_types.card_type_archive, "card_type"),
    path(f"{CARD_TYPE}history/", card_types.card_type_history, name="card_type_history"),
    path(f"{CARD_TYPE}read/", card_types.card_type_read, name="card_type_read"),
    path(GIFT_CARD_TYPES, gift_card_types.gift_card_type_list, name="gift_card_type_list"),
    path(f"{GIFT_CARD_TYPES}new/", gift_card_types.gift_card_type_new, name="gift_card_type_new"),
    path(GIFT_CARD_TYPE, gift_card_types.gift_card_type_edit, name="gift_card_type_edit"),
    *archive_paths(GIFT_CARD_TYPE, gift_card_types.gift_card_type_archive, "gift_card_type"),
    path(f"{GIFT_CARD_TYPE}history/", gift_card_types.gift_card_type_history, name="gift_card_type_history"),
    path("chains/<slug:chain_slug>/pictures/<int:picture_id>/", gift_card_types.picture, name="picture"),
    path(MEMBERSHIP_TYPES, membership_types.membership_type_list, name="membership_type_list"),
    path(f"{MEMBERSHIP_TYPES}new/", membership_types.membership_type_new, name="membership_type_new"),
    path(MEMBERSHIP_TYPE, membership_types.membership_type_edit, name="membership_type_edit"),
    *archive_paths(MEMBERSHIP_TYPE, membership_types.membership_type_archive, "membership_type"),
    path(f"{MEMBERSHIP_TYPE}history/", membership_types.membership_type_history, name="membership_type_history"),
    path(ACCOUNT_TYPES, account_types.account_type_list, name="account_type_list"),
    path(f"{ACCOUNT_TYPES}new/", account_types.account_type_new, name="account_type_new"),
    path(ACCOUNT_TYPE, account_types.account_type_edit, name="account_type_edit"),
    *archive_paths(ACCOUNT_TYPE, account_types.account_type_archive, "account_type"),
    path(f"{ACCOUNT_TYPE}history/", account_types.account_type_history, name="account_type_history"),
    path(
        "chains/<slug:chain_slug>/referral/locations/<int:location_id>/",
        referral.location_program,
        name="referral_location",
    ),
    path(
        "chains/<slug:chain_slug>/referral/locations/<int:location_id>/history/",
        referral.location_history,
        name="referral_location_history",
    ),
    path("chains/<slug:chain_slug>/referral/history/", referral.referral_history, name="referral_history"),
    path("chains/<slug:chain_slug>/referral/", referral.referral_program, name="referral_program"),
]

"""Addresses of the programs of a chain."""

from django.urls import path

from loyalty.cards.types import views as card_types
from loyalty.promotions import views as promotions
from loyalty.referral import views as referral

app_name = "loyalty"

urlpatterns = [
    path("chains/<slug:chain_slug>/promotions/", promotions.promotion_list, name="promotion_list"),
    path("chains/<slug:chain_slug>/promotions/new/", promotions.promotion_new, name="promotion_new"),
    path("chains/<slug:chain_slug>/promotions/<int:promotion_id>/", promotions.promotion_edit, name="promotion_edit"),
    path(
        "chains/<slug:chain_slug>/promotions/<int:promotion_id>/archive/",
        promotions.promotion_archive,
        name="promotion_archive",
    ),
    path("chains/<slug:chain_slug>/card-types/", card_types.card_type_list, name="card_type_list"),
    path("chains/<slug:chain_slug>/card-types/new/", card_types.card_type_new, name="card_type_new"),
    path("chains/<slug:chain_slug>/card-types/<int:card_type_id>/", card_types.card_type_edit, name="card_type_edit"),
    path(
        "chains/<slug:chain_slug>/card-types/<int:card_type_id>/archive/",
        card_types.card_type_archive,
        name="card_type_archive",
    ),
    path("chains/<slug:chain_slug>/referral/", referral.referral_program, name="referral_program"),
]

"""Addresses of trying programs, in the space of a chain."""

from django.urls import path

from visits.scenario import views

app_name = "visits_scenario"

urlpatterns = [
    path("chains/<slug:chain_slug>/try/", views.try_program, name="try"),
    path("chains/<slug:chain_slug>/try/promotions/<int:promotion_id>/", views.of_promotion, name="of_promotion"),
    path("chains/<slug:chain_slug>/try/referral/", views.of_referral, name="of_referral"),
    path(
        "chains/<slug:chain_slug>/try/referral/locations/<int:location_id>/",
        views.of_referral_location,
        name="of_referral_location",
    ),
]

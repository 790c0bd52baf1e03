"""Addresses of trying programs, in the space of a chain."""

from django.urls import path

from visits.scenario.views import files, story

app_name = "visits_scenario"

urlpatterns = [
    path("chains/<slug:chain_slug>/try/", story.try_program, name="try"),
    path("chains/<slug:chain_slug>/try/file/", files.play_file, name="file"),
    path("chains/<slug:chain_slug>/try/promotions/<int:promotion_id>/", files.of_promotion, name="of_promotion"),
    path("chains/<slug:chain_slug>/try/referral/", files.of_referral, name="of_referral"),
    path(
        "chains/<slug:chain_slug>/try/referral/locations/<int:location_id>/",
        files.of_referral_location,
        name="of_referral_location",
    ),
]

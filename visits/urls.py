"""Addresses of visits, all in the space of a location."""

from django.urls import path

from visits.views import cancelling, days, guests, receipts
from visits.window import views as window

app_name = "visits"

urlpatterns = [
    path("locations/<slug:location_slug>/visits/", days.day, name="day"),
    path("locations/<slug:location_slug>/visits/guest/", guests.guest, name="guest"),
    path("locations/<slug:location_slug>/visits/guest/new/", guests.register, name="register"),
    path("locations/<slug:location_slug>/visits/items/", window.items, name="items"),
    path("locations/<slug:location_slug>/visits/new/", window.new_walk_in, name="walk_in"),
    path("locations/<slug:location_slug>/visits/new/<int:client_id>/", window.new, name="new"),
    path("locations/<slug:location_slug>/visits/sell/", window.sell, name="sell"),
    path("locations/<slug:location_slug>/visits/<int:visit_id>/", window.visit, name="visit"),
    path("locations/<slug:location_slug>/visits/<int:visit_id>/arrive/", days.arrive, name="arrive"),
    path("locations/<slug:location_slug>/visits/<int:visit_id>/cancel/", cancelling.cancel, name="cancel"),
    path("locations/<slug:location_slug>/visits/<int:visit_id>/receipt/", receipts.receipt, name="receipt"),
    path("locations/<slug:location_slug>/visits/<int:visit_id>/gift-cards/", receipts.gift_cards, name="gift_cards"),
]

"""Addresses of visits, all in the space of a location."""

from django.urls import path

from visits.items import views as items
from visits.views import cancelling, days, guests, receipts
from visits.window import views as window

app_name = "visits"

urlpatterns = [
    path("locations/<slug:location_slug>/visits/", days.day, name="day"),
    path("locations/<slug:location_slug>/visits/guest/", guests.guest, name="guest"),
    path("locations/<slug:location_slug>/visits/guest/new/", guests.register, name="register"),
    path("locations/<slug:location_slug>/visits/items/", window.items, name="items"),
    path("locations/<slug:location_slug>/items/", items.item_list, name="item_list"),
    path("locations/<slug:location_slug>/items/new/", items.item_new, name="item_new"),
    path("locations/<slug:location_slug>/items/<int:item_id>/", items.item_edit, name="item_edit"),
    path("locations/<slug:location_slug>/items/<int:item_id>/archive/", items.item_archive, name="item_archive"),
    path("locations/<slug:location_slug>/items/<int:item_id>/restore/", items.item_restore, name="item_restore"),
    path("locations/<slug:location_slug>/items/categories/", items.category_list, name="category_list"),
    path("locations/<slug:location_slug>/items/categories/new/", items.category_new, name="category_new"),
    path(
        "locations/<slug:location_slug>/items/categories/<int:category_id>/",
        items.category_edit,
        name="category_edit",
    ),
    path("locations/<slug:location_slug>/visits/new/", window.new_walk_in, name="walk_in"),
    path("locations/<slug:location_slug>/visits/new/<int:client_id>/", window.new, name="new"),
    path("locations/<slug:location_slug>/visits/<int:visit_id>/", window.visit, name="visit"),
    path("locations/<slug:location_slug>/visits/<int:visit_id>/arrive/", days.arrive, name="arrive"),
    path("locations/<slug:location_slug>/visits/<int:visit_id>/cancel/", cancelling.cancel, name="cancel"),
    path("locations/<slug:location_slug>/visits/<int:visit_id>/receipt/", receipts.receipt, name="receipt"),
]

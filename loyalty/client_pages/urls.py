"""Addresses of clients' cards and points."""

from django.urls import path

from loyalty.client_pages.views import cards, registering, rows

app_name = "loyalty_clients"

urlpatterns = [
    path("chains/<slug:chain_slug>/cards/", cards.card_list, name="card_list"),
    *registering.new.at("clients/new/", "new"),
    *cards.cards.at("clients/<int:client_id>/", "cards"),
    *cards.issue.at("clients/<int:client_id>/issue/", "issue"),
    *rows.rows.at("clients/<int:client_id>/loyalty/", "rows"),
    *rows.accrue.at("clients/<int:client_id>/loyalty/accrue/", "accrue"),
    *rows.write_off.at("clients/<int:client_id>/loyalty/write-off/", "write_off"),
    *rows.undo.at("loyalty-rows/<int:row_id>/undo/", "undo"),
    *cards.card.at("cards/<int:card_id>/", "card"),
    *cards.block.at("cards/<int:card_id>/block/", "block"),
]

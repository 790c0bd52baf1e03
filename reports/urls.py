"""Addresses of reports, in the space of a chain and, where they have them, of its locations."""

from django.urls import path

from reports.changes import views as changes
from reports.exports import views as exports
from reports.gift_cards import views as gift_cards
from reports.memberships import views as memberships
from reports.overview import views as overview
from reports.owed import views as owed
from reports.transactions import views as transactions
from reports.visits import views as visits

app_name = "reports"

urlpatterns = [
    path("chains/<slug:chain_slug>/transactions/", transactions.transactions, name="transactions"),
    path("chains/<slug:chain_slug>/reports/points-owed/", owed.owed, name="owed"),
    *gift_cards.gift_cards.at("gift-cards/", "gift_cards"),
    *memberships.memberships.at("memberships/", "memberships"),
    *overview.overview.at("overview/", "overview"),
    *visits.visits.at("reports/visits/", "visits"),
    *changes.changes.at("reports/changes/", "visit_changes"),
    *exports.export_list.at("exports/", "export_list"),
    *exports.new.at("exports/new/", "export_new"),
    *exports.export.at("exports/<int:export_id>/", "export"),
    *exports.download.at("exports/<int:export_id>/download/", "export_download"),
]

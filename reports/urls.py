"""Addresses of reports, and of the workbooks that are prepared in either kind of space."""

from django.urls import path

from reports.exports import views as exports
from reports.transactions import views as transactions

app_name = "reports"

urlpatterns = [
    path("chains/<slug:chain_slug>/transactions/", transactions.transactions, name="transactions"),
    *exports.export_list.at("exports/", "export_list"),
    *exports.new.at("exports/new/", "export_new"),
    *exports.export.at("exports/<int:export_id>/", "export"),
    *exports.download.at("exports/<int:export_id>/download/", "export_download"),
]

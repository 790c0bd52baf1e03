"""Addresses of reports, all in the space of a chain."""

from django.urls import path

from reports.transactions import views as transactions

app_name = "reports"

urlpatterns = [
    path("chains/<slug:chain_slug>/transactions/", transactions.transactions, name="transactions"),
]

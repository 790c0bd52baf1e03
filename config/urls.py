"""Every address of the site begins here."""

from django.urls import include, path

from visits.currency import currency_lock
from visits.history import last_visits

urlpatterns = [
    path("", include("chains.urls")),
    path("", include("chains.sign_in_urls")),
    path("", include("chains.settings.urls")),
    # Whether the currency may change depends on visits and points, which the page of the chain is told of.
    path("", include("chains.settings.general.urls"), {"currency_lock": currency_lock}),
    path("", include("clients.urls")),
    path("", include("loyalty.urls")),
    # How long points live depends on visits, which the pages of cards are told of.
    path("", include("loyalty.client_pages.urls"), {"last_visits": last_visits}),
    path("", include("visits.client_pages.urls")),
    path("", include("visits.scenario.urls")),
    path("", include("visits.urls")),
    path("", include("reports.urls")),
]

handler403 = "chains.views.forbidden"
handler404 = "chains.views.not_found"
handler500 = "config.unreachable.server_error"

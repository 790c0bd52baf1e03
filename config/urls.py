"""Every address of the site begins here."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("chains.urls")),
    path("", include("chains.sign_in_urls")),
    path("", include("chains.settings.urls")),
    path("", include("chains.settings.general.urls")),
    path("", include("chains.catalog.urls")),
    path("", include("chains.lists.urls")),
    path("", include("clients.urls")),
    path("", include("loyalty.urls")),
    path("", include("loyalty.client_pages.urls")),
    path("", include("visits.client_pages.urls")),
    path("", include("visits.scenario.urls")),
    path("", include("visits.urls")),
    path("", include("reports.urls")),
]

if settings.DEBUG:
    from config.ui.styles import styles

    urlpatterns.append(path("styles/", styles))

handler403 = "chains.views.forbidden"
handler404 = "chains.views.not_found"
handler500 = "config.unreachable.server_error"

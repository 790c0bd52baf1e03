"""Every address of the site begins here."""

from django.urls import include, path

urlpatterns = [
    path("", include("chains.urls")),
    path("", include("chains.sign_in_urls")),
    path("", include("visits.urls")),
]

handler403 = "chains.views.forbidden"
handler404 = "chains.views.not_found"

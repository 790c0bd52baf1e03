"""Every address of the site begins here."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
]

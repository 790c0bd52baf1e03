"""Addresses of spaces and of the signed-in user."""

from django.urls import path

from chains import views

app_name = "chains"

urlpatterns = [
    path("", views.home, name="home"),
    path("spaces/", views.spaces, name="spaces"),
    path("sent/", views.sent, name="sent"),
    path("chains/<slug:chain_slug>/", views.chain, name="chain"),
    path("locations/<slug:location_slug>/", views.location, name="location"),
    path("account/profile/", views.profile, name="profile"),
    path("account/preferences/", views.preferences, name="preferences"),
    path("account/theme/", views.theme, name="theme"),
]

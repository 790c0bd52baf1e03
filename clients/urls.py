"""Addresses of a client's own data; those of its cards and visits are with the apps that know them."""

from clients import views

app_name = "clients"

urlpatterns = views.edit.at("clients/<int:client_id>/edit/", "edit")

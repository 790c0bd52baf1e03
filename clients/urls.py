"""Addresses of a client's own data and of messages; those of cards and visits are with the apps that know them."""

from django.urls import path

from clients import views
from clients.messages import views as messages

app_name = "clients"

MESSAGES = "chains/<slug:chain_slug>/settings/messages"

urlpatterns = [
    *views.edit.at("clients/<int:client_id>/edit/", "edit"),
    path(f"{MESSAGES}/", messages.message_list, name="message_list"),
    path(f"{MESSAGES}/again/", messages.all_again, name="messages_again"),
    path(f"{MESSAGES}/<int:message_id>/", messages.message, name="message"),
    path(f"{MESSAGES}/<int:message_id>/again/", messages.again, name="message_again"),
]

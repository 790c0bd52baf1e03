"""Addresses of the client database and of a client's visits."""

from visits.client_pages import views

app_name = "visits_clients"

urlpatterns = [
    *views.database.at("clients/", "database"),
    *views.visits.at("clients/<int:client_id>/visits/", "visits"),
]

"""Addresses of what is kept of lists, in either kind of space."""

from chains.lists import views

app_name = "lists"

urlpatterns = [
    *views.columns.at("lists/columns/", "columns"),
    *views.view_new.at("lists/views/new/", "view_new"),
    *views.view_edit.at("lists/views/<int:view_id>/", "view_edit"),
    *views.view_replace.at("lists/views/<int:view_id>/replace/", "view_replace"),
    *views.view_delete.at("lists/views/<int:view_id>/delete/", "view_delete"),
]

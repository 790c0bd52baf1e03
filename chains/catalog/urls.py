"""Addresses of what the chain sells, in the space of a location."""

from django.urls import path

from chains.catalog import views
from config.ui.archiving import archive_paths

app_name = "catalog"

ITEMS = "locations/<slug:location_slug>/items/"
CATEGORIES = f"{ITEMS}categories/"

urlpatterns = [
    path(ITEMS, views.item_list, name="item_list"),
    path(f"{ITEMS}new/", views.item_new, name="item_new"),
    path(f"{ITEMS}<int:item_id>/", views.item_edit, name="item_edit"),
    *archive_paths(f"{ITEMS}<int:item_id>/", views.item_archive, "item"),
    path(CATEGORIES, views.category_list, name="category_list"),
    path(f"{CATEGORIES}new/", views.category_new, name="category_new"),
    path(f"{CATEGORIES}<int:category_id>/", views.category_edit, name="category_edit"),
]

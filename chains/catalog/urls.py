"""Addresses of what the chain sells, in the space of a location."""

from django.urls import path

from chains.catalog import views

app_name = "catalog"

ITEMS = "locations/<slug:location_slug>/items/"
CATEGORIES = f"{ITEMS}categories/"

urlpatterns = [
    path(ITEMS, views.item_list, name="item_list"),
    path(f"{ITEMS}new/", views.item_new, name="item_new"),
    path(f"{ITEMS}<int:item_id>/", views.item_edit, name="item_edit"),
    path(f"{ITEMS}<int:item_id>/archive/", views.item_archive, name="item_archive"),
    path(f"{ITEMS}<int:item_id>/restore/", views.item_restore, name="item_restore"),
    path(CATEGORIES, views.category_list, name="category_list"),
    path(f"{CATEGORIES}new/", views.category_new, name="category_new"),
    path(f"{CATEGORIES}<int:category_id>/", views.category_edit, name="category_edit"),
]

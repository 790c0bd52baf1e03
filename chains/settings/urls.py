"""Addresses of the settings of a chain."""

from django.urls import path

from chains.settings.locations import views as locations
from chains.settings.users import views as users
from config.ui.archiving import archive_paths

app_name = "chains_settings"

LOCATIONS = "chains/<slug:chain_slug>/settings/locations/"
USERS = "chains/<slug:chain_slug>/settings/users/"

urlpatterns = [
    path(LOCATIONS, locations.location_list, name="location_list"),
    path(f"{LOCATIONS}new/", locations.location_new, name="location_new"),
    path(f"{LOCATIONS}<int:location_id>/", locations.location_edit, name="location_edit"),
    *archive_paths(f"{LOCATIONS}<int:location_id>/", locations.location_archive, "location"),
    path(USERS, users.user_list, name="user_list"),
    path(f"{USERS}new/", users.user_new, name="user_new"),
    path(f"{USERS}<int:access_id>/", users.user_edit, name="user_edit"),
    path(f"{USERS}<int:access_id>/invitation/", users.user_invitation, name="user_invitation"),
    path(f"{USERS}<int:access_id>/proof/", users.user_proof, name="user_proof"),
    *archive_paths(f"{USERS}<int:access_id>/", users.user_suspend, "user", users.SUSPEND),
]

"""The address of the settings of the chain itself."""

from django.urls import path

from chains.settings.general import views

app_name = "chains_general"

urlpatterns = [path("chains/<slug:chain_slug>/settings/general/", views.general, name="general")]

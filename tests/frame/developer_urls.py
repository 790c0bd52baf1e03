"""The addresses of a developer's server: those of every server, and the page of styles."""

from django.urls import path

from config.ui.styles import styles
from config.urls import handler403, handler404, handler500
from config.urls import urlpatterns as of_every_server

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [*of_every_server, path("styles/", styles)]

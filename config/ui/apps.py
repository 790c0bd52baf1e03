"""Blocks of web pages that know no model, with their templates and tags."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "config.ui"
    label = "ui"

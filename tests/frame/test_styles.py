"""The page on which a developer sees every component."""

import re

import pytest
from django.conf import settings
from django.test import Client
from style_sheets import classes_of

pytestmark = pytest.mark.django_db


def test_only_a_developers_server_has_the_page_of_styles(client: Client) -> None:
    assert client.get("/styles/").status_code == 404


@pytest.mark.urls("tests.frame.developer_urls")
def test_the_page_of_styles_shows_every_component(client: Client) -> None:
    page = client.get("/styles/").content.decode()
    shown = set(re.findall(r"[\w-]+", " ".join(re.findall(r'class="([^"]*)"', page))))
    components = classes_of(settings.BASE_DIR / "static/css/components.css")
    assert components - shown <= SET_WHILE_WAITING


#: By htmx, while the server is asked.
SET_WHILE_WAITING = {"htmx-request"}

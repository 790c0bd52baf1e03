"""The checks that are written here, and not taken from a tool, find what they are for."""

from pathlib import Path

import pytest
from grimp import ImportGraph
from inline_code import inline_code
from web_modules import WebModules

ALLOWED = """
<link rel="stylesheet" href="{% static 'css/frame.css' %}">
<script src="{% static 'js/frame.js' %}" defer></script>
{% comment %}an id may begin with on{% endcomment %}
<button name="once" {% if ready %}disabled{% endif %}>{{ label }}</button>
<script type="application/json" id="figures">{}</script>
"""


def found_in(folder: Path, html: str) -> list[str]:
    template = folder / "page.html"
    template.write_text(html)
    return [line.removeprefix(f"{template}:") for line in inline_code(template)]


def test_a_template_without_inline_code(tmp_path: Path) -> None:
    assert found_in(tmp_path, ALLOWED) == []


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>\n<script>go()</script>", "2: a script without src"),
        ("<style>p { color: red }</style>", "1: a style element"),
        ("{# one\nline #}<p style='color: red'>", "2: the attribute style"),
        ("<a {% if x %}onclick='go()'{% endif %}>", "1: the attribute onclick"),
        ("<a hx-on:click='go()'>", "1: the attribute hx-on:click"),
        ("<a href=' javascript:go()'>", "1: code in the attribute href"),
        ("<a hx-vals='js:{a: go()}'>", "1: code in the attribute hx-vals"),
    ],
)
def test_inline_code_is_found(tmp_path: Path, html: str, found: str) -> None:
    assert found_in(tmp_path, html) == [found]


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("visits.views.window", "visits.forms", True),
        ("visits.urls", "visits.views.window", True),
        ("loyalty.cards.tables", "loyalty.cards.models", True),
        ("visits.views", "loyalty.cards.services", True),
        ("visits.views", "config.ui.forms", True),
        ("visits.views", "clients.tables", False),
        ("visits.checkout", "visits.forms", False),
        ("loyalty.cards.services", "loyalty.cards.views", False),
        ("visits.checkout", "visits.tasks", False),
    ],
)
def test_web_modules_stay_in_their_app(importer: str, imported: str, allowed: bool) -> None:
    graph = ImportGraph()
    graph.add_import(importer=importer, imported=imported)
    contract = WebModules(
        name="under test",
        session_options={},
        contract_options={
            "apps": ["clients", "loyalty", "visits"],
            "web_modules": ["views", "forms", "tables"],
            "may_import_them": ["urls"],
            "imported_by_nobody": ["tasks"],
        },
    )
    assert contract.check(graph, verbose=False).kept is allowed

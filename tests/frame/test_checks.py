"""The checks that are written here, and not taken from a tool, find what they are for."""

from pathlib import Path

import pytest
from acting import acting_as_nobody
from grimp import ImportGraph
from inline_code import inline_code
from style_sheets import colours_outside_of_tokens, too_many_lines, undeclared_classes, unused_classes
from upward_reads import Layers, Relation, upward_reads
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


ROOMS = [Layers((("visits",), ("loyalty",), ("chains",))), Layers((("loyalty.referral",), ("loyalty.cards",)))]
RELATIONS = [
    Relation("chain", "visits", "visits.models"),
    Relation("chain", "items", "chains.models"),
    Relation("promotion", "visits", "visits.models"),
    Relation("promotion", "programs", "loyalty.referral.models"),
]


@pytest.mark.parametrize(
    ("module", "text", "found"),
    [
        ("loyalty.cards.services", "found = chain.visits.filter(sold=0)", "visits"),
        ("loyalty.cards.services", "found = self.request.chain.visits", "visits"),
        ("loyalty.cards.services", "Promotion.objects.filter(programs__terms=1)", "programs"),
        ("loyalty.cards.services", "Promotion.objects.order_by('-programs__pk')", "programs"),
        ("loyalty.cards.services", "found = promotion.programs", "programs"),
        ("loyalty.referral.services", "found = promotion.programs", None),
        ("visits.desk", "found = chain.visits", None),
        ("loyalty.cards.services", "found = chain.items", None),
        # A method, and a member of something of the room itself.
        ("loyalty.cards.services", "found = chart.visits()", None),
        ("loyalty.cards.services", "class Chart:\n    visits: int\nfound = chart.visits", None),
        # What is called like a model is one, whatever else the room has.
        ("loyalty.cards.services", "class Chart:\n    visits: int\nfound = chain.visits", "visits"),
    ],
)
def test_a_read_of_a_higher_room_by_the_name_of_a_relation(module: str, text: str, found: str | None) -> None:
    said = upward_reads({module: text}, RELATIONS, ROOMS)
    assert [line.split(": ")[1].split(" ")[0] for line in said] == ([found] if found else [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("read = import_string('visits.history.last_visits')", ["visits.history.last_visits is named"]),
        ("model = apps.get_model('visits.Visit')", ["visits.Visit is named"]),
        ("visit = models.ForeignKey('visits.Visit', models.PROTECT)", []),
        ("name = 'chains.models'", []),
        ('"""Of visits, which this says nothing of."""', []),
    ],
)
def test_a_read_of_a_higher_room_by_its_name_in_a_text(text: str, found: list[str]) -> None:
    said = upward_reads({"loyalty.cards.services": text}, RELATIONS, ROOMS)
    assert [line.split(": ")[1] for line in said] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def save(*, acting_user: Acting): ...", []),
        ("save(acting_user=request.user)", []),
        ("row.acting_user = None", []),
        ("def save(*, at, acting_user: User | None): ...", [1]),
        ("def save(*, acting_user: Optional[User]): ...", [1]),
        ("def save(\n  at: int,\n  acting_user: 'Acting' = PROGRAM,\n): ...", [3]),
        ("async def save(acting_user: Acting, at=None): ...", []),
        ("class Journal:\n    acting_user: None | Acting", [2]),
        ("save(acting_user=None)", [1]),
        ("save(acting_user=user if user else None)", [1]),
        ("usual = {'at': None, 'acting_user': None}", [1]),
    ],
)
def test_nobody_acts(text: str, found: list[int]) -> None:
    assert acting_as_nobody(text) == found


SHEET = """
.tile, .tile:has(> .is-open) h2 {
  color: var(--ink); /* .remark */

  &.tile-late:hover { background: url("data:x/.hidden"); }
}
@media (min-width: 61.5rem) { .state-on { color: #fff; } }
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "room.css"
    path.write_text(SHEET)
    return path


def in_a_template(folder: Path, html: str) -> list[Path]:
    (folder / "room.html").write_text(html)
    return [folder / "room.html"]


def test_classes_of_style_sheets_that_nothing_has(sheet: Path, tmp_path: Path) -> None:
    template = in_a_template(tmp_path, """<p class="tile{% if is_late %} tile-late{% endif %} state-{{ state }}">""")
    assert list(unused_classes([sheet], template)) == [f"{sheet}: nothing has the class is-open"]


def test_classes_of_templates_that_no_rule_is_for(sheet: Path, tmp_path: Path) -> None:
    html = """<p class="tile tiel{% if kind == "x" %} is-open{% endif %} state-{{ state }}{% if a %} b{% endif %}">"""
    template = in_a_template(tmp_path, html)
    found = [
        line.removeprefix(f"{template[0]}: no rule is for the class ") for line in undeclared_classes([sheet], template)
    ]
    assert found == ["b", "tiel"]


def test_colours_and_lines_of_style_sheets(sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [line.split(" ")[1] for line in colours_outside_of_tokens([sheet])] == ["#fff"]
    assert not list(too_many_lines([sheet]))
    monkeypatch.setattr("style_sheets.MOST_LINES", 6)
    assert list(too_many_lines([sheet])) == ["static: 7 lines of CSS, of 6 at most"]

"""Every scenario under tests/scenarios comes out as it says; its figures were worked out by hand from docs/rules.md."""

from pathlib import Path

import pytest

from visits.scenario.performance import play
from visits.scenario.reader import read_file

SCENARIOS = Path(__file__).parent / "scenarios"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", [pytest.param(path, id=str(path.relative_to(SCENARIOS))) for path in sorted(SCENARIOS.rglob("*.yaml"))]
)
def test_the_scenario_comes_out_as_it_says(path: Path) -> None:
    # What a step tells is read where the command plays all steps of eight files, in `test_scenario_command.py`.
    difference, _steps = play(read_file(path), tell=lambda *_played: None)
    assert difference is None, difference

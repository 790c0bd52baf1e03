"""A scenario that is written while it is played: each step goes into the file together with what came out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from visits.scenario.play import Player, Step
from visits.scenario.reader import read_text
from visits.scenario.report import told
from visits.scenario.writer import Keys, write

ABOUT = (
    "# A guest meets the program under its terms of today. Change what you like, and upload the file under\n"
    "# “Try a program ▸ For experts”. It is played through the code of the desk and leaves nothing behind.\n"
)


@dataclass
class Diary:
    """What stands before the steps, when it is now, and the steps so far."""

    setting: Keys
    at: datetime
    steps: list[Keys] = field(default_factory=list)

    def begin(self) -> Player:
        """A player of the setting, whose first step only says when it is."""
        opening = write({**self.setting, "steps": [{"at": _written(self.at)}]})
        return Player(read_text(opening, "scenario.yaml"))

    def play(self, player: Player, action: Keys) -> Step:
        """Play a step now, and write it down."""
        keys: Keys = {"at": _written(self.at), **action}
        (entry,) = read_text(write({"steps": [keys]}), "scenario.yaml").table()["steps"].list()
        step = player.play(entry)
        self.steps.append({**keys, **_outcome(player, step)})
        return step

    def file(self) -> str:
        """The scenario as a file, which passes when it is played unchanged."""
        steps = "".join(f"\n{write({'steps': [step]}).removeprefix('steps:').lstrip(chr(10))}" for step in self.steps)
        return f"{ABOUT}{write(self.setting)}steps:{steps}"


def _outcome(player: Player, step: Step) -> Keys:
    """What came out, as a scenario says it."""
    if step.refusal:
        return {"refused": str(step.refusal.code)}
    report = told(player, step, None)
    expected: Keys = {}
    if "visit" in report:
        expected = {name: report["visit"][name] for name in ("sold", "discount", "due", "paid")}
    rows = [row for row in report["wrote"] if not row.startswith("points_burning")]
    messages = [row for row in report["wrote"] if row.startswith("points_burning")]
    expected |= {"messages": messages} if messages else {}
    return {"expect": {**expected, "balances": report["balances"], "wrote": rows}}


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"

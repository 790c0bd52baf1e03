"""The page *Styles*: every component in each of its states, in both themes. Only a developer's server has it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.ui.forms import ManyChoices, OneChoice

LONG = "Gwendolyn Featherstonehaugh-Cholmondeley of the Salon on the Other Side of the River"
WORDS = ("waiting", "confirmed", "arrived", "no-show")
CHOICES = [(word, word) for word in WORDS]
BADGES = ("green", "yellow", "orange", "red", "blue", "purple", "secondary")
PLACEHOLDER = {"placeholder": "Name, phone, e-mail or card"}
LEVELS = (constants.SUCCESS, constants.INFO, constants.WARNING, constants.ERROR)

HISTORY = [
    {
        "at": datetime(2026, 3, 1, 10, tzinfo=UTC),
        "who": "Olivia Owner",
        "differences": [{"label": "name", "before": "Bonus", "after": LONG}],
    },
    {"at": datetime(2026, 2, 1, 10, tzinfo=UTC), "who": "", "made": ["It gives 5 % of what is paid."]},
]


class StatesForm(forms.Form):
    """One field of each kind, and one in each state."""

    name = forms.CharField(label="At rest", required=False, help_text="What it is for, in a sentence.")
    guest = forms.CharField(label="With a placeholder", required=False, widget=forms.TextInput(attrs=PLACEHOLDER))
    address = forms.EmailField(label="Wrong")
    kept = forms.CharField(label="Disabled", disabled=True, required=False, initial="EUR – Euro")
    status = forms.ChoiceField(label="One of many", choices=[("", LONG), *CHOICES], required=False)
    on = forms.DateField(label="A day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    comment = forms.CharField(label="Long text", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    one = forms.ChoiceField(label="One of few", choices=CHOICES, required=False, widget=OneChoice)
    grouped = forms.ChoiceField(label="One of groups", choices=[("Today", CHOICES)], required=False, widget=OneChoice)
    many = forms.MultipleChoiceField(label="Any of few", choices=CHOICES, required=False, widget=ManyChoices)
    agreed = forms.BooleanField(label="A box to tick", required=False)


@dataclass(frozen=True)
class Sample:
    """The components under one theme."""

    theme: str

    @property
    def form(self) -> StatesForm:
        typed = {
            "name": LONG,
            "address": "nobody",
            "comment": LONG,
            "one": "arrived",
            "many": ["arrived"],
            "agreed": "on",
        }
        return StatesForm({f"{self.theme}-{name}": text for name, text in typed.items()}, prefix=self.theme)


def colours() -> list[str]:
    """The colours of the token file, in its order; a space's stand there once a kind."""
    tokens = Path(str(finders.find("css/theme.css"))).read_text()
    return list(dict.fromkeys(re.findall(r"--([a-z-]+): (?:light-dark|#|rgb)", tokens)))


@require_safe
def styles(request: HttpRequest) -> HttpResponse:
    shown = {
        "page_title": "Styles",
        "samples": [Sample("light"), Sample("dark")],
        "colours": colours(),
        "badges": BADGES,
        "told": [Message(level, f"What happened, in a sentence. {LONG}.") for level in LEVELS],
        "words": WORDS,
        "long": LONG,
        "page": Paginator(range(80), 25).page(2),
        "page_size": 25,
        "page_sizes": (25, 50, 100),
        "nothing_yet": "What to do while there are no rows.",
        "history": HISTORY,
    }
    return render(request, "ui/styles/page.html", shown)

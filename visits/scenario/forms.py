"""The upload of a scenario file, or its text."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from visits.scenario.limits import MOST_BYTES, check_size, check_text
from visits.scenario.reader import Entry, ScenarioError, read_text

#: What the places of a pasted text are told by.
PASTED = "text"


class TryForm(forms.Form):
    """Comes to the scenario in the file, or else in the text; what cannot be read is told with its line."""

    #: Of a form that is valid.
    scenario: Entry
    source, name = "file", ""

    file = forms.FileField(
        label=_("Scenario file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,text/yaml"}),
        help_text=_("A YAML file of at most 64 KB. Download a starter below, or the story that you played."),
        error_messages={"empty": _("The file is empty.")},
    )
    text = forms.CharField(
        label=_("Or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("What is pasted here stays when it is played, so that you can change it and play it again."),
    )

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        return text.replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        uploaded, text = chosen.get("file"), chosen.get("text", "")
        if "file" in self.errors:
            return chosen
        if uploaded is None and not text.strip():
            self.add_error("file", _("Choose a file, or paste its text."))
        elif uploaded is None:
            self._read("text", PASTED, text.encode())
        else:
            self._read("file", uploaded.name[:60], uploaded.read() if uploaded.size <= MOST_BYTES else None)
        return chosen

    def _read(self, source: str, name: str, content: bytes | None) -> None:
        self.source, self.name = source, name
        try:
            self.scenario = _scenario(name, content)
        except ValidationError as error:
            self.add_error(source, error)


def _scenario(name: str, content: bytes | None) -> Entry:
    if content is None or len(content) > MOST_BYTES:
        raise ValidationError(_("The file is larger than 64 KB. Try fewer steps."))
    try:
        text = content.decode("utf-8-sig")
        check_text(text, name)
        file = read_text(text, name)
        check_size(file)
    except UnicodeDecodeError as error:
        raise ValidationError(_("This is not a text file in UTF-8.")) from error
    except ScenarioError as error:
        raise ValidationError(str(error)) from error
    return file

"""The upload of a scenario file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from visits.scenario.limits import MOST_BYTES, check_size, check_text
from visits.scenario.reader import Entry, ScenarioError, read_text


class TryForm(forms.Form):
    """Comes to the scenario in the file; what cannot be read is told with its line."""

    file = forms.FileField(
        label=_("Scenario file"),
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,text/yaml"}),
        help_text=_("A YAML file of at most 64 KB. Download a starter from a promotion or the referral program."),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )

    def clean_file(self) -> Entry:
        uploaded: Any = self.cleaned_data["file"]
        name = uploaded.name[:60]
        if uploaded.size > MOST_BYTES:
            raise ValidationError(_("The file is larger than 64 KB. Try fewer steps."))
        try:
            text = uploaded.read().decode("utf-8-sig")
            check_text(text, name)
            file = read_text(text, name)
            check_size(file)
        except UnicodeDecodeError as error:
            raise ValidationError(_("This is not a text file in UTF-8.")) from error
        except ScenarioError as error:
            raise ValidationError(str(error)) from error
        return file

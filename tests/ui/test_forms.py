"""How a form is rendered, so that everyone can read it and mend it."""

import re

from django import forms

LETTERS = re.compile(r"\s+")


class OrderForm(forms.Form):
    name = forms.CharField(help_text="As on the card")
    size = forms.ChoiceField(choices=[("s", "Small"), ("l", "Large")], required=False)
    gift = forms.BooleanField(required=False, label="Wrap it")
    code = forms.CharField(required=False, widget=forms.TextInput(attrs={"placeholder": "Code", "class": "wide"}))
    token = forms.CharField(widget=forms.HiddenInput)

    def clean(self) -> None:
        raise forms.ValidationError("Sold out")


def rendered(form: forms.Form) -> str:
    return LETTERS.sub(" ", str(form))


def test_every_field_has_a_label_a_class_and_its_help() -> None:
    page = rendered(OrderForm())
    assert '<label class="form-label required" for="id_name">Name</label>' in page
    assert 'class="form-control" id="id_name"' in page
    assert 'aria-describedby="id_name_helptext"' in page
    assert '<div class="form-hint" id="id_name_helptext">As on the card</div>' in page
    assert 'class="form-select"' in page
    assert 'class="form-check-input"' in page
    assert "error-summary" not in page


def test_a_placeholder_that_repeats_the_label_is_left_out() -> None:
    page = rendered(OrderForm())
    assert "placeholder" not in page
    assert 'class="wide form-control"' in page


def test_mistakes_stand_beside_their_field_and_in_a_summary_that_links_to_it() -> None:
    page = rendered(OrderForm({"size": "xl"}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in page
    assert '<div class="invalid-feedback" id="id_name_error"> <div>This field is required.</div> </div>' in page
    assert 'class="form-control is-invalid"' in page
    assert page.count('aria-invalid="true"') == 2
    summary = page[: page.index('<div class="field">')]
    assert 'tabindex="-1" autofocus' in summary
    assert "<li>Sold out</li>" in summary
    assert "<li>This field is required.</li>" in summary
    assert '<li><a href="#id_name">Name</a>: This field is required.</li>' in summary

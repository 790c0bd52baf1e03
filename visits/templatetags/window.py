"""What stands dozens of times in a long visit window, written at once: a template for each would take longer."""

from collections.abc import Iterable

from django import template
from django.forms.boundfield import BoundField
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from config.ui.templatetags.ui import icon

register = template.Library()


@register.simple_tag
def cell_field(field: BoundField, short: str) -> SafeString:
    """A field in a table whose columns have headings; ``short`` is the label that is seen where they fold."""
    return format_html(
        '<label class="cell-label" for="{}">'
        '<span class="visually-hidden">{}</span><span aria-hidden="true">{}</span></label>{}',
        field.id_for_label,
        field.label,
        short,
        field,
    )


@register.simple_tag
def why(sentences: Iterable[str], key: object, of: StrOrPromise) -> SafeString:
    """A mark that opens the sentences on why something is as it is; ``key`` tells it from others of the page."""
    label = escape(_("Why: %(of)s")) % {"of": conditional_escape(of)}
    return format_html(
        '<details class="why" id="why-{}"><summary aria-label="{}" title="{}">{}</summary><ul>{}</ul></details>',
        str(key),
        SafeString(label),
        _("Why"),
        icon("info-circle"),
        format_html_join("", "<li>{}</li>", ((sentence,) for sentence in sentences)),
    )

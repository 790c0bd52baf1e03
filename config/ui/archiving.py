"""Taking something out of use and putting it back: the two addresses, the page that asks, the button, badge and filter.

What was used is never deleted; so both ways are open at any time, and doing either twice is doing it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import django_filters
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.ui.pages import PageLink, confirm_page


@dataclass(frozen=True)
class Archiving:
    """One of the two ways: what its address, its button and its page say."""

    #: Whether it takes out of use.
    archived: bool
    #: The end of the address, and of its name.
    verb: str
    button: str | Promise
    question: str | Promise
    #: What is said once it was done; empty where the page says that.
    done: str | Promise = ""
    #: What is true of whatever goes this way, after its own effects.
    last_effect: str | Promise = ""
    icon: str = ""


ARCHIVE = Archiving(
    archived=True,
    verb="archive",
    button=gettext_lazy("Archive"),
    question=gettext_lazy("Archive %(name)s?"),
    done=gettext_lazy("%(name)s was archived."),
    last_effect=gettext_lazy("You can restore it at any time."),
    icon="archive",
)
RESTORE = Archiving(
    archived=False,
    verb="restore",
    button=gettext_lazy("Restore"),
    question=gettext_lazy("Restore %(name)s?"),
    icon="archive-off",
)


def archive_paths(
    route: str, view: Callable[..., HttpResponse], name: str, out: Archiving = ARCHIVE
) -> list[URLPattern]:
    """The addresses of both ways, below that of the thing itself; the view is told which (``archiving``)."""
    return [path(f"{route}{way.verb}/", view, {"archiving": way}, name=f"{name}_{way.verb}") for way in (out, RESTORE)]


def archive_link(name: str, args: Sequence[object], *, archived: bool, out: Archiving = ARCHIVE) -> PageLink:
    """The button for the way that is open; ``name`` is that of the addresses."""
    way = RESTORE if archived else out
    return PageLink(way.button, reverse(f"{name}_{way.verb}", args=args), way.icon)


def archive_page(
    request: HttpRequest,
    archiving: Archiving,
    *,
    subject: object,
    act: Callable[[], object],
    effects: Iterable[str],
    restored: str,
    crumbs: tuple[PageLink, PageLink],
    leads_to: str = "",
) -> HttpResponse:
    """Ask, then ``act`` and go to the list.

    ``effects`` are those of this way, read where they are shown; ``restored`` is said once the subject is back in use.
    ``crumbs`` are its list and its page; ``leads_to`` is for who may not see the list any more.
    """
    name, (listing, page) = {"name": subject}, crumbs
    if request.method == "POST":
        act()
        messages.success(request, str(archiving.done or restored) % name)
        return redirect(leads_to or listing.url)
    return confirm_page(
        request,
        title=str(archiving.question) % name,
        effects=[*effects, *([archiving.last_effect] if archiving.last_effect else [])],
        button=archiving.button,
        back=page.url,
        breadcrumbs=[listing, page],
    )


def archive_badge(*, archived: bool, in_use: str) -> SafeString:
    """How a list says that a row is archived, or else in use."""
    colour, text = ("bg-secondary-lt", _("Archived")) if archived else ("bg-green-lt", in_use)
    return format_html('<span class="badge {}">{}</span>', colour, text)


class ArchiveFilter(django_filters.ChoiceFilter):
    """Of a list: what is in use, or what is archived. ``in_use`` is the value and the words for the former."""

    def __init__(self, in_use: tuple[str, str | Promise], field_name: str = "archived", **kwargs: Any) -> None:
        choices = (in_use, ("archived", gettext_lazy("Archived")))
        words = {"label": gettext_lazy("Status"), "empty_label": gettext_lazy("any")}
        super().__init__(field_name=field_name, choices=choices, **{**words, **kwargs})

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(**{str(self.field_name): value == "archived"}) if value else rows

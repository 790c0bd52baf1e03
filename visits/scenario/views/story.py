"""*Try a program*: a guest's story is typed into a small table and played. Nothing of it remains in the database."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from visits.scenario.reader import ScenarioError
from visits.scenario.story.forms import StoryForm, with_one_more, without
from visits.scenario.story.play import play_story
from visits.scenario.story.shown import ShownStep, shown_step
from visits.scenario.views.files import download
from visits.scenario.watch import limited, watched

#: Buttons that show the page again and play nothing.
SHOW_AGAIN = ("add_row", "remove_row")


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def try_program(request: ChainRequest) -> HttpResponse:
    """``?program=`` and ``?location=`` begin with what another page names."""
    form = _form(request)
    context: dict[str, Any] = {"page_title": _("Try a program"), "form": form, "steps": []}
    if form.is_bound and form.is_valid():
        file, steps = _played(request, form)
        if "download" in request.POST and file:
            return download(file, form.story.title)
        context |= {"steps": steps, "title": form.story.title}
    return render(request, "visits/scenario/try.html", context)


def _form(request: ChainRequest) -> StoryForm:
    about: dict[str, Any] = {"chain": request.chain, "today": request.chain.local_date(timezone.now())}
    if request.method != "POST":
        return StoryForm(None, begin_with=request.GET.dict(), **about)
    is_only_shown = any(button in request.POST for button in SHOW_AGAIN)
    return StoryForm(_rows_changed(request.POST), is_only_shown=is_only_shown, **about)


def _rows_changed(post: QueryDict) -> QueryDict:
    if "add_row" in post:
        return with_one_more(post)
    return without(post, str(post["remove_row"])) if "remove_row" in post else post


def _played(request: ChainRequest, form: StoryForm) -> tuple[str, list[ShownStep]]:
    """The story as a file, and its steps; what was refused stands beside its field, and so does what ended it."""
    try:
        with limited():
            file, steps = play_story(form.story, tell=shown_step, go_on=watched(request.chain))
    except ScenarioError as error:
        form.add_error(None, str(error))
        return "", []
    visits = [step for step in steps if step.figures or step.refused]
    for number, step in enumerate(visits):
        for field, sentence in step.refused:
            form.refuse(number, field, sentence)
    return file, steps

"""A type is made, copied, edited and archived: what each sort of types says of itself, and the pages made of that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from chains.edits import Merge, Version
from chains.history import HistoryEntry
from chains.models import Chain
from chains.spaces import ChainRequest
from config.ui.archiving import Archiving, archive_link, archive_page
from config.ui.pages import PageLink
from loyalty.programs.differences import ProgramNames
from loyalty.programs.edits import EditedProgram
from loyalty.programs.forms import PlacedForm, missing_in, typed_in
from loyalty.programs.history import history_of_type
from loyalty.programs.terms import ImmutableTerms, terms_of
from loyalty.programs.views import Opened

#: A form with the terms that are typed in it, None where they cannot be.
OpenedType = Opened[PlacedForm, Any]

#: What a page sent: its fields, and its files.
Sent = tuple[QueryDict, MultiValueDict[str, Any]]


def _as_sent(request: ChainRequest) -> Sent:
    return request.POST, request.FILES


@dataclass(frozen=True)
class TypePages:
    """What the pages of one sort of types say and do.

    The names of their addresses begin with ``address``. ``create`` and ``change`` are its services; ``beside`` gives
    the pane what is odd and a worked bill, ``figures`` what was sold or opened of a type. ``received`` is what a page
    sent, once files are kept.
    """

    address: str
    listing: Promise
    new: Promise
    saved: Promise
    nothing_in_words: Promise
    template: str
    model: Any
    terms: type[ImmutableTerms]
    form: type[PlacedForm]
    create: Callable[..., Any]
    change: Callable[..., Any]
    sentences: Callable[[Any, Chain], list[str]]
    beside: Callable[[ChainRequest, Any], dict[str, Any]]
    figures: Callable[[Chain], Any]
    received: Callable[[ChainRequest], Sent] = _as_sent

    def list_of(self, chain: Chain) -> PageLink:
        return PageLink(self.listing, reverse(f"{self.address}_list", args=[chain.slug]))

    def page_of(self, subject: Any) -> PageLink:
        return PageLink(subject.name, reverse(f"{self.address}_edit", args=[subject.chain.slug, subject.pk]))

    def found(self, request: ChainRequest, pk: int) -> Any:
        types = self.model.objects.filter(chain=request.chain).select_related("chain", "terms")
        return get_object_or_404(types, pk=pk)

    def edited(self, subject: Any) -> EditedProgram:
        return EditedProgram(subject, self.terms, ProgramNames(subject.chain))

    def history_of(self, subject: Any) -> list[HistoryEntry]:
        return history_of_type(subject, lambda first: self.sentences(first, subject.chain))

    def draft(self, chain: Chain, **choices: Any) -> Any:
        """Terms of a type that is kept nowhere."""
        return self.terms(**{self.terms.SUBJECT: self.model(chain=chain)}, **choices)


# The form
# ----------------------------------------------------------------------------


def new_page(request: ChainRequest, pages: TypePages) -> HttpResponse:
    """``?from=`` begins with a copy."""
    if request.method != "POST":
        return _page(request, pages, _blank(request, pages))
    opened = _posted(request, pages, None)
    made: list[Any] = []
    by = {"chain": request.chain, "at": timezone.now(), "acting_user": request.user}
    if opened.form.is_saved(lambda: made.append(pages.create(**by, **opened.form.chosen))):
        messages.success(request, _("%(name)s was saved.") % {"name": made[0]})
        return redirect(pages.list_of(request.chain).url)
    return _page(request, pages, opened)


def edit_page(request: ChainRequest, pages: TypePages, pk: int) -> HttpResponse:
    subject = pages.found(request, pk)
    if request.method != "POST":
        return _page(request, pages, _opened(pages, subject), subject)
    opened = _posted(request, pages, subject)
    if opened.form.is_saved(lambda: _change(request, pages, opened.form, subject)):
        messages.success(request, str(pages.saved) % {"name": subject})
        return redirect(pages.list_of(request.chain).url)
    subject = pages.found(request, pk)
    if opened.form.is_stale:
        opened = _opened(pages, subject, opened.form.merged_with(pages.edited(subject)))
    return _page(request, pages, opened, subject)


def _change(request: ChainRequest, pages: TypePages, form: PlacedForm, subject: Any) -> None:
    pages.change(
        **{pages.terms.SUBJECT: subject},
        seen=form.cleaned_data["seen"],
        at=timezone.now(),
        acting_user=request.user,
        **form.chosen,
    )


def _blank(request: ChainRequest, pages: TypePages) -> OpenedType:
    """A new type, or one like another."""
    source = request.GET.get("from", "")
    if source.isascii() and source.isdigit() and len(source) < 18:
        subject = pages.found(request, int(source))
        kept = pages.edited(subject).now().columns
        version = Version({**kept, "name": _("Copy of %(name)s") % {"name": subject.name}})
        return Opened(pages.form(over=version, chain=request.chain, terms=subject.terms), subject.terms)
    form = pages.form(initial=dict(pages.form.DEFAULTS), chain=request.chain, terms=None)
    draft = pages.draft(request.chain)
    # One that needs nothing typed stands in words at once.
    return Opened(form, None if draft.mistakes() else draft)


def _opened(pages: TypePages, subject: Any, merge: Merge | None = None) -> OpenedType:
    """Over what is kept; where somebody saved first, over what remains of both edits."""
    edited = pages.edited(subject)
    form = pages.form(over=merge or edited.now(), chain=subject.chain, terms=subject.terms)
    return Opened(form, edited.terms_in(merge.both.columns) if merge else terms_of(subject))


def _posted(request: ChainRequest, pages: TypePages, subject: Any) -> OpenedType:
    """Bound to be saved; or over what was typed, where a button only changes the page."""
    post, files = pages.received(request)
    about: dict[str, Any] = {"chain": request.chain, "terms": subject.terms if subject else None}
    bound = pages.form(post, files, **about)
    # What a draft can do without.
    missing = missing_in(bound, ("name",))
    draft = None if missing else pages.draft(request.chain, **bound.choices)
    if "look" not in post:
        return Opened(bound, draft, missing)
    shown = pages.form(initial=typed_in(post, pages.form, pages.form.DEFAULTS), **about)
    return Opened(shown, draft, missing)


def _page(request: ChainRequest, pages: TypePages, opened: OpenedType, subject: Any = None) -> HttpResponse:
    chain, terms = request.chain, opened.draft
    args = [chain.slug, subject.pk] if subject else []
    history_url = reverse(f"{pages.address}_history", args=args) if subject else ""
    copy = reverse(f"{pages.address}_new", args=[chain.slug])
    context: dict[str, Any] = {
        "page_title": subject.name if subject else pages.new,
        "breadcrumbs": [pages.list_of(chain)],
        "subject": subject,
        "copy": f"{copy}?from={subject.pk}" if subject else "",
        "archive": archive_link(pages.address, args, archived=terms_of(subject).archived) if subject else None,
        **opened.context(lambda: pages.history_of(subject) if subject else [], history_url),
        "sentences": pages.sentences(terms, chain) if terms else [],
        "missing": opened.missing,
        "nothing_in_words": pages.nothing_in_words,
        "figures": pages.figures(chain).get(pk=subject.pk) if subject else None,
        **(pages.beside(request, terms) if terms else {}),
    }
    return render(request, pages.template, context)


# History and archiving
# ----------------------------------------------------------------------------


def history_page(request: ChainRequest, pages: TypePages, pk: int) -> HttpResponse:
    """Every edit with who, when, from and to."""
    subject = pages.found(request, pk)
    context = {
        "page_title": _("History of %(name)s") % {"name": subject.name},
        "breadcrumbs": [pages.list_of(request.chain), pages.page_of(subject)],
        "history": pages.history_of(subject),
    }
    return render(request, "loyalty/programs/history.html", context)


def archive_type(
    request: ChainRequest,
    pages: TypePages,
    pk: int,
    archiving: Archiving,
    *,
    effects: Callable[[Any, bool], Iterator[str]],
    restored: str,
) -> HttpResponse:
    """Ask, then archive or restore; ``effects`` are told of the type with its figures and of the way."""
    subject = pages.found(request, pk)
    with_figures = pages.figures(request.chain).get(pk=pk)
    return archive_page(
        request,
        archiving,
        subject=subject,
        act=lambda: pages.change(
            **{pages.terms.SUBJECT: subject},
            archived=archiving.archived,
            at=timezone.now(),
            acting_user=request.user,
        ),
        effects=effects(with_figures, archiving.archived),
        restored=restored,
        crumbs=(pages.list_of(request.chain), pages.page_of(subject)),
    )

"""What is kept of a list: its columns for a user, its filters under a name for the chain.

Who may see a list may keep something of it. That is said by what its own page gave them (`ShownList`); the door asks
for what everybody has who works for the chain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chains.access import Right
from chains.lists.forms import ViewForm
from chains.lists.keeping import (
    delete_view,
    edited_view,
    keep_columns,
    may_change,
    rename_view,
    replace_view,
    save_view,
)
from chains.lists.models import SavedView
from chains.refusals import Refusal
from chains.spaces import ChainRequest, space_page
from config.ui.kept import ShownList
from config.ui.pages import PageLink, confirm_page


@space_page(Right.VIEW_VISITS)
@require_POST
def columns(request: ChainRequest) -> HttpResponse:
    """Choose the columns of a list: for oneself, or while a view is open for what may be saved of it."""
    shown = _shown(request)
    if shown is None:
        return _unreadable(request)
    if "reset" in request.POST:
        keep_columns(user=request.user, name=shown.name, columns=[])
        return redirect(shown.address())
    chosen = _in_their_order(request, shown.known)
    if not chosen:
        messages.error(request, _("A list needs a column at least. Choose one."))
        return redirect(shown.address(choose="columns"))
    if shown.view:
        return redirect(shown.address(columns=",".join(chosen)))
    keep_columns(user=request.user, name=shown.name, columns=chosen, known=shown.known)
    return redirect(shown.address())


def _in_their_order(request: ChainRequest, known: Sequence[str]) -> list[str]:
    """The known columns that are ticked, by the numbers beside them; of equal ones the first comes first."""
    ticked = dict.fromkeys(name for name in request.POST.getlist("column") if name in known)
    return sorted(ticked, key=lambda name: _place(request.POST.get(f"place-{name}", "")))


def _place(text: str) -> float:
    try:
        place = float(text.replace(",", "."))
    except ValueError:
        return math.inf
    return place if math.isfinite(place) else math.inf


P = ParamSpec("P")
View = Callable[Concatenate[ChainRequest, P], HttpResponse]


def _tells_of_deleted(view: View[P]) -> View[P]:
    """Somebody who comes from a list with a view that is gone is led back to it and told so."""

    @wraps(view)
    def told(request: ChainRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except SavedView.DoesNotExist as error:
            shown = _shown(request)
            if shown is None:
                raise Http404 from error
            messages.error(request, _("This view was deleted meanwhile."))
            return redirect(shown.address())

    return told


@space_page(Right.VIEW_VISITS)
@require_http_methods(["GET", "HEAD", "POST"])
@_tells_of_deleted
def view_new(request: ChainRequest) -> HttpResponse:
    """Save what a list shows under a name."""
    shown = _shown(request)
    if shown is None:
        return _unreadable(request)
    form = ViewForm(request.POST or None, initial={"list": request.GET.get("list")})
    if not form.is_bound:
        form.fields["name"].widget.attrs["autofocus"] = True

    saved: list[SavedView] = []

    def save() -> None:
        chosen = {**form.chosen, "shown": shown}
        saved.append(save_view(chain=request.chain, at=timezone.now(), acting_user=request.user, **chosen))

    if form.is_saved(save):
        messages.success(request, _("The view was saved. Everybody who may see this list finds it here."))
        return redirect(_opened(saved[0], shown))
    crumbs = [PageLink(_("Back to the list"), shown.address())]
    context = {
        "page_title": _("Save this view"),
        "form": form,
        "breadcrumbs": crumbs,
        "button": _("Save view"),
        "cancel": shown.address(),
    }
    return render(request, "chains/settings/form.html", context)


@space_page(Right.VIEW_VISITS)
@require_http_methods(["GET", "HEAD", "POST"])
@_tells_of_deleted
def view_edit(request: ChainRequest, view_id: int) -> HttpResponse:
    """Rename a view."""
    view = _view(request, view_id)
    edited, back = edited_view(view), _back(request)
    form = ViewForm(request.POST or None, over=edited.now(), initial={"list": request.GET.get("list")})

    def save() -> None:
        seen = form.cleaned_data["seen"]
        rename_view(view=view, seen=seen, at=timezone.now(), acting_user=request.user, **form.chosen)

    if form.is_saved(save):
        messages.success(request, _("The view was renamed."))
        return redirect(back)
    if form.is_stale:
        view = _view(request, view_id)
        edited = edited_view(view)
        form = ViewForm(over=form.merged_with(edited))
    context = {
        "page_title": view.name,
        "form": form,
        "breadcrumbs": [PageLink(_("Back to the list"), back)],
        "links": [PageLink(_("Delete view"), _with_list(request, "lists:view_delete", view), "trash")],
        "history": edited.history(),
    }
    return render(request, "chains/settings/form.html", context)


@space_page(Right.VIEW_VISITS)
@require_POST
@_tells_of_deleted
def view_replace(request: ChainRequest, view_id: int) -> HttpResponse:
    """Let a view be what its list shows now."""
    view, shown = _view(request, view_id), _shown(request)
    if shown is None or shown.name != view.list:
        return _unreadable(request)
    try:
        view = replace_view(view=view, shown=shown, acting_user=request.user)
    except Refusal:
        told = _(
            "Someone else changed “%(view)s” meanwhile; it was not saved. You see yours: save it again to keep it."
        )
        messages.error(request, told % {"view": view})
        return redirect(_seen(shown))
    messages.success(request, _("“%(view)s” is what you see now.") % {"view": view})
    return redirect(_opened(view, shown))


@space_page(Right.VIEW_VISITS)
@require_http_methods(["GET", "HEAD", "POST"])
@_tells_of_deleted
def view_delete(request: ChainRequest, view_id: int) -> HttpResponse:
    view = _view(request, view_id)
    back = _back(request)
    if request.method == "POST":
        delete_view(view=view, acting_user=request.user)
        messages.success(request, _("“%(view)s” was deleted.") % {"view": view})
        return redirect(back)
    return confirm_page(
        request,
        title=_("Delete the view “%(view)s”?") % {"view": view},
        effects=[_("Nobody of the chain finds it above the list any more. No row of the list is touched.")],
        button=_("Delete view"),
        back=_with_list(request, "lists:view_edit", view),
        breadcrumbs=[PageLink(view.name, _with_list(request, "lists:view_edit", view))],
    )


def _with_list(request: ChainRequest, page: str, view: SavedView) -> str:
    """A page of a view that knows from which list somebody came."""
    token = request.POST.get("list") or request.GET.get("list", "")
    return f"{request.space.page(page, view.pk)}?{urlencode({'list': token})}"


def _view(request: ChainRequest, view_id: int) -> SavedView:
    """A view of this chain, for who may change it."""
    view = SavedView.objects.select_related("chain").get(chain=request.chain, pk=view_id)
    if not may_change(view, request.access):
        raise PermissionDenied
    return view


def _shown(request: ChainRequest) -> ShownList | None:
    token = request.POST.get("list") or request.GET.get("list", "")
    return ShownList.of_token(token, request.user.pk, request.space.url)


def _back(request: ChainRequest) -> str:
    shown = _shown(request)
    return shown.address() if shown else request.space.url


def _opened(view: SavedView, shown: ShownList) -> str:
    return _seen(ShownList(shown.name, shown.path, view.query, view.columns, str(view.pk), place=shown.place))


def _seen(shown: ShownList) -> str:
    return shown.address(**({"columns": ",".join(shown.columns)} if shown.columns else {}))


def _unreadable(request: ChainRequest) -> HttpResponse:
    messages.error(request, _("This form cannot be read. Open the list and try it again."))
    return redirect(request.space.url)

"""A membership: look, adjust, let it last longer, freeze, give, block; what a client has of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.spaces import ChainRequest, space_page
from chains.writing import SavedForm
from config.ui.pages import PageLink, form_page, list_page
from loyalty.client_pages.memberships.filters import MembershipRowFilterSet
from loyalty.client_pages.memberships.forms import (
    AdjustForm,
    BlockForm,
    FreezeForm,
    GiveForm,
    LastDayForm,
    UnfreezeForm,
)
from loyalty.client_pages.memberships.reading import (
    ToldMembership,
    edited_period,
    history_of,
    memberships_of,
    memberships_of_client,
    told,
)
from loyalty.client_pages.memberships.tables import MembershipRowTable
from loyalty.client_pages.reading import clients_of
from loyalty.ledger.models import Transaction

FORM = "loyalty/client_pages/memberships/form.html"


@space_page(Right.VIEW_CLIENTS)
@require_safe
def membership(request: ChainRequest, membership_id: int) -> HttpResponse:
    """A membership: what is left of it, its days and sales, and every row of its counters."""
    shown, access = _told(request, membership_id), request.access
    covers = {each.counter.holder_id: each.what for each in shown.left}
    rows = Transaction.objects.filter(chain=request.chain, holder__in=list(covers))
    return list_page(
        request,
        table=partial(MembershipRowTable, covers=covers if len(covers) > 1 else {}),
        filterset=MembershipRowFilterSet,
        queryset=rows.in_full().select_related("client", "visit__client"),
        title=_title(shown),
        nothing_yet=_("Nothing came or went on this membership yet."),
        template_name="loyalty/client_pages/memberships/membership.html",
        shown=shown,
        membership=shown.membership,
        may_adjust=shown.stands and access.has(Right.ADJUST_VALUE),
        may_block=shown.stands and access.has(Right.BLOCK_VALUE),
        may_freeze=shown.may_freeze and access.has(Right.FREEZE_MEMBERSHIPS),
        may_unfreeze=shown.stands and shown.is_frozen_ahead and access.has(Right.FREEZE_MEMBERSHIPS),
        may_give=shown.stands and access.has(Right.GIVE_MEMBERSHIPS),
    )


@space_page(Right.VIEW_CLIENTS)
@require_safe
def membership_history(request: ChainRequest, membership_id: int) -> HttpResponse:
    """Who gave it away, changed its days, froze, blocked and unblocked it, and why."""
    shown = _told(request, membership_id)
    context = {
        "page_title": _("History of membership %(number)s") % {"number": shown.number},
        "breadcrumbs": [_link(request, shown)],
        "history": history_of(shown.membership),
    }
    return render(request, "loyalty/programs/history.html", context)


@space_page(Right.ADJUST_VALUE)
@require_http_methods(["GET", "HEAD", "POST"])
def membership_adjust(request: ChainRequest, membership_id: int) -> HttpResponse:
    shown = _told(request, membership_id)
    form = AdjustForm(request.POST or None, shown=shown, acting_user=request.user)
    words = FormWords(_("Adjust the visits"), _("Adjust"), _("The visits were adjusted."))
    return _form_page(request, shown, form, form.write, words)


@space_page(Right.ADJUST_VALUE)
@require_http_methods(["GET", "HEAD", "POST"])
def membership_last_day(request: ChainRequest, membership_id: int) -> HttpResponse:
    """Let it be good through another day; whoever comes second is told what the first one changed."""
    shown = _told(request, membership_id)
    edited = edited_period(shown.membership)
    last_day_form = partial(LastDayForm, membership=shown.membership, acting_user=request.user)
    form = last_day_form(request.POST or None, over=edited.now())
    if form.is_saved(form.write):
        messages.success(request, _("The membership is valid as you said."))
        return redirect(_link(request, shown).url)
    if form.is_stale:
        shown = _told(request, membership_id)
        edited = edited_period(shown.membership)
        form = last_day_form(over=form.merged_with(edited))
    context = {
        "page_title": _("Change until when it is valid"),
        "form": form,
        "button": _("Save"),
        "history": edited.history() if form.is_stale else [],
        **_around(request, shown),
    }
    return render(request, FORM, context)


@space_page(Right.FREEZE_MEMBERSHIPS)
@require_http_methods(["GET", "HEAD", "POST"])
def membership_freeze(request: ChainRequest, membership_id: int) -> HttpResponse:
    """Freeze days of it; ``look`` only tells what that would do, and writes nothing."""
    shown = _told(request, membership_id)
    form = FreezeForm(request.POST or None, shown=shown, acting_user=request.user)
    if "look" not in request.POST and form.is_saved(form.write):
        messages.success(request, _("The membership is frozen as you said."))
        return redirect(_link(request, shown).url)
    context = {
        "page_title": _("Freeze the membership"),
        "form": form,
        "button": _("Freeze"),
        "looks": True,
        "after": form.look() if shown.may_freeze else None,
        "effects": [_frozen_in_words(shown)],
        **_around(request, shown),
    }
    return render(request, FORM, context)


def _frozen_in_words(shown: ToldMembership) -> str:
    if shown.period.first_on is None:
        return _("It has not begun, so no day of it can be frozen yet.")
    if not shown.days_to_freeze:
        return _("No more days may be frozen.")
    words = ngettext(
        "It covers nothing while it is frozen. %(days)s day may be frozen still.",
        "It covers nothing while it is frozen. %(days)s days may be frozen still.",
        shown.days_to_freeze,
    )
    return words % {"days": shown.days_to_freeze}


@space_page(Right.FREEZE_MEMBERSHIPS)
@require_http_methods(["GET", "HEAD", "POST"])
def membership_unfreeze(request: ChainRequest, membership_id: int) -> HttpResponse:
    shown = _told(request, membership_id)
    form = UnfreezeForm(request.POST or None, membership=shown.membership, acting_user=request.user)
    effects = [
        _("Frozen %(first_on)s through %(last_on)s.")
        % {"first_on": date_format(each.first_on), "last_on": date_format(each.last_on)}
        for each in shown.freezes
        if each.last_on >= shown.on
    ]
    effects.append(_("It covers again from today on; days not used come back, and its last day is sooner by them."))
    words = FormWords(_("Unfreeze the membership"), _("Unfreeze"), _("The membership is not frozen any more."))
    return _form_page(request, shown, form, form.write, words, effects=effects)


@space_page(Right.GIVE_MEMBERSHIPS)
@require_http_methods(["GET", "HEAD", "POST"])
def membership_give(request: ChainRequest, membership_id: int) -> HttpResponse:
    """Make it another client's: first whose is told by name, then it is done."""
    shown = _told(request, membership_id)
    form = GiveForm(request.POST or None, membership=shown.membership, acting_user=request.user)
    if form.is_saved(form.write) and form.is_told:
        assert form.found
        messages.success(request, _("The membership is %(client)s's now.") % {"client": form.found.name})
        return redirect(_link(request, shown).url)
    effects, button = [_("It belongs to %(client)s.") % {"client": shown.membership.client.name}], _("Find the client")
    if form.found and form.is_valid():
        names = {"client": form.found.name, "phone": str(form.found.phone.as_international) if form.found.phone else ""}
        effects = [
            _("It becomes %(client)s's, %(phone)s, with all that is left on it.") % names,
            _("Visits of before stay %(client)s's.") % {"client": shown.membership.client.name},
        ]
        button = _("Give it to %(client)s") % names
    context = {
        "page_title": _("Give the membership to another client"),
        "form": form,
        "button": button,
        "effects": effects,
        **_around(request, shown),
    }
    return render(request, FORM, context)


@space_page(Right.BLOCK_VALUE)
@require_http_methods(["GET", "HEAD", "POST"])
def membership_block(request: ChainRequest, membership_id: int) -> HttpResponse:
    shown = _told(request, membership_id)
    form = BlockForm(request.POST or None)
    effects = [_("It will cover nothing until it is unblocked. What it covered stays, and it still expires.")]
    words = FormWords(_("Block the membership"), _("Block membership"), _("The membership is blocked."))
    return _form_page(request, shown, form, lambda: form.block(shown.membership), words, effects=effects)


@space_page(Right.BLOCK_VALUE)
@require_http_methods(["GET", "HEAD", "POST"])
def membership_unblock(request: ChainRequest, membership_id: int) -> HttpResponse:
    shown = _told(request, membership_id)
    form = BlockForm(request.POST or None)
    effects = [_("It covers again, with what is left on it, through its last day.")]
    words = FormWords(_("Unblock the membership"), _("Unblock membership"), _("The membership covers again."))
    return _form_page(request, shown, form, lambda: form.unblock(shown.membership), words, effects=effects)


@space_page(Right.VIEW_CLIENTS)
@require_safe
def memberships(request: ChainRequest, client_id: int) -> HttpResponse:
    """The tab of a client's page with the memberships that are theirs."""
    client, today = get_object_or_404(clients_of(request.chain), pk=client_id), _today(request)
    context = {
        "page_title": client.name,
        "tab": "memberships",
        "client": client,
        "memberships": told(memberships_of_client(client, today), request.access, today),
    }
    return render(request, "loyalty/client_pages/memberships/of_client.html", context)


class FormWords(NamedTuple):
    title: str
    button: str
    saved: str


def _form_page(
    request: ChainRequest,
    shown: ToldMembership,
    form: SavedForm,
    save: Callable[[], None],
    words: FormWords,
    effects: Iterable[str] = (),
) -> HttpResponse:
    """A form about one membership, which leads back to its page."""
    return form_page(
        request,
        form=form,
        save=save,
        title=words.title,
        button=words.button,
        saved=words.saved,
        success_url=_link(request, shown).url,
        template_name=FORM,
        effects=effects,
        **_around(request, shown),
    )


def _around(request: ChainRequest, shown: ToldMembership) -> dict[str, Any]:
    """What every form about it is drawn with."""
    back = _link(request, shown)
    return {"shown": shown, "membership": shown.membership, "back": back.url, "breadcrumbs": [back]}


def _told(request: ChainRequest, membership_id: int) -> ToldMembership:
    today = _today(request)
    found = get_object_or_404(memberships_of(request.chain, today), pk=membership_id)
    [shown] = told([found], request.access, today)
    return shown


def _title(shown: ToldMembership) -> str:
    return _("Membership %(number)s") % {"number": shown.number}


def _link(request: ChainRequest, shown: ToldMembership) -> PageLink:
    return PageLink(_title(shown), request.space.page("loyalty_clients:membership", shown.membership.pk))


def _today(request: ChainRequest) -> date:
    return request.chain.local_date(timezone.now())

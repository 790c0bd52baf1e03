"""Settings ▸ Messages: what clients were told or are to be told, and what kept it from them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from clients.messages.delivery import try_again
from clients.messages.facts import Facts, facts_of
from clients.messages.filters import MessageFilterSet
from clients.messages.letters import Letter, write_letter
from clients.messages.models import Message, MessageKind, MessageQuerySet, MessageState
from clients.messages.tables import COLOURS, MessageTable
from config.ui.pages import PageLink, confirm_page, list_page


def messages_of(request: ChainRequest) -> MessageQuerySet:
    return Message.objects.filter(chain=request.chain).select_related("client")


def _list(request: ChainRequest) -> PageLink:
    return PageLink(_("Messages"), reverse("clients:message_list", args=[request.chain.slug]))


@require_safe
@chain_view(Right.MANAGE_SETTINGS)
def message_list(request: ChainRequest) -> HttpResponse:
    again = PageLink(_("Try again what is stuck"), reverse("clients:messages_again", args=[request.chain.slug]))
    return list_page(
        request,
        table=MessageTable,
        filterset=MessageFilterSet,
        queryset=messages_of(request),
        title=_("Messages"),
        nothing_yet=_("Nobody was told anything yet. A promotion with a notice before burning begins it."),
        links=[again] if messages_of(request).retryable().exists() else [],
        template_name="clients/messages/list.html",
        has_mail_server=bool(settings.EMAIL_URL),
    )


@require_safe
@chain_view(Right.MANAGE_SETTINGS)
def message(request: ChainRequest, message_id: int) -> HttpResponse:
    """One message with its whole text: what was sent, or what would be sent now, or why nothing would be."""
    found = get_object_or_404(messages_of(request), pk=message_id)
    found.chain = request.chain
    at = timezone.now()
    facts = None if found.text or found.state == MessageState.DROPPED else facts_of(found, at=at)
    context = {
        "page_title": _("Message to %(client)s") % {"client": found.client or found.address or "–"},
        "breadcrumbs": [_list(request)],
        "message": found,
        "colour": COLOURS[MessageState(found.state)],
        "letter": _letter(found, facts, at),
        "untold": facts.untold if facts else None,
        "may_try_again": found.is_retryable,
        "hides_text": found.kind == MessageKind.GIFT_CARD and not request.access.has(Right.SEE_CODES),
    }
    return render(request, "clients/messages/message.html", context)


def _letter(found: Message, facts: Facts | None, at: datetime) -> Letter | None:
    return write_letter(found, facts, at=at) if facts and not facts.untold else None


@require_POST
@chain_view(Right.MANAGE_SETTINGS)
def again(request: ChainRequest, message_id: int) -> HttpResponse:
    """Put one message on its way once more; twice is once, so the form needs no key."""
    get_object_or_404(messages_of(request), pk=message_id)
    _try_again(request, messages_of(request).filter(pk=message_id))
    return redirect("clients:message", request.chain.slug, message_id)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_SETTINGS)
def all_again(request: ChainRequest) -> HttpResponse:
    """Ask, then put all that is stuck on its way once more."""
    if request.method == "POST":
        _try_again(request, messages_of(request))
        return redirect(_list(request).url)
    count = messages_of(request).retryable().count()
    told = ngettext("%(count)s message will be tried again.", "%(count)s messages will be tried again.", count)
    return confirm_page(
        request,
        title=_("Try again what is stuck"),
        effects=[
            told % {"count": count},
            _("Those of a client without an e-mail address stay where they are until one is added."),
            _("What was sent is not sent again, and what is no longer so by then is dropped."),
        ],
        button=_("Try again"),
        back=_list(request).url,
        breadcrumbs=[_list(request)],
    )


def _try_again(request: ChainRequest, found: MessageQuerySet) -> None:
    count = try_again(messages=found, at=timezone.now())
    if count:
        told = ngettext("%(count)s message is on its way again.", "%(count)s messages are on their way again.", count)
        notes.success(request, told % {"count": count})
    else:
        notes.info(request, _("Nothing was stuck any more."))

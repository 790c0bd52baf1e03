"""Who works for a chain: the list, the form, invitations, suspending and restoring."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right, Role
from chains.adapter import handed_link, send_invitation, send_proof, send_welcome
from chains.links import mail_goes_out
from chains.models import Access, Chain
from chains.refusals import Refusal
from chains.settings.users.filters import UserFilterSet
from chains.settings.users.forms import AccessForm, NewUserForm, ProofForm
from chains.settings.users.invitations import may_be_handed_over, needs_password
from chains.settings.users.reading import edited_access, users_of
from chains.settings.users.services import add_user, change_access, confirm_user, suspend_access
from chains.settings.users.tables import UserTable
from chains.spaces import ChainRequest, chain_view
from config.ui.archiving import Archiving, archive_link, archive_page
from config.ui.pages import PageLink, list_page

TEMPLATE = "chains/settings/user.html"
SUSPEND = Archiving(
    archived=True,
    verb="suspend",
    button=gettext_lazy("Suspend"),
    question=gettext_lazy("Suspend %(name)s?"),
    done=gettext_lazy("%(name)s was suspended."),
    last_effect=gettext_lazy("You can restore the access at any time."),
)


def _list(request: ChainRequest) -> PageLink:
    return PageLink(_("Users"), reverse("chains_settings:user_list", args=[request.chain.slug]))


def _page(name: str, access: Access) -> str:
    return reverse(f"chains_settings:{name}", args=[access.chain.slug, access.pk])


@require_safe
@chain_view(Right.MANAGE_USERS)
def user_list(request: ChainRequest) -> HttpResponse:
    return list_page(
        request,
        table=UserTable,
        filterset=UserFilterSet,
        queryset=users_of(request.chain),
        title=_("Users"),
        nothing_yet=_("Nobody works for this chain yet. Add the first user."),
        add=PageLink(_("New user"), reverse("chains_settings:user_new", args=[request.chain.slug])),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_USERS)
def user_new(request: ChainRequest) -> HttpResponse:
    """Add somebody; who has no password yet gets an invitation, whoever has one is told of the chain."""
    form, added = NewUserForm(request.POST or None, chain=request.chain), list[Access]()
    if form.is_saved(lambda: added.append(_add(request, form))):
        return _tell(request, added[0])
    context = {
        "page_title": _("New user"),
        "form": form,
        "button": _("Add user"),
        "breadcrumbs": [_list(request)],
        **_roles(),
    }
    return render(request, TEMPLATE, context)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_USERS)
def user_edit(request: ChainRequest, access_id: int) -> HttpResponse:
    access = _access(request, access_id)
    edited = edited_access(access)
    form = AccessForm(request.POST or None, chain=request.chain, access=access, over=edited.now())
    if form.is_saved(lambda: _change(request, form, access)):
        messages.success(request, _("The access of %(name)s was saved.") % {"name": access.user})
        return redirect(_after(request, access))
    if form.is_stale:
        access = _access(request, access_id)
        edited = edited_access(access)
        form = AccessForm(chain=request.chain, access=access, over=form.merged_with(edited))
    context: dict[str, Any] = {
        "page_title": str(access.user),
        "form": form,
        "access": access,
        "history": edited.history(),
        "breadcrumbs": [_list(request)],
        "links": _links(access),
        "button": _("Save"),
        **_roles(),
    }
    return render(request, TEMPLATE, context)


def _roles() -> dict[str, Any]:
    """Which role has which right, to be read beside the choice."""
    return {"roles": list(Role), "rights": [(right, [right in role.rights for role in Role]) for right in Right]}


def _links(access: Access) -> list[PageLink]:
    invitation = [PageLink(_("Invitation"), _page("user_invitation", access))] if needs_password(access.user) else []
    if _waits(access):
        invitation = [PageLink(_("Confirm who it is"), _page("user_proof", access))]
    args = [access.chain.slug, access.pk]
    return [*invitation, archive_link("chains_settings:user", args, archived=access.suspended, out=SUSPEND)]


# Invitations
# ----------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_USERS)
def user_invitation(request: ChainRequest, access_id: int) -> HttpResponse:
    """Send the invitation again, or show its link where no mail goes out."""
    access = _access(request, access_id)
    if not needs_password(access.user):
        messages.info(request, _("%(name)s has chosen a password already.") % {"name": access.user})
        return redirect(_page("user_edit", access))
    if request.method == "POST" and mail_goes_out():
        _send(request, access)
        return redirect(_page("user_invitation", access))
    shows_link = not mail_goes_out() and may_be_handed_over(access)
    context = {
        "page_title": _("Invitation of %(name)s") % {"name": access.user},
        "access": access,
        "mail_goes_out": mail_goes_out(),
        "link": handed_link(access) if shows_link else "",
        "days": settings.PASSWORD_RESET_TIMEOUT // (24 * 3600),
        "breadcrumbs": [_list(request), PageLink(str(access.user), _page("user_edit", access))],
    }
    return render(request, "chains/settings/invitation.html", context)


def _tell(request: ChainRequest, access: Access) -> HttpResponse:
    """Once somebody was added: a mail, where mails go out, and a page that says what happens next."""
    messages.success(request, _("%(name)s was added.") % {"name": access.user})
    if mail_goes_out():
        _send(request, access)
    if needs_password(access.user):
        return redirect(_page("user_invitation", access))
    if access.waits_for_proof:
        return redirect(_page("user_proof", access))
    messages.info(request, _("They sign in with the e-mail and the password they have."))
    return redirect(_list(request).url)


def _send(request: ChainRequest, access: Access) -> None:
    send = send_proof if _waits(access) else send_welcome
    if needs_password(access.user):
        send = send_invitation
    try:
        send(request, access, request.user)
    except OSError:
        messages.error(request, _("The mail could not be sent. The user was added; try to send it again later."))
    else:
        messages.success(request, _("A mail was sent to %(email)s.") % {"email": access.user.email})


# Who it is
# ----------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_USERS)
def user_proof(request: ChainRequest, access_id: int) -> HttpResponse:
    """Confirm who signs in by an e-mail that nobody proved, or send the mail that proves it once more."""
    access = _access(request, access_id)
    if not _waits(access):
        messages.info(request, _("Nothing waits for proof here."))
        return redirect(_page("user_edit", access))
    if "send" in request.POST and mail_goes_out():
        _send(request, access)
        return redirect(_page("user_proof", access))
    form = ProofForm(request.POST or None)
    if form.is_saved(lambda: _confirm(request, form, access)):
        messages.success(request, _("%(name)s can enter the chain now.") % {"name": access.user})
        return redirect(_page("user_edit", access))
    context = {
        "page_title": _("Who is %(name)s?") % {"name": access.user},
        "access": access,
        "form": form,
        "mail_goes_out": mail_goes_out(),
        "breadcrumbs": [_list(request), PageLink(str(access.user), _page("user_edit", access))],
    }
    return render(request, "chains/settings/proof.html", context)


def _waits(access: Access) -> bool:
    return access.waits_for_proof and not needs_password(access.user)


def _confirm(request: ChainRequest, form: ProofForm, access: Access) -> None:
    confirm_user(access=access, code=form.cleaned_data["code"], at=timezone.now(), acting_user=request.user)


# Suspending and restoring
# ----------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_USERS)
def user_suspend(request: ChainRequest, access_id: int, archiving: Archiving) -> HttpResponse:
    """Ask, then suspend an access or restore it; a refusal stands above the page of the access."""
    access = _access(request, access_id)
    edit = PageLink(str(access.user), _page("user_edit", access))
    try:
        return archive_page(
            request,
            archiving,
            subject=access.user,
            act=lambda: suspend_access(access=access, suspended=archiving.archived, acting_user=request.user),
            effects=_effects(request.chain, suspended=archiving.archived),
            restored=_("%(name)s can enter the chain again."),
            crumbs=(_list(request), edit),
            leads_to=_after(request, access),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(edit.url)


def _effects(chain: Chain, *, suspended: bool) -> list[str]:
    if not suspended:
        return [_("They can enter %(chain)s again, with the role and the locations they had.") % {"chain": chain}]
    return [
        _("They can no longer enter %(chain)s, from their next click on, also where they are signed in now.")
        % {"chain": chain},
        _("What they did stays under their name. Their role and locations are kept."),
    ]


def _after(request: ChainRequest, access: Access) -> str:
    """The list; who changed their own access may not be allowed there any more."""
    return "chains:home" if access.user_id == request.user.pk else _list(request).url


def _access(request: ChainRequest, access_id: int) -> Access:
    access = get_object_or_404(users_of(request.chain), pk=access_id)
    access.chain = request.chain
    return access


def _add(request: ChainRequest, form: NewUserForm) -> Access:
    chosen = form.cleaned_data
    return add_user(
        chain=request.chain,
        email=chosen["email"],
        name=chosen["name"],
        at=timezone.now(),
        acting_user=request.user,
        **form.chosen,
    )


def _change(request: ChainRequest, form: AccessForm, access: Access) -> None:
    change_access(
        access=access,
        seen=form.cleaned_data["seen"],
        at=timezone.now(),
        acting_user=request.user,
        **form.chosen,
    )

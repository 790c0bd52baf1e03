"""Pages about spaces and about the signed-in user, and the pages that say why there is none."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chains import navigation
from chains.access import Right
from chains.context_processors import THEME_COOKIE
from chains.folding import is_found
from chains.forms import PreferencesForm, ThemeForm
from chains.links import mail_goes_out
from chains.proof import current_code, show_code
from chains.sent import AGAIN, leave_sent, sent_before
from chains.spaces import (
    LAST_SPACE,
    ChainRequest,
    ChainSpaces,
    LocationRequest,
    UserRequest,
    chain_view,
    location_view,
    signed_in_view,
    spaces_of,
)

YEAR = 365 * 24 * 3600


@require_safe
@signed_in_view
def home(request: UserRequest) -> HttpResponse:
    """Lead to where the user worked last, or to the only space there is: a desk to its day.

    Who reads the reports of one chain alone is led to the chain, which begins with its overview.
    """
    groups = spaces_of(request.user)
    addresses = [space.url for group in groups for space in group.spaces]
    last = request.session.get(LAST_SPACE)
    if last in addresses:
        return redirect(last)
    to_read = [group.space for group in groups if group.space and group.space.access.has(Right.VIEW_REPORTS)]
    if len(addresses) == 1 or (len(groups) == 1 and to_read):
        return redirect(addresses[0])
    return redirect("chains:spaces")


@require_safe
@signed_in_view
def spaces(request: UserRequest) -> HttpResponse:
    groups = spaces_of(request.user)
    search = request.GET.get("q", "").strip()
    found = [group for group in (_matching(group, search) for group in groups) if group.spaces]
    context = {"page_title": _("Spaces"), "groups": found, "search": search, "has_any": bool(groups)}
    return render(request, "chains/spaces.html", context)


def _matching(group: ChainSpaces, search: str) -> ChainSpaces:
    """All of a chain that is found by its own name, else those of its spaces that are."""
    if not search or is_found(search, group.chain.name):
        return group
    locations = [space for space in group.locations if is_found(search, space.name)]
    return ChainSpaces(group.chain, None, locations)


@require_safe
@chain_view(Right.VIEW_CHAIN)
def chain(request: ChainRequest) -> HttpResponse:
    """The address of a chain leads to the first of its pages that the user may use."""
    links = navigation.links(request.space, request.path)
    return redirect(links[0].url if links else "chains:spaces")


@require_safe
@location_view(Right.VIEW_VISITS)
def location(request: LocationRequest) -> HttpResponse:
    """The address of a location leads to its day."""
    return redirect("visits:day", request.location.slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_view
def sent(request: UserRequest) -> HttpResponse:
    """Where the sign-in leads after a form that was sent too late: it may be sent again, or left by a press."""
    if request.method == "POST":
        return redirect(leave_sent(request, request.user, request.POST.get(AGAIN, "")))
    kept = sent_before(request, request.user)
    title = _("Not done yet") if kept else _("There is nothing here")
    return render(request, "chains/sent.html", {"page_title": title, "forms": kept, "again": AGAIN})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_view
def profile(request: UserRequest) -> HttpResponse:
    """Who one is here, what one signs in with, and the code to be known by; a press on the button shows it."""
    if request.method == "POST":
        show_code(user=request.user, at=timezone.now())
        return redirect("chains:profile")
    context = {
        "page_title": _("My profile"),
        "code": current_code(request.user, at=timezone.now()),
        "authenticators": Authenticator.objects.filter(user=request.user).order_by("pk"),
        "mail_goes_out": mail_goes_out(),
    }
    return render(request, "chains/profile.html", context)


@signed_in_view
def preferences(request: UserRequest) -> HttpResponse:
    form = PreferencesForm(request.POST or None, instance=request.user)
    if form.is_bound and form.is_valid():
        form.save()
        messages.success(request, _("Your preferences were saved."))
        return _remember_theme(redirect("chains:preferences"), request)
    context = {"page_title": _("Preferences"), "form": form, "button": _("Save")}
    return _remember_theme(render(request, "ui/form_page.html", context), request)


@require_POST
@signed_in_view
def theme(request: UserRequest) -> HttpResponse:
    form = ThemeForm(request.POST, instance=request.user)
    if form.is_valid():
        form.save()
    return _remember_theme(redirect(_page_before(request)), request)


def _remember_theme(response: HttpResponse, request: UserRequest) -> HttpResponse:
    """So that the sign-in page of this browser looks the same."""
    response.set_cookie(THEME_COOKIE, request.user.theme, max_age=YEAR, samesite="Lax", httponly=True)
    return response


def _page_before(request: UserRequest) -> str:
    page = request.POST.get("next", "")
    is_page = page.startswith("/")  # anything else would be looked up among the names of pages
    safe = is_page and url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure())
    return page if safe else resolve_url("chains:home")


# Instead of a page
# ----------------------------------------------------------------------------


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", {"page_title": _("You may not do this")}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", {"page_title": _("There is nothing here")}, status=404)

"""The referral program: one page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from config.ui.pages import PageLink
from loyalty.changes import Change, changes_between
from loyalty.referral.forms import ReferralForm
from loyalty.referral.models import ReferralProgram, ReferralTerms
from loyalty.referral.services import set_referral_program
from loyalty.referral.words import program_in_words
from loyalty.rules.terms import PromotionKind


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def referral_program(request: ChainRequest) -> HttpResponse:
    terms = _terms(request)
    form = ReferralForm(request.POST or None, chain=request.chain, terms=terms)
    if form.is_bound and form.is_saved(lambda: _set(request, form)):
        said = _("The referral program was saved and is on.")
        if not form.cleaned_data["is_on"]:
            said = _("The referral program was saved and is off.")
        messages.success(request, said)
        return redirect("loyalty:referral_program", request.chain.slug)
    changes: list[Change] = []
    if form.is_stale and terms:
        before = ReferralTerms.objects.filter(program=terms.program_id, pk=_seen(request)).first()
        changes = changes_between(before, terms, request.chain) if before else []
    seen = _seen(request) if form.is_bound and not form.is_stale else _terms_id(terms)
    context = {
        "page_title": _("Referral program"),
        "form": form,
        "terms": terms,
        "seen": str(seen),
        "changes": changes,
        "sentence": program_in_words(terms, request.chain) if terms else "",
        "missing": _missing(request, form),
    }
    return render(request, "loyalty/referral/program.html", context)


def _terms(request: ChainRequest) -> ReferralTerms | None:
    program = ReferralProgram.objects.filter(chain=request.chain).select_related(
        "terms__discount__terms", "terms__cashback__terms", "terms__card_type"
    )
    found = program.first()
    return found.terms if found else None


def _terms_id(terms: ReferralTerms | None) -> int:
    """0 while the program was never set up."""
    return terms.pk if terms else 0


def _seen(request: ChainRequest) -> int:
    text = request.POST.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else -1


def _set(request: ChainRequest, form: ReferralForm) -> ReferralProgram:
    chosen: dict[str, Any] = form.cleaned_data
    return set_referral_program(
        chain=request.chain,
        seen_terms_id=_seen(request),
        at=timezone.now(),
        acting_user=request.user,
        **{name: chosen[name] for name in ("is_on", "discount", "cashback", "accrues", "card_type")},
    )


def _missing(request: ChainRequest, form: ReferralForm) -> list[PageLink]:
    """Links to make what a list has nothing to offer for."""
    new = reverse("loyalty:promotion_new", args=[request.chain.slug])
    links = {
        "discount": PageLink(_("New fixed discount"), f"{new}?kind={PromotionKind.DISCOUNT_FIXED}"),
        "cashback": PageLink(_("New fixed cashback"), f"{new}?kind={PromotionKind.CASHBACK_FIXED_PAID}"),
        "card_type": PageLink(_("New card type"), reverse("loyalty:card_type_new", args=[request.chain.slug])),
    }
    return [link for name, link in links.items() if not form.has_choice(name)]

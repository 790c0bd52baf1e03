"""The referral program: one page with its four choices, and its history."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from config.ui.pages import PageLink
from loyalty.editing import Merge, seen_now
from loyalty.examples.forms import ExampleForm, asked_by_referral
from loyalty.examples.shown import shown_referral
from loyalty.examples.worked import worked_referral, worked_return
from loyalty.forms import seen_text, typed_in
from loyalty.ledger.models import Transaction, TransactionKind
from loyalty.referral.forms import ReferralForm, texts_of
from loyalty.referral.history import history_of_referral
from loyalty.referral.models import ReferralProgram, ReferralTerms
from loyalty.referral.services import set_referral_program
from loyalty.referral.words import program_in_sentences, state_in_words, warnings_of_referral
from loyalty.rules.terms import PromotionKind
from loyalty.views import Opened

#: How many of the last accruals the page shows; the Transactions page has them all.
LAST = 10

#: With the program that is typed, None where something is missing.
OpenedProgram = Opened[ReferralForm, ReferralTerms | None]


def program_page(request: ChainRequest) -> PageLink:
    return PageLink(_("Referral program"), reverse("loyalty:referral_program", args=[request.chain.slug]))


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def referral_program(request: ChainRequest) -> HttpResponse:
    program = _program(request)
    opened = _opened(request, program)
    if opened.is_saved(lambda: _set(request, opened.form)):
        said = _("The referral program was saved and is on.")
        if not opened.form.cleaned_data["is_on"]:
            said = _("The referral program was saved and is off.")
        messages.success(request, said)
        return redirect(program_page(request).url)
    if opened.form.is_stale:
        program = _program(request)
        opened = _over(request, program, opened.form.merged_with(program))
    terms, history_url = program.terms, reverse("loyalty:referral_history", args=[request.chain.slug])
    context = {
        "page_title": _("Referral program"),
        **opened.context(request.chain, lambda: history_of_referral(request.chain), history_url),
        "terms": terms,
        "state": state_in_words(terms) if terms else "",
        "is_whole": terms is not None and not warnings_of_referral(terms, request.chain),
        "missing_links": _missing(request, opened.form),
        "accruals": _last_accruals(request),
        **_pane(request, opened.draft),
    }
    return render(request, "loyalty/referral/program.html", context)


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def referral_history(request: ChainRequest) -> HttpResponse:
    """Every edit with who, when, from and to."""
    context = {
        "page_title": _("History of the referral program"),
        "breadcrumbs": [program_page(request)],
        "history": history_of_referral(request.chain),
    }
    return render(request, "loyalty/history.html", context)


def _program(request: ChainRequest) -> ReferralProgram:
    """One without terms while it was never set up."""
    kept = ReferralProgram.objects.filter(chain=request.chain).select_related(
        "terms__discount__terms", "terms__cashback__terms", "terms__card_type__terms"
    )
    return kept.first() or ReferralProgram(chain=request.chain)


def _opened(request: ChainRequest, program: ReferralProgram) -> OpenedProgram:
    if request.method != "POST":
        return _over(request, program)
    about: dict[str, Any] = {"chain": request.chain, "terms": program.terms}
    bound, seen = ReferralForm(request.POST, **about), request.POST.get("seen", "")
    draft = _draft(bound)
    if "look" not in request.POST:
        return Opened(bound, draft, seen)
    return Opened(ReferralForm(initial=typed_in(request.POST, ReferralForm, {}), **about), draft, seen)


def _over(request: ChainRequest, program: ReferralProgram, merge: Merge | None = None) -> OpenedProgram:
    """Over what is kept; where somebody saved first, over what remains of both edits."""
    terms = merge.both.terms if merge else program.terms
    form = ReferralForm(chain=request.chain, terms=program.terms, initial=texts_of(terms))
    return Opened(form, terms, seen_text(seen_now(program)), merge=merge)


def _draft(form: ReferralForm) -> ReferralTerms | None:
    """The program as it is typed, kept nowhere."""
    return ReferralTerms(**form.chosen) if form.is_valid() else None


def _pane(request: ChainRequest, draft: ReferralTerms | None) -> dict[str, Any]:
    """The program in words, what is odd about it, and the bills of an invited guest."""
    if draft is None:
        nothing = _("Choose both promotions and the card type. Here the program then stands in words, with bills.")
        return {"sentences": [], "warnings": [], "example": None, "bills": [], "nothing_in_words": nothing}
    chain, program = request.chain, draft.as_rules()
    example = ExampleForm(request.POST, chain=chain, asked=asked_by_referral([program.discount, program.cashback]))
    bills = []
    if story := example.story:
        about: dict[str, Any] = {"places": chain.places, "today": chain.local_date(timezone.now())}
        bills = [
            (_("The first visit of an invited guest"), shown_referral(worked_referral(program, story, **about), chain)),
            (_("The guest's next visit"), shown_referral(worked_return(program, story, **about), chain)),
        ]
    return {
        "sentences": program_in_sentences(draft, chain),
        "warnings": warnings_of_referral(draft, chain),
        "example": example,
        "bills": bills,
    }


def _last_accruals(request: ChainRequest) -> QuerySet[Transaction]:
    rows = Transaction.objects.filter(chain=request.chain, kind=TransactionKind.REFERRAL_ACCRUAL)
    return rows.select_related("client", "card__card_type", "visit__client", "undoes", "location").order_by(
        "-at", "-pk"
    )[:LAST]


def _set(request: ChainRequest, form: ReferralForm) -> ReferralProgram:
    return set_referral_program(
        chain=request.chain, seen=form.seen, at=timezone.now(), acting_user=request.user, **form.chosen
    )


def _missing(request: ChainRequest, form: ReferralForm) -> list[PageLink]:
    """Links to make what a list has nothing to offer for."""
    new = reverse("loyalty:promotion_new", args=[request.chain.slug])
    links = {
        "discount": PageLink(_("New fixed discount"), f"{new}?kind={PromotionKind.DISCOUNT_FIXED}&for=referral"),
        "cashback": PageLink(_("New fixed cashback"), f"{new}?kind={PromotionKind.CASHBACK_FIXED_PAID}&for=referral"),
        "card_type": PageLink(_("New card type"), reverse("loyalty:card_type_new", args=[request.chain.slug])),
    }
    return [link for name, link in links.items() if not form.has_choice(name)]

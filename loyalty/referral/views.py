"""The referral program: one page with its four choices, and its history."""

from __future__ import annotations

from dataclasses import dataclass, field
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
from loyalty.changes import Names, Overtaken, Version, merged, overtaken
from loyalty.examples.forms import ExampleForm, asked_by_referral
from loyalty.examples.shown import shown_referral
from loyalty.examples.worked import worked_referral, worked_return
from loyalty.forms import typed_in
from loyalty.ledger.models import Transaction, TransactionKind
from loyalty.referral.forms import ReferralForm
from loyalty.referral.history import history_of_referral
from loyalty.referral.models import ReferralProgram, ReferralTerms
from loyalty.referral.services import set_referral_program
from loyalty.referral.words import program_in_sentences, state_in_words, warnings_of_referral
from loyalty.rules.terms import PromotionKind

#: How many of the last accruals the page shows; the Transactions page has them all.
LAST = 10


@dataclass
class Opened:
    """The form as it is shown, the draft in it (None where something is missing), and what the page was made from."""

    form: ReferralForm
    draft: ReferralTerms | None
    seen: int
    is_stale: bool = False
    overtaken: list[Overtaken] = field(default_factory=list)


def program_page(request: ChainRequest) -> PageLink:
    return PageLink(_("Referral program"), reverse("loyalty:referral_program", args=[request.chain.slug]))


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def referral_program(request: ChainRequest) -> HttpResponse:
    terms = _terms(request)
    opened = _opened(request, terms)
    form = opened.form
    if form.is_bound and form.is_saved(lambda: _set(request, form)):
        said = _("The referral program was saved and is on.")
        if not form.cleaned_data["is_on"]:
            said = _("The referral program was saved and is off.")
        messages.success(request, said)
        return redirect(program_page(request).url)
    if form.is_stale:
        opened = _both(request, form)
    context = {
        "page_title": _("Referral program"),
        "form": opened.form,
        "terms": terms,
        "state": state_in_words(terms) if terms else "",
        "is_whole": terms is not None and not warnings_of_referral(terms, request.chain),
        "seen": str(opened.seen),
        "is_stale": opened.is_stale,
        "overtaken": opened.overtaken,
        "missing_links": _missing(request, opened.form),
        "accruals": _last_accruals(request),
        **(_last_edit(request) if opened.is_stale else {}),
        **_pane(request, opened.draft),
    }
    return render(request, "loyalty/referral/program.html", context)


def _last_edit(request: ChainRequest) -> dict[str, Any]:
    """Who saved it meanwhile, and when."""
    url = reverse("loyalty:referral_history", args=[request.chain.slug])
    return {"history": history_of_referral(request.chain)[:1], "history_url": url}


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


def _opened(request: ChainRequest, terms: ReferralTerms | None) -> Opened:
    """Over what is kept; over what was typed, where a button only changes the page; else bound to be saved."""
    about: dict[str, Any] = {"chain": request.chain, "terms": terms}
    if request.method != "POST":
        return Opened(ReferralForm(**about), terms, _terms_id(terms))
    bound = ReferralForm(request.POST, **about)
    draft = _draft(bound)
    if "look" not in request.POST:
        return Opened(bound, draft, _seen(request))
    typed = typed_in(request.POST, ReferralForm, {})
    return Opened(ReferralForm(initial=typed, **about), draft, _seen(request))


def _draft(form: ReferralForm) -> ReferralTerms | None:
    """The program as it is typed, kept nowhere."""
    names = ("is_on", "discount", "cashback", "accrues", "card_type")
    if not form.is_valid():
        return None
    return ReferralTerms(**{name: form.cleaned_data[name] for name in names})


def _both(request: ChainRequest, form: ReferralForm) -> Opened:
    """Somebody saved first: the fields with what remains of both edits, to be looked at and saved again."""
    now = _terms(request)
    assert now is not None
    theirs = Version(now)
    seen = ReferralTerms.objects.filter(program=now.program_id, pk=_seen(request)).first()
    base = Version(seen) if seen else theirs
    yours = Version(ReferralTerms(**{**base.columns, **form.columns}))
    draft = ReferralTerms(**merged(base, theirs, yours))
    texts = {name.removesuffix("_id"): value for name, value in ReferralTerms.choices_of(draft).items()}
    return Opened(
        ReferralForm(initial=texts, chain=request.chain, terms=now),
        draft,
        now.pk,
        is_stale=True,
        overtaken=overtaken(base, theirs, yours, Names(request.chain)),
    )


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


def _terms(request: ChainRequest) -> ReferralTerms | None:
    program = ReferralProgram.objects.filter(chain=request.chain).select_related(
        "terms__discount__terms", "terms__cashback__terms", "terms__card_type__terms"
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
        "discount": PageLink(_("New fixed discount"), f"{new}?kind={PromotionKind.DISCOUNT_FIXED}&for=referral"),
        "cashback": PageLink(_("New fixed cashback"), f"{new}?kind={PromotionKind.CASHBACK_FIXED_PAID}&for=referral"),
        "card_type": PageLink(_("New card type"), reverse("loyalty:card_type_new", args=[request.chain.slug])),
    }
    return [link for name, link in links.items() if not form.has_choice(name)]

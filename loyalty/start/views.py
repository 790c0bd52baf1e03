"""One page on which a program is turned on, and the page that says what works then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from config.ui.pages import PageLink
from loyalty.cards.models import CardType
from loyalty.programs.forms import missing_in, typed_in
from loyalty.programs.terms import terms_of
from loyalty.promotions.drafts import Draft, draft_of
from loyalty.promotions.models import Promotion
from loyalty.promotions.rules_field import RulesWidget
from loyalty.promotions.views.pane import pane
from loyalty.referral.models import ReferralProgram
from loyalty.referral.places import all_places
from loyalty.referral.views.pane import pane as pane_of_referral
from loyalty.referral.words import program_in_sentences
from loyalty.rules.terms import KINDS, PromotionKind
from loyalty.start.drafts import card_in_sentences, drafted_card, drafted_promotion, drafted_referral
from loyalty.start.forms import (
    ON_CARD,
    CashbackForm,
    FreeForm,
    InvitationForm,
    StartForm,
    TiersForm,
    services_of,
)
from loyalty.start.meanwhile import made_since
from loyalty.start.services import is_referral_on, start_promotion, start_referral
from loyalty.start.together import adds_up, given_by_other_cards, gives_already, would_add_up
from loyalty.start.words import steps_of_promotion, steps_of_referral


@dataclass(frozen=True)
class Program:
    """One of the programs that the page turns on."""

    id: str
    label: str | Promise
    about: str | Promise
    icon: str
    form: type[StartForm]


PROGRAMS = (
    Program(
        "cashback",
        gettext_lazy("Cashback with a card"),
        gettext_lazy("Guests get a part of what they pay back as points for later visits."),
        "coins",
        CashbackForm,
    ),
    Program(
        "tiers",
        gettext_lazy("Tiers"),
        gettext_lazy("The more a guest has spent, the larger the discount or the cashback."),
        "chart-bar",
        TiersForm,
    ),
    Program(
        "free",
        gettext_lazy("Every n-th free"),
        gettext_lazy("So many of a service paid, the next one free, like a stamp card."),
        "gift",
        FreeForm,
    ),
    Program(
        "friend",
        gettext_lazy("Bring a friend"),
        gettext_lazy("A discount for who comes by invitation, points for who invited."),
        "users",
        InvitationForm,
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def start(request: ChainRequest) -> HttpResponse:
    """``?program=`` says which; it is computed and put into words as it would be, and turned on by one button."""
    program = next((each for each in PROGRAMS if each.id == request.GET.get("program")), PROGRAMS[0])
    lacks = list(_lacking(request, program))
    context: dict[str, Any] = {"page_title": _("Start a program"), "programs": PROGRAMS, "program": program}
    if lacks:
        return render(request, "loyalty/start/form.html", {**context, "lacks": lacks})
    if request.method != "POST":
        shown = program.form(chain=request.chain)
        return _page(request, context, shown, program.form(_as_posted(shown), chain=request.chain))
    bound = program.form(request.POST, chain=request.chain)
    if "look" in request.POST:
        typed = typed_in(request.POST, program.form, {})
        return _page(request, context, program.form(chain=request.chain, initial=typed), bound)
    made: list[str] = []
    if bound.is_saved(lambda: made.append(_turn_on(request, bound))):
        return redirect(made[0])
    if bound.is_stale:
        context["meanwhile"] = [_page_of(each) for each in made_since(request.chain, bound.cleaned_data["seen"])]
        return _page(request, context, bound.opened_again(), bound)
    return _page(request, context, bound, bound)


def _page_of(made: Promotion | CardType) -> PageLink:
    """Where what somebody else made is looked at."""
    page = "loyalty:promotion_edit" if isinstance(made, Promotion) else "loyalty:card_type_edit"
    return PageLink(made.name, reverse(page, args=[made.chain.slug, made.pk]))


def _as_posted(form: StartForm) -> dict[str, Any]:
    """What stands in the fields of a page as it was opened, as it would be sent."""
    sent: dict[str, Any] = {}
    for name, field in form.fields.items():
        if isinstance(field.widget, RulesWidget):
            for number, row in enumerate(form.initial[name]):
                sent |= {f"{name}-{number}-{part}": text for part, text in row._asdict().items()}
        else:
            sent[name] = form.initial.get(name)
    return sent


def _page(request: ChainRequest, context: dict[str, Any], shown: StartForm, typed: StartForm) -> HttpResponse:
    """``shown`` is the form, ``typed`` what stands beside it in words and in a bill."""
    beside = _pane(request, typed) if typed.is_valid() else _nothing(typed)
    return render(request, "loyalty/start/form.html", {**context, "form": shown, "is_new": True, **beside})


def _nothing(form: StartForm) -> dict[str, Any]:
    return {"sentences": [], "missing": missing_in(form), "warnings": [], "example": None, "bills": []}


def _pane(request: ChainRequest, form: StartForm) -> dict[str, Any]:
    chain, chosen = request.chain, form.cleaned_data
    card_type = drafted_card(chain, chosen.get("card_type"), is_automatic=bool(chosen.get("is_automatic")))
    if ON_CARD not in form.offers:
        places = all_places(chain)
        terms = drafted_referral(chain, form.offers, card_type)
        beside = pane_of_referral(request, terms, places, None, chain.local_date(timezone.now()))
        return {**beside, "warnings": [*beside["warnings"], *_replacing(places.of(None))]}
    return _pane_of_promotion(request, form, card_type)


def _pane_of_promotion(request: ChainRequest, form: StartForm, card_type: CardType) -> dict[str, Any]:
    """With what the card gives already, and what new guests get by other cards: both would add up."""
    terms = terms_of(drafted_promotion(request.chain, form.offers[ON_CARD]))
    gives, today = KINDS[PromotionKind(terms.kind)].gives, request.chain.local_date(timezone.now())
    given = gives_already(card_type, gives, today)
    found = pane(request, Draft(request.chain, None, terms, [card_type]), given)
    warnings = [would_add_up(card_type, given)] if given else []
    if form.cleaned_data.get("is_automatic"):
        warnings += given_by_other_cards(card_type, gives, today)
    return {
        **found,
        "sentences": [*found["sentences"], *card_in_sentences(card_type)],
        "warnings": [*warnings, *found["warnings"]],
    }


def _replacing(program: ReferralProgram) -> Iterator[str]:
    """What a program loses that was set up before and is off."""
    if program.terms and program.terms.discount and program.terms.cashback:
        sentence = _("%(discount)s and %(cashback)s, chosen before, are no longer those of the referral program then.")
        yield sentence % {"discount": program.terms.discount, "cashback": program.terms.cashback}


def _turn_on(request: ChainRequest, form: StartForm) -> str:
    """The address of the page that says what works now."""
    chosen, slug = form.cleaned_data, request.chain.slug
    about: dict[str, Any] = {
        "chain": request.chain,
        "card_type": chosen.get("card_type"),
        "seen": chosen["seen"],
        "key": chosen["key"],
        "at": timezone.now(),
        "acting_user": request.user,
    }
    if ON_CARD not in form.offers:
        start_referral(offers=form.offers, **about)
        return reverse("loyalty:started_referral", args=[slug])
    promotion = start_promotion(offer=form.offers[ON_CARD], is_automatic=chosen["is_automatic"], **about)
    return reverse("loyalty:started", args=[slug, promotion.pk])


# What a chain lacks
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Lack:
    """What a program needs first, and where it is made; no link for who may not make it."""

    sentence: str
    link: PageLink | None = None


def _lacking(request: ChainRequest, program: Program) -> Iterator[Lack]:
    chain = request.chain
    if not chain.locations.active().exists():
        link = PageLink(_("New location"), reverse("chains_settings:location_new", args=[chain.slug]))
        may_make = request.access.has(Right.MANAGE_SETTINGS)
        yield Lack(_("Guests come to a location, and cards work there. Add the first one."), link if may_make else None)
    elif program.form is FreeForm and not services_of(chain).exists():
        location = request.access.reachable_locations().active().order_by("name_folded", "pk").first()
        new = PageLink(_("New service"), reverse("catalog:item_new", args=[location.slug])) if location else None
        yield Lack(_("One of the services that you sell becomes free now and then. Add the first one."), new)
    elif program.form is InvitationForm and is_referral_on(chain):
        link = PageLink(_("Referral program"), reverse("loyalty:referral_program", args=[chain.slug]))
        yield Lack(_("The referral program is on already, and there is one for the whole chain."), link)


# What works now
# ----------------------------------------------------------------------------


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def started(request: ChainRequest, promotion_id: int) -> HttpResponse:
    """What a promotion that is on does, what the desk does, and where each part of it is refined."""
    promotion = get_object_or_404(request.chain.promotions.select_related("chain", "terms"), pk=promotion_id)
    slug = request.chain.slug
    types = list(promotion.card_types.select_related("chain", "terms").filter(terms__archived=False).order_by("pk"))
    if terms_of(promotion).archived or not types:
        return redirect("loyalty:promotion_edit", slug, promotion.pk)
    card_type = types[0]
    today = request.chain.local_date(timezone.now())
    beside = gives_already(card_type, terms_of(promotion).as_rules().gives, today, promotion.pk)
    both = [adds_up(card_type, beside)] if beside else []
    edit = PageLink(promotion.name, reverse("loyalty:promotion_edit", args=[slug, promotion.pk]), "rosette-discount")
    return _works(
        request,
        title=_("%(name)s is on") % {"name": promotion},
        played=f"promotion-{promotion.pk}",
        sentences=[*draft_of(promotion, types).sentences, *card_in_sentences(card_type), *both],
        steps=steps_of_promotion(terms_of(promotion), card_type),
        parts=[
            (edit, _("Its name, how much, where, when, on which services and products, how often.")),
            _part_of_card(request, card_type),
        ],
    )


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def started_referral(request: ChainRequest) -> HttpResponse:
    """The same of the chain's referral program."""
    slug = request.chain.slug
    terms = all_places(request.chain).of(None).terms
    if terms is None or not terms.is_on:
        return redirect("loyalty:referral_program", slug)
    discount, cashback, card_type = terms.parts
    program = PageLink(_("Referral program"), reverse("loyalty:referral_program", args=[slug]), "gift")
    promotions = [
        (PageLink(each.name, reverse("loyalty:promotion_edit", args=[slug, each.pk]), "rosette-discount"), words)
        for each, words in (
            (discount, _("What the friend gets: how much, where, on which services and products.")),
            (cashback, _("What the inviter gets: how much, how often at most, when it burns.")),
        )
    ]
    what = _("For the first visit or for every visit, what a first visit is, and programs of single locations.")
    return _works(
        request,
        title=_("Bring a friend is on"),
        played="referral",
        sentences=program_in_sentences(terms, request.chain),
        steps=steps_of_referral(card_type),
        parts=[(program, what), *promotions, _part_of_card(request, card_type)],
    )


def _part_of_card(request: ChainRequest, card_type: CardType) -> tuple[PageLink, str]:
    url = reverse("loyalty:card_type_edit", args=[request.chain.slug, card_type.pk])
    words = _("Its name, who gets a card, where cards work, what and how much may be paid with points.")
    return PageLink(card_type.name, url, "cards"), words


def _works(
    request: ChainRequest,
    *,
    title: str,
    played: str,
    sentences: list[str],
    steps: list[str],
    parts: list[tuple[PageLink, str]],
) -> HttpResponse:
    """``played`` names the program to the page on which it is tried."""
    may_check_out = request.access.has(Right.CHECKOUT_VISITS)
    desk = request.access.reachable_locations().active().order_by("name_folded", "pk").first()
    slug = request.chain.slug
    combinations = PageLink(_("Conflicts"), reverse("loyalty:combinations", args=[slug]), "affiliate")
    attempt = PageLink(
        _("Try a program"), f"{reverse('visits_scenario:try', args=[slug])}?program={played}", "test-pipe"
    )
    context = {
        "page_title": title,
        "sentences": sentences,
        "steps": steps,
        "parts": [
            *parts,
            (combinations, _("Which promotions act on each card at each location.")),
            (attempt, _("Play it with a guest of yours, visit by visit; nothing of it is kept.")),
        ],
        "desk": desk if may_check_out else None,
    }
    return render(request, "loyalty/start/started.html", context)

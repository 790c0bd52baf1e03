"""Pages of gift card types: the list, the form, history, archiving, and the pictures that types show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.models import Chain
from chains.spaces import ChainRequest, chain_view
from config.ui.archiving import Archiving
from config.ui.figures import format_money
from config.ui.pages import PageLink, list_page
from loyalty.example_bills.forms import ExampleForm, asked_by_gift_card
from loyalty.example_bills.shown import shown_gift_card
from loyalty.example_bills.worked import worked_gift_card
from loyalty.gift_cards.models import GiftCardType, GiftCardTypeTerms, Picture
from loyalty.gift_cards.pictures import keep_picture, picture_mistake
from loyalty.gift_cards.sentences import gift_card_type_in_sentences
from loyalty.gift_cards.services import change_gift_card_type, create_gift_card_type
from loyalty.gift_cards.types.filters import GiftCardTypeFilterSet
from loyalty.gift_cards.types.forms import GiftCardTypeForm
from loyalty.gift_cards.types.tables import GiftCardTypeTable
from loyalty.gift_cards.warnings import warnings_of_gift_card_type
from loyalty.programs.types.views import Sent, TypePages, archive_type, edit_page, history_page, new_page


def _with_figures(chain: Chain) -> QuerySet[GiftCardType]:
    """As of today."""
    return GiftCardType.objects.with_figures(chain, chain.local_date(timezone.now()))


def _beside(request: ChainRequest, terms: GiftCardTypeTerms) -> dict[str, Any]:
    """What is odd about a type, and a bill that is paid with a card of it, sold today."""
    chain, rules = request.chain, terms.as_rules()
    today = chain.local_date(timezone.now())
    open_locations = frozenset(chain.locations.active().values_list("pk", flat=True))
    asked = asked_by_gift_card(rules, next(iter(terms.suggested), terms.par_least))
    example, bills = ExampleForm(request.POST, chain=chain, asked=asked), []
    if story := example.story:
        worked = worked_gift_card(rules, story, places=chain.places, today=today)
        bills = [(_("A bill paid with it"), shown_gift_card(worked, rules, chain))]
    warnings = list(warnings_of_gift_card_type(rules, open_locations, today))
    return {"warnings": warnings, "example": example, "bills": bills}


def _received(request: ChainRequest) -> Sent:
    """What was sent; a picture that can be is kept and stands by its number, so that it is not asked for again."""
    file: Any = request.FILES.get("picture")
    if file is None or picture_mistake(file.size, file.read()):
        return request.POST, request.FILES
    file.seek(0)
    kept = keep_picture(chain=request.chain, content=file.read(), at=timezone.now())
    post = request.POST.copy()
    post["online_picture"] = str(kept.pk)
    return post, MultiValueDict()


PAGES = TypePages(
    address="loyalty:gift_card_type",
    listing=gettext_lazy("Gift card types"),
    new=gettext_lazy("New gift card type"),
    saved=gettext_lazy("%(name)s was saved. Gift cards sold before keep what they were sold with."),
    nothing_in_words=gettext_lazy("Type for how much it is sold. Here it then stands in words, with a bill."),
    template="loyalty/gift_card_types/form.html",
    model=GiftCardType,
    terms=GiftCardTypeTerms,
    form=GiftCardTypeForm,
    create=create_gift_card_type,
    change=change_gift_card_type,
    sentences=gift_card_type_in_sentences,
    beside=_beside,
    figures=_with_figures,
    received=_received,
)


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def gift_card_type_list(request: ChainRequest) -> HttpResponse:
    types = _with_figures(request.chain)
    return list_page(
        request,
        table=GiftCardTypeTable,
        filterset=GiftCardTypeFilterSet,
        queryset=types.select_related("chain", "terms"),
        title=_("Gift card types"),
        nothing_yet=_("Gift cards are sold of a type, which says for how much, for what, where and how long."),
        add=PageLink(_("New gift card type"), reverse("loyalty:gift_card_type_new", args=[request.chain.slug])),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def gift_card_type_new(request: ChainRequest) -> HttpResponse:
    """``?from=`` begins with a copy."""
    return new_page(request, PAGES)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def gift_card_type_edit(request: ChainRequest, gift_card_type_id: int) -> HttpResponse:
    return edit_page(request, PAGES, gift_card_type_id)


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def gift_card_type_history(request: ChainRequest, gift_card_type_id: int) -> HttpResponse:
    return history_page(request, PAGES, gift_card_type_id)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def gift_card_type_archive(request: ChainRequest, gift_card_type_id: int, archiving: Archiving) -> HttpResponse:
    """Ask, then archive or restore; a type of which cards were sold is never deleted."""
    restored = _("Gift cards of the type %(name)s are sold again.")
    return archive_type(request, PAGES, gift_card_type_id, archiving, effects=_effects, restored=restored)


def _effects(found: Any, archived: bool) -> Iterator[str]:
    if not archived:
        yield _("Gift cards of this type can be sold again, under the terms that it had.")
        return
    sold = ngettext("%(count)s gift card", "%(count)s gift cards", found.sold) % {"count": found.sold}
    yield _("No more gift cards of this type are sold.")
    working = _("What was sold goes on paying: %(sold)s with %(owed)s on them.")
    yield working % {"sold": sold, "owed": format_money(found.owed, found.chain.currency)}


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def picture(request: ChainRequest, picture_id: int) -> HttpResponse:
    """A picture as it was sent. It never changes, and runs nothing, whatever else its bytes could be read as."""
    found = get_object_or_404(Picture, chain=request.chain, pk=picture_id)
    return HttpResponse(
        bytes(found.content),
        content_type=found.content_type,
        headers={
            "Cache-Control": "private, max-age=31536000, immutable",
            "Content-Disposition": "inline",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )

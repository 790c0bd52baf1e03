"""Pages of membership types: the list, the form, history and archiving."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.models import Chain
from chains.spaces import ChainRequest, chain_view
from config.ui.archiving import Archiving
from config.ui.pages import PageLink, list_page
from loyalty.example_bills.forms import ExampleForm, asked_by_membership
from loyalty.example_bills.memberships import days_in_words, example_days, shown_membership, worked_membership
from loyalty.memberships.models import MembershipType, MembershipTypeTerms
from loyalty.memberships.sentences import membership_type_in_sentences
from loyalty.memberships.services import change_membership_type, create_membership_type
from loyalty.memberships.types.filters import MembershipTypeFilterSet
from loyalty.memberships.types.forms import MembershipTypeForm
from loyalty.memberships.types.rows import with_changed_rows
from loyalty.memberships.types.tables import MembershipTypeTable
from loyalty.memberships.warnings import warnings_of_membership_type
from loyalty.programs.types.views import Sent, TypePages, archive_type, edit_page, history_page, new_page
from loyalty.rules import terms as rules_terms
from loyalty.rules.terms import ItemKind


def _beside(request: ChainRequest, terms: MembershipTypeTerms) -> dict[str, Any]:
    """What is odd about a type, the days of a membership of it that is sold today, and a bill that it covers."""
    chain, rules = request.chain, terms.as_rules()
    today = chain.local_date(timezone.now())
    example = ExampleForm(
        request.POST, chain=chain, asked=asked_by_membership(rules), unit_price=_unit_price(chain, rules)
    )
    shown: dict[str, Any] = {"bills": []}
    if story := example.story:
        days = example_days(rules, story, places=chain.places, today=today)
        worked = worked_membership(rules, story, days, places=chain.places)
        shown = {
            "days": days,
            "days_in_words": days_in_words(days, chain),
            "bills": [(_("A bill that it covers"), shown_membership(worked, chain))],
        }
    open_locations = frozenset(chain.locations.active().values_list("pk", flat=True))
    return {"warnings": list(warnings_of_membership_type(rules, open_locations)), "example": example, **shown}


def _unit_price(chain: Chain, rules: rules_terms.MembershipType) -> Decimal | None:
    """What the service costs that the worked bill is about."""
    covered = rules.counters[0].services
    services = chain.items.filter(Q(pk__in=covered.items) | Q(category__in=covered.categories), kind=ItemKind.SERVICE)
    return services.order_by("pk").values_list("price", flat=True).first()


def _received(request: ChainRequest) -> Sent:
    return with_changed_rows(request.POST, MembershipTypeForm), request.FILES


PAGES = TypePages(
    address="loyalty:membership_type",
    listing=gettext_lazy("Membership types"),
    new=gettext_lazy("New membership type"),
    saved=gettext_lazy("%(name)s was saved. Memberships sold before keep what they were sold with."),
    nothing_in_words=gettext_lazy(
        "Say what it covers and for how much. Here it then stands in words, with its days and a bill."
    ),
    template="loyalty/membership_types/form.html",
    model=MembershipType,
    terms=MembershipTypeTerms,
    form=MembershipTypeForm,
    create=create_membership_type,
    change=change_membership_type,
    sentences=membership_type_in_sentences,
    beside=_beside,
    figures=MembershipType.objects.with_figures,
    received=_received,
)


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def membership_type_list(request: ChainRequest) -> HttpResponse:
    types = MembershipType.objects.with_figures(request.chain)
    return list_page(
        request,
        table=MembershipTypeTable,
        filterset=MembershipTypeFilterSet,
        queryset=types.select_related("chain", "terms"),
        title=_("Membership types"),
        nothing_yet=_(
            "Memberships are sold of a type, which says what they cover, how often, how long and for how much."
        ),
        add=PageLink(_("New membership type"), reverse("loyalty:membership_type_new", args=[request.chain.slug])),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def membership_type_new(request: ChainRequest) -> HttpResponse:
    """``?from=`` begins with a copy."""
    return new_page(request, PAGES)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def membership_type_edit(request: ChainRequest, membership_type_id: int) -> HttpResponse:
    return edit_page(request, PAGES, membership_type_id)


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def membership_type_history(request: ChainRequest, membership_type_id: int) -> HttpResponse:
    return history_page(request, PAGES, membership_type_id)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def membership_type_archive(request: ChainRequest, membership_type_id: int, archiving: Archiving) -> HttpResponse:
    """Ask, then archive or restore; a type of which memberships were sold is never deleted."""
    restored = _("Memberships of the type %(name)s are sold again.")
    return archive_type(request, PAGES, membership_type_id, archiving, effects=_effects, restored=restored)


def _effects(found: Any, archived: bool) -> Iterator[str]:
    if not archived:
        yield _("Memberships of this type can be sold again, under the terms that it had.")
        return
    yield _("No more memberships of this type are sold.")
    sold = ngettext("%(count)s membership", "%(count)s memberships", found.sold) % {"count": found.sold}
    yield _("What was sold goes on covering: %(sold)s.") % {"sold": sold}

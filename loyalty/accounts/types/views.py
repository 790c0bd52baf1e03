"""Pages of account types: the list, the form, history and archiving."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from config.ui.archiving import Archiving
from config.ui.figures import format_money
from config.ui.pages import PageLink, list_page
from loyalty.accounts.models import AccountType, AccountTypeTerms
from loyalty.accounts.sentences import account_type_in_sentences
from loyalty.accounts.services import change_account_type, create_account_type
from loyalty.accounts.types.forms import AccountTypeForm
from loyalty.accounts.types.tables import AccountTypeTable
from loyalty.example_bills.forms import ExampleForm, asked_by_account
from loyalty.example_bills.shown import shown_account
from loyalty.example_bills.worked import worked_account
from loyalty.programs.types.filters import TypeFilterSet
from loyalty.programs.types.views import TypePages, archive_type, edit_page, history_page, new_page


def _beside(request: ChainRequest, terms: AccountTypeTerms) -> dict[str, Any]:
    """What is odd about a type, and a bill that is paid from an account of it."""
    chain, rules = request.chain, terms.as_rules()
    example, bills = ExampleForm(request.POST, chain=chain, asked=asked_by_account(chain)), []
    if story := example.story:
        worked = worked_account(rules, story, places=chain.places, today=chain.local_date(timezone.now()))
        bills = [(_("A bill paid from it"), shown_account(worked, chain))]
    open_locations = chain.locations.active().values_list("pk", flat=True)
    is_nowhere = rules.locations is not None and not rules.locations & set(open_locations)
    warnings = [_("It neither pays nor is topped up at any open location.")] if is_nowhere else []
    return {"warnings": warnings, "example": example, "bills": bills}


PAGES = TypePages(
    address="loyalty:account_type",
    listing=gettext_lazy("Account types"),
    new=gettext_lazy("New account type"),
    saved=gettext_lazy("%(name)s was saved. Accounts opened before keep what they were opened with."),
    nothing_in_words=gettext_lazy("Here the account type then stands in words, with a bill that is paid from it."),
    template="loyalty/account_types/form.html",
    model=AccountType,
    terms=AccountTypeTerms,
    form=AccountTypeForm,
    create=create_account_type,
    change=change_account_type,
    sentences=account_type_in_sentences,
    beside=_beside,
    figures=AccountType.objects.with_figures,
)


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def account_type_list(request: ChainRequest) -> HttpResponse:
    types = AccountType.objects.with_figures(request.chain)
    return list_page(
        request,
        table=AccountTypeTable,
        filterset=TypeFilterSet,
        queryset=types.select_related("chain", "terms"),
        title=_("Account types"),
        nothing_yet=_("Clients pay money in and spend it later. A type says where, and how far on credit."),
        add=PageLink(_("New account type"), reverse("loyalty:account_type_new", args=[request.chain.slug])),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def account_type_new(request: ChainRequest) -> HttpResponse:
    """``?from=`` begins with a copy."""
    return new_page(request, PAGES)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def account_type_edit(request: ChainRequest, account_type_id: int) -> HttpResponse:
    return edit_page(request, PAGES, account_type_id)


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def account_type_history(request: ChainRequest, account_type_id: int) -> HttpResponse:
    return history_page(request, PAGES, account_type_id)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def account_type_archive(request: ChainRequest, account_type_id: int, archiving: Archiving) -> HttpResponse:
    """Ask, then archive or restore; a type of which accounts were opened is never deleted."""
    restored = _("Accounts of the type %(name)s are opened again.")
    return archive_type(request, PAGES, account_type_id, archiving, effects=_effects, restored=restored)


def _effects(found: Any, archived: bool) -> Iterator[str]:
    if not archived:
        yield _("Accounts of this type can be opened again, under the terms that it had.")
        return
    opened = ngettext("%(count)s account", "%(count)s accounts", found.opened) % {"count": found.opened}
    yield _("No more accounts of this type are opened.")
    working = _("What is open goes on working: %(opened)s with %(owed)s on them.")
    yield working % {"opened": opened, "owed": format_money(found.owed, found.chain.currency)}

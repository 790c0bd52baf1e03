"""Client accounts: of the chain, of a client, and one; open, top up, pay out, adjust, block; receipts."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.models import Location
from chains.spaces import ChainRequest, chain_view, space_page
from config.ui.pages import form_page, list_page
from loyalty.accounts.models import Account
from loyalty.client_pages.accounts.filters import AccountFilterSet, AccountRowFilterSet
from loyalty.client_pages.accounts.forms import (
    AdjustForm,
    MoneyForm,
    OpenAccountForm,
    PayOutForm,
    ReasonForm,
    TopUpForm,
)
from loyalty.client_pages.accounts.reading import accounts_of, openable_types, works_in
from loyalty.client_pages.accounts.tables import AccountTable
from loyalty.client_pages.holders import in_full
from loyalty.client_pages.reading import clients_of, has_receipt
from loyalty.client_pages.tables import CardRowTable
from loyalty.ledger.models import Transaction

FORM = "loyalty/client_pages/form.html"


@require_safe
@chain_view(Right.VIEW_CLIENTS)
def account_list(request: ChainRequest) -> HttpResponse:
    return list_page(
        request,
        table=AccountTable,
        filterset=AccountFilterSet,
        queryset=accounts_of(request.chain),
        title=_("Client accounts"),
        nothing_yet=_("No client has an account yet. Open one on a client's page, under Accounts."),
        template_name="loyalty/client_pages/account_list.html",
    )


@space_page(Right.VIEW_CLIENTS)
@require_safe
def accounts(request: ChainRequest, client_id: int) -> HttpResponse:
    """The accounts of a client, with what may be done with each here."""
    client = get_object_or_404(clients_of(request.chain), pk=client_id)
    found = list(accounts_of(request.chain).held_by(client))
    context = {
        "page_title": client.name,
        "tab": "accounts",
        "client": client,
        "accounts": [(account, _acts(request, account)) for account in found],
        "may_open": request.access.has(Right.OPEN_ACCOUNTS) and openable_types(client).exists(),
    }
    return render(request, "loyalty/client_pages/accounts.html", context)


@space_page(Right.VIEW_CLIENTS)
@require_safe
def account(request: ChainRequest, account_id: int) -> HttpResponse:
    """An account: what is on it, and every row of its holder."""
    found = get_object_or_404(accounts_of(request.chain), pk=account_id)
    rows = Transaction.objects.filter(chain=request.chain, holder=found.holder_id)
    return list_page(
        request,
        table=CardRowTable,
        filterset=AccountRowFilterSet,
        queryset=in_full(rows),
        title=_("%(account_type)s of %(client)s") % {"account_type": found.account_type, "client": found.client},
        nothing_yet=_("Nothing came or went on this account yet. It begins with a top-up."),
        template_name="loyalty/client_pages/account.html",
        account=found,
        client=found.client,
        acts=_acts(request, found),
        may_block=request.access.has(Right.BLOCK_VALUE),
    )


class Acts(NamedTuple):
    """What the reader may do with an account here."""

    works_here: bool
    may_top_up: bool
    may_pay_out: bool
    may_adjust: bool


def _acts(request: ChainRequest, account: Account) -> Acts:
    works = works_in(account, _location(request))
    is_open, access = not account.is_blocked, request.access
    return Acts(
        works_here=works,
        may_top_up=works and is_open and access.has(Right.SELL_VALUE),
        may_pay_out=works and is_open and account.holder.balance > 0 and access.has(Right.PAY_OUT_ACCOUNTS),
        may_adjust=is_open and access.has(Right.ADJUST_VALUE),
    )


def _location(request: ChainRequest) -> Location | None:
    return getattr(request, "location", None)


# What staff do
# ----------------------------------------------------------------------------


@space_page(Right.OPEN_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def open_account(request: ChainRequest, client_id: int) -> HttpResponse:
    client = get_object_or_404(clients_of(request.chain), pk=client_id)
    page = request.space.page("loyalty_clients:accounts", client.pk)
    form = OpenAccountForm(request.POST or None, client=client, acting_user=request.user)
    return form_page(
        request,
        form=form,
        save=form.write,
        title=_("Open a client account"),
        button=_("Open account"),
        saved=_("The account was opened."),
        success_url=page,
        template_name=FORM,
        client=client,
        back=page,
        nothing_to_choose=""
        if form.is_bound or openable_types(client).exists()
        else _("The client has an account of every type that is still opened."),
    )


class MoneyWords(NamedTuple):
    title: str
    button: str
    saved: str


@space_page(Right.SELL_VALUE)
@require_http_methods(["GET", "HEAD", "POST"])
def top_up(request: ChainRequest, account_id: int) -> HttpResponse:
    words = MoneyWords(_("Top up"), _("Top up"), _("The account was topped up."))
    return _moving(request, account_id, TopUpForm, words)


@space_page(Right.PAY_OUT_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def pay_out(request: ChainRequest, account_id: int) -> HttpResponse:
    words = MoneyWords(_("Pay out"), _("Pay out"), _("The money was paid out."))
    return _moving(request, account_id, PayOutForm, words)


@space_page(Right.ADJUST_VALUE)
@require_http_methods(["GET", "HEAD", "POST"])
def adjust(request: ChainRequest, account_id: int) -> HttpResponse:
    words = MoneyWords(_("Adjust the account"), _("Adjust"), _("The account was adjusted."))
    return _moving(request, account_id, AdjustForm, words)


def _moving(request: ChainRequest, account_id: int, form_class: type[MoneyForm], words: MoneyWords) -> HttpResponse:
    """A form that moves money of an account; where some was handed over, its receipt is a click away."""
    found = get_object_or_404(accounts_of(request.chain).select_related("chain"), pk=account_id)
    page = request.space.page("loyalty_clients:account", found.pk)
    form = form_class(request.POST or None, account=found, location=_location(request), acting_user=request.user)
    if form.is_saved(form.write) and form.row:
        said = words.saved
        if has_receipt(form.row):
            url = request.space.page("loyalty_clients:receipt", form.row.pk)
            said = format_html('{} <a href="{}">{}</a>', words.saved, url, _("Receipt"))
        messages.success(request, said)
        return redirect(page)
    context = {
        "page_title": words.title,
        "form": form,
        "button": words.button,
        "client": found.client,
        "account": found,
        "back": page,
    }
    return render(request, FORM, context)


@space_page(Right.BLOCK_VALUE)
@require_http_methods(["GET", "HEAD", "POST"])
def block(request: ChainRequest, account_id: int) -> HttpResponse:
    words = MoneyWords(_("Block the account"), _("Block account"), _("The account is blocked."))
    return _asking_why(request, account_id, ReasonForm.block, words)


@space_page(Right.BLOCK_VALUE)
@require_http_methods(["GET", "HEAD", "POST"])
def unblock(request: ChainRequest, account_id: int) -> HttpResponse:
    words = MoneyWords(_("Unblock the account"), _("Unblock account"), _("The account is no longer blocked."))
    return _asking_why(request, account_id, ReasonForm.unblock, words)


def _asking_why(
    request: ChainRequest, account_id: int, act: Callable[[ReasonForm, Account], None], words: MoneyWords
) -> HttpResponse:
    found = get_object_or_404(accounts_of(request.chain), pk=account_id)
    page = request.space.page("loyalty_clients:account", found.pk)
    form = ReasonForm(request.POST or None)
    return form_page(
        request,
        form=form,
        save=lambda: act(form, found),
        title=words.title,
        button=words.button,
        saved=words.saved,
        success_url=page,
        template_name=FORM,
        client=found.client,
        account=found,
        back=page,
    )


@space_page(Right.VIEW_CLIENTS)
@require_safe
def receipt(request: ChainRequest, receipt_id: int) -> HttpResponse:
    """What a guest takes home of money that was handed over for an account."""
    rows = Transaction.objects.filter(chain=request.chain).select_related(
        "location", "client", "comment", "handed_money", "holder__account__account_type", "undone_by"
    )
    row = get_object_or_404(rows, pk=receipt_id)
    if not has_receipt(row):
        raise Http404
    assert row.holder
    found = row.holder.account
    context = {
        "page_title": _("Receipt of %(what)s") % {"what": row.get_kind_display()},
        "row": row,
        "account": found,
        "client": row.client,
        "amount": abs(row.amount),
        "page": request.space.page("loyalty_clients:account", found.pk),
    }
    return render(request, "loyalty/client_pages/receipt.html", context)

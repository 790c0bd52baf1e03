"""The guest's client accounts to pay from: what is on them, what may be used, and how much of it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.models import Chain
from config.ui.figures import format_money
from loyalty.accounts.models import ACCOUNT_TYPE_TERMS, Account
from loyalty.ledger.kinds import HolderKind, TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.rules.bill import Problem
from loyalty.rules.money import ZERO
from loyalty.rules.plan import MeansChoice, Plan
from visits.forms.amounts import read_id
from visits.models import Visit
from visits.refusals import refuse
from visits.value import TOP_UP
from visits.window.amounts import choice_of, kept_rows, opened_with, paid_with, with_figure, without_amount
from visits.window.fields import PaneForm, amount_field, hidden_field
from visits.window.means import ShownHolder, left_after, page_of, shown_holder
from visits.window.merging import Change, ShownChange, amount_told, amounts_of, merged_amounts, told_change
from visits.window.page import Computed, Entry, Opening, Page, Read, Subject
from visits.window.pane import Area, Button, Merging, Pane, Rows
from visits.window.typed import Part, Row, Typed, first_of_each, ids_in, with_the_most


class UsedAccountsForm(PaneForm):
    """``used_accounts`` are those whose amounts are shown on this page, also while one of them is blank."""

    used_accounts = hidden_field()


class AccountForm(PaneForm):
    """An account by its holder."""

    account = hidden_field()
    amount = amount_field(gettext_lazy("Pay from the account"))


@dataclass(frozen=True)
class Accounts:
    """The accounts of the guest, and any other that the page names; asked for only once there are some."""

    chain: Chain
    guest: int
    named: frozenset[int]

    @cached_property
    def by_holder(self) -> Mapping[int, Account]:
        found = Account.objects.filter(Q(client=self.guest or None) | Q(holder__in=self.named), chain=self.chain)
        in_order = found.select_related("account_type", "holder").order_by("opened_at", "pk")
        return {account.holder_id: account for account in in_order}

    def own(self, holder_id: int) -> Account | None:
        """Nothing is told of another guest's."""
        account = self.by_holder.get(holder_id)
        return account if account and account.client_id == self.guest else None


def _open(opening: Opening) -> Part:
    visit = opening.subject.visit
    kept = [each for each in visit.means.all() if each.holder.kind == HolderKind.ACCOUNT] if visit else []
    return kept_rows("account", ((str(each.holder_id), each.amount) for each in kept), opening)


def _use(typed: Typed, value: str) -> Typed:
    return typed.with_rows("accounts", with_the_most(typed.rows_of("accounts"), "account", str(read_id(value))))


def _take_back(typed: Typed, value: str) -> Typed:
    return without_amount(typed, "accounts", "account", str(read_id(value)), shown="used_accounts")


def _look_up(typed: Typed, subject: Subject, _at: datetime) -> Accounts:
    return Accounts(subject.location.chain, subject.client.pk, frozenset(ids_in(typed, "account")))


def accounts_of(entry: Entry) -> Accounts:
    found: Accounts = entry.known.own["accounts"]
    return found


def _read(entry: Entry, plan: Plan) -> Read:
    """Accounts pay in the order in which their amounts were given."""
    choices, refusals, places = [], [], {}
    for key, row in first_of_each(entry.typed.rows_of("accounts"), "account").items():
        account = accounts_of(entry).by_holder.get(read_id(key))
        if account:
            places[f"means.{account.holder_id}"] = f"accounts.{key}"
        if row["amount"] and account:
            choices.append(MeansChoice(account.holder_id, choice_of(row, entry)))
        elif row["amount"]:
            refusals.append(refuse(Problem("account_not_owned", f"accounts.{key}"), None, entry.chain))
    return Read(paid_with(plan, HolderKind.ACCOUNT, choices, entry), tuple(refusals), places)


def own_holders(computed: Computed) -> list[int]:
    """The holders of the guest's accounts, in the order in which they were opened; nobody has any."""
    guest = computed.subject.client.pk or None
    of_guest = [each for each in computed.preview.desk.means if guest and each.owner_id == guest]
    return [each.holder_id for each in of_guest if each.kind == HolderKind.ACCOUNT]


def _fill(computed: Computed) -> Computed:
    """A row for each account of the guest: what is given first, blank ones last."""
    paid = {str(turn.holder_id): turn.amount for turn in computed.settlement.means}
    rows = [row for row in first_of_each(computed.typed.rows_of("accounts"), "account").values() if row["amount"]]
    given = {row["account"] for row in rows}
    rows += [{"account": str(pk), "amount": ""} for pk in own_holders(computed) if str(pk) not in given]
    filled = [with_figure(row, paid.get(row["account"]), computed.chain.places, computed.is_computed) for row in rows]
    shown = opened_with(computed.typed.text("used_accounts"), filled, "account")
    return computed.with_rows("accounts", filled).with_texts(used_accounts=shown)


def name_of(holder_id: int, page: Computed) -> str:
    """What its type is called; empty for one that nothing is told of."""
    account = accounts_of(page.entry).own(holder_id)
    return str(account) if account else ""


def _label(computed: Computed, row: Row, label: str) -> str:
    account = accounts_of(computed.entry).own(read_id(row["account"]))
    return f"{label}, {account}" if account else label


def _told(changes: list[Change], entry: Entry) -> list[ShownChange]:
    return [
        told_change(each, accounts_of(entry).own(read_id(each.key[0])) or _("Client account"), amount_told)
        for each in changes
    ]


def _said(entry: Entry, saved: Visit) -> str:
    """What is on the accounts that paid, afterwards."""
    if not any(row["amount"] for row in entry.typed.rows_of("accounts")):
        return ""
    rows = Transaction.objects.of_visit(saved.pk).standing().filter(kind=TransactionKind.ACCOUNT_PAYMENT)
    accounts = Account.objects.filter(holder__in=rows.values("holder")).select_related("account_type", "holder")
    return " ".join(
        _("%(balance)s is on %(account)s now.")
        % {"balance": format_money(account.holder.balance, entry.chain.currency), "account": account}
        for account in accounts.order_by("opened_at", "pk")
    )


def _show(page: Page) -> list[ShownHolder] | None:
    """The guest's accounts, and any other that an amount was typed for."""
    return [_shown(read_id(row["account"]), page) for row in page.typed.rows_of("accounts")] or None


def _shown(holder_id: int, page: Page) -> ShownHolder:
    account = accounts_of(page.entry).own(holder_id)
    blank = ShownHolder(
        key=str(holder_id), use="use_account", take_back="take_back_account", name=_("Unknown account"), why=[]
    )
    if account is None:
        return replace(blank, fields=page.form.row("accounts", str(holder_id)), is_shown=True)
    before = page.preview.books.balance_as_if_undone(holder_id)
    shown = replace(
        blank,
        name=str(account),
        url=page_of(page, HolderKind.ACCOUNT, account.pk),
        about=_about(account, before, page),
        after=left_after(page, holder_id, before + _granted(account, page)),
    )
    return shown_holder(page, "accounts", holder_id, HolderKind.ACCOUNT, shown)


def _granted(account: Account, page: Page) -> Decimal:
    """What the bill itself tops the account up with, which it does once it is settled."""
    value = page.plan.value if page.settlement.is_settled else ()
    return sum((each.amount for each in value if (each.kind, each.subject_id) == (TOP_UP, account.pk)), ZERO)


def _about(account: Account, before: Decimal, page: Page) -> tuple[str, ...]:
    """What is on it, and what may be used where it pays on credit."""
    currency, means = page.chain.currency, page.preview.desk.means_of(account.holder_id)
    has_acted = page.is_fixed and before != page.preview.books.holders[account.holder_id].balance
    sentence = _("%(amount)s before this visit") if has_acted else _("%(amount)s on it")
    told = [sentence % {"amount": format_money(before, currency)}]
    credit = ACCOUNT_TYPE_TERMS.of([account.terms_id])[account.terms_id].credit
    if credit and means and not means.barred:
        told.append(_("may use up to %(most)s") % {"most": format_money(means.available, currency)})
    return tuple(told)


PANE = Pane(
    name="accounts",
    area=Area.GUEST,
    template="visits/window/accounts.html",
    fields=UsedAccountsForm,
    rows=Rows(AccountForm, key="account", field="amount", label=_label, pays=True),
    is_of_the_guest=True,
    buttons={
        "use_account": Button(_use, focus="accounts.{value}"),
        "take_back_account": Button(_take_back),
    },
    open=_open,
    look_up=_look_up,
    read=_read,
    fill=_fill,
    merging=Merging(amounts_of("accounts", "account"), merged_amounts("accounts", "account"), _told),
    show=_show,
    said=_said,
)

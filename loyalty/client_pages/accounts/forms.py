"""Forms about client accounts: open, top up, pay out, adjust, block, unblock."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains.models import Location
from chains.writing import SavedForm
from clients.models import Client
from config.ui.fields import FigureField
from config.ui.filters import SignedFigureField
from config.ui.forms import OneChoice
from loyalty.accounts.models import Account, AccountType
from loyalty.accounts.services import adjust_account, block_account, open_account, pay_out, top_up, unblock_account
from loyalty.client_pages.accounts.reading import openable_types
from loyalty.client_pages.forms import ClientPageForm
from loyalty.labels import choices_of
from loyalty.ledger.models import Transaction
from loyalty.rules.money import ZERO
from loyalty.rules.plan import PaymentMethod


class OpenAccountForm(ClientPageForm):
    """Opens an account of a type of which the client has none."""

    account_type = forms.ModelChoiceField(AccountType.objects.none(), label=_("Account type"), empty_label=None)
    opening_balance = FigureField(
        label=_("Opening balance"),
        required=False,
        help_text=_("What the client had on it before it was kept here; no money is taken for it now."),
    )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = client
        self.account: Account | None = None
        chosen, balance = self.fields["account_type"], self.fields["opening_balance"]
        assert isinstance(chosen, forms.ModelChoiceField) and isinstance(balance, FigureField)
        # Of what is sent, the domain says why it cannot be; the same form sent twice is none of that.
        types = AccountType.objects.filter(chain=client.chain_id) if self.is_bound else openable_types(client)
        chosen.queryset = types.select_related("terms")
        balance.count_in(client.chain.places)

    def write(self) -> None:
        self.account = open_account(
            client=self.client,
            account_type=self.cleaned_data["account_type"],
            opening_balance=self.cleaned_data["opening_balance"] or ZERO,
            **self.claimed(),
        )


class MoneyForm(ClientPageForm):
    """Moves money of an account; ``row`` is what it wrote."""

    amount = FigureField(label=_("Amount"))

    def __init__(self, *args: Any, account: Account, location: Location | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account, self.location = account, location
        self.row: Transaction | None = None
        amount = self.fields["amount"]
        assert isinstance(amount, FigureField)
        amount.count_in(account.chain.places)

    def wanted(self) -> dict[str, Any]:
        typed = {name: value for name, value in self.cleaned_data.items() if name != "key"}
        return {**typed, **self.claimed(), "account": self.account}


class HandedForm(MoneyForm):
    """Money that is handed over at the desk, by one of the methods of payment.

    In the space of a chain it is asked at which location, whose takings it counts in.
    """

    place = forms.ModelChoiceField(
        Location.objects.none(), label=_("Handed over at"), empty_label=None, widget=OneChoice
    )

    method = forms.ChoiceField(
        label=_("Paid by"), choices=choices_of(PaymentMethod), widget=OneChoice, initial=PaymentMethod.CASH.value
    )
    comment = forms.CharField(
        label=_("Comment"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    field_order = ("key", "amount", "method", "place", "comment")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.location is not None:
            del self.fields["place"]
            return
        place, works_at = self.fields["place"], self.account.terms.as_rules().locations
        assert isinstance(place, forms.ModelChoiceField)
        locations = self.account.chain.locations.filter(archived=False).order_by("name")
        place.queryset = locations if works_at is None else locations.filter(pk__in=works_at)
        place.initial = self.account.client.registered_location_id

    def wanted(self) -> dict[str, Any]:
        wanted = super().wanted()
        location = wanted.pop("place", self.location)
        return {**wanted, "method": PaymentMethod(self.cleaned_data["method"]), "location": location}


class TopUpForm(HandedForm):
    def write(self) -> None:
        self.row = top_up(**self.wanted())


class PayOutForm(HandedForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["method"].label = _("Handed back by")

    def write(self) -> None:
        self.row = pay_out(**self.wanted())


class AdjustForm(MoneyForm):
    """Puts the balance right; nothing is handed over."""

    amount = SignedFigureField(label=_("Amount"), help_text=_("With a minus to take from the account."))
    comment = forms.CharField(
        label=_("Comment"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Why; it stays with the row."),
    )

    def write(self) -> None:
        self.row = adjust_account(**self.wanted())


class ReasonForm(SavedForm):
    """Asks why; doing it twice is doing it once, so the form needs no key."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def block(self, account: Account) -> None:
        block_account(account=account, reason=self.cleaned_data["reason"], at=timezone.now())

    def unblock(self, account: Account) -> None:
        unblock_account(account=account, reason=self.cleaned_data["reason"])

"""Forms about clients and their cards: register, issue, accrue, write off, undo."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains.models import Chain, Location, User
from chains.writing import WritingForm
from clients.models import Client
from config.ui.days import DayField
from config.ui.fields import FigureField
from loyalty.cards.manual import accrue, write_off
from loyalty.cards.models import Card, CardType
from loyalty.cards.services import issue_card, register_client
from loyalty.client_pages.reading import issuable_types
from loyalty.ledger.by_hand import undo
from loyalty.ledger.models import Transaction


class ClientPageForm(WritingForm):
    """Writes what it asked for; it knows who acts."""

    def __init__(self, *args: Any, acting_user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.acting_user = acting_user

    def write(self) -> None:
        raise NotImplementedError

    def claimed(self) -> dict[str, Any]:
        """What every operation is told: the form's key, the instant and who does it."""
        return {"key": self.cleaned_data["key"], "at": timezone.now(), "acting_user": self.acting_user}


class NewClientForm(ClientPageForm):
    """Registers a client; at the location of the page, or in the chain's space at one that is chosen."""

    name = forms.CharField(label=_("Name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        help_text=_("As the guest says it, or with + and the country."),
    )
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    birthday_on = DayField(label=_("Birthday"), required=False)
    comment = forms.CharField(
        label=_("Comment"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    location = forms.ModelChoiceField(
        Location.objects.none(),
        label=_("Registered at"),
        required=False,
        empty_label=_("the chain itself"),
        help_text=_("New clients of a location get the cards that it issues by itself."),
    )

    def __init__(self, *args: Any, chain: Chain, location: Location | None, locations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chain, self.at_location = chain, location
        self.client: Client | None = None
        if location:
            del self.fields["location"]
        else:
            chosen = self.fields["location"]
            assert isinstance(chosen, forms.ModelChoiceField)
            chosen.queryset = locations

    def write(self) -> None:
        wanted = {name: self.cleaned_data[name] for name in ("name", "phone", "email", "birthday_on", "comment")}
        location = self.at_location or self.cleaned_data.get("location")
        self.client = register_client(chain=self.chain, location=location, **wanted, **self.claimed())


class IssueForm(ClientPageForm):
    """Issues a card of a type that the client does not hold."""

    card_type = forms.ModelChoiceField(CardType.objects.none(), label=_("Card type"), empty_label=None)
    number = forms.CharField(
        label=_("Number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Leave blank for a new number."),
    )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = client
        chosen = self.fields["card_type"]
        assert isinstance(chosen, forms.ModelChoiceField)
        # Of what is sent, the domain says why it cannot be; the same form sent twice is none of that.
        types = CardType.objects.filter(chain=client.chain_id) if self.is_bound else issuable_types(client)
        chosen.queryset = types.select_related("terms")

    def write(self) -> None:
        wanted = {name: self.cleaned_data[name] for name in ("card_type", "number")}
        issue_card(client=self.client, **wanted, **self.claimed())


class WriteOffForm(ClientPageForm):
    """Takes points from a card by hand."""

    card = forms.ModelChoiceField(Card.objects.none(), label=_("Loyalty card"), empty_label=None)
    amount = FigureField(label=_("Points"))
    comment = forms.CharField(
        label=_("Comment"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Why; it stays with the row."),
    )

    def __init__(self, *args: Any, client: Client, location: Location | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.location = location
        cards, amount = self.fields["card"], self.fields["amount"]
        assert isinstance(cards, forms.ModelChoiceField) and isinstance(amount, FigureField)
        # Of what is sent, the domain says why it cannot be; only active cards are ever offered.
        cards.queryset = Card.objects.held_by(client).select_related("card_type", "chain")
        offered = Card.objects.active().held_by(client).select_related("card_type")
        cards.widget.choices = [(card.pk, str(card)) for card in offered]
        amount.count_in(client.chain.places)

    def write(self) -> None:
        write_off(**self.wanted())

    def wanted(self) -> dict[str, Any]:
        typed = {name: value for name, value in self.cleaned_data.items() if name != "key"}
        return {**typed, **self.claimed(), "location": self.location}


class AccrueForm(WriteOffForm):
    """Gives points to a card by hand, good through a last day or for ever."""

    last_day = DayField(
        label=_("Last day"), required=False, help_text=_("Good through this day; leave blank for no last day.")
    )

    field_order = ("key", "card", "amount", "last_day", "comment")

    def write(self) -> None:
        accrue(**self.wanted())


class UndoForm(ClientPageForm):
    """Undoes a row that was written by hand."""

    def __init__(self, *args: Any, row: Transaction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row

    def write(self) -> None:
        undo(row=self.row, **self.claimed())

"""Forms about one gift card: its balance, its last day, blocked and unblocked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains.models import User
from chains.refusals import Code, Refusal
from chains.writing import EditForm, SavedForm
from config.ui.days import DayField
from config.ui.fields import FigureField
from config.ui.forms import OneChoice
from loyalty.client_pages.forms import ClientPageForm
from loyalty.client_pages.gift_cards.reading import ToldGiftCard
from loyalty.gift_cards.letters import send_again
from loyalty.gift_cards.models import GiftCard
from loyalty.gift_cards.services import adjust_balance, block_gift_card, change_last_day, unblock_gift_card

PUT_ON, TAKE_OFF = "put_on", "take_off"


def comment_field(longest: int) -> forms.CharField:
    return forms.CharField(
        label=_("Comment"),
        max_length=longest,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Why; it stays with the gift card."),
    )


class AdjustForm(ClientPageForm):
    """Puts the balance right by hand."""

    way = forms.ChoiceField(
        label=_("What to do"),
        choices=((PUT_ON, _("Put on the card")), (TAKE_OFF, _("Take off the card"))),
        widget=OneChoice,
        initial=PUT_ON,
    )
    amount = FigureField(label=_("Amount"))
    comment = comment_field(500)

    def __init__(self, *args: Any, gift_card: GiftCard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gift_card = gift_card
        amount = self.fields["amount"]
        assert isinstance(amount, FigureField)
        amount.count_in(gift_card.chain.places)

    def clean_amount(self) -> Decimal:
        """Which way it goes is said beside it."""
        amount: Decimal = self.cleaned_data["amount"]
        if amount <= 0:
            raise ValidationError(_("Type an amount above zero."))
        return amount

    def write(self) -> None:
        sign = -1 if self.cleaned_data["way"] == TAKE_OFF else +1
        amount, comment = sign * self.cleaned_data["amount"], self.cleaned_data["comment"]
        adjust_balance(gift_card=self.gift_card, amount=amount, comment=comment, **self.claimed())


class LastDayForm(EditForm):
    """Lets a gift card be good through another day."""

    last_on = DayField(
        label=_("Valid until"), required=False, help_text=_("Good through this day; leave blank for without end.")
    )
    last_on_reason = comment_field(300)

    def __init__(self, *args: Any, gift_card: GiftCard, acting_user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gift_card, self.acting_user = gift_card, acting_user

    def texts_of(self, columns: Any) -> dict[str, Any]:
        """Another day has a reason of its own."""
        kept = dict(columns)
        return kept if self.merge else {**kept, "last_on_reason": ""}

    def write(self) -> None:
        change_last_day(
            gift_card=self.gift_card,
            last_on=self.cleaned_data["last_on"],
            reason=self.cleaned_data["last_on_reason"],
            seen=self.cleaned_data["seen"],
            key=self.cleaned_data["key"],
            at=timezone.now(),
            acting_user=self.acting_user,
        )


class LetterForm(ClientPageForm):
    """Sends the letter about a gift card again, to the address that stands on the page."""

    shown_to = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, shown: ToldGiftCard, **kwargs: Any) -> None:
        super().__init__(*args, initial={"shown_to": shown.letter_to}, **kwargs)
        self.shown = shown

    def write(self) -> None:
        if not self.shown.may_send_letter:
            raise Refusal(
                Code.FORBIDDEN,
                _("To an address that it has not gone to it is sent by who may see the code of the gift card."),
            )
        try:
            send_again(self.shown.card, shown_to=self.cleaned_data["shown_to"], **self.claimed())
        except Refusal:
            # Sent once more, it goes where the page says now.
            self.data = {name: self.data.get(name) for name in self.fields} | {"shown_to": self.shown.letter_to}
            raise


class BlockForm(SavedForm):
    """Blocks a gift card, or unblocks it; doing it twice is doing it once, so it carries no key."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It is read beside the gift card, and stays in its history."),
    )

    def block(self, gift_card: GiftCard) -> None:
        block_gift_card(gift_card=gift_card, reason=self.cleaned_data["reason"], at=timezone.now())

    def unblock(self, gift_card: GiftCard) -> None:
        unblock_gift_card(gift_card=gift_card, reason=self.cleaned_data["reason"])


class CodeForm(SavedForm):
    """Asks for a code, typed or scanned; it keeps nothing."""

    code = forms.CharField(
        label=_("Code of the gift card"),
        max_length=80,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "autofocus": True}
        ),
        help_text=_("Type or scan it; spaces, hyphens and small letters do not matter."),
    )

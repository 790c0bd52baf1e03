"""The forms of the one page on which a program is turned on: three figures each, and the card that carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains.models import Chain
from chains.writing import WritingForm
from config.ui.amounts import amount_or_percent, figure_text
from config.ui.fields import FigureField
from config.ui.forms import OneChoice
from loyalty.cards.models import CardType
from loyalty.example_bills.usual import usual_amount
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.promotions.rules_field import Row, RulesField
from loyalty.rules.terms import AutomaticIssue, Gives, ItemKind
from loyalty.start.meanwhile import MOST_TOLD, version_of_start
from loyalty.start.offers import NOTICE, Offer, cashback, invitation, nth_free, tiers
from loyalty.start.together import gives_already, would_add_up

#: The place in an offer of what a card type carries; the others are places of the referral program.
ON_CARD = "promotion"
DISCOUNT, POINTS = "discount", "points"
#: Tiers as they are suggested: from so many euros on, so many percent.
TIERS = ((200, "3"), (500, "5"), (1000, "10"))
#: Fields of what somebody gets, in percent.
PERCENTAGES = frozenset({"percent", "points"})

MONTHS: dict[str, Any] = {
    "label": _("Good for so many months"),
    "help_text": _("Points not spent by then burn; blank keeps them forever."),
    "required": False,
}


class StartForm(WritingForm):
    """What all of them ask: through which card. What was never typed is as ``suggested``.

    It carries what the chain had when its page was opened, so that nobody turns on besides it what is new to them.
    """

    #: Whether guests may be given the card when they are registered.
    ISSUES_CARDS: ClassVar[bool] = True
    #: What it gives to the guest of the card, which adds to what the card gives already; None for who invites.
    GIVES: ClassVar[Gives | None] = Gives.DISCOUNT

    card_type: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Loyalty card"),
        queryset=None,
        required=False,
        empty_label=_("a new card type"),
        help_text=_("It acts through cards of this type; what these do already stays."),
    )
    is_automatic = forms.BooleanField(
        label=_("New guests get the card by themselves"),
        required=False,
        help_text=_("Whoever is registered from now on. Without it, only guests get it to whom the desk issues one."),
    )

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, chain: Chain, **kwargs: Any) -> None:
        self.chain = chain
        types = chain.card_types.filter(terms__archived=False).select_related("terms").order_by("name_folded", "pk")
        types = types.prefetch_related("promotions__terms", "promotions__chain")
        given = self._given(list(types))
        usual = _usual_card([each for each in types if each not in given])
        initial = {**self.suggested(chain), **usual, **kwargs.pop("initial", {})}
        initial.setdefault("seen", version_of_start(chain))
        super().__init__(*args, initial=initial, **kwargs)
        choice = self.fields["card_type"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = types
        for sentence in list(given.values())[:MOST_TOLD]:
            choice.help_text = f"{choice.help_text} {sentence}"
        if not types:
            del self.fields["card_type"]
        if not self.ISSUES_CARDS:
            choice.help_text = _("The inviter's card of this type gets the points; who has none gets one.")
            del self.fields["is_automatic"]

    def _given(self, types: list[CardType]) -> dict[CardType, str]:
        """The card types that give already what adds to it, each with the sentence that says so."""
        if self.GIVES is None:
            return {}
        today = self.chain.local_date(timezone.now())
        found = {each: gives_already(each, self.GIVES, today) for each in types}
        return {each: would_add_up(each, promotions) for each, promotions in found.items() if promotions}

    def opened_again(self) -> Self:
        """What was typed, over what the chain has now, and why it was not saved.

        Where the page had no card to choose yet, the usual one is chosen.
        """
        now = type(self)(chain=self.chain)
        usual = {"card_type": now.initial["card_type"]} if "card_type" not in self.data else {}
        sent = {**dict(self.data.items()), **usual, "seen": now.initial["seen"]}
        again = type(self)(sent, chain=self.chain)
        for error in self.non_field_errors():
            again.add_error(None, error)
        return again

    @staticmethod
    def suggested(chain: Chain) -> dict[str, Any]:
        """What stands in the fields at first, in figures of the chain's currency."""
        raise NotImplementedError

    @property
    def offers(self) -> Mapping[str, Offer]:
        """What would be made of what was typed, by its place; only of fields that are readable."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """What the domain would refuse, beside the field that it is of; what gives nothing is no program."""
        for name in PERCENTAGES & set(self.cleaned_data):
            if not self.cleaned_data[name]:
                self.add_error(name, _("With 0 there is nothing to turn on. Type more."))
        if not self.errors:
            for offer in self.offers.values():
                self._add_mistakes_of(offer)
        return self.cleaned_data

    def _add_mistakes_of(self, offer: Offer) -> None:
        terms = PromotionTerms(promotion=Promotion(chain=self.chain), **offer.choices)
        for column, found in terms.mistakes().items():
            self.add_error(offer.fields.get(column), [ValidationError(text) for text in found])


def _usual_card(types: list[Any]) -> dict[str, Any]:
    """The card that new guests get already, else the first; a new one where there is none."""
    issued = [each for each in types if each.as_rules().automatic_issue is not AutomaticIssue.NEVER]
    return {"is_automatic": True, "card_type": next((each.pk for each in [*issued, *types]), None)}


class CashbackForm(StartForm):
    GIVES = Gives.POINTS

    percent = FigureField(
        label=_("Points back, in percent"),
        help_text=_("Of what the guest pays: 5 gives 3 points for a bill of 60. A point is worth 1 on a later visit."),
    )
    months = forms.IntegerField(**MONTHS)
    notice = forms.IntegerField(
        label=_("Told so many days before"),
        required=False,
        help_text=_("Guests are told by e-mail before points burn; blank tells nobody."),
    )

    SECTIONS = (
        (_("How much"), ("percent", "months", "notice")),
        (_("Through which card"), ("card_type", "is_automatic")),
    )

    @staticmethod
    def suggested(chain: Chain) -> dict[str, Any]:
        return {"percent": "5", "months": "12", "notice": str(NOTICE)}

    @property
    def offers(self) -> Mapping[str, Offer]:
        chosen = self.cleaned_data
        return {ON_CARD: cashback(chosen["percent"], chosen["months"], chosen["notice"])}


class TiersForm(StartForm):
    gives = forms.ChoiceField(
        label=_("What grows"),
        widget=OneChoice,
        choices=((DISCOUNT, _("a discount, at once")), (POINTS, _("points for later visits"))),
    )
    rules = RulesField(
        label=_("From how much on, how many percent"),
        help_text=_(
            "A discount goes by what was sold to the guest in visits before, points by what the guest paid; "
            "below the first row there is nothing."
        ),
    )

    SECTIONS = (
        (_("How much"), ("gives", "rules")),
        (_("Through which card"), ("card_type", "is_automatic")),
    )

    def __init__(self, *args: Any, chain: Chain, **kwargs: Any) -> None:
        super().__init__(*args, chain=chain, **kwargs)
        rules = self.fields["rules"]
        assert isinstance(rules, RulesField)
        rules.finest = amount_or_percent(chain.places)
        rules.widget.start_label = _("Sold or paid so far from, %(currency)s") % {"currency": chain.currency}
        rules.widget.value_label = _("Percent")
        rules.widget.has_just_so_many = True

    @staticmethod
    def suggested(chain: Chain) -> dict[str, Any]:
        rows = [Row(figure_text(usual_amount(chain, start)), value) for start, value in TIERS]
        return {"gives": DISCOUNT, "rules": rows}

    @property
    def offers(self) -> Mapping[str, Offer]:
        return {ON_CARD: tiers(self.cleaned_data["rules"], gives_points=self.cleaned_data["gives"] == POINTS)}


class FreeForm(StartForm):
    service: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Service"),
        queryset=None,
        empty_label=_("choose"),
        help_text=_("More services, or a whole category, can be added afterwards."),
    )
    units = FigureField(label=_("Units to pay for"), help_text=_("5 makes each sixth one free."))
    limit = forms.IntegerField(
        label=_("Free ones for a guest at most"), required=False, help_text=_("Blank is without limit.")
    )

    SECTIONS = (
        (_("How much"), ("service", "units", "limit")),
        (_("Through which card"), ("card_type", "is_automatic")),
    )

    def __init__(self, *args: Any, chain: Chain, **kwargs: Any) -> None:
        super().__init__(*args, chain=chain, **kwargs)
        choice = self.fields["service"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = services_of(chain)

    @staticmethod
    def suggested(chain: Chain) -> dict[str, Any]:
        found = list(services_of(chain)[:2])
        return {"service": found[0].pk if len(found) == 1 else None, "units": "5"}

    @property
    def offers(self) -> Mapping[str, Offer]:
        chosen = self.cleaned_data
        return {ON_CARD: nth_free(chosen["service"], chosen["units"], chosen["limit"] or 0)}


class InvitationForm(StartForm):
    ISSUES_CARDS = False
    GIVES = None

    percent = FigureField(
        label=_("Discount for the friend, in percent"), help_text=_("On the first visit, off the whole bill.")
    )
    points = FigureField(
        label=_("Points for the inviter, in percent"), help_text=_("Of what the friend pays on that first visit.")
    )
    months = forms.IntegerField(**MONTHS)

    SECTIONS = (
        (_("How much"), ("percent", "points", "months")),
        (_("On which card the points come"), ("card_type",)),
    )

    @staticmethod
    def suggested(chain: Chain) -> dict[str, Any]:
        return {"percent": "10", "points": "5", "months": "12"}

    @property
    def offers(self) -> Mapping[str, Offer]:
        chosen = self.cleaned_data
        return invitation(chosen["percent"], chosen["points"], chosen["months"])


def services_of(chain: Chain) -> Any:
    return chain.items.filter(kind=ItemKind.SERVICE, archived=False).order_by("name_folded", "pk")

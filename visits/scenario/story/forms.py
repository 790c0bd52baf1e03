"""The form of a story: which program, which cards, and a small table of visits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from chains.catalog.models import Item
from chains.folding import folded
from chains.models import Chain, Location
from config.ui.days import DayField
from config.ui.fields import FigureField
from config.ui.figures import format_number
from config.ui.forms import ManyChoices
from loyalty.cards.models import CardType
from loyalty.programs.checks import amount_mistake
from visits.scenario.story.programs import (
    ALL,
    MOST_CARDS,
    PROMOTION,
    REFERRAL,
    InPlay,
    given_to_everybody,
    has_referral_program,
    in_play,
    offered_promotions,
)
from visits.scenario.story.telling import Story, StoryVisit

#: How many visits a story has when it is begun, and at most; how far they lie apart.
FIRST_ROWS, MOST_ROWS, APART = 3, 12, timedelta(days=7)
#: Things of the catalog that are offered to choose among; the others are found by their whole name.
MOST_ITEMS = 300
#: How many are named where what was typed may mean several.
MOST_NAMED = 4
#: No visit of a chain costs more, and no day lies further away.
MOST_AMOUNT, FIRST_YEAR, LAST_YEAR = Decimal(1_000_000), 2000, 2100


class VisitRow(forms.Form):
    """A visit of the story; a row in which nothing but the day stands is none."""

    day = DayField(label=_("Day"), required=False)
    item = forms.CharField(label=_("Service or product"), required=False, max_length=200)
    amount = FigureField(label=_("Amount"), required=False)
    points = FigureField(label=_("Points used"), required=False)
    most = forms.BooleanField(label=_("The most"), required=False)
    inviter = forms.CharField(label=_("Invited by"), required=False, max_length=60)

    def __init__(self, *args: Any, chain: Chain, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chain = chain
        for name in ("amount", "points"):
            field = self.fields[name]
            assert isinstance(field, FigureField)
            field.count_in(chain.places)
        self.fields["item"].widget.attrs["list"] = "story-items"

    @property
    def is_told(self) -> bool:
        """Whether anything but a day was typed."""
        return any(self[name].data for name in self.fields if name != "day")

    def clean_day(self) -> date | None:
        day: date | None = self.cleaned_data["day"]
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError(
                _("Choose a day from %(first)s to %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
            )
        return day

    def clean_item(self) -> Item | None:
        name = self.cleaned_data["item"].strip()
        if not name:
            return None
        found = list(self._called(name))
        if not found:
            raise ValidationError(_("Nothing is sold by this name. Choose from the list, or type an amount alone."))
        if len(found) > 1:
            names = ", ".join(each.name for each in found)
            raise ValidationError(_("Which of them: %(names)s?") % {"names": names})
        return found[0]

    def _called(self, name: str) -> Iterable[Item]:
        """By its whole name, else those that are found by what was typed; a few of them."""
        items = self.chain.items.filter(archived=False).order_by("-kind", "name_folded", "pk")
        return items.filter(name_folded=folded(name))[:1] or items.matching(name)[:MOST_NAMED]

    def clean_amount(self) -> Decimal | None:
        return self._figure("amount")

    def clean_points(self) -> Decimal | None:
        return self._figure("points")

    def _figure(self, name: str) -> Decimal | None:
        figure: Decimal | None = self.cleaned_data[name]
        if figure is not None and not 0 <= figure <= MOST_AMOUNT:
            raise ValidationError(_("Type a figure from 0 to %(most)s.") % {"most": format_number(MOST_AMOUNT)})
        if figure is not None and (mistake := amount_mistake(figure, self.chain.places)):
            raise ValidationError(mistake)
        return figure

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if not self.is_told:
            return chosen
        if "day" in chosen and not chosen["day"]:
            self.add_error("day", _("On which day is it?"))
        if "item" in chosen and chosen["item"] is None and chosen.get("amount", 0) is None:
            self.add_error("amount", _("Type an amount, or choose a service."))
        if chosen.get("most") and chosen.get("points"):
            self.add_error("points", _("Type how many, or tick the most; not both."))
        return chosen

    @property
    def visit(self) -> StoryVisit:
        chosen = self.cleaned_data
        item: Item | None = chosen["item"]
        price = chosen["amount"] if chosen["amount"] is not None else item.price if item else Decimal(0)
        points = None if chosen["most"] else chosen["points"] or Decimal(0)
        return StoryVisit(chosen["day"], price, item, points, " ".join(chosen["inviter"].split()))


class StoryForm(forms.Form):
    """Comes to a story that can be played; rows of the table may come and go without it."""

    program = forms.ChoiceField(label=_("Program"))
    cards: forms.ModelMultipleChoiceField[CardType] = forms.ModelMultipleChoiceField(
        label=_("Cards of the guest"),
        queryset=None,
        widget=ManyChoices,
        required=False,
        help_text=_("None ticked: the card that carries the program, or those that new guests get by themselves."),
    )
    location: forms.ModelChoiceField[Location] = forms.ModelChoiceField(
        label=_("Location"), queryset=None, required=False, empty_label=_("where the program works")
    )

    def __init__(
        self,
        post: QueryDict | None,
        *,
        chain: Chain,
        today: date,
        begin_with: Mapping[str, str] | None = None,
        is_only_shown: bool = False,
    ) -> None:
        """Bound to be played; or, where it is only shown, over what was typed, whatever that is."""
        self.chain, self.today = chain, today
        programs = _programs(chain)
        asked = begin_with or {}
        program = asked.get("program", "")
        kept: dict[str, Any] = {"program": program if program in dict(programs) else ALL}
        kept["location"] = asked.get("location", "")
        if post is not None and is_only_shown:
            kept = {"program": post.get("program"), "cards": post.getlist("cards"), "location": post.get("location")}
        super().__init__(None if is_only_shown else post, initial=kept)
        choice, cards, location = self.fields["program"], self.fields["cards"], self.fields["location"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = programs
        assert isinstance(cards, forms.ModelMultipleChoiceField)
        cards.queryset = chain.card_types.filter(terms__archived=False).select_related("terms").order_by("name_folded")
        assert isinstance(location, forms.ModelChoiceField)
        location.queryset = chain.locations.filter(archived=False).order_by("name_folded", "pk")
        self.rows = self._rows(post, is_only_shown)

    def _rows(self, post: QueryDict | None, is_only_shown: bool) -> list[VisitRow]:
        if post is None:
            blank = [{"day": self.today + number * APART} for number in range(FIRST_ROWS)]
            return [self._row(number, initial=each) for number, each in enumerate(blank)]
        numbers = range(count_of_rows(post))
        if is_only_shown:
            return [self._row(number, initial=typed_in_row(post, number)) for number in numbers]
        return [self._row(number, post) for number in numbers]

    def _row(self, number: int, *post: QueryDict, **about: Any) -> VisitRow:
        return VisitRow(*post, prefix=f"row-{number}", chain=self.chain, **about)

    @property
    def can_grow(self) -> bool:
        return len(self.rows) < MOST_ROWS

    @cached_property
    def items(self) -> Iterable[tuple[str, Decimal]]:
        found = self.chain.items.filter(archived=False).order_by("-kind", "name_folded", "pk")
        return list(found.values_list("name", "price")[:MOST_ITEMS])

    @property
    def mistakes_in_rows(self) -> list[tuple[int, Any, list[str]]]:
        """For the summary: the number of the row, its field and what is wrong with it."""
        return [
            (number, field, [str(error) for error in field.errors])
            for number, row in enumerate(self.rows, start=1)
            if row.is_bound
            for field in row
            if field.errors
        ]

    def is_valid(self) -> bool:
        valid = super().is_valid()
        rows = [row.is_valid() for row in self.rows]
        return valid and all(rows) and self._is_a_story()

    def _is_a_story(self) -> bool:
        """Whether there is a visit, and days never run backwards."""
        told = self._told
        if not told and self.rows:
            self.rows[0].add_error("amount", _("Tell at least one visit: type an amount, or choose a service."))
        for before, row in pairwise(told):
            if row.cleaned_data["day"] < before.cleaned_data["day"]:
                row.add_error("day", _("This day is before that of the row above."))
        return bool(told) and not any(row.errors for row in told)

    @property
    def _told(self) -> list[VisitRow]:
        return [row for row in self.rows if row.is_told]

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        ticked = list(chosen.get("cards") or ())
        if len(ticked) > MOST_CARDS:
            self.add_error("cards", _("Tick at most %(most)s.") % {"most": MOST_CARDS})
        if chosen.get("program") == ALL and not ticked and not given_to_everybody(self.chain):
            self.add_error("cards", _("No card comes to new guests by itself. Tick those that the guest holds."))
        elif ticked and "program" in chosen and not _has_promotion(self.programs, chosen["program"]):
            self.add_error("cards", _("None of these cards carries the program."))
        if chosen.get("program") == REFERRAL and not self.programs.referral:
            self.add_error("location", _("Choose a location that has a referral program."))
        return chosen

    @property
    def programs(self) -> InPlay:
        chosen = self.cleaned_data
        return in_play(self.chain, chosen["program"], chosen.get("cards") or (), chosen.get("location"))

    @cached_property
    def story(self) -> Story:
        """As it was told; only of a form that is valid, and read before anything of it is refused."""
        chosen = self.cleaned_data
        labels = dict(_programs(self.chain))
        visits = tuple(row.visit for row in self._told)
        return Story(self.chain, str(labels[chosen["program"]]), self.programs, visits, chosen.get("location"))

    def refuse(self, number: int, field: str, sentence: str) -> None:
        """What the play refused of a visit, beside the field of its row."""
        self._told[number].add_error(field, sentence)


def _programs(chain: Chain) -> list[tuple[str, Any]]:
    """All, the referral program where one is set up, and each promotion."""
    of_referral = [(REFERRAL, _("Referral program"))] if has_referral_program(chain) else []
    promotions = [(f"{PROMOTION}{each.pk}", each.name) for each in offered_promotions(chain)]
    return [(ALL, _("All programs of the guest's cards")), *of_referral, *promotions]


def _has_promotion(programs: InPlay, chosen: str) -> bool:
    """Whether a promotion that was chosen is on one of the cards."""
    return not chosen.startswith(PROMOTION) or bool(programs.promotions)


# The rows of the table
# ----------------------------------------------------------------------------


def count_of_rows(post: QueryDict) -> int:
    """The rows of the page, up to the first that is missing."""
    return next((number for number in range(MOST_ROWS) if f"row-{number}-day" not in post), MOST_ROWS)


def typed_in_row(post: QueryDict, number: int) -> dict[str, str]:
    """What stands in the fields of a row, as it was typed."""
    names = ((name, f"row-{number}-{name}") for name in VisitRow.base_fields)
    return {name: str(post[key]) for name, key in names if key in post}


def with_one_more(post: QueryDict) -> QueryDict:
    """A row more, some days after the last one."""
    changed, count = post.copy(), count_of_rows(post)
    if count < MOST_ROWS:
        try:
            day = str(date.fromisoformat(post.get(f"row-{count - 1}-day", "")) + APART)
        except (ValueError, OverflowError):
            day = ""
        changed[f"row-{count}-day"] = day
    return changed


def without(post: QueryDict, index: str) -> QueryDict:
    """The rows but one; a table keeps at least one row, which is then blank."""
    changed, count = post.copy(), count_of_rows(post)
    kept = [number for number in range(count) if str(number) != index]
    for number in range(count):
        for name in VisitRow.base_fields:
            changed.pop(f"row-{number}-{name}", None)
    for number, old in enumerate(kept):
        for name, text in typed_in_row(post, old).items():
            changed[f"row-{number}-{name}"] = text
    if not kept:
        changed["row-0-day"] = ""
    return changed

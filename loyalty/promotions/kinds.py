"""The field of the kind: a few small questions one after the other, whose answers are a row of the table of kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from loyalty.labels import label
from loyalty.rules.terms import KINDS, Gives, Kind, PickedBy, PromotionKind, TakenOf

DESCRIPTIONS = {
    PromotionKind.DISCOUNT_FIXED: _("The same for everybody, such as 10 % off."),
    PromotionKind.DISCOUNT_CUMULATIVE_SOLD: _("Grows with what was sold to the guest before, at full prices."),
    PromotionKind.DISCOUNT_CUMULATIVE_PAID: _("Grows with the money that the guest paid before."),
    PromotionKind.DISCOUNT_CUMULATIVE_VISITS: _("Grows with the number of visits before."),
    PromotionKind.DISCOUNT_NTH_FREE: _("So many paid, the next one free, such as every sixth coffee."),
    PromotionKind.CASHBACK_FIXED_SOLD: _("The same for everybody, of full prices."),
    PromotionKind.CASHBACK_FIXED_PAID: _("The same for everybody, of the money paid."),
    PromotionKind.CASHBACK_CUMULATIVE_SOLD: _("Of full prices; grows with what was sold to the guest before."),
    PromotionKind.CASHBACK_CUMULATIVE_PAID: _("Of the money paid; grows with what the guest paid before."),
    PromotionKind.CASHBACK_VISITS_SOLD: _("Of full prices; grows with the number of visits before."),
    PromotionKind.CASHBACK_VISITS_PAID: _("Of the money paid; grows with the number of visits before."),
    PromotionKind.CASHBACK_VISIT_SOLD: _("Of full prices; the larger the bill itself, the more."),
    PromotionKind.CASHBACK_VISIT_PAID: _("Of the money paid; the more is paid in the visit itself, the more."),
}

#: Posts the page, which then comes back with the next question, or with the fields of the kind; the pane beside the
#: form need not hear of it.
SHOW_FIELDS = {
    "hx-post": "",
    "hx-trigger": "input consume",
    "hx-vals": '{"show_fields": "1"}',
    "hx-target": "#program",
    "hx-select": "#program",
    "hx-swap": "outerHTML",
    "hx-sync": "closest form:queue all",
}


@dataclass(frozen=True)
class Question:
    """What is asked about one column of the table of kinds, and the words of its answers.

    An answer that is the only one left is taken without asking, so it needs no words.
    """

    column: str
    words: StrPromise
    answers: Mapping[StrEnum, StrPromise]


QUESTIONS = (
    Question(
        "gives",
        _("What does the guest get?"),
        {Gives.DISCOUNT: _("A discount, at once"), Gives.POINTS: _("Points for later visits: cashback")},
    ),
    Question(
        "picked_by",
        _("Is it the same for all, or does it grow?"),
        {
            PickedBy.NOTHING: _("The same for all"),
            PickedBy.HISTORY_SOLD: _("It grows with what was sold to the guest before"),
            PickedBy.HISTORY_PAID: _("It grows with the money that the guest paid before"),
            PickedBy.HISTORY_VISITS: _("It grows with the number of visits before"),
            PickedBy.UNITS_PAID: _("So many are paid for, the next one is free"),
            PickedBy.VISIT_SOLD: _("It grows with what is sold in the visit itself"),
            PickedBy.VISIT_PAID: _("It grows with what is paid in the visit itself"),
        },
    ),
    Question(
        "taken_of",
        _("Of what?"),
        {TakenOf.SOLD: _("Of full prices: sold"), TakenOf.PAID: _("Of the money that the guest pays: paid")},
    ),
)


@dataclass(frozen=True)
class Asked:
    """A question that the answers before it leave open, with what may be answered and what was, blank for not yet."""

    question: Question
    offered: tuple[StrEnum, ...]
    answer: str

    @property
    def options(self) -> list[tuple[str, StrPromise]]:
        return [(each.value, self.question.answers[each]) for each in self.offered]

    @property
    def said(self) -> StrPromise:
        """The answer in words; only where there is one."""
        return dict(self.options)[self.answer]


@dataclass(frozen=True)
class Answers:
    """What was answered so far, by column; what does not go with the answers before it counts as not answered."""

    given: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_kind(cls, kind: str) -> Answers:
        row = KINDS[PromotionKind(kind)]
        return cls(tuple((each.column, str(getattr(row, each.column))) for each in QUESTIONS))

    @property
    def asked(self) -> list[Asked]:
        """The questions up to the first that is open."""
        return [asked for asked, _left in self._one_by_one() if len(asked.offered) > 1]

    @property
    def said(self) -> list[tuple[str, str]]:
        """The questions that were answered, and their answers, in words."""
        return [(str(each.question.words), str(each.said)) for each in self.asked if each.answer]

    @property
    def kind(self) -> PromotionKind | None:
        """The one kind that all answers leave, where all are given."""
        *_others, (last, left) = self._one_by_one()
        return left[0] if last.answer and len(left) == 1 else None

    def _one_by_one(self) -> Iterator[tuple[Asked, list[PromotionKind]]]:
        """Each question with the kinds that its answer leaves; after an open one nothing is asked."""
        left = list(KINDS)
        for question in QUESTIONS:
            offered = tuple(dict.fromkeys(_value(KINDS[kind], question) for kind in left))
            given = dict(self.given).get(question.column, "")
            answer = given if given in offered else offered[0] if len(offered) == 1 else ""
            left = [kind for kind in left if _value(KINDS[kind], question) == answer]
            yield Asked(question, offered, answer), left
            if not answer:
                return


def _value(kind: Kind, question: Question) -> StrEnum:
    value: StrEnum = getattr(kind, question.column)
    return value


class KindWidget(forms.Widget):
    """The questions one below the other, each answered by radio buttons; then the name of the kind.

    Comes to the kind where all is answered, else to the answers so far. A kind that is posted by its name goes first.
    """

    template_name = "loyalty/promotions/kinds.html"
    use_fieldset = True
    #: Whether the answers are only shown.
    is_kept = False

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | Answers:
        if data.get(name) in set(PromotionKind):
            return str(data[name])
        given = ((each.column, str(data.get(f"{name}-{each.column}", ""))) for each in QUESTIONS)
        answers = Answers(tuple((column, answer) for column, answer in given if answer))
        return str(answers.kind) if answers.kind else answers

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        kind = PromotionKind(value) if value in set(PromotionKind) else None
        answers = Answers.of_kind(kind) if kind else value if isinstance(value, Answers) else Answers()
        return {
            **super().get_context(name, None, attrs),
            "asked": answers.asked,
            "kind": label(kind) if kind else "",
            "description": DESCRIPTIONS[kind] if kind else "",
            "is_kept": self.is_kept,
            "show_fields": SHOW_FIELDS,
        }


class KindField(forms.Field):
    """Which of the kinds; once it was used, or where only one is wanted, its answers are shown and stay."""

    widget: KindWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=KindWidget, **kwargs)

    def clean(self, value: str | Answers) -> str:
        if isinstance(value, Answers) or value not in set(PromotionKind):
            raise ValidationError(_("Choose an answer; the next step follows it."), code="required")
        return value

    def keep(self) -> None:
        self.disabled = self.widget.is_kept = True

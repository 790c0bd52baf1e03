"""What a pane of the visit window is: all that the window does with it, declared in one place.

A request goes through the panes in the order of the window, one step at a time: texts are opened or posted, buttons
pressed, ids looked up, the plan read, its figures filled in, refusals placed, and what each pane shows is drawn.
A pane says what it does at a step; what it leaves out has a default that does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django_stubs_ext import StrOrPromise

from visits.window.typed import Part, Row, Typed

if TYPE_CHECKING:
    from datetime import datetime

    from chains.refusals import Refusal
    from loyalty.rules.plan import Plan
    from visits.models import Visit
    from visits.window.merging import Change, Key, ShownChange
    from visits.window.page import Computed, Entry, Opening, Page, Read, Subject, Turn


class Area(StrEnum):
    """Where on the page a pane is drawn; those of one area stand in the order of the window."""

    ANNOUNCED = "announced"  # for screen readers alone, outside of the form
    HEAD = "head"
    NOTES = "notes"
    BILL = "bill"
    GUEST = "guest"
    PAY = "pay"
    FOOT = "foot"
    BESIDE = "beside"  # below the form, not part of it


def as_it_stands(typed: Typed, _value: str) -> Typed:
    """What this button does needs more than the texts, or nothing: it leaves the visit as it was typed."""
    return typed


@dataclass(frozen=True)
class Button:
    """A named button: what it does to the texts by its value, and the place where staff go on from there.

    ``by_enter_in`` is the field in which Enter presses it, while something stands there. The name must not be one of a
    form's own (``remove``, ``submit``), which it would hide from scripts.
    """

    does: Callable[[Typed, str], Typed] = as_it_stands
    focus: str = ""
    by_enter_in: str = ""


def _same_label(_computed: Computed, _row: Row, label: str) -> str:
    return label


@dataclass(frozen=True)
class Rows:
    """The rows of a pane, posted as ``pane-0-name``.

    ``key`` is the field that tells one row from another in a place such as ``points.12``, empty where places go by
    number. ``field`` is the one beside which a refusal stands that names none of the row; where rows have no field to
    type in, it stands beside the row, called ``called``, whose element has the id ``anchor``. ``pays``: their
    ``amount`` pays the bill.
    """

    form: type[forms.Form]
    key: str = ""
    field: str = ""
    called: StrOrPromise = ""
    anchor: str = ""
    label: Callable[[Computed, Row, str], str] = _same_label
    pays: bool = False

    @cached_property
    def typed_names(self) -> tuple[str, ...]:
        """The names of the fields that somebody types in."""
        return tuple(name for name, each in _declared(self.form).items() if not each.widget.is_hidden)


@dataclass(frozen=True)
class Merging:
    """How a pane is put together with what somebody else saved since the page was opened.

    ``texts`` are what of its fields is compared; ``units`` what may change by itself, by what it is; ``told`` puts the
    changes of it into words.
    """

    units: Callable[[Typed], Mapping[Key, Row]]
    merged: Callable[[Typed, Typed, Typed], Part]
    told: Callable[[list[Change], Entry], list[ShownChange]]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Pane:
    """A pane of the window.

    - ``template`` is drawn in ``area`` with ``pane``, what ``show`` returns; None is not drawn. One without a template
      has fields and steps alone.
    - ``fields`` are its single fields, ``rows`` those of its rows, ``buttons`` its named buttons.
    - ``is_of_the_guest``: what was typed in it goes with the guest, where another one is chosen.
    - ``open`` says what stands in them when the page is opened, ``act`` does what its buttons do beyond the texts.
    - ``look_up`` loads what the ids of this pane alone mean, once a request: ``known.own`` of its name.
    - ``read`` puts what was typed into the plan; ``check`` raises what only keeps a save from being made, ``problems``
      are further refusals that are told at once.
    - ``fill`` puts the figures into the texts that the plan came to.
    - ``merging`` is how it merges with what was saved since.
    - ``said`` is what is said of it once the visit is saved, empty for nothing.
    """

    name: str
    area: Area = Area.PAY
    template: str = ""
    fields: type[forms.Form] | None = None
    rows: Rows | None = None
    buttons: Mapping[str, Button] = field(default_factory=dict)
    is_of_the_guest: bool = False
    open: Callable[[Opening], Part] | None = None
    act: Callable[[Turn], Turn] | None = None
    look_up: Callable[[Typed, Subject, datetime], Any] | None = None
    read: Callable[[Entry, Plan], Read] | None = None
    check: Callable[[Entry], None] | None = None
    problems: Callable[[Computed], list[Refusal]] | None = None
    fill: Callable[[Computed], Computed] | None = None
    merging: Merging | None = None
    show: Callable[[Page], Any] | None = None
    said: Callable[[Entry, Visit], str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its single fields."""
        return tuple(_declared(self.fields)) if self.fields else ()

    @property
    def row_names(self) -> tuple[str, ...]:
        """The names of the fields of a row."""
        return tuple(_declared(self.rows.form)) if self.rows else ()

    @property
    def hidden_names(self) -> frozenset[str]:
        """Its fields, and those of its rows, that nobody types in."""
        declared = [*(_declared(self.fields).items() if self.fields else ())]
        declared += _declared(self.rows.form).items() if self.rows else ()
        return frozenset(name for name, each in declared if each.widget.is_hidden)


def _declared(form: type[forms.Form]) -> Mapping[str, forms.Field]:
    fields: Mapping[str, forms.Field] = form.base_fields
    return fields

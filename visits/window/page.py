"""A request of the visit window on its way through the panes: what is known after each step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from chains.access import Right
from chains.clocks import start_at
from chains.models import Access, Chain, Location, User
from chains.refusals import Refusal
from chains.spaces import LocationRequest
from clients.models import Client
from loyalty.cards.models import Card
from loyalty.ledger.holdings import Holding, holding_in
from loyalty.rules.desk import CameBefore
from loyalty.rules.plan import Plan, Status
from loyalty.rules.settlement import Settlement
from visits.checkout import Preview
from visits.history import visits_before
from visits.models import CALLED_OFF, Visit
from visits.past import is_closed
from visits.refusals import refuse
from visits.selling import sell_in_words, used_alone
from visits.window.typed import Row, Typed

if TYPE_CHECKING:
    from visits.window.form import WindowForm
    from visits.window.pane import Pane

#: The value of the button that Enter presses.
BY_ENTER = "1"

#: What is sent while the sheet with what is to pay is open, on a narrow screen.
PAYING = "open"


@dataclass(frozen=True)
class Subject:
    """Whose visit it is, where, and who edits it; ``visit`` is None until it is saved.

    ``is_sale``: the page was opened to sell something beside the lines.
    """

    location: Location
    client: Client
    visit: Visit | None
    access: Access
    is_sale: bool = False

    @property
    def is_fixed(self) -> bool:
        """Whether the guest has arrived, so that client, location and start stay."""
        return self.visit is not None and self.visit.status == Status.ARRIVED

    @property
    def may_change_prices(self) -> bool:
        return self.access.has(Right.CHANGE_PRICE)


@dataclass(frozen=True)
class Opening:
    """A page that is opened: ``plan`` is what the visit keeps, None for one that begins now."""

    subject: Subject
    plan: Plan | None
    at: datetime
    user: User


@dataclass(frozen=True)
class Pressed:
    """The window after a button, and the place where staff will go on from there."""

    typed: Typed
    name: str = ""
    focus: str = ""
    value: str = ""

    @property
    def only_computes(self) -> bool:
        return self.name in {"", "recalculate"}

    @property
    def is_enter(self) -> bool:
        """Whether Enter was pressed, and not while something is being searched for sale."""
        return self.name == "recalculate" and self.value == BY_ENTER and not self.typed.text("q")


@dataclass(frozen=True)
class Turn:
    """One request of the window. ``refused`` keeps it from being saved; what is ``beside`` is told there alone.

    ``said`` is what a pane has to say of what its button did, by its name.
    """

    request: LocationRequest
    panes: tuple[Pane, ...]
    subject: Subject
    pressed: Pressed
    at: datetime
    refused: tuple[Refusal, ...] = ()
    beside: tuple[Refusal, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def typed(self) -> Typed:
        return self.pressed.typed

    def with_typed(self, typed: Typed, *, focus: str | None = None) -> Turn:
        return replace(
            self, pressed=replace(self.pressed, typed=typed, focus=self.pressed.focus if focus is None else focus)
        )


@dataclass(frozen=True)
class Known:
    """What of the chain the typed ids may mean; whatever is not in here does not exist.

    ``own`` is what a pane looked up for itself, by its name.
    """

    cards: Mapping[int, Card]
    promotions: Mapping[int, str]
    own: Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """What was typed, in which visit, and what its ids mean."""

    turn: Turn
    known: Known

    @property
    def typed(self) -> Typed:
        return self.turn.typed

    @property
    def subject(self) -> Subject:
        return self.turn.subject

    @property
    def chain(self) -> Chain:
        return self.subject.location.chain

    @property
    def at(self) -> datetime:
        return self.turn.at


@dataclass(frozen=True)
class Read:
    """The plan, and what could not go into it. ``places`` are those of the plan that the form calls otherwise."""

    plan: Plan
    refusals: tuple[Refusal, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)

    def placed(self, refusal: Refusal) -> Refusal:
        """A refusal of the plan, at its place in the form."""
        place = self.places.get(refusal.field or "")
        return moved(refusal, place) if place else refusal


def moved(refusal: Refusal, place: str | None) -> Refusal:
    return Refusal(refusal.code, refusal.message, field=place, params=refusal.params, used_by=refusal.used_by)


@dataclass(frozen=True)
class Computed:
    """A window whose plan was settled; ``typed`` are the texts, with those of its figures that are filled in so far."""

    entry: Entry
    read: Read
    preview: Preview
    typed: Typed

    @property
    def subject(self) -> Subject:
        return self.entry.subject

    @property
    def known(self) -> Known:
        return self.entry.known

    @property
    def turn(self) -> Turn:
        return self.entry.turn

    @property
    def chain(self) -> Chain:
        return self.entry.chain

    @property
    def plan(self) -> Plan:
        return self.read.plan

    @property
    def settlement(self) -> Settlement:
        return self.preview.settlement

    @property
    def is_computed(self) -> bool:
        """Whether all figures of the bill can be read."""
        return len(self.settlement.lines) == len(self.plan.lines)

    def with_texts(self, **texts: str) -> Computed:
        return replace(self, typed=self.typed.with_texts(**texts))

    def with_rows(self, pane: str, rows: Iterable[Row]) -> Computed:
        return replace(self, typed=self.typed.with_rows(pane, rows))


@dataclass(frozen=True)
class Page(Computed):
    """The window as it is drawn: what every pane is shown from."""

    form: WindowForm
    is_refused: bool

    @property
    def visit(self) -> Visit | None:
        return self.subject.visit

    @property
    def guest(self) -> Client:
        return self.subject.client

    @property
    def title(self) -> str:
        if self.subject.is_sale:
            return sell_in_words(used_alone(self.subject.access))
        if self.visit and self.visit.is_sale:
            return self.visit.title
        if self.guest.pk:
            return _("Visit of %(guest)s") % {"guest": self.guest}
        return _("Bill without a guest") if self.visit else _("New visit")

    @property
    def focus(self) -> str:
        return self.turn.pressed.focus

    @property
    def is_fixed(self) -> bool:
        return self.subject.is_fixed

    @cached_property
    def is_closed(self) -> bool:
        """Whether the visit is of a past day that the user may not change any more."""
        may_edit = self.subject.access.has(Right.EDIT_PAST_VISITS)
        return self.visit is not None and not may_edit and is_closed(self.visit, self.subject.location, self.turn.at)

    @property
    def is_stale(self) -> bool:
        return is_stale(self.visit, self.typed)

    @property
    def status(self) -> Status:
        return self.plan.status

    @property
    def is_expected(self) -> bool:
        return self.status in {Status.WAITING, Status.CONFIRMED}

    @property
    def is_paying(self) -> bool:
        """Whether the sheet of a narrow screen is open. What is wrong stands on top of the page, below an open one."""
        return self.typed.text("paying") == PAYING and not self.is_refused

    @property
    def to_hand_back(self) -> Decimal | None:
        """The money on a visit that does not take place, as the page stands; None for one that does."""
        if self.status not in CALLED_OFF:
            return None
        return sum((amount for _method, amount in self.settlement.payments), Decimal(0))

    @cached_property
    def starts_at(self) -> datetime:
        return start_at(self.plan.starts_at, self.subject.location)

    @property
    def is_settled(self) -> bool:
        """What will be refused is not called paid, though its figures add up."""
        return self.settlement.is_settled and not self.settlement.problems

    @cached_property
    def came_before(self) -> Mapping[CameBefore, int]:
        return visits_before(self.preview.visit) if self.guest.pk else {}

    @property
    def inviter(self) -> str:
        """The name of who invited the guest, on this visit or before; empty for nobody."""
        return self.preview.inviter.name

    @cached_property
    def holdings(self) -> Mapping[int, Holding]:
        """What the guest's cards hold in the ledger now, whatever the visit would do."""
        books, own = self.preview.books, [card.holder_id for card in own_cards(self.entry)]
        # A card may have been issued since the books were opened.
        return {holder_id: holding_in(books, holder_id) for holder_id in own if holder_id in books.pots}

    @cached_property
    def notes(self) -> Mapping[str, str]:
        """What would keep a visit that is not arrived from being so, by place; nothing of it is refused now."""
        if self.plan.status is Status.ARRIVED:
            return {}
        problems = self.settlement.if_arrived
        refusals = [refuse(problem, self.preview.inviter.phone_problem, self.chain) for problem in problems]
        return {str(self.read.placed(each).field): str(each) for each in refusals}


def is_stale(visit: Visit | None, typed: Typed) -> bool:
    """Whether somebody saved the visit since the page was opened."""
    return visit is not None and str(visit.version) != typed.text("version")


def own_cards(entry: Entry) -> list[Card]:
    """The guest's own, in order of issue."""
    return [card for card in entry.known.cards.values() if card.client_id == entry.subject.client.pk]

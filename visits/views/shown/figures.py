"""What every pane of the visit window is shown from, and the names of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from chains.models import Chain
from clients.models import Client
from loyalty.labels import label
from loyalty.ledger.holdings import Holding, holdings_of
from loyalty.rules.desk import CameBefore
from loyalty.rules.plan import PaymentMethod, Plan, Status
from loyalty.rules.settlement import Settlement
from visits.checkout import Preview
from visits.forms.reading import Known, Reading, Subject
from visits.forms.window import CheckoutForm
from visits.refusals import refuse


@dataclass(frozen=True)
class Figures:
    """What a window is shown from."""

    subject: Subject
    known: Known
    reading: Reading
    preview: Preview
    form: CheckoutForm
    inviter: Client | None
    came_before: Mapping[CameBefore, int]

    @property
    def chain(self) -> Chain:
        return self.subject.location.chain

    @property
    def plan(self) -> Plan:
        return self.reading.plan

    @property
    def settlement(self) -> Settlement:
        return self.preview.settlement

    @property
    def is_computed(self) -> bool:
        """Whether all figures of the bill can be read."""
        return len(self.settlement.lines) == len(self.plan.lines)

    @property
    def is_forecast_known(self) -> bool:
        """Whether what the visit gives can be told: it goes by what the points leave to pay."""
        unknown = (problem.place for problem in self.settlement.problems if problem.code == "invalid_amount")
        return self.is_computed and not any(place.startswith("means.") for place in unknown)

    @cached_property
    def holdings(self) -> Mapping[int, Holding]:
        """What the guest's cards hold in the ledger now, whatever the visit would do."""
        cards = [card for card in self.known.cards.values() if card.client_id == self.subject.client.pk]
        return holdings_of([card.holder for card in cards], today=self.preview.desk.today)

    @cached_property
    def notes(self) -> Mapping[str, str]:
        """What would keep a visit that is not arrived from being so, by place; nothing of it is refused now."""
        if self.plan.status is Status.ARRIVED:
            return {}
        problems = self.settlement.if_arrived
        refusals = [refuse(problem, self.preview.inviter.phone_problem, self.chain) for problem in problems]
        return {str(self.reading.placed(each).field): str(each) for each in refusals}


def label_fields(form: CheckoutForm, plan: Plan, known: Known) -> None:
    """Let the label of each field name its line, card or method, as nobody sees the column above it."""
    for fields, line in zip(form.lines, plan.lines, strict=True):
        item = known.items.get(line.item_id)
        for each in fields.fields.values():
            each.label = f"{each.label}, {item or '–'}"
    for card in known.cards.values():
        points = form.points_of(card.pk)
        if points:
            points.fields["amount"].label = f"{points.fields['amount'].label}, {card}"
    for method in PaymentMethod:
        form.payment_of(method).fields["amount"].label = label(method)

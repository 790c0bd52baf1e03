"""One round of the visit window: a request goes through its panes step by step, and is saved or answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from chains.refusals import Code, Refusal
from chains.spaces import LocationRequest
from loyalty.cards.models import Card
from loyalty.programs.codes import numbers_tried
from loyalty.rules.plan import MeansChoice, Plan, Status
from visits.changes.differences import differences
from visits.changes.services import kept_after, kept_before
from visits.checkout import preview, save_visit
from visits.forms.amounts import read_number
from visits.models import Visit
from visits.plans import kept_value
from visits.refusals import refuse
from visits.unsellable import NUMBERS, count_taken, numbers_typed
from visits.window.form import WindowForm
from visits.window.merging import kept
from visits.window.page import Computed, Entry, Known, Page, Pressed, Read, Subject, Turn, is_stale
from visits.window.pane import Area, Button, Pane
from visits.window.panes.arriving import arrived
from visits.window.turns import TURNS
from visits.window.typed import Typed, ids_in, typed_in

#: No figure of any bill: a page that showed none has shown another.
NOTHING_SHOWN = Decimal("-1E+20")


def answered(request: LocationRequest, subject: Subject, panes: tuple[Pane, ...]) -> HttpResponse:
    """The answer to a request of the window: the whole window, or where to go on once it is saved."""
    with TURNS.turn(saves="save" in request.POST):
        return _answered(request, subject, panes)


def _answered(request: LocationRequest, subject: Subject, panes: tuple[Pane, ...]) -> HttpResponse:
    is_sent = request.method == "POST"
    turn = Turn(request, panes, subject, Pressed(Typed()), timezone.now())
    turn = replace(turn, pressed=pressed(request.POST, panes) if is_sent else _opened(turn))
    for pane in panes:
        turn = pane.act(turn) if pane.act else turn
    entry = Entry(turn, _known(turn))
    read = _read(entry)
    return _saved(entry, read) if turn.pressed.name == "save" else _answer(entry, read, turn.refused)


# What is typed
# ----------------------------------------------------------------------------


def pressed(post: QueryDict, panes: tuple[Pane, ...]) -> Pressed:
    """Do what the button says that the form was sent with; one without a name only computes anew."""
    typed = typed_in(post, panes)
    for pane in panes:
        for name, button in pane.buttons.items():
            if name in post:
                return _entered(_press(typed, name, button, str(post[name])), panes)
    return Pressed(typed)


def _press(typed: Typed, name: str, button: Button, value: str) -> Pressed:
    return Pressed(button.does(typed, value), name, button.focus.format(value=value), value)


def _entered(pressed: Pressed, panes: tuple[Pane, ...]) -> Pressed:
    """Enter presses the button of the field that something stands in; a form sends the same, whichever it was."""
    for name, button in (each for pane in panes for each in pane.buttons.items() if pressed.is_enter):
        if button.by_enter_in and pressed.typed.text(button.by_enter_in):
            return _press(pressed.typed, name, button, "")
    return pressed


def _opened(turn: Turn) -> Pressed:
    """The window as it is opened, and where staff begin to type."""
    opened, visit = kept(turn), turn.subject.visit
    if visit:
        # The list of the day leads here where a guest could not be marked as arrived from there; who is expected no
        # longer, because the visit was cancelled meanwhile, is not marked by one more press.
        is_expected = visit.status in {Status.WAITING, Status.CONFIRMED}
        opened = arrived(opened) if "arrive" in turn.request.GET and is_expected else opened
        return Pressed(opened, focus="" if opened.rows_of("lines") else "q")
    if turn.subject.is_sale:
        return Pressed(opened, focus="sell")
    return Pressed(opened, focus="q" if turn.subject.client.pk else "guest_phone")


def _known(turn: Turn) -> Known:
    """Load what the ids mean, within the chain, in a fixed number of queries."""
    chain, client = turn.request.chain, turn.subject.client
    cards = Card.objects.filter(Q(client=client) | Q(pk__in=ids_in(turn.typed, "card")), chain=chain)
    return Known(
        cards={card.pk: card for card in cards.select_related("card_type", "holder").order_by("issued_at", "pk")},
        promotions=dict(chain.promotions.values_list("pk", "name")),
        own={pane.name: pane.look_up(turn.typed, turn.subject, turn.at) for pane in turn.panes if pane.look_up},
    )


def _read(entry: Entry) -> Read:
    """The plan that the window stands for; figures that cannot be read are left for the rules to refuse.

    What a visit sells, and what pays it, stays as it is kept until a pane reads that kind of it.
    """
    subject = entry.subject
    read = Read(
        Plan(
            client_id=subject.client.pk or None,
            location_id=subject.location.pk,
            starts_at=entry.at,
            starts_on=subject.location.local_date(entry.at),
            status=Status.ARRIVED,
            means=_kept_means(subject),
            value=kept_value(subject.visit) if subject.visit else (),
        )
    )
    for pane in entry.turn.panes:
        if pane.read:
            part = pane.read(entry, read.plan)
            read = Read(part.plan, (*read.refusals, *part.refusals), {**read.places, **part.places})
    return read


def _kept_means(subject: Subject) -> tuple[MeansChoice, ...]:
    """What pays the visit as it is kept; another guest brings other means."""
    visit = subject.visit
    if visit is None or visit.client_id not in (None, subject.client.pk):
        return ()
    return tuple(MeansChoice(each.holder_id, each.amount) for each in visit.means.all())


# Saved
# ----------------------------------------------------------------------------


def _saved(entry: Entry, read: Read) -> HttpResponse:
    """Save and go on to the saved visit; refused, show the window with the reasons."""
    if read.refusals:
        return _answer(entry, read, read.refusals)
    subject, typed, request, panes = entry.subject, entry.typed, entry.turn.request, entry.turn.panes
    try:
        for check in (pane.check for pane in panes if pane.check):
            check(entry)
        with _numbers_tried(entry, read.plan):
            saved = save_visit(
                location=subject.location,
                plan=read.plan,
                visit_id=subject.visit.pk if subject.visit else None,
                version=read_number(typed.text("version")) if subject.visit else None,
                shown_due=_shown(typed, "due"),
                shown_value=_shown(typed, "value"),
                # Who typed another amount since was shown no figure for it.
                shown_left=_shown(typed, "left") if _amounts(typed, panes) == typed.text("shown_amounts") else None,
                reason=typed.text("reason"),
                key=typed.key("key"),
                at=entry.at,
                acting_user=request.user,
            )
    except Refusal as refusal:
        if refusal.code == Code.STALE_EDIT and (kept := _kept_alike(entry, read)):
            messages.info(request, _("%(who)s saved the same already.") % {"who": kept.saved_by or "–"})
            return _go_on(request, kept)
        return _answer(entry, read, [read.placed(refusal)])
    if saved.saved_at == entry.at:
        messages.success(request, _said_of(saved, entry))
    else:
        messages.info(request, _("This form was sent before. Here is the visit as it is now."))
    return _go_on(request, saved)


def _numbers_tried(entry: Entry, plan: Plan) -> AbstractContextManager[None]:
    """A save with numbers that are typed for what is sold tries codes; any other is as it is."""
    typed, request = numbers_typed(plan, entry.subject.visit), entry.turn.request
    if not typed:
        return nullcontext()
    place, first = next(iter(typed.items()))
    return numbers_tried(
        user=request.user,
        address=get_adapter(request).get_client_ip(request),
        at=entry.at,
        taken=lambda: count_taken(entry.chain, typed.values()),
        code=NUMBERS[first.kind][1],
        field=place,
    )


def _go_on(request: LocationRequest, saved: Visit) -> HttpResponse:
    page = reverse("visits:visit", args=[saved.location.slug, saved.pk])
    return HttpResponseClientRedirect(page) if request.htmx else redirect(page)


def _kept_alike(entry: Entry, read: Read) -> Visit | None:
    """The visit where somebody else saved just what this page says, as two desks do that mark one guest as arrived."""
    location, visit = entry.subject.location, entry.subject.visit
    now = location.visits.with_plan().filter(pk=visit.pk).first() if visit else None
    if now is None or entry.typed.text("reason"):
        return None
    now.chain, now.location = entry.chain, location
    settled = preview(location=location, plan=read.plan, visit=now, at=entry.at)
    before, after = kept_before(now), kept_after(read.plan, settled.settlement, settled.inviter.client_id)
    return None if differences(before, after, entry.chain.places) else now


def _said_of(saved: Visit, entry: Entry) -> str:
    said = (pane.said(entry, saved) for pane in entry.turn.panes if pane.said)
    return " ".join(filter(None, said))


def _shown(typed: Typed, name: str) -> Decimal:
    try:
        shown = Decimal(typed.text(f"shown_{name}"))
    except InvalidOperation:
        return NOTHING_SHOWN
    return shown if shown.is_finite() else NOTHING_SHOWN


# Answered
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawn:
    """A pane on the page: its template, and what it shows."""

    template: str
    shown: Any


def _answer(entry: Entry, read: Read, refused: Sequence[Refusal]) -> HttpResponse:
    """The whole window as it stands; nothing is stored. ``refused`` is what kept it from being saved."""
    computed = _computed(entry, read)
    form = WindowForm(computed)
    is_old = is_stale(entry.subject.visit, computed.typed)
    told = [each for each in refused if not (is_old and each.code == Code.STALE_EDIT)]
    for refusal in _in_order([*told, *entry.turn.beside, *read.refusals, *_problems(computed)]):
        form.refuse(refusal)
    form.focus("" if refused else entry.turn.pressed.focus)
    page = Page(entry, computed.read, computed.preview, computed.typed, form, is_refused=bool(refused))
    request = entry.turn.request
    # A page that stands already has its frame, and takes only the window of the answer.
    frame = "ui/part.html" if request.htmx else "base.html"
    context = {"page_title": page.title, "window": page, "form": form, "drawn": _drawn(page), "frame": frame}
    return render(request, "visits/window.html", context)


def _computed(entry: Entry, read: Read) -> Computed:
    """The one settlement of the page, from which every pane is filled in and shown."""
    subject = entry.subject
    settled = preview(location=subject.location, plan=read.plan, visit=subject.visit, at=entry.at)
    computed = Computed(entry, read, settled, entry.typed)
    for pane in entry.turn.panes:
        computed = pane.fill(computed) if pane.fill else computed
    return computed.with_texts(shown_amounts=_amounts(computed.typed, computed.turn.panes))


def _amounts(typed: Typed, panes: tuple[Pane, ...]) -> str:
    """The amounts that pay, in their order, as one text."""
    paying = [pane.name for pane in panes if pane.rows and pane.rows.pays]
    return " ".join(row["amount"] for name in paying for row in typed.rows_of(name) if row.get("amount"))


def _problems(computed: Computed) -> list[Refusal]:
    """What will be refused, told at once."""
    found = [each for pane in computed.turn.panes if pane.problems for each in pane.problems(computed)]
    phone_problem = computed.preview.inviter.phone_problem
    rules = (refuse(each, phone_problem, computed.chain) for each in computed.settlement.problems)
    return [*found, *(computed.read.placed(each) for each in rules)]


def _in_order(refusals: Iterable[Refusal]) -> list[Refusal]:
    """Each refusal once, although reading, preview and save may all have found it."""
    found: dict[tuple[str | None, str], Refusal] = {}
    for refusal in refusals:
        found.setdefault((refusal.field, refusal.code), refusal)
    return list(found.values())


def _drawn(page: Page) -> dict[str, list[Drawn]]:
    """The panes of each area; one that has nothing to show is left out."""
    drawn: dict[str, list[Drawn]] = {area.value: [] for area in Area}
    for pane in page.turn.panes:
        if pane.template:
            shown = pane.show(page) if pane.show else {}
            if shown is not None:
                drawn[pane.area].append(Drawn(pane.template, shown))
    return drawn

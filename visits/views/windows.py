"""The visit window: one form that the server answers with the whole window, until it is saved."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from chains.access import Right
from chains.acting import authority_by
from chains.catalog.models import Item
from chains.clocks import start_at
from chains.models import Location
from chains.refusals import Code, Refusal
from chains.spaces import LocationRequest, location_view
from clients.models import Client
from config.ui.figures import format_money
from loyalty.rules.money import ZERO
from loyalty.rules.plan import PaymentMethod, Status
from loyalty.rules.settlement import settle
from visits.checkout import Preview, preview, save_visit
from visits.forms.amounts import read_number
from visits.forms.buttons import Pressed, arrived, pay_all_by, press
from visits.forms.merging import packed
from visits.forms.reading import (
    MOST_OFTEN_SOLD,
    Known,
    Reading,
    Subject,
    check_day,
    filled,
    in_order,
    look_up,
    read,
)
from visits.forms.typed import Typed, kept_in, typed_in, walk_in, with_all_rows
from visits.forms.window import CheckoutForm
from visits.history import visits_before
from visits.models import Cancellation, Visit, VisitPayment
from visits.past import is_closed
from visits.prices import hand_refusals, usual_price
from visits.refusals import refuse
from visits.search import often_sold
from visits.undoing import Undoing, undoing_of, undone_by_edit
from visits.views.changes import told_changes
from visits.views.handwork import Done, check_nothing_is_left, shown_handwork, work_by_hand
from visits.views.history import shown_history
from visits.views.meanwhile import is_stale, merged_with, shown_changes
from visits.views.shown.accruals import shown_accruals
from visits.views.shown.bill import shown_lines, shown_often_sold
from visits.views.shown.cards import shown_cards
from visits.views.shown.figures import Figures, label_fields
from visits.views.shown.payment import (
    cash_of,
    change_of,
    handed_over_problem,
    is_all_paid,
    is_why_asked,
    may_take_over,
    money_taken_off,
    needs_change,
    shown_cash,
    shown_payments,
    shown_points,
)
from visits.views.shown.referral import shown_referral
from visits.views.whose import Seen, check_guest, nobody, other_visits, see_guest

MOST_FOUND_ITEMS = 12

#: Less than any due: a page that showed none has shown another.
NO_DUE = Decimal(-1)


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.CHECKOUT_VISITS)
def new(request: LocationRequest, client_id: int) -> HttpResponse:
    """The window of a visit that is not saved yet."""
    client = get_object_or_404(request.chain.clients, pk=client_id)
    return _window(request, _subject(request, client, None))


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.CHECKOUT_VISITS)
def new_walk_in(request: LocationRequest) -> HttpResponse:
    """The window of a visit of a guest who is not known yet: it begins with the phone."""
    return _window(request, _subject(request, nobody(request.location), None))


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.CHECKOUT_VISITS)
def visit(request: LocationRequest, visit_id: int) -> HttpResponse:
    """The window of a saved visit."""
    found = get_object_or_404(request.location.visits.with_plan(), pk=visit_id)
    found.chain, found.location = request.chain, request.location
    return _window(request, _subject(request, found.client or nobody(request.location), found))


@require_safe
@location_view(Right.CHECKOUT_VISITS)
def items(request: LocationRequest) -> HttpResponse:
    """Services and products that match what is being typed: the part of the window that htmx asks for."""
    return render(request, "visits/found_items.html", {"found": _found_items(request, request.GET.get("q", ""))})


def _subject(request: LocationRequest, client: Client, visit: Visit | None) -> Subject:
    return Subject(request.location, client, visit, request.access.has(Right.CHANGE_PRICE))


# One round
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """One request of the window: what was typed, and the plan that it stands for."""

    request: LocationRequest
    subject: Subject
    pressed: Pressed
    typed: Typed
    known: Known
    reading: Reading
    seen: Seen
    done: Done
    at: datetime


def _window(request: LocationRequest, subject: Subject) -> HttpResponse:
    at = timezone.now()
    is_sent = request.method == "POST"
    often = [] if is_sent else _often_sold(subject, at)
    pressed = press(typed_in(request.POST), request.POST) if is_sent else _opened(request, subject, at, often)
    other_user = _other_user(request, pressed)
    if other_user:
        pressed = Pressed(typed_in(request.POST).with_texts(opened_by=str(request.user.pk)))
    if pressed.name == "merge" and subject.visit:
        pressed = replace(pressed, typed=merged_with(subject.visit, subject.location, pressed.typed))
    seen = see_guest(request, subject, pressed, at)
    subject, pressed = seen.subject, seen.pressed
    done = work_by_hand(request, subject, pressed, at)
    known = look_up(done.typed, subject, often)
    guests = [card.pk for card in known.cards.values() if card.client_id == subject.client.pk]
    typed = with_all_rows(done.typed, guests)
    turn = Round(request, subject, pressed, typed, known, read(typed, subject, known, at), seen, done, at)
    if pressed.name == "save":
        return _save(turn)
    refused = [each for each in (other_user, done.refusal) if each]
    return _answer(turn, refused, beside=[seen.refusal] if seen.refusal else ())


def _other_user(request: LocationRequest, pressed: Pressed) -> Refusal | None:
    """What a button of a page says that somebody else opened: nothing is done in a name that nobody looked at."""
    if pressed.only_computes or pressed.typed.text("opened_by") in {"", str(request.user.pk)}:
        return None
    sentence = _("Another user opened this page; you are signed in as %(user)s. Press again to go on in your name.")
    return Refusal(Code.FORBIDDEN, sentence, params={"user": request.user.name})


def _opened(request: LocationRequest, subject: Subject, at: datetime, often: Sequence[Item]) -> Pressed:
    """The window as it is opened, and where staff begin to type."""
    carried = {"often": ",".join(str(item.pk) for item in often), "opened_by": str(request.user.pk)}
    if subject.visit:
        opened = _kept(subject.visit, subject.location).with_texts(**carried)
        # The list of the day leads here where a guest could not be marked as arrived from there; who is expected no
        # longer, because the visit was cancelled meanwhile, is not marked by one more press.
        is_expected = subject.visit.status in {Status.WAITING, Status.CONFIRMED}
        opened = arrived(opened) if "arrive" in request.GET and is_expected else opened
        return Pressed(opened, focus="" if opened.lines else "q")
    opened = walk_in(subject.location, subject.client.pk, at).with_texts(**carried)
    return Pressed(opened, focus="q" if subject.client.pk else "guest_phone")


def _often_sold(subject: Subject, at: datetime) -> list[Item]:
    """What a bill that is not closed yet may go on with; the window carries it, so that it is asked for once."""
    if subject.visit and subject.visit.settled_at:
        return []
    return often_sold(subject.location, subject.location.local_date(at), most=MOST_OFTEN_SOLD)


def _kept(visit: Visit, location: Location) -> Typed:
    """The window of a saved visit; it carries what it was opened on, should it become stale."""
    kept = kept_in(visit, location)
    return kept.with_texts(base=packed(kept))


def _save(turn: Round) -> HttpResponse:
    """Save and go on to the saved visit; refused, show the window with the reasons."""
    if turn.reading.refusals:
        return _answer(turn, turn.reading.refusals)
    subject, typed = turn.subject, turn.typed
    try:
        check_guest(subject)
        check_nothing_is_left(typed)
        check_day(typed, subject, turn.at)
        saved = save_visit(
            location=subject.location,
            plan=turn.reading.plan,
            visit_id=subject.visit.pk if subject.visit else None,
            version=read_number(typed.text("version")) if subject.visit else None,
            shown_due=_shown_due(typed),
            reason=typed.text("reason"),
            key=_key(typed),
            at=turn.at,
            acting_user=turn.request.user,
        )
    except Refusal as refusal:
        return _answer(turn, [turn.reading.placed(refusal)])
    if saved.saved_at == turn.at:
        messages.success(turn.request, _said_of(saved, turn))
    else:
        messages.info(turn.request, _("This form was sent before. Here is the visit as it is now."))
    page = reverse("visits:visit", args=[saved.location.slug, saved.pk])
    return HttpResponseClientRedirect(page) if turn.request.htmx else redirect(page)


def _said_of(saved: Visit, turn: Round) -> str:
    """That it was saved, and the change that is still to be given back."""
    chain, to_take = turn.request.chain, ZERO
    if turn.typed.text("handed_over"):
        to_take = cash_of(Visit.objects.get(pk=saved.pk)) - cash_of(turn.subject.visit)
    change = change_of(turn.typed, chain.places, to_take) if to_take > 0 else None
    if change is None or not change.back:
        return _("The visit was saved.")
    return _("The visit was saved. Change %(change)s.") % {"change": format_money(change.back, chain.currency)}


def _key(typed: Typed) -> uuid.UUID:
    try:
        return uuid.UUID(typed.text("key"))
    except ValueError:
        return uuid.uuid4()


def _shown_due(typed: Typed) -> Decimal:
    try:
        shown = Decimal(typed.text("shown_due"))
    except InvalidOperation:
        return NO_DUE
    return shown if shown.is_finite() else NO_DUE


def _answer(turn: Round, refused: Sequence[Refusal], *, beside: Sequence[Refusal] = ()) -> HttpResponse:
    """The whole window as it stands; nothing is stored.

    ``refused`` is what kept it from being saved; what is ``beside`` a field is told there alone.
    """
    subject = turn.subject
    preview_now = preview(location=subject.location, plan=turn.reading.plan, visit=subject.visit, at=turn.at)
    turn, preview_now = _with_money_moved(turn, preview_now)
    plan = turn.reading.plan
    today = subject.location.local_date(turn.at)
    typed = filled(turn.typed, plan, preview_now.settlement, subject.location, turn.known, today)
    form = CheckoutForm(typed)
    label_fields(form, plan, turn.known)
    is_old = is_stale(subject.visit, typed)
    told = [each for each in refused if not (is_old and each.code == Code.STALE_EDIT)]
    for refusal in in_order([*told, *beside, *turn.reading.refusals, *_problems(turn, preview_now)]):
        form.refuse(refusal.field, str(refusal))
    form.focus("" if refused else turn.pressed.focus)
    inviter_id = preview_now.inviter.client_id
    inviter = turn.request.chain.clients.filter(pk=inviter_id).first() if inviter_id else None
    came_before = visits_before(preview_now.visit) if subject.client.pk else {}
    figures = Figures(subject, turn.known, turn.reading, preview_now, form, inviter, came_before)
    return render(turn.request, "visits/window.html", {**_context(turn, figures), "is_refused": bool(refused)})


def _with_money_moved(turn: Round, preview_now: Preview) -> tuple[Round, Preview]:
    """*The rest* where nothing is left: what one other method holds is paid by this one instead."""
    method, settlement = turn.pressed.value, preview_now.settlement
    is_asked = turn.pressed.name == "pay_the_rest" and method in set(PaymentMethod)
    if not (is_asked and is_all_paid(settlement) and may_take_over(settlement, method)):
        return turn, preview_now
    typed = pay_all_by(turn.typed, method)
    turn = replace(turn, typed=typed, reading=read(typed, turn.subject, turn.known, turn.at))
    # By which method is paid changes nothing of what lies on the desk.
    return turn, replace(preview_now, settlement=settle(turn.reading.plan, preview_now.desk))


def _problems(turn: Round, preview_now: Preview) -> list[Refusal]:
    phone_problem = preview_now.inviter.phone_problem
    by_hand = _hand_refusals(turn)
    problems = [*preview_now.settlement.problems, *handed_over_problem(turn.typed, turn.request.chain.places)]
    refusals = [refuse(each, phone_problem, turn.request.chain) for each in problems]
    return [*by_hand, *(turn.reading.placed(each) for each in refusals)]


def _hand_refusals(turn: Round) -> list[Refusal]:
    """What the save will refuse of prices, discounts and quantities by hand."""
    chain = turn.subject.location.chain
    usual = {item.pk: usual_price(item, chain.places) for item in turn.known.items.values()}
    return hand_refusals(turn.reading.plan, turn.subject.visit, usual, authority_by(turn.request.access, chain))


# What is shown
# ----------------------------------------------------------------------------


def _context(turn: Round, figures: Figures) -> dict[str, object]:
    subject, typed = turn.subject, figures.form.typed
    return {
        "page_title": _("Visit of %(guest)s") % {"guest": subject.client} if subject.client.pk else _("New visit"),
        "visit": subject.visit,
        "guest": subject.client,
        "guest_step": typed.text("guest_step"),
        "guest_choices": turn.seen.choices,
        "other_visits": other_visits(subject, turn.at),
        "is_fixed": subject.is_fixed,
        "may_cancel": turn.request.access.has(Right.CANCEL_VISITS),
        "may_change_prices": subject.may_change_prices,
        "is_closed": _is_closed(turn),
        "is_stale": is_stale(subject.visit, typed),
        "meanwhile": shown_changes(subject.visit, subject.location, typed, turn.known),
        "begins_on_another_day": _begins_on_another_day(turn),
        "starts_at": start_at(turn.reading.plan.starts_at, subject.location),
        "status": turn.reading.plan.status,
        "statuses": _statuses(subject),
        "form": figures.form,
        "mistakes": figures.form.mistakes,
        "focus": turn.pressed.focus,
        "settlement": figures.settlement,
        "left_to_pay": abs(figures.settlement.left),
        "is_computed": figures.is_computed,
        "is_whole": figures.settlement.is_whole,
        # What will be refused is not called paid, though its figures add up.
        "is_settled": figures.settlement.is_settled and not figures.settlement.problems,
        "is_expected": (is_expected := str(turn.reading.plan.status) in {Status.WAITING, Status.CONFIRMED}),
        "tells_gives": figures.is_forecast_known and (is_expected or str(turn.reading.plan.status) == Status.ARRIVED),
        "has_payments": any(row["amount"] for row in (*typed.points, *typed.payments)),
        "lines": shown_lines(figures),
        "often": shown_often_sold(figures),
        "paid_cards": shown_points(figures),
        "payments": shown_payments(figures),
        "cash": shown_cash(figures),
        "needs_change": needs_change(figures),
        "taken_off": money_taken_off(figures),
        "is_why_asked": is_why_asked(figures),
        "cards": shown_cards(figures),
        "referral": shown_referral(figures),
        "accruals": shown_accruals(figures),
        "number": sum(figures.came_before.values()) + 1,
        "history": shown_history(subject, turn.request.access.has(Right.MANUAL_POINTS)),
        "hand": shown_handwork(
            turn.done, figures.form.visit, subject, turn.request, starts_at=figures.plan.starts_at, at=turn.at
        ),
        # It stands beside the form, so that an answer to the form alone has no use for it.
        "changes": [] if turn.request.htmx else told_changes(subject.visit, turn.request.chain),
        "undoing": _undoing(turn, figures),
        "handed_back": _handed_back(turn),
        "cancellation": _cancellation(subject),
        "q": typed.text("q"),
        "found": _found_items(turn.request, typed.text("q")),
    }


def _is_closed(turn: Round) -> bool:
    """Whether the visit is of a past day that the user may not change any more."""
    visit, may_edit = turn.subject.visit, turn.request.access.has(Right.EDIT_PAST_VISITS)
    return visit is not None and not may_edit and is_closed(visit, turn.subject.location, turn.at)


def _begins_on_another_day(turn: Round) -> bool:
    """Whether a new visit of a guest who stands there is not of today, as on a page left open over midnight."""
    plan = turn.reading.plan
    is_new = turn.subject.visit is None and str(plan.status) == Status.ARRIVED
    return is_new and plan.starts_on != turn.subject.location.local_date(turn.at)


def _undoing(turn: Round, figures: Figures) -> Undoing | None:
    """What saving would take back of a visit that has acted."""
    visit, settlement = turn.subject.visit, figures.settlement
    if visit is None or not turn.subject.is_fixed:
        return None
    if str(turn.reading.plan.status) != Status.ARRIVED:
        return undoing_of(visit=visit, chain=turn.subject.location.chain, at=turn.at)
    if not figures.is_computed or not settlement.is_whole:
        return None
    return undone_by_edit(visit=visit, settlement=settlement)


def _handed_back(turn: Round) -> list[VisitPayment]:
    """The money on a visit that is taken back from *arrived*, or that will not take place."""
    visit, status = turn.subject.visit, str(turn.reading.plan.status)
    is_taken_back = turn.subject.is_fixed and status != Status.ARRIVED
    is_over = status == Status.NO_SHOW and visit is not None and visit.status != Status.NO_SHOW
    return list(visit.payments.all()) if visit and (is_taken_back or is_over) else []


def _cancellation(subject: Subject) -> Cancellation | None:
    """Why the visit was cancelled, while it is."""
    if subject.visit is None or subject.visit.status != Status.CANCELLED:
        return None
    return subject.visit.cancellations.select_related("cancelled_by").order_by("pk").last()


def _statuses(subject: Subject) -> list[Status]:
    usual = [Status.WAITING, Status.CONFIRMED, Status.ARRIVED, Status.NO_SHOW]
    is_cancelled = subject.visit is not None and subject.visit.status == Status.CANCELLED
    return [*usual, Status.CANCELLED] if is_cancelled else usual


def _found_items(request: LocationRequest, search: str) -> list[Item]:
    search = search.replace("\x00", "").strip()
    return list(request.chain.items.for_sale().matching(search)[:MOST_FOUND_ITEMS]) if search else []

"""Memberships: what they cover of the lines, what they could, and why one does not; those of the guest, and brought."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django import forms
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chains.access import Right
from chains.models import Chain
from chains.uses import Room
from loyalty.explanations.reasons import in_words
from loyalty.ledger.kinds import HolderKind, TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.memberships.models import Membership, MembershipCounter
from loyalty.rules.bill import Problem
from loyalty.rules.covers import Cover
from loyalty.rules.memberships import DeskMembership, membership_barred
from loyalty.rules.plan import CoverChoice, Plan
from loyalty.rules.terms import ItemKind
from loyalty.rules.why import Reason, Why
from visits.forms.amounts import read_id, read_number
from visits.models import Visit, VisitCover
from visits.refusals import refuse
from visits.window.codes import given, with_given
from visits.window.fields import PaneForm, hidden_field, text_field
from visits.window.means import page_of
from visits.window.merging import Change, ShownChange, amount_told, amounts_of, merged_amounts, told_change
from visits.window.page import Computed, Entry, Opening, Page, Read, Subject, Turn
from visits.window.pane import Area, Button, Merging, Pane, Rows
from visits.window.places import place_of
from visits.window.typed import Part, Row, Typed, first_of_each

#: More than these that do not cover are told at no line.
MOST_BARRED = 2

#: Reasons that say nothing of the membership: the line has nothing left to cover.
_OF_THE_LINE = {Reason.MEMBERSHIP_FEWER_UNITS, Reason.MEMBERSHIP_COSTS_NOTHING}
#: A membership that is over, and told of only where it would have covered a line.
_OVER = {Reason.MEMBERSHIP_EXPIRED, Reason.MEMBERSHIP_RETURNED}


class CoverForm(PaneForm):
    """What a membership covers of a line; ``cover`` names both, ``amount`` are units."""

    cover = hidden_field()
    amount = text_field(gettext_lazy("Units that are covered"), "live number", inputmode="numeric")


@dataclass(frozen=True)
class AtDesk:
    """The memberships that the page may speak of, each asked for once it is needed.

    ``given`` are those whose code was given on this page, ``kept`` what the visit is kept to cover with each, by line.
    """

    chain: Chain
    guest: int
    is_used: bool = False
    given: frozenset[int] = frozenset()
    kept: Mapping[tuple[int, int], VisitCover] = field(default_factory=dict)
    _found: dict[int, Membership] = field(default_factory=dict)

    def found(self, ids: Iterable[int]) -> Mapping[int, Membership]:
        """Those of these ids that may be told of: the guest's own, brought by their code, or on the visit."""
        missing = set(ids) - self._found.keys()
        if missing and self.is_used:
            named = {*self.given, *(pk for pk, _line in self.kept)}
            told = Q(client=self.guest or None) | Q(pk__in=named)
            rows = Membership.objects.filter(told, chain=self.chain, pk__in=missing)
            self._found.update({each.pk: each for each in rows.select_related("chain", "membership_type", "terms")})
        return self._found


# What is typed
# ----------------------------------------------------------------------------


def key_of(membership_id: int, place: str) -> str:
    return f"{membership_id}-{place}"


def read_key(key: str) -> tuple[int, str]:
    """The membership and the place of the line that a row names."""
    membership_id, _dash, place = key.partition("-")
    return read_id(membership_id), place


def _open(opening: Opening) -> Part:
    covers = opening.plan.covers if opening.plan else ()
    lines = opening.plan.lines if opening.plan else ()
    return Part(
        rows=tuple(
            {"cover": key_of(each.membership_id, str(lines[each.line].line_id)), "amount": str(each.units)}
            for each in covers
        )
    )


def _cover(typed: Typed, value: str) -> Typed:
    """So many units as the button says, after those that were given before."""
    key, _colon, units = value.rpartition(":")
    rows = typed.rows_of("covers")
    if any(row["cover"] == key for row in rows):
        return typed.with_rows("covers", ({**row, "amount": units} if row["cover"] == key else row for row in rows))
    return typed.with_rows("covers", (*rows, {"cover": key, "amount": units}))


def _take_back(typed: Typed, value: str) -> Typed:
    return typed.with_rows("covers", (row for row in typed.rows_of("covers") if row["cover"] != value))


def _act(turn: Turn) -> Turn:
    if turn.pressed.name != "cover":
        return turn
    return turn.with_typed(turn.typed, focus=f"covers.{turn.pressed.value.rpartition(':')[0]}")


def of_code(turn: Turn, code: str) -> QuerySet[Membership]:
    """The membership of a number, if it may cover for the guest: their own, or one that is not named."""
    among = Q(terms__named=False) | Q(client=turn.subject.client.pk or None)
    return Membership.objects.filter(chain=turn.request.chain).numbered(code).filter(among)


def added(turn: Turn, membership: Membership) -> Typed:
    """It is offered at every line that it covers; its code is known from now on."""
    return with_given(turn.typed, Room.MEMBERSHIPS, membership.pk, turn.request.user.pk)


# Into the plan
# ----------------------------------------------------------------------------


def _look_up(typed: Typed, subject: Subject, _at: datetime) -> AtDesk:
    chain, guest = subject.location.chain, subject.client.pk
    if not subject.access.uses(Room.MEMBERSHIPS):
        return AtDesk(chain, guest)
    kept = {(each.membership_id, each.line_id): each for each in _kept(subject.visit, guest)}
    return AtDesk(chain, guest, True, given(typed, Room.MEMBERSHIPS, subject.access.user_id), kept)


def _kept(visit: Visit | None, guest: int) -> Iterable[VisitCover]:
    """What the visit keeps; most keep nothing, and are asked for nothing. Another guest brings others."""
    if visit is None or not visit.has_covers or visit.client_id not in (None, guest):
        return ()
    return visit.covers.all()


def _at_desk(entry: Entry) -> AtDesk:
    found: AtDesk = entry.known.own["covers"]
    return found


def _needs_code(membership: Membership, entry: Entry) -> bool:
    may_do_without = membership.terms.named or entry.subject.access.has(Right.PAY_WITHOUT_CODE)
    return not may_do_without and membership.pk not in _at_desk(entry).given


def _lines(typed: Typed) -> dict[str, int]:
    """The lines of the bill by the place that rows name."""
    return {place_of(row): index for index, row in enumerate(typed.rows_of("lines")) if place_of(row)}


def _read(entry: Entry, plan: Plan) -> Read:
    """In the order in which they were given; a line that is put aside is covered by nothing."""
    desk, lines = _at_desk(entry), _lines(entry.typed)
    rows = first_of_each(entry.typed.rows_of("covers"), "cover")
    known = desk.found({*(read_key(key)[0] for key in rows), *desk.given})
    covers, refusals, places = list[CoverChoice](), [], dict[str, str]()
    for key, row in rows.items():
        membership_id, place = read_key(key)
        if place not in lines or not row["amount"]:
            continue
        if membership := known.get(membership_id):
            here = f"covers.{len(covers)}"
            places |= {here: f"covers.{key}", f"{here}.units": f"covers.{key}"}
            covers.append(_choice(membership, place, lines[place], read_number(row["amount"]), entry))
        else:
            refusals.append(refuse(Problem("membership_unknown", f"covers.{key}"), None, entry.chain))
    brought = frozenset(desk.given & known.keys())
    return Read(replace(plan, covers=tuple(covers), brought=brought), tuple(refusals), places)


def _choice(membership: Membership, place: str, line: int, units: int, entry: Entry) -> CoverChoice:
    """What was put on the visit once stays without its code, or fewer of it; more asks for the code again."""
    kept = _at_desk(entry).kept.get((membership.pk, read_id(place)))
    is_kept = kept is not None and kept.with_code and units <= kept.units
    with_code = is_kept or not _needs_code(membership, entry)
    return CoverChoice(membership.pk, line, units, with_code, is_debited=kept is not None and kept.is_debited)


def _fill(computed: Computed) -> Computed:
    """What covers a line that was put aside is gone with it."""
    lines = _lines(computed.typed)
    rows = first_of_each(computed.typed.rows_of("covers"), "cover")
    return computed.with_rows("covers", (row for key, row in rows.items() if read_key(key)[1] in lines))


# In words
# ----------------------------------------------------------------------------


def _label(computed: Computed, row: Row, label: str) -> str:
    membership = _at_desk(computed.entry).found(()).get(read_key(row["cover"])[0])
    return f"{label}, {membership.membership_type}" if membership else label


def _told(changes: list[Change], entry: Entry) -> list[ShownChange]:
    known = _at_desk(entry).found(read_key(each.key[0])[0] for each in changes)
    named = {key: str(membership) for key, membership in known.items()}
    return [told_change(each, named.get(read_key(each.key[0])[0], _("Membership")), amount_told) for each in changes]


def _said(entry: Entry, saved: Visit) -> str:
    """What is left on the memberships that covered something."""
    if not saved.has_covers:
        return ""
    rows = Transaction.objects.of_visit(saved.pk).standing().filter(kind=TransactionKind.MEMBERSHIP_USE)
    counters = MembershipCounter.objects.filter(holder__in=rows.values("holder"), count__isnull=False)
    found = counters.select_related("holder", "membership__membership_type").order_by("membership", "key")
    return " ".join(
        _("%(left)s left on %(membership)s.")
        % {"left": left_in_words(int(each.holder.balance)), "membership": each.membership.membership_type}
        for each in found
    )


def left_in_words(left: int) -> str:
    return ngettext("%(left)s visit", "%(left)s visits", left) % {"left": left}


def why_in_words(why: Why, chain: Chain) -> str:
    if why.reason is Reason.MEMBERSHIP_USED_UP:
        return _("it is used up")
    return in_words(why, chain)


# At the lines
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownCover:
    """A membership at a line: what it covers, or could, of at most ``most`` units; ``left`` is what it has then.

    ``press`` is the value of the button that covers the most; empty where it does, or may not. ``has_units``: the
    units are typed.
    """

    key: str
    name: str
    number: str
    left: str
    until: str
    units: int = 0
    most: int = 0
    fields: forms.Form | None = None
    has_units: bool = False
    press: str = ""
    hint: str = ""
    note: str = ""


@dataclass(frozen=True)
class LineCovers:
    """What covers a line, what could, and where there is neither why not: sentences of memberships."""

    chosen: list[ShownCover]
    offers: list[ShownCover]
    barred: list[tuple[str, str]]


def at_lines(page: Page) -> dict[int, LineCovers]:
    """By the number of the line; lines that no membership has to do with are not in it."""
    desk, settlement = page.preview.desk, page.settlement
    lines, typed = _lines(page.typed), page.typed.rows_of("covers")
    if not typed and not settlement.coverable:
        return {}
    known = _at_desk(page.entry).found(each.id for each in desk.memberships)
    places = {index: place for place, index in lines.items()}
    by_key = {key_of(each.membership_id, places.get(each.line, "")): each for each in settlement.covers}
    could = {key_of(each.membership_id, places.get(each.line, "")): each for each in settlement.coverable}
    chosen: dict[int, list[ShownCover]] = {}
    for row in typed:
        membership_id, place = read_key(row["cover"])
        cover = by_key.get(row["cover"]) or could.get(row["cover"])
        shown = _chosen(row["cover"], known.get(membership_id), lines[place], cover, page)
        chosen.setdefault(lines[place], []).append(shown)
    keys = {row["cover"] for row in typed}
    open_ = {key: cover for key, cover in could.items() if key not in keys}
    found = {}
    for index in sorted({*chosen, *(each.line for each in open_.values())}):
        here = {key: each for key, each in open_.items() if each.line == index}
        offers = list(_offers(here, known, page)) if page.to_hand_back is None else []
        is_told = not chosen.get(index) and not offers and page.to_hand_back is None
        barred = list(_barred(here.values(), known, page)) if is_told else []
        found[index] = LineCovers(chosen.get(index, []), offers, barred[:MOST_BARRED])
    return found


def _chosen(key: str, membership: Membership | None, line: int, cover: Cover | None, page: Page) -> ShownCover:
    fields = page.form.row("covers", key)
    quantity = page.plan.lines[line].quantity
    units, most = (cover.units, cover.most) if cover else (0, 0)
    typed = str(fields["amount"].value() or "") if fields else ""
    is_more = cover is not None and most > units and typed.isdigit() and int(typed) < most
    return ShownCover(
        key=key,
        name=str(membership.membership_type) if membership else _("Unknown membership"),
        number=_number(membership, page) if membership else "",
        left=_left(cover.left) if cover and units else "",
        until=_until(cover.membership) if cover else "",
        units=units,
        most=most,
        fields=fields,
        has_units=quantity > 1 or typed != "1",
        press=f"{key}:{most}" if is_more else "",
        note=page.notes.get(f"covers.{key}", ""),
    )


def _offers(covers: Mapping[str, Cover], known: Mapping[int, Membership], page: Page) -> Iterator[ShownCover]:
    """The soonest ending first; nothing of one whose sale is not the guest's to hear of."""
    for key, cover in covers.items():
        membership = known.get(cover.membership_id)
        if membership and cover.most:
            asks = _needs_code(membership, page.entry)
            yield ShownCover(
                key=key,
                name=str(membership.membership_type),
                number=_number(membership, page),
                left=_left(cover.left),
                until=_until(cover.membership),
                most=cover.most,
                press="" if asks else f"{key}:{cover.most}",
                hint=_("Type or scan its number to cover with it.") if asks else "",
            )


def _barred(covers: Iterable[Cover], known: Mapping[int, Membership], page: Page) -> Iterator[tuple[str, str]]:
    """Those that end last, as they are the newest."""
    for cover in sorted(covers, key=lambda each: _ends(each.membership), reverse=True):
        membership = known.get(cover.membership_id)
        if membership and cover.why.reason not in _OF_THE_LINE:
            yield str(membership.membership_type), why_in_words(cover.why, page.chain)


def _ends(membership: DeskMembership) -> str:
    return membership.days.last_on.isoformat() if membership.days.last_on else "~"


def _number(membership: Membership, page: Page) -> str:
    return membership.number_shown_to(page.subject.access, on=page.preview.books.today)


def _left(left: int | None) -> str:
    return "" if left is None else _("%(left)s left") % {"left": left}


def _until(membership: DeskMembership) -> str:
    last_on = membership.days.last_on
    return _("until %(on)s") % {"on": date_format(last_on, "SHORT_DATE_FORMAT")} if last_on else ""


# Beside the guest
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownMembership:
    """A membership that the guest has or brought: what is left of it, and why it covers nothing of this bill."""

    name: str
    url: str
    number: str
    about: list[str]
    why: str


def _show(page: Page) -> list[ShownMembership] | None:
    """The soonest ending first; those that are over are told of at a line that they would have covered."""
    memberships = page.preview.desk.memberships
    if not memberships:
        return None
    known = _at_desk(page.entry).found(each.id for each in memberships)
    bars = {each.id: membership_barred(each, page.plan, None, on=page.preview.desk.begins_on) for each in memberships}
    shown = []
    for each in memberships:
        bar, membership = bars[each.id], known.get(each.id)
        if membership and not (bar and bar.reason in _OVER):
            shown.append(_shown(membership, each, bar, page))
    return shown or None


def _shown(membership: Membership, at_desk: DeskMembership, bar: Why | None, page: Page) -> ShownMembership:
    counts = [each.available for each in at_desk.counters if each.available is not None]
    left = [_("%(left)s left") % {"left": sum(counts)}] if counts else []
    if bar is None and counts and not any(counts) and len(counts) == len(at_desk.counters) and not at_desk.standing:
        why = _("it is used up")
    elif bar is None and page.plan.lines and not _has_a_line(at_desk, page.plan):
        why = in_words(Why(Reason.MEMBERSHIP_OTHER_SERVICE), page.chain)
    else:
        why = in_words(bar, page.chain) if bar else ""
    return ShownMembership(
        name=str(membership.membership_type),
        url=page_of(page, HolderKind.MEMBERSHIP, membership.pk),
        number=_number(membership, page),
        about=[*left, *filter(None, [_until(at_desk)])],
        why=why,
    )


def _has_a_line(membership: DeskMembership, plan: Plan) -> bool:
    return any(
        line.kind is ItemKind.SERVICE and counter.services.covers(line.item_id, line.category_id)
        for line in plan.lines
        for counter in membership.counters
    )


PANE = Pane(
    name="covers",
    area=Area.GUEST,
    template="visits/window/covers.html",
    rows=Rows(CoverForm, key="cover", field="amount", label=_label),
    is_of_the_guest=True,
    buttons={"cover": Button(_cover), "uncover": Button(_take_back)},
    open=_open,
    act=_act,
    look_up=_look_up,
    read=_read,
    fill=_fill,
    merging=Merging(amounts_of("covers", "cover"), merged_amounts("covers", "cover"), _told),
    show=_show,
    said=_said,
)

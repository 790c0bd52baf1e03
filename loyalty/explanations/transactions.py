"""What a row of the ledger did and why, in the reader's words.

The figures are those that the row keeps, so that an old row is explained as it was computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy, ngettext_lazy
from django.utils.translation import gettext as _

from chains.models import Chain
from config.ui.figures import format_money, format_number
from loyalty.explanations.amounts import bound, explained
from loyalty.ledger.kinds import HolderKind, TransactionKind
from loyalty.ledger.models import Lot, Transaction
from loyalty.ledger.shown import quantity_in_words
from loyalty.rules.money import ZERO, percent_of
from loyalty.rules.plan import Status
from loyalty.rules.terms import PromotionKind, Unit
from loyalty.rules.why import Reason, Why

#: How long points of a card type live without a visit, by the unit of the period.
IDLE = {
    "days": ngettext_lazy(
        "They end %(count)s day after the last visit.", "They end %(count)s days after the last visit.", "count"
    ),
    "weeks": ngettext_lazy(
        "They end %(count)s week after the last visit.", "They end %(count)s weeks after the last visit.", "count"
    ),
    "months": ngettext_lazy(
        "They end %(count)s month after the last visit.", "They end %(count)s months after the last visit.", "count"
    ),
    "years": ngettext_lazy(
        "They end %(count)s year after the last visit.", "They end %(count)s years after the last visit.", "count"
    ),
}


#: Why an expiry was undone where no visit did it, by what holds it.
_BECAME_LONGER: Mapping[str, Promise] = {
    HolderKind.GIFT_CARD: gettext_lazy(
        "Undone because the gift card was made valid for longer, or its sale was undone."
    ),
    HolderKind.MEMBERSHIP: gettext_lazy(
        "Undone because the membership was made valid for longer, covered a visit of its time, or its sale was undone."
    ),
}


def explanation_of(row: Transaction, chain: Chain) -> list[str]:
    """Sentence by sentence, how a row of ``TransactionQuerySet.in_full`` came to its amount."""
    if row.undoes_id is not None:
        return []
    if row.kind in EXPLAINED:
        return EXPLAINED[row.kind](row, chain)
    return [*_computed(row, chain), *_lot(row)]


def reasons(row: Transaction, chain: Chain) -> list[str]:
    """Why a row has its amount, or why it undoes another; sentence by sentence."""
    return [_sentence(each) for each in explanation_of(row, chain) or [why_undone(row)] if each]


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else _("%(text)s.") % {"text": text}


def undoing(row: Transaction) -> str:
    """What the row undoes, or what undid it; empty where it stands."""
    if row.undoes is not None:
        return _("Undoes %(kind)s of %(at)s") % {"kind": row.undoes.get_kind_display(), "at": _when(row.undoes)}
    counter: Transaction | None = getattr(row, "undone_by", None)
    return _("Undone on %(at)s") % {"at": _when(counter)} if counter else ""


def why_undone(row: Transaction) -> str:
    """Why a row that undoes another was written; empty for every other row. Reads the visit of the row."""
    if row.undoes is None:
        return ""
    if row.visit is None and row.what.falls_with and row.what.by_hand is None:
        return str(_BECAME_LONGER[row.what.holder or ""])
    if row.visit is None and row.what.falls_with:
        return _("Undone by hand, or because its sale was undone.")
    if row.visit is None and row.is_manual:
        return _("Undone by hand.")
    if row.visit is None or row.kind == TransactionKind.BURNING:
        return _("The accrual of these points was undone, and so is their burning.")
    if row.visit.saved_at == row.at and row.visit.status == Status.CANCELLED:
        return _("Undone because the visit was cancelled.")
    if row.visit.saved_at == row.at and row.visit.status != Status.ARRIVED:
        return _("Undone because the visit was moved back from arrived.")
    return _("Undone because the visit was changed.")


def _when(row: Transaction) -> str:
    return date_format(localtime(row.at), "SHORT_DATETIME_FORMAT")


def _computed(row: Transaction, chain: Chain) -> list[str]:
    why = _why(row)
    if why is None or row.promotion_terms is None:
        return []
    sentences = explained(why, PromotionKind(row.promotion_terms.kind), chain)
    if row.line is None or not sentences:
        return sentences
    return [_of_line(row, why, sentences[0], chain), *sentences[1:]]


def _of_line(row: Transaction, why: Why, share: str, chain: Chain) -> str:
    """The share of one line in a discount; of what its percentage was taken only where the line still shows it."""
    line = row.line
    assert line is not None
    item = line.item.name
    if "needed" in why.figures:
        return _("%(share)s (%(item)s)") % {"share": share, "item": item}
    value = Decimal(str(why.figures.get("value", 0)))
    if why.figures.get("unit") == Unit.AMOUNT:
        whole = min(value, Decimal(str(why.figures.get("base", value))))
        share = format_money(whole, chain.currency)
        return _("part of %(share)s on this bill (%(item)s)") % {"share": share, "item": item}
    left = line.sold - percent_of(line.sold, line.manual_discount, chain.places)
    if line.due == left + row.amount and percent_of(left, value, chain.places) == -row.amount:
        shown = {"percent": format_number(value), "left": format_money(left, chain.currency), "item": item}
        return _("%(percent)s %% of %(left)s (%(item)s)") % shown
    return _("part of %(share)s on this bill (%(item)s)") % {"share": share, "item": item}


def _payment(row: Transaction, chain: Chain) -> list[str]:
    """The most that could be paid; a payment that was left as it was keeps no balance among its bounds."""
    why, holder = _why(row), row.what.holder
    if why is None or holder is None:
        return []
    most = max(ZERO, Decimal(str(why.figures.get(str(why.figures.get("bound")), 0))))
    quantity = quantity_in_words(row.what.unit, most, chain.currency)
    return [_("At most %(most)s could be paid: %(bound)s.") % {"most": quantity, "bound": bound(why, chain, holder)}]


def _forfeit(row: Transaction, chain: Chain) -> list[str]:
    paid = format_money(Decimal(str(row.why.get("paid", 0))), chain.currency)
    return [_("It pays once: what is left after the payment of %(paid)s is forfeited.") % {"paid": paid}]


def _sold(row: Transaction, chain: Chain) -> list[str]:
    """What a bill granted, and for how much; a top-up by itself says nothing beside its comment."""
    if "price" not in row.why:
        return []
    price = format_money(Decimal(str(row.why["price"])), chain.currency)
    return [_("Sold for %(price)s on this bill.") % {"price": price}]


def _expiry(row: Transaction, _chain: Chain) -> list[str]:
    last_day = parse_date(str(row.why.get("last_on", "")))
    return [_("It was good through %(day)s.") % {"day": date_format(last_day)}] if last_day else []


def _use(row: Transaction, chain: Chain) -> list[str]:
    """What a unit is worth, and which of its period it is; nothing is worth what was added by hand, or has no count."""
    value = Decimal(str(row.why.get("value", 0)))
    if row.why.get("unit") is None:
        return [_("A visit without a share of the price.")] if not value else []
    shown = {"number": int(row.why["unit"]) + 1, "value": format_money(value, chain.currency)}
    return [_("Visit %(number)s of the price paid, worth %(value)s.") % shown]


def _burning(row: Transaction, _chain: Chain) -> list[str]:
    last_day = parse_date(str(row.why.get("last_on", "")))
    return [_("The last day of these points was %(day)s.") % {"day": date_format(last_day)}] if last_day else []


#: The rows that have words of their own; any other says what a promotion gave, and how long that is good.
EXPLAINED: Mapping[str, Callable[[Transaction, Chain], list[str]]] = {
    TransactionKind.BURNING: _burning,
    TransactionKind.CARD_PAYMENT: _payment,
    TransactionKind.GIFT_CARD_ISSUE: _sold,
    TransactionKind.GIFT_CARD_PAYMENT: _payment,
    TransactionKind.GIFT_CARD_FORFEIT: _forfeit,
    TransactionKind.GIFT_CARD_EXPIRY: _expiry,
    TransactionKind.ACCOUNT_TOP_UP: _sold,
    TransactionKind.ACCOUNT_PAYMENT: _payment,
    TransactionKind.MEMBERSHIP_ISSUE: _sold,
    TransactionKind.MEMBERSHIP_USE: _use,
    TransactionKind.MEMBERSHIP_EXPIRY: _expiry,
}


def _lot(row: Transaction) -> list[str]:
    lot: Lot | None = getattr(row, "granted_lot", None)
    if lot is None:
        return []
    sentences = [_good_through(lot)]
    if lot.inactivity_count:
        sentences.append(IDLE[lot.inactivity_unit] % {"count": lot.inactivity_count})
    return sentences


def _good_through(lot: Lot) -> str:
    if lot.last_on is None:
        return _("These points have no last day of their own.")
    return _good_through_day(lot.last_on, get_language())


@lru_cache(maxsize=1024)
def _good_through_day(day: date, _language: str | None) -> str:
    return _("Good through %(day)s.") % {"day": date_format(day)}


def _why(row: Transaction) -> Why | None:
    """The figures that the row keeps; None for a row that was typed by hand."""
    kept = dict(row.why)
    reason = kept.pop("reason", None)
    return Why(Reason(str(reason)), kept) if reason else None

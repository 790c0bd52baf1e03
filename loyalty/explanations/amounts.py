"""The figures behind a discount, an accrual or a limit of points, in the reader's words.

``loyalty.explanations.reasons`` says why something does not act; this says how what acts came to its amount.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext as _

from chains.models import Chain
from config.ui.figures import format_money, format_number, format_points
from loyalty.ledger.kinds import HolderKind
from loyalty.rules.terms import KINDS, Gives, PickedBy, PromotionKind, TakenOf, Unit
from loyalty.rules.why import Figure, Reason, Why

Figures = Mapping[str, Figure]


def explained(why: Why, kind: PromotionKind, chain: Chain) -> list[str]:
    """How a promotion came to what it gives, sentence by sentence; empty where it gives nothing."""
    if not why.is_given:
        return []
    figures = why.figures
    sentences = [_free_units(figures) if "needed" in figures else _share(figures, kind, chain)]
    if "tier_from" in figures:
        sentences.append(_tier(figures, kind, chain))
    if "next_from" in figures:
        sentences.append(_next_tier(figures, chain))
    if int(str(figures.get("every", 1))) > 1:
        sentences.append(_counter(figures))
    return sentences


def _counter(figures: Figures) -> str:
    """Which of n visits this is, the last of them: it counts anew after each."""
    every = int(str(figures["every"]))
    number = (int(str(figures["number"])) - 1) % every + 1
    return _("Visit %(number)s of %(every)s: it comes once in %(every)s visits.") % {"number": number, "every": every}


def short_reason(why: Why, kind: PromotionKind, chain: Chain) -> str:
    """The share alone, such as "5 % of paid €70.00"."""
    figures = why.figures
    return _free_units(figures) if "needed" in figures else _share(figures, kind, chain)


def bound(why: Why, chain: Chain, kind: str = HolderKind.CARD) -> str:
    """What keeps a holder of a kind from paying more, of the figures of its limit."""
    name = str(why.figures.get("bound", ""))
    words = {**BOUNDS, **BOUNDS_OF[kind]}
    return words[name](why.figures, chain) if why.is_given and name in words else ""


def limits(why: Why, chain: Chain, kind: str = HolderKind.CARD) -> list[str]:
    """All that bounds what a holder of a kind may pay, sentence by sentence; the least of it is the most."""
    words = {**LIMITS, **LIMITS_OF[kind]}
    return [words[name](why.figures, chain) for name in words if why.is_given and name in why.figures]


def lacking(why: Why, chain: Chain) -> list[str]:
    """How far a promotion that gives nothing yet is from giving something."""
    if why.reason is not Reason.TIER_NOT_REACHED:
        return []
    missing = _decimal(why.figures, "next_from") - _decimal(why.figures, "figure")
    shown = {**why.figures, "missing": format(missing, "f")}
    return [
        _("It starts from %(start)s; so far %(figure)s, %(missing)s to go.")
        % {
            "start": measured(shown, "next_from", chain),
            "figure": measured(shown, "figure", chain),
            "missing": measured(shown, "missing", chain),
        }
    ]


def _share(figures: Figures, kind: PromotionKind, chain: Chain) -> str:
    base = format_money(_decimal(figures, "base"), chain.currency)
    taken_of = KINDS[kind].taken_of
    value = _decimal(figures, "value")
    if figures.get("unit") == Unit.AMOUNT:
        return _("%(amount)s, once per visit") % {"amount": _amount(value, kind, chain)}
    sentence = {
        TakenOf.SOLD: _("%(percent)s %% of sold %(base)s"),
        TakenOf.PAID: _("%(percent)s %% of paid %(base)s"),
    }.get(taken_of, _("%(percent)s %% of %(base)s"))
    return sentence % {"percent": format_number(value), "base": base}


def _free_units(figures: Figures) -> str:
    units = int(str(figures.get("units", 0)))
    sentence = ngettext(
        "%(units)s unit free: every %(needed)s paid earn one, %(paid_before)s were paid before this visit",
        "%(units)s units free: every %(needed)s paid earn one, %(paid_before)s were paid before this visit",
        units,
    )
    return sentence % figures


def _tier(figures: Figures, kind: PromotionKind, chain: Chain) -> str:
    is_amount = figures.get("unit") == Unit.AMOUNT
    value = _decimal(figures, "value")
    sentence = _("Tier %(value)s from %(start)s; so far %(figure)s.")
    if not is_amount:
        sentence = _("Tier %(value)s %% from %(start)s; so far %(figure)s.")
    return sentence % {
        "value": _amount(value, kind, chain) if is_amount else format_number(value),
        "start": measured(figures, "tier_from", chain),
        "figure": measured(figures, "figure", chain),
    }


def _amount(value: Decimal, kind: PromotionKind, chain: Chain) -> str:
    """Money for a discount, points for a cashback."""
    if KINDS[kind].gives is Gives.DISCOUNT:
        return format_money(value, chain.currency)
    return _("%(points)s points") % {"points": format_points(value, chain.currency)}


def _next_tier(figures: Figures, chain: Chain) -> str:
    missing = _decimal(figures, "next_from") - _decimal(figures, "figure")
    shown = {**figures, "missing": format(missing, "f")}
    return _("%(missing)s to the next tier.") % {"missing": measured(shown, "missing", chain)}


def measured(figures: Figures, name: str, chain: Chain) -> str:
    """Money, or a number where the tier counts visits."""
    amount = _decimal(figures, name)
    if figures.get("picked_by") == PickedBy.HISTORY_VISITS:
        visits = int(amount)
        return ngettext("%(visits)s visit", "%(visits)s visits", visits) % {"visits": format_number(amount)}
    return format_money(amount, chain.currency)


def _decimal(figures: Figures, name: str) -> Decimal:
    return Decimal(str(figures.get(name, 0)))


def _limit_amount(figures: Figures, chain: Chain) -> str:
    limit = format_points(_decimal(figures, "limit_amount"), chain.currency)
    return _("at most %(limit)s points per visit") % {"limit": limit}


def _limit_percent(figures: Figures, chain: Chain) -> str:
    return _("%(percent)s %% of due") % {"percent": format_number(_decimal(figures, "percent"))}


#: What is said of a figure by its name.
Words = Mapping[str, Callable[[Figures, Chain], str]]

BOUNDS: Words = {
    "available": lambda _figures, _chain: _("all that is on the card"),
    "payable": lambda _figures, _chain: _("all that may be paid with points"),
    "limit_amount": _limit_amount,
    "limit_percent": _limit_percent,
    "recorded": lambda _figures, _chain: _("all that the money already recorded leaves"),
}

#: Where holders of a kind have other words than cards.
BOUNDS_OF: Mapping[str, Words] = {
    HolderKind.CARD: {},
    HolderKind.GIFT_CARD: {
        "available": lambda _figures, _chain: _("all that is on it"),
        "payable": lambda _figures, _chain: _("all that it may pay of this bill"),
    },
    HolderKind.ACCOUNT: {
        "available": lambda _figures, _chain: _("all that may be used of it"),
        "payable": lambda _figures, _chain: _("all that is left to pay"),
    },
}


def _available(figures: Figures, chain: Chain) -> str:
    return _("%(available)s points are on the card.") % {
        "available": format_points(_decimal(figures, "available"), chain.currency)
    }


def _payable(figures: Figures, chain: Chain) -> str:
    return _("%(payable)s of the bill may be paid with its points.") % {
        "payable": format_money(_decimal(figures, "payable"), chain.currency)
    }


def _at_most(figures: Figures, chain: Chain) -> str:
    limit = format_points(_decimal(figures, "limit_amount"), chain.currency)
    return _("At most %(limit)s points per visit.") % {"limit": limit}


def _at_most_percent(figures: Figures, chain: Chain) -> str:
    return _("At most %(percent)s %% of due, that is %(limit)s.") % {
        "percent": format_number(_decimal(figures, "percent")),
        "limit": format_points(_decimal(figures, "limit_percent"), chain.currency),
    }


def _left_by_money(figures: Figures, chain: Chain) -> str:
    left = max(Decimal(0), _decimal(figures, "recorded"))
    return _("The money already recorded leaves %(left)s to pay.") % {"left": format_money(left, chain.currency)}


def _money(sentence: str, name: str) -> Callable[[Figures, Chain], str]:
    return lambda figures, chain: (
        gettext(sentence) % {"amount": format_money(max(Decimal(0), _decimal(figures, name)), chain.currency)}
    )


LIMITS: Words = {
    "available": _available,
    "payable": _payable,
    "limit_amount": _at_most,
    "limit_percent": _at_most_percent,
    "recorded": _left_by_money,
}

LIMITS_OF: Mapping[str, Words] = {
    HolderKind.CARD: {},
    HolderKind.GIFT_CARD: {
        "available": _money(gettext_noop("%(amount)s is on it."), "available"),
        "payable": _money(gettext_noop("%(amount)s of the bill may be paid with it."), "payable"),
    },
    HolderKind.ACCOUNT: {
        "available": _money(gettext_noop("%(amount)s may be used of it, with its credit."), "available"),
        "payable": _money(gettext_noop("%(amount)s is left that it may pay."), "payable"),
    },
}

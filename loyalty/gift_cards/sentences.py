"""A gift card type in whole sentences."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chains.models import Chain
from config.ui.figures import format_money
from loyalty.gift_cards.models import GiftCardTypeTerms
from loyalty.programs.differences import ProgramNames
from loyalty.programs.periods import period_in_words
from loyalty.rules.terms import ScopeMode, WriteOff

ANY, NONE = ScopeMode.ANY, ScopeMode.NONE


def gift_card_type_in_sentences(terms: GiftCardTypeTerms, chain: Chain) -> list[str]:
    """For how much it is sold, how long it is good, where, for what and for whom, how it is used up, how many."""
    names = ProgramNames(chain)
    where = _("all locations")
    if terms.locations is not None:
        where = names.of("locations", terms.locations)
    first = _("A gift card of %(par)s, good %(time)s at %(locations)s, for %(what)s, %(who)s.") % {
        "par": par_in_words(terms, chain),
        "time": validity_in_words(terms),
        "locations": where,
        "what": what_in_words(terms, names),
        "who": _("for its buyer alone, without a code") if terms.named else _("whoever brings its code"),
    }
    used_up = _("It pays until nothing is left of it.")
    if terms.write_off == WriteOff.SINGLE:
        used_up = _("It pays once; what is left of it then is forfeited.")
    return [first, *_suggested(terms, chain), used_up, *_copies(terms)]


def par_in_words(terms: GiftCardTypeTerms, chain: Chain) -> str:
    """The par value, or from which to which amount it may be."""
    least, most = (format_money(amount, chain.currency) for amount in (terms.par_least, terms.par_most))
    if terms.par_least == terms.par_most:
        return least
    return _("%(least)s to %(most)s") % {"least": least, "most": most}


def validity_in_words(terms: GiftCardTypeTerms) -> str:
    """How long a card is good, to stand within a sentence."""
    if terms.valid_count:
        return _("for %(period)s") % {"period": period_in_words(terms.valid_count, terms.valid_unit)}
    if terms.valid_until:
        return _("until %(day)s") % {"day": date_format(terms.valid_until)}
    return _("without end")


def what_in_words(terms: GiftCardTypeTerms, names: ProgramNames) -> str:
    """What its cards pay for, to stand within a sentence."""
    modes = (ScopeMode(terms.service_mode), ScopeMode(terms.product_mode))
    covered = {"services": names.of_services(terms), "products": names.of_products(terms)}
    found = {
        (ANY, ANY): _("everything"),
        (NONE, NONE): _("nothing"),
        (ANY, NONE): _("everything but products"),
        (NONE, ANY): _("everything but services"),
        (ScopeMode.LISTED, NONE): covered["services"],
        (NONE, ScopeMode.LISTED): covered["products"],
    }
    return found.get(modes) or _("%(services)s and %(products)s") % covered


def _suggested(terms: GiftCardTypeTerms, chain: Chain) -> Iterator[str]:
    if terms.suggested:
        amounts = ", ".join(format_money(amount, chain.currency) for amount in terms.suggested)
        yield _("At the sale these amounts are suggested: %(amounts)s.") % {"amounts": amounts}


def _copies(terms: GiftCardTypeTerms) -> Iterator[str]:
    if terms.copies:
        sentence = ngettext("Only %(count)s may be sold.", "At most %(count)s may be sold.", terms.copies)
        yield sentence % {"count": terms.copies}

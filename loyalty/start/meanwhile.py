"""What a chain had when the page of a start was opened, so that the same program is not turned on twice unawares."""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from chains.history import is_version
from chains.models import Chain
from chains.refusals import Code, Refusal
from loyalty.cards.models import CardType
from loyalty.promotions.models import Promotion

#: How many things that are new are told.
MOST_TOLD = 5


def version_of_start(chain: Chain) -> str:
    """What a page carries: the newest promotion and the newest card type of the chain, 0 where there is none."""
    return f"{_newest(chain.promotions)}.{_newest(chain.card_types)}"


def made_since(chain: Chain, seen: str) -> list[Promotion | CardType]:
    """Promotions, then card types, that were made since a page was opened; a few of them."""
    promotion, _dot, card_type = seen.partition(".")
    made = [*_after(chain.promotions, promotion), *_after(chain.card_types, card_type)]
    return made[:MOST_TOLD]


def check_nothing_made_since(chain: Chain, seen: str | None) -> None:
    """Refuse ``stale_edit`` where a promotion or a card type was made since; the caller holds the chain."""
    if seen is None or seen == version_of_start(chain):
        return
    names = ", ".join(each.name for each in made_since(chain, seen))
    sentence = _("New meanwhile: %(names)s. Nothing was turned on. If you want this one besides, turn it on again.")
    raise Refusal(Code.STALE_EDIT, sentence % {"names": names})


def _newest(made: Any) -> int:
    newest: int | None = made.aggregate(newest=Max("pk"))["newest"]
    return newest or 0


def _after(made: Any, number: str) -> Any:
    found = made.filter(pk__gt=int(number) if is_version(number) else 0)
    return found.order_by("pk")[:MOST_TOLD]

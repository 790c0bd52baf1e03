"""What the pages share on which promotions, card types and the referral program are edited."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from chains.history import HistoryEntry
from chains.models import Location
from chains.spaces import ChainRequest
from chains.writing import EditForm
from config.ui.pages import PageLink

FormT = TypeVar("FormT", bound=EditForm)
DraftT = TypeVar("DraftT")


@dataclass(frozen=True)
class Opened(Generic[FormT, DraftT]):
    """A form as it is shown, and the draft beside it.

    Bound to be saved; or unbound over what is kept, over what was typed where a button only changes the page, or over
    what remains of two edits where somebody saved first.
    """

    form: FormT
    draft: DraftT
    #: What keeps the draft from standing in words.
    missing: list[str] = field(default_factory=list)

    def context(self, history: Callable[[], list[HistoryEntry]], history_url: str) -> dict[str, Any]:
        """What ``loyalty/programs/form.html`` shows of it; the newest change is who saved first."""
        return {
            "form": self.form,
            "history": history()[:1] if self.form.is_stale else [],
            "history_url": history_url,
        }


# A page of the referral program sends for what it lacks: that is made elsewhere, and comes back chosen. What stands in
# the fields meanwhile travels along in the address, and nothing of it is kept.
# ----------------------------------------------------------------------------


def errand(
    request: ChainRequest, to: str, place: str, location: Location | None, names: Iterable[str], **query: str
) -> str:
    """The address of the page ``to``, to make something for the field ``place``; ``names`` are all fields."""
    typed = urlencode({name: request.POST.get(name, "") for name in names})
    by = {"for": "referral", "place": place, "location": str(location.pk if location else ""), "typed": typed}
    return f"{reverse(to, args=[request.chain.slug])}?{urlencode({**query, **by})}"


def is_errand(request: ChainRequest) -> bool:
    return request.GET.get("for") == "referral"


def sender(request: ChainRequest) -> PageLink:
    """The page that sent for it: that of the chain's program, or of a location's own."""
    location = request.GET.get("location", "")
    if location.isascii() and location.isdigit() and len(location) < 18:
        url = reverse("loyalty:referral_location", args=[request.chain.slug, int(location)])
    else:
        url = reverse("loyalty:referral_program", args=[request.chain.slug])
    return PageLink(_("Referral program"), url)


def way_back(request: ChainRequest, made: int) -> str:
    """The sender's address, with what was typed there and what was made now chosen in its field."""
    typed = QueryDict(request.GET.get("typed", ""), mutable=True)
    if place := request.GET.get("place"):
        typed[place] = str(made)
    return f"{sender(request).url}?{typed.urlencode()}" if typed else sender(request).url

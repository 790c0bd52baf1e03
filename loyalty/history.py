"""The history of a program: every edit with who, when, and each field from → to.

What was promised stands in the rows of terms; names and what is attached to what in the events of django-pghistory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from chains.models import User
from loyalty.cards.models import CardType
from loyalty.cards.sentences import card_type_in_sentences
from loyalty.changes import Change, Names, changes_between
from loyalty.promotions.models import Promotion
from loyalty.promotions.sentences import in_sentences
from loyalty.terms import ImmutableTerms

#: One save writes its rows within this time; the database and the page each read their own clock.
_ONE_SAVE = timedelta(seconds=2)


@dataclass
class Edit:
    """What one save changed; the making of it is told in ``words``. ``request`` is that of events."""

    at: datetime
    user_id: int | None
    is_first: bool = False
    request: UUID | None = None
    words: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    who: str = ""


def history_of_promotion(promotion: Promotion) -> list[Edit]:
    """All edits of a promotion, the newest first."""
    chain, names = promotion.chain, Names(promotion.chain)
    terms = edits_of_terms(promotion.all_terms, names, lambda first: in_sentences(first, chain, names))
    links = _links("card_types", names, promotion=promotion.pk)
    return in_order([*terms, *_renamings("PromotionEvent", promotion), *links])


def history_of_card_type(card_type: CardType) -> list[Edit]:
    """All edits of a card type, the newest first."""
    chain, names = card_type.chain, Names(card_type.chain)
    terms = edits_of_terms(card_type.all_terms, names, lambda first: card_type_in_sentences(first, chain))
    links = _links("promotions", names, card_type=card_type.pk)
    return in_order([*terms, *_renamings("CardTypeEvent", card_type), *links])


def edits_of_terms(rows: Any, names: Names, in_words: Callable[[Any], list[str]]) -> Iterator[Edit]:
    """The making of the first row of terms, in words, and what each later one changed."""
    terms: list[ImmutableTerms] = list(rows.order_by("pk"))
    for row in terms[:1]:
        yield Edit(row.set_at, _who(row), is_first=True, words=in_words(row))
    for before, after in pairwise(terms):
        yield Edit(after.set_at, _who(after), changes=changes_between(before, after, names))


def _who(row: Any) -> int | None:
    user_id: int | None = row.set_by_id
    return user_id


def _renamings(model: str, subject: Model) -> Iterator[Edit]:
    rows = list(_events(model, pgh_obj=subject.pk).values("name", *_EVENT))
    for before, after in pairwise(rows):
        if before["name"] != after["name"]:
            yield _edit(after, Change(_("Name"), before["name"], after["name"]))


def _links(side: str, names: Names, **subject: int) -> Iterator[Edit]:
    """What was attached and detached; ``side`` is the other end of the link."""
    column = {"card_types": "card_type_id", "promotions": "promotion_id"}[side]
    attached: frozenset[int] = frozenset()
    for row in _events("AttachmentEvent", **subject).values(column, *_EVENT):
        before, this = attached, frozenset({row[column]})
        attached = attached | this if row["pgh_label"] == "insert" else attached - this
        yield _edit(row, Change(capfirst(_LINK_LABELS[side]()), names.of(side, before), names.of(side, attached)))


_LINK_LABELS = {"card_types": lambda: _("card types"), "promotions": lambda: _("promotions")}
_EVENT = ("pgh_label", "pgh_created_at", "pgh_context_id", "pgh_context__metadata")


def _events(model: str, **subject: int) -> Any:
    return apps.get_model("loyalty", model)._default_manager.filter(**subject).order_by("pgh_id")


def _edit(row: Mapping[str, Any], change: Change) -> Edit:
    user_id = (row["pgh_context__metadata"] or {}).get("user")
    return Edit(row["pgh_created_at"], user_id, request=row["pgh_context_id"], changes=[change])


def in_order(edits: Iterable[Edit]) -> list[Edit]:
    """The newest first; what one person saved at once is one edit."""
    saves: list[Edit] = []
    for edit in sorted(edits, key=lambda each: each.at):
        if saves and _is_of_one_save(saves[-1], edit):
            saves[-1].changes = _joined(saves[-1].changes, edit.changes)
            saves[-1].request = edit.request
        else:
            saves.append(edit)
    names = dict(User.objects.filter(pk__in={save.user_id for save in saves if save.user_id}).values_list("pk", "name"))
    for save in saves:
        save.who = names.get(save.user_id or 0, "")
    return saves[::-1]


def _is_of_one_save(save: Edit, edit: Edit) -> bool:
    """Whether an event belongs to what was saved just before it: terms are always a save of their own."""
    if edit.request is None or edit.user_id != save.user_id or edit.at - save.at >= _ONE_SAVE:
        return False
    return save.request in (None, edit.request)


def _joined(changes: list[Change], more: Iterable[Change]) -> list[Change]:
    """Several links changed in one save are one change from the first to the last."""
    by_label = {str(change.label): change for change in changes}
    for change in more:
        known = by_label.get(str(change.label))
        by_label[str(change.label)] = Change(change.label, known.before if known else change.before, change.after)
    return list(by_label.values())

"""What is kept of lists: written and read here, shown by config/ui/kept.py."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import FilteredRelation, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.access import Right
from chains.acting import Acting
from chains.edits import EditedRow, check_seen
from chains.history import Fields, kept_as
from chains.lists.models import ListColumns, SavedView
from chains.models import Access, Chain, User
from chains.refusals import stale_edit
from chains.submissions import claim, finish
from config.ui.kept import KeptView, ShownList, merged_columns, query_of

#: More of one list are no help to anybody.
MOST_VIEWS = 30

NAME = Fields(SavedView, ("name",))
#: What is read of a view with its list.
VIEW = ("id", "chain_id", "name", "query", "columns", "made_by_id")


class KeptLists:
    """What a user finds kept of the lists of a chain."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._kept: dict[str, tuple[list[str], list[SavedView]]] = {}

    def columns_of(self, name: str) -> list[str]:
        return self._of(name)[0]

    def views_of(self, name: str) -> Sequence[KeptView]:
        return self._of(name)[1]

    def _of(self, name: str) -> tuple[list[str], list[SavedView]]:
        if name not in self._kept:
            self._kept[name] = self._read(name)
        return self._kept[name]

    def _read(self, name: str) -> tuple[list[str], list[SavedView]]:
        """The user's columns and the chain's views, in one query: a row for each view, one where there is none."""
        rows = (
            Access.objects.filter(pk=self._access.pk)
            .annotate(
                own=FilteredRelation("user__list_columns", condition=Q(user__list_columns__list=name)),
                view=FilteredRelation("chain__saved_views", condition=Q(chain__saved_views__list=name)),
            )
            .order_by("view__name_folded", "view__pk")
            .values_list("own__columns", *(f"view__{field}" for field in VIEW))[:MOST_VIEWS]
        )
        columns: list[str] = []
        views = []
        for own, *view in rows:
            columns = own or []
            if view[0]:
                views.append(SavedView(list=name, **dict(zip(VIEW, view, strict=True))))
        return columns, views

    def may_change(self, view: KeptView) -> bool:
        return isinstance(view, SavedView) and may_change(view, self._access)


def may_change(view: SavedView, access: Access) -> bool:
    """Who made it, and who sets the chain up; whoever sees the list may use it."""
    return view.made_by_id == access.user_id or access.has(Right.MANAGE_SETTINGS)


@transaction.atomic
def keep_columns(*, user: User, name: str, columns: list[str], known: Sequence[str] = ()) -> None:
    """Keep which columns a user sees of a list, in their order; none: those that it begins with.

    What is kept and is not ``known`` where they were chosen stays at its place.
    """
    if columns:
        found = ListColumns.objects.filter(user=user, list=name).select_for_update(no_key=True).first()
        columns = merged_columns(found.columns if found else [], columns, known)
        ListColumns.objects.update_or_create(user=user, list=name, defaults={"columns": columns})
    else:
        ListColumns.objects.filter(user=user, list=name).delete()


@transaction.atomic
def save_view(
    *, chain: Chain, shown: ShownList, name: str, key: uuid.UUID | None = None, at: datetime, acting_user: User
) -> SavedView:
    """Save what a list shows under a name; ``key`` is that of the form, which counts once.

    Raises ``ValidationError`` for a name that is taken, and where the list has ``MOST_VIEWS`` already; what the form
    made before and is gone since raises ``SavedView.DoesNotExist``, as everything here does with a view that is gone.
    """
    submission = claim(chain=chain, key=key, action="save_view", user=acting_user, on=(chain, shown.name), at=at)
    if submission.result_id:
        return SavedView.objects.get(pk=submission.result_id)
    # Two who save at once are counted one after the other.
    Chain.objects.select_for_update(no_key=True).get(pk=chain.pk)
    if SavedView.objects.filter(chain=chain, list=shown.name).count() >= MOST_VIEWS:
        raise ValidationError(
            {"name": _("This list has %(most)s views already. Delete one of them first.") % {"most": MOST_VIEWS}}
        )
    view = SavedView(
        chain=chain, list=shown.name, name=name, query=shown.query, columns=shown.columns, made_by=acting_user
    )
    _write(view, acting_user)
    finish(submission, view.pk)
    return view


@transaction.atomic
def replace_view(*, view: SavedView, shown: ShownList, acting_user: Acting) -> SavedView:
    """Let a view be what its list shows now. Doing it twice is doing it once.

    Refuses ``stale_edit`` where it is something else by now than what the list was opened with.
    """
    kept = _locked(view)
    if (kept.query, kept.columns) == (shown.query, shown.columns):
        return kept
    if shown.seen != query_of(kept):
        raise stale_edit()
    kept.query, kept.columns = shown.query, shown.columns
    with kept_as(acting_user):
        kept.save(update_fields=["query", "columns"])
    return kept


@transaction.atomic
def delete_view(*, view: SavedView, acting_user: Acting) -> None:
    with kept_as(acting_user):
        _locked(view).delete()


@transaction.atomic
def rename_view(
    *, view: SavedView, name: str, seen: str, key: uuid.UUID | None = None, at: datetime, acting_user: Acting
) -> None:
    """Refuses ``stale_edit`` where ``seen`` is not the newest version. Raises ``ValidationError`` for a taken name."""
    submission = claim(chain=view.chain, key=key, action="rename_view", user=acting_user, on=(view,), at=at)
    if submission.result_id:
        return
    kept = _locked(view)
    check_seen(kept, seen)
    kept.name = name
    _write(kept, acting_user)
    finish(submission, kept.pk)


def _locked(view: SavedView) -> SavedView:
    return SavedView.objects.select_for_update(no_key=True, of=("self",)).select_related("chain").get(pk=view.pk)


def edited_view(view: SavedView) -> EditedRow:
    return EditedRow(view, NAME)


_TAKEN = gettext_lazy("This list has a view of this name already. Choose a different name.")


def _write(view: SavedView, acting_user: Acting) -> None:
    view.full_clean(validate_constraints=False)
    try:
        with transaction.atomic(), kept_as(acting_user):
            view.save()
    except IntegrityError as error:
        raise ValidationError({"name": _TAKEN}) from error

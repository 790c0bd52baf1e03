"""What people keep of a list: the columns that somebody chose, and filters that a chain shares under a name."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from chains.folding import FoldedField


def _list_field() -> models.CharField[str, str]:
    """A list by the name of its address, the same in a chain and in its locations (config/ui/kept.py)."""
    return models.CharField(_("list"), max_length=80)


def _columns_field(*, blank: bool) -> ArrayField[list[str], list[str]]:
    """Names of columns, in their order; what the list has no longer, or the reader may not see, is left out there."""
    return ArrayField(models.CharField(max_length=60), default=list, blank=blank, verbose_name=_("columns"))


class ListColumns(models.Model):
    """The columns of a list that a user chose, wherever they work."""

    user = models.ForeignKey("chains.User", models.CASCADE, related_name="list_columns", verbose_name=_("user"))
    list = _list_field()
    columns = _columns_field(blank=False)

    class Meta:
        verbose_name = _("columns of a list")
        verbose_name_plural = _("columns of lists")
        constraints = (models.UniqueConstraint("user", "list", name="list_columns_once_per_user"),)

    def __str__(self) -> str:
        return f"{self.user}, {self.list}"


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(condition=pghistory.AnyChange("name", "query", "columns")),
    pghistory.DeleteEvent(),
    exclude=["name_folded", "query"],
)
class SavedView(models.Model):
    """A filter of a list with its order and its columns, under a name that the chain knows.

    ``query`` is what the address of the list says of both; without ``columns`` each reader sees their own. It may hold
    the name of a guest who was searched for, so the history says that and by whom it changed, never what it was.
    """

    chain = models.ForeignKey("chains.Chain", models.PROTECT, related_name="saved_views", verbose_name=_("chain"))
    list = _list_field()
    name = models.CharField(_("name"), max_length=60)
    name_folded = FoldedField()
    query = models.TextField(_("filters"), blank=True)
    columns = _columns_field(blank=True)
    made_by = models.ForeignKey("chains.User", models.PROTECT, related_name="+", verbose_name=_("made by"))

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ("name_folded", "pk")
        constraints = (models.UniqueConstraint("chain", "list", Lower("name"), name="saved_view_name_once_per_list"),)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name = self.name.strip()

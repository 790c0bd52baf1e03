"""Two people who edit the same program: at which version it is, and how its columns stand in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Model
from django.utils.translation import gettext as _

from chains.edits import Columns, Together, Version, joined, linked_in
from chains.history import is_version, shown_at, version_of
from chains.refusals import stale_edit
from loyalty.programs.differences import ProgramNames, label_of, words_of
from loyalty.programs.terms import HasTerms, ImmutableTerms


@dataclass(frozen=True)
class EditedProgram:
    """A promotion, a referral program or a type: its name and its links, and the columns of its terms in force.

    Only some are linked to anything, and a referral program goes by no name. One that was never set up has no columns
    yet.
    """

    subject: HasTerms
    model: type[ImmutableTerms]
    names: ProgramNames

    @property
    def together(self) -> Together:
        return self.model.TOGETHER

    def now(self) -> Version:
        linked = linked_to(self.subject, self.model)
        columns = self._columns(getattr(self.subject, "name", ""), self.subject.terms, linked)
        return Version(columns, _version(self.subject, self.model, linked))

    def at(self, seen: str) -> Version | None:
        number, _dot, linked = seen.partition(".")
        is_named = self.model.is_of_a_name()
        row: Any = shown_at(cast("Model", self.subject), number) if is_named else None
        terms_id = row.terms_id if row else number
        if (is_named and row is None) or not is_version(str(terms_id)):
            return None
        terms = self.subject.all_terms.filter(pk=terms_id).first()
        return Version(self._columns(row.name if row else "", terms, linked_in(linked)), seen) if terms else None

    def labels(self) -> Mapping[str, str]:
        """A count stands for its unit too."""
        chosen = [column for column in self.model.choices_of(self.model()) if not column.endswith("_unit")]
        names = {"name": _("Name")} if self.model.is_of_a_name() else {}
        linked = (self.model.LINKS,) if self.model.LINKS else ()
        return {**names, **{column: label_of(self.model, column) for column in (*chosen, *linked)}}

    def words(self, columns: Columns, name: str) -> str:
        if name == "name":
            return str(columns[name])
        return self.names.of(name, columns[name]) if name == self.model.LINKS else self._words(columns, name)

    def terms_in(self, columns: Columns) -> Any:
        """A row of terms with these columns, kept nowhere."""
        chosen = {column: value for column, value in columns.items() if column not in {"name", self.model.LINKS}}
        return self.model(**{self.model.SUBJECT: self.subject}, **chosen)

    def _words(self, columns: Columns, name: str) -> str:
        return words_of(self.terms_in(columns), name, self.names)

    def _columns(self, name: str, terms: Any, linked: list[int]) -> dict[str, Any]:
        names = {"name": name} if self.model.is_of_a_name() else {}
        links = {self.model.LINKS: linked} if self.model.LINKS else {}
        return {**names, **self.model.choices_of(terms), **links}


def check_seen_program(subject: HasTerms, model: type[ImmutableTerms], seen: str | None) -> None:
    """Refuse ``stale_edit`` where a program is no longer at the version of a page; the caller holds its lock.

    What was never set up was overtaken by nobody, whatever the page says.
    """
    if seen is not None and subject.terms and seen != _version(subject, model, linked_to(subject, model)):
        raise stale_edit()


def linked_to(subject: HasTerms, model: type[ImmutableTerms]) -> list[int]:
    """The ids of what a program is attached to."""
    return sorted(getattr(subject, model.LINKS).values_list("pk", flat=True)) if model.LINKS else []


def _version(subject: Any, model: type[ImmutableTerms], linked: list[int]) -> str:
    """By the newest event of the row, which names the terms; what has no name has none: by the terms themselves."""
    if not model.is_of_a_name():
        return str(subject.terms_id or 0)
    return joined(version_of(subject), *([linked] if model.LINKS else []))

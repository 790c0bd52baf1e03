"""Two people who edit the same program: what a page was made from, and what remains of both edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from chains.refusals import stale_edit
from loyalty.programs.differences import ProgramNames, differs, label_of, words_of
from loyalty.programs.terms import HasTerms, terms_of


@dataclass(frozen=True)
class SeenProgram:
    """What of a program a page was made from, so that its save does not undo what others changed since."""

    terms_id: int
    name: str
    attached: frozenset[int]


NOTHING_SEEN = SeenProgram(0, "", frozenset())


@dataclass(frozen=True)
class Version:
    """A promotion, a card type or the referral program, kept or typed; ``attached`` are the ids of its other side."""

    #: A row of its terms, saved or not.
    terms: Any
    name: str
    attached: frozenset[int]

    @property
    def columns(self) -> dict[str, Any]:
        found: dict[str, Any] = type(self.terms).choices_of(self.terms)
        return found

    @property
    def seen(self) -> SeenProgram:
        return SeenProgram(self.terms.pk, self.name, self.attached)


def seen_now(subject: HasTerms) -> SeenProgram:
    """What a page shows that is made now; nothing while the program was never set up."""
    return version_now(subject).seen if subject.terms else NOTHING_SEEN


def check_seen(subject: HasTerms, seen: SeenProgram | None) -> None:
    """Refuse ``stale_edit`` where it is no longer what a page shows; the caller holds its lock.

    What was never set up was overtaken by nobody, whatever the page says.
    """
    if seen is not None and subject.terms and seen != seen_now(subject):
        raise stale_edit()


def version_now(subject: HasTerms) -> Version:
    """As it is kept; the referral program goes by no name, and is attached to nothing."""
    terms = terms_of(subject)
    attached = getattr(subject, terms.LINKS).values_list("pk", flat=True) if terms.LINKS else ()
    return Version(terms, getattr(subject, "name", ""), frozenset(attached))


def version_seen(subject: HasTerms, seen: SeenProgram) -> Version:
    """What a page was made from; as it is now, where the page does not say so."""
    terms = subject.all_terms.filter(pk=seen.terms_id).first()
    return Version(terms, seen.name, seen.attached) if terms else version_now(subject)


@dataclass(frozen=True)
class OvertakenField:
    """One field that somebody else changed meanwhile: as it was, as it is now, as it was typed, and what stays.

    ``yours`` is empty where the field was not touched; then theirs stays.
    """

    label: str
    before: str
    theirs: str
    yours: str
    stays: str


@dataclass(frozen=True)
class Merge:
    """What a page was made from, what somebody else saved since, and what was typed."""

    base: Version
    theirs: Version
    yours: Version

    @cached_property
    def both(self) -> Version:
        """What remains of both edits: what you did not touch is theirs, what you did is yours."""
        base, theirs, yours = self.base, self.theirs, self.yours
        terms = type(theirs.terms)
        subject = {terms.SUBJECT: getattr(theirs.terms, terms.SUBJECT)}
        return Version(
            terms(**subject, **merged(terms.TOGETHER, base.columns, theirs.columns, yours.columns)),
            theirs.name if yours.name == base.name else yours.name,
            (theirs.attached | (yours.attached - base.attached)) - (base.attached - yours.attached),
        )

    def overtaken(self, names: ProgramNames) -> list[OvertakenField]:
        """What others changed since, field by field."""
        base, theirs, yours, both = versions = (self.base, self.theirs, self.yours, self.both)
        found = []
        if theirs.name != base.name:
            words = [version.name for version in versions]
            found.append(_overtaken(_("Name"), words, is_touched=yours.name != base.name))
        for column in theirs.columns:
            if differs(base.terms, theirs.terms, column):
                words = [words_of(version.terms, column, names) for version in versions]
                is_touched = differs(yours.terms, base.terms, column) or differs(both.terms, theirs.terms, column)
                found.append(_overtaken(label_of(base.terms, column), words, is_touched=is_touched))
        if theirs.attached != base.attached:
            links = base.terms.LINKS
            words = [names.of(links, version.attached) for version in versions]
            found.append(_overtaken(label_of(base.terms, links), words, is_touched=yours.attached != base.attached))
        return found


def _overtaken(label: str, words: list[str], *, is_touched: bool) -> OvertakenField:
    before, theirs, yours, stays = words
    return OvertakenField(label, before, theirs, yours if is_touched else "", stays)


Columns = Mapping[str, Any]


def merged(together: tuple[tuple[str, ...], ...], was: Columns, now: Columns, typed: Columns) -> dict[str, Any]:
    """The columns after both edits; those that are chosen ``together`` stay together.

    Of lists that both changed, each has what both added and lacks what either took off; of tables of rules, each row
    is whose it was.
    """
    single = [(column,) for column in now if not any(column in group for group in together)]
    columns = dict(now)
    for group in (*together, *single):
        if any(typed[column] != was[column] for column in group):
            columns |= {column: typed[column] for column in group}
            columns |= _merged_lists(group, was, now, typed)
    return columns


def _merged_lists(group: tuple[str, ...], was: Columns, now: Columns, typed: Columns) -> dict[str, Any]:
    """The lists of a group that both sides changed, where nothing else of the group differs between them."""
    lists = [each for each in group if all(isinstance(columns[each], list) for columns in (was, now, typed))]
    if any(not was[each] == now[each] == typed[each] for each in group if each not in lists):
        return {}
    merge = {"rules": _merged_rows}
    return {each: merge.get(each, _merged_ids)(was[each], now[each], typed[each]) for each in lists}


def _merged_ids(was: list[int], now: list[int], typed: list[int]) -> list[int]:
    return sorted((set(now) | (set(typed) - set(was))) - (set(was) - set(typed)))


def _merged_rows(was: list[list[str]], now: list[list[str]], typed: list[list[str]]) -> list[list[str]]:
    """By where the rows begin; one that you changed, added or took away is as you have it."""
    old, theirs, yours = ({row[0]: row[1] for row in rows} for rows in (was, now, typed))
    rows = {start: value for start, value in theirs.items() if start in yours or start not in old}
    rows |= {start: value for start, value in yours.items() if old.get(start) != value}
    return sorted(([start, value] for start, value in rows.items()), key=lambda row: Decimal(row[0]))

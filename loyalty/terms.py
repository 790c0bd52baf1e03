"""Terms as immutable rows: an edit writes a new one, what was given points at the old."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self, TypeVar, cast

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from chains.models import User
from loyalty.rules import terms


class ImmutableTerms(models.Model):
    """A row that says what was promised from one edit until the next."""

    set_at = models.DateTimeField(_("in force since"))

    #: The name of the foreign key to what the terms belong to.
    SUBJECT: ClassVar[str]

    class Meta:
        abstract = True
        triggers = (pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete),)

    @classmethod
    def choices_of(cls, row: Self | None) -> dict[str, Any]:
        """What an administrator chose in a row, by column; nothing of who, when and for what."""
        apart = {"id", "set_at", "set_by", cls.SUBJECT}
        columns = [field.attname for field in cls._meta.concrete_fields if field.name not in apart]
        return {column: getattr(row, column) for column in columns} if row else {}


Terms = TypeVar("Terms", bound=ImmutableTerms)


class HasTerms(Protocol):
    """What has terms in force: a promotion, a card type, the referral program."""

    terms: Any

    def save(self, *, update_fields: Iterable[str]) -> None: ...


def write_terms(
    model: type[Terms],
    subject: HasTerms,
    *,
    changes: Mapping[str, Any],
    at: datetime,
    acting_user: User | None,
) -> Terms:
    """Add a row of terms with the changes and let it be in force; the same choices write nothing.

    The caller holds the lock of ``subject``. Raises ``ValidationError`` for what cannot be, by column.
    """
    current = cast("Terms | None", subject.terms)
    before = model.choices_of(current)
    row = model(**{**before, **changes}, set_at=at, set_by=acting_user, **{model.SUBJECT: subject})
    if current is not None and model.choices_of(row) == before:
        return current
    row.full_clean()
    row.save()
    subject.terms = row
    subject.save(update_fields=["terms"])
    return row


def period_of(count: int | None, unit: str) -> terms.Period | None:
    return terms.Period(count, terms.PeriodUnit(unit)) if count else None


def scope_of(mode: str, items: Iterable[int], categories: Iterable[int]) -> terms.Scope:
    return terms.Scope(terms.ScopeMode(mode), frozenset(items), frozenset(categories))

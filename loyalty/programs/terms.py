"""Terms as immutable rows: an edit writes a new one, what was given points at the old."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, cast

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from chains.acting import Acting, user_of
from loyalty.rules import terms


class ImmutableTerms(models.Model):
    """A row that says what was promised from one edit until the next."""

    set_at = models.DateTimeField(_("in force since"))

    #: The name of the foreign key to what the terms belong to.
    SUBJECT: ClassVar[str]
    #: What that is attached to, if to anything: the name of the relation, and of the field in its form.
    LINKS: ClassVar[str] = ""
    #: Columns that are chosen together, so that of two edits of the same terms one has all of them.
    TOGETHER: ClassVar[tuple[tuple[str, ...], ...]] = ()
    #: What a blank column means, where it is not "none" or "never".
    BLANKS: ClassVar[Mapping[str, StrOrPromise]] = {}
    #: How a column is told that holds more than a name or a figure: by its value, and the names of the chain's things.
    WORDS: ClassVar[Mapping[str, Callable[[Any, Any], str]]] = {}
    #: What stands beside a column whose number is too small.
    TOO_SMALL: ClassVar[Mapping[str, StrOrPromise]] = {}

    class Meta:
        abstract = True
        triggers = (pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete),)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Each column by itself, in words of ours where a number is out of its range."""
        try:
            super().clean_fields(exclude=exclude)
        except ValidationError as error:
            found = {column: self._in_our_words(column, errors) for column, errors in error.error_dict.items()}
            raise ValidationError(found) from error

    def clean(self) -> None:
        """What contradicts; only looked for in columns that can be."""
        self.check_choices(frozenset(self._wrong_columns()))

    def mistakes(self) -> dict[str, list[str]]:
        """All that cannot be, by column, at once."""
        found = self._wrong_columns()
        try:
            self.check_choices(frozenset(found))
        except ValidationError as error:
            found |= error.message_dict
        return found

    def check_choices(self, wrong: frozenset[str] = frozenset()) -> None:
        """Raise ``ValidationError`` by column for what cannot be; columns in ``wrong`` are not looked at."""

    def _wrong_columns(self) -> dict[str, list[str]]:
        try:
            self.clean_fields(exclude={self.SUBJECT, "set_by", "set_at"})
        except ValidationError as error:
            return error.message_dict
        return {}

    def _in_our_words(self, column: str, errors: Iterable[ValidationError]) -> list[str]:
        words = {"min_value": self.TOO_SMALL.get(column), "max_value": gettext("Type a smaller number.")}
        return [str(words.get(str(error.code)) or error.messages[0]) for error in errors]

    @classmethod
    def is_of_a_name(cls) -> bool:
        """Whether what the terms belong to goes by a name; then the events of its row tell its versions too."""
        subject: Any = cls._meta.get_field(cls.SUBJECT).related_model
        return any(field.name == "name" for field in subject._meta.concrete_fields)

    @classmethod
    def choices_of(cls, row: Self | None) -> dict[str, Any]:
        """What an administrator chose in a row, by column; nothing of who, when and for what."""
        apart = {"id", "set_at", "set_by", cls.SUBJECT}
        columns = [field.attname for field in cls._meta.concrete_fields if field.name not in apart]
        return {column: getattr(row, column) for column in columns} if row else {}


Terms = TypeVar("Terms", bound=ImmutableTerms)
Snapshot = TypeVar("Snapshot")

#: More terms than a process meets in a day; beyond them it begins anew.
_MOST_KNOWN = 20_000


class KnownTerms(Generic[Snapshot]):
    """Terms as the rules read them, by id. As they never change, a process reads each of them once."""

    def __init__(self, model: type[ImmutableTerms], as_rules: Callable[[Any], Snapshot]) -> None:
        self._model, self._as_rules = model, as_rules
        self._known: dict[int, Snapshot] = {}

    def of(self, ids: Iterable[int]) -> dict[int, Snapshot]:
        """Those of these ids; at most one query."""
        wanted, known = set(ids), self._known
        found = {pk: known[pk] for pk in wanted if pk in known}
        if missing := wanted - found.keys():
            found |= {row.pk: self._as_rules(row) for row in self._model._default_manager.filter(pk__in=missing)}
            # Another thread may be reading: what is known is only ever added to, or left behind as a whole.
            self._known = known if len(known) < _MOST_KNOWN else {}
            self._known.update(found)
        return found


class HasTerms(Protocol):
    """What has terms in force: a promotion, a type, the referral program."""

    terms: Any
    all_terms: Any

    def save(self, *, update_fields: Iterable[str]) -> None: ...


def terms_of(subject: HasTerms) -> Any:
    """The terms in force; there are some once a promotion or a card type is saved."""
    assert subject.terms is not None
    return subject.terms


class HasName(Protocol):
    """What goes by a name that is unique in its chain."""

    name: str

    def full_clean(self, *, exclude: Iterable[str] | None = ..., validate_constraints: bool = ...) -> None: ...

    def save(self) -> None: ...


def write_terms(
    model: type[Terms],
    subject: HasTerms,
    *,
    changes: Mapping[str, Any],
    at: datetime,
    acting_user: Acting,
) -> Terms:
    """Add a row of terms with the changes and let it be in force; the same choices write nothing.

    The caller holds the lock of ``subject``. Raises ``ValidationError`` for what cannot be, by column.
    """
    current = cast("Terms | None", subject.terms)
    before = model.choices_of(current)
    row = model(**{**before, **changes}, set_at=at, set_by=user_of(acting_user), **{model.SUBJECT: subject})
    if current is not None and model.choices_of(row) == before:
        return current
    row.full_clean()
    row.save()
    subject.terms = row
    subject.save(update_fields=["terms"])
    return row


def one_order(choices: Mapping[str, Any]) -> dict[str, Any]:
    """The same choices always written the same way, so that what did not change is seen not to have."""
    return {column: sorted(set(value)) if column in LISTS and value else value for column, value in choices.items()}


#: Columns of a scope, chosen together.
SCOPE_COLUMNS = (
    ("service_mode", "services", "service_categories"),
    ("product_mode", "products", "product_categories"),
)
#: Columns that hold ids in no order of their own.
LISTS = frozenset({"services", "service_categories", "products", "product_categories", "locations"})


def save_name(subject: HasName, name: str) -> None:
    """Save a promotion or card type under a name that no other of its chain has; the caller is in a transaction."""
    subject.name = name.strip()
    subject.full_clean(exclude={"terms"}, validate_constraints=False)
    try:
        with transaction.atomic():
            subject.save()
    except IntegrityError as error:
        raise ValidationError({"name": _("Another one has this name. Choose a different name.")}) from error


def period_of(count: int | None, unit: str) -> terms.Period | None:
    return terms.Period(count, terms.PeriodUnit(unit)) if count else None


def scope_of(mode: str, items: Iterable[int], categories: Iterable[int]) -> terms.Scope:
    return terms.Scope(terms.ScopeMode(mode), frozenset(items), frozenset(categories))

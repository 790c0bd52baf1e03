"""Files of lists that are prepared in the background."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from chains.folding import FoldedField, SpellingsField
from chains.models import Chain, User
from config.ui.books import FileFormat, format_of


class ExportState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    WRITING = "writing", _("Being written")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class Failure(models.TextChoices):
    """Why there is no file, in words that say what to do."""

    NOT_THERE = (
        "not_there",
        _("You may no longer see the list or export it, or something that it was filtered by is gone. Open it again."),
    )
    TOO_LONG = (
        "too_long",
        _("The list has more rows by now than a sheet of Excel can hold. Choose a shorter period or more filters."),
    )
    BROKE_OFF = (
        "broke_off",
        _("Writing it was broken off several times. Ask for fewer rows, or tell who runs this site."),
    )


class ExportQuerySet(models.QuerySet["Export"]):
    def asked_by(self, user: User) -> Self:
        return self.filter(user=user)

    def to_write(self, at: datetime) -> Self:
        """What nobody writes at ``at``: new ones, and those whose worker has not been heard of for too long."""
        waiting = models.Q(state=ExportState.WAITING) | models.Q(state=ExportState.WRITING, leased_until__lte=at)
        return self.filter(waiting).order_by("asked_at", "pk")

    def being_written(self, at: datetime) -> Self:
        return self.filter(state=ExportState.WRITING, leased_until__gt=at)

    def past(self, at: datetime) -> Self:
        return self.filter(expires_at__lte=at)


class Export(models.Model):
    """A list that a user asked for as a file: which one, how far it is, and until when it is kept.

    ``path`` is the list's own address with its filters and its order. ``attempts`` counts the workers who took it up;
    only the latest may write on.
    """

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="exports", verbose_name=_("chain"))
    user = models.ForeignKey(User, models.PROTECT, related_name="exports", verbose_name=_("asked by"))
    title = models.CharField(_("list"), max_length=200)
    title_folded = FoldedField(of="title")
    title_spellings = SpellingsField(of="title")
    filename = models.CharField(_("file"), max_length=300)
    path = models.TextField(_("address"))
    language = models.CharField(_("language"), max_length=12)
    state = models.CharField(_("state"), max_length=10, choices=ExportState.choices, default=ExportState.WAITING)
    asked_at = models.DateTimeField(_("asked for"))
    rows_total = models.PositiveIntegerField(_("rows"))
    rows_done = models.PositiveIntegerField(_("rows written"), default=0)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    leased_until = models.DateTimeField(_("worker heard of until"), null=True)
    failure = models.CharField(_("reason"), max_length=12, choices=Failure.choices, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    expires_at = models.DateTimeField(_("kept until"))

    objects: ClassVar[models.Manager[Export]] = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = (
            models.Index("user", "asked_at", name="export_by_user"),
            models.Index("expires_at", name="export_by_end"),
        )

    def __str__(self) -> str:
        return self.filename

    @property
    def format(self) -> FileFormat:
        return format_of(self.filename)

    @property
    def is_under_way(self) -> bool:
        return self.state in {ExportState.WAITING, ExportState.WRITING}

    @property
    def is_being_saved(self) -> bool:
        """All rows are written, and the file is put together; of a long list that takes a while too."""
        return self.state == ExportState.WRITING and self.rows_done >= self.rows_total

    @property
    def percent(self) -> int:
        return min(100, 100 * self.rows_done // max(1, self.rows_total))

    def content(self) -> Iterator[bytes]:
        """The file, piece by piece."""
        pieces = self.parts.order_by("number").values_list("content", flat=True)
        return (bytes(piece) for piece in pieces.iterator(chunk_size=1))


class ExportPart(models.Model):
    """A piece of a file. It is kept in the database, which every web and worker process reaches."""

    export = models.ForeignKey(Export, models.CASCADE, related_name="parts", verbose_name=_("export"))
    number = models.PositiveIntegerField(_("number"))
    content = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("part of an export")
        verbose_name_plural = _("parts of exports")
        constraints = (models.UniqueConstraint("export", "number", name="export_part_once"),)

    def __str__(self) -> str:
        return f"{self.export_id}, {self.number}"

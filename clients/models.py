"""Who comes: the client database of a chain."""

from __future__ import annotations

from typing import ClassVar, Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from chains.folding import FoldedField
from chains.models import Chain, Location
from clients.messages.models import Message

__all__ = ["Client", "Message"]


class ClientQuerySet(models.QuerySet["Client"]):
    def locked(self) -> Self:
        """These clients in primary-key order, held until the transaction ends."""
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))


@pghistory.track(exclude=["name_folded", "spellings", "search_grams"])
class Client(models.Model):
    """A guest of a chain, known by phone in all its locations."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="clients", verbose_name=_("chain"))
    name = models.CharField(_("name"), max_length=150)
    phone = PhoneNumberField(_("phone"), null=True, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    birthday_on = models.DateField(_("birthday"), null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    registered_at = models.DateTimeField(_("registered"))
    registered_location = models.ForeignKey(
        Location, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("registered at")
    )
    # Written with the row, by clients.folding, so that search needs no extension of PostgreSQL.
    name_folded = FoldedField()
    spellings = models.TextField(editable=False)
    search_grams = ArrayField(models.CharField(max_length=3), default=list, editable=False)

    objects: ClassVar[models.Manager[Client]] = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        constraints = (models.UniqueConstraint("chain", "phone", name="client_phone_once_per_chain"),)
        indexes = (
            models.Index("chain", "name_folded", name="client_by_name"),
            GinIndex("search_grams", name="client_by_search"),
        )

    def __str__(self) -> str:
        return self.name

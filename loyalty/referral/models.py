"""The referral program of a chain, and who invited whom (docs/rules.md, section 7)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chains.models import Chain
from clients.models import Client
from loyalty.cards.models import CardType
from loyalty.promotions.models import Promotion
from loyalty.rules import terms as rules_terms
from loyalty.terms import ImmutableTerms


class Accrues(models.TextChoices):
    FIRST_VISIT = rules_terms.ReferralAccrues.FIRST_VISIT.value, _("for the first visit only")
    EVERY_VISIT = rules_terms.ReferralAccrues.EVERY_VISIT.value, _("for every visit")


class ReferralProgram(models.Model):
    """The one referral program of a chain; what it promises stands in its terms in force."""

    chain = models.OneToOneField(Chain, models.PROTECT, related_name="referral_program", verbose_name=_("chain"))
    terms = models.ForeignKey("loyalty.ReferralTerms", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("referral program")
        verbose_name_plural = _("referral programs")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    def as_rules(self) -> rules_terms.ReferralProgram | None:
        """The program under the terms in force, None while it is off."""
        return self.terms.as_rules() if self.terms and self.terms.is_on else None


class ReferralTerms(ImmutableTerms):
    """Who gets what for an invitation, from an edit until the next."""

    program = models.ForeignKey(ReferralProgram, models.PROTECT, related_name="all_terms")
    is_on = models.BooleanField(_("on"), default=True)
    discount = models.ForeignKey(
        Promotion, models.PROTECT, related_name="+", verbose_name=_("promotion for the invited client")
    )
    cashback = models.ForeignKey(
        Promotion, models.PROTECT, related_name="+", verbose_name=_("promotion for the inviting client")
    )
    accrues = models.CharField(_("accrue"), max_length=12, choices=Accrues.choices, default=Accrues.FIRST_VISIT)
    card_type = models.ForeignKey(
        CardType, models.PROTECT, related_name="+", verbose_name=_("loyalty card for the bonuses")
    )
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    SUBJECT: ClassVar[str] = "program"

    def __str__(self) -> str:
        return f"{self.discount}, {self.cashback}"

    def as_rules(self) -> rules_terms.ReferralProgram:
        """These terms, with the promotions and the card type as they are in force today."""
        return rules_terms.ReferralProgram(
            terms_id=self.pk,
            discount=self.discount.as_rules(),
            cashback=self.cashback.as_rules(),
            accrues=rules_terms.ReferralAccrues(self.accrues),
            card_type=self.card_type.as_rules(),
        )


class ReferralLink(models.Model):
    """That a guest was invited by another client; made by the guest's first visit, undone with it."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="referral_links")
    guest = models.OneToOneField(Client, models.PROTECT, related_name="invited_by", verbose_name=_("guest"))
    inviter = models.ForeignKey(Client, models.PROTECT, related_name="invited", verbose_name=_("inviter"))
    visit = models.OneToOneField("visits.Visit", models.PROTECT, related_name="referral_link")
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("referral link")
        verbose_name_plural = _("referral links")
        constraints = (models.CheckConstraint(condition=~Q(guest=F("inviter")), name="referral_not_of_oneself"),)

    def __str__(self) -> str:
        return f"{self.inviter} → {self.guest}"

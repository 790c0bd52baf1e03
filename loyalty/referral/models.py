"""The referral programs of a chain and of its locations, and who invited whom (docs/rules.md, section 7)."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chains.models import Chain, Location
from clients.models import Client
from loyalty.cards.models import CardType
from loyalty.labels import choices_of
from loyalty.programs.terms import ImmutableTerms
from loyalty.promotions.models import Promotion
from loyalty.rules import terms as rules_terms
from loyalty.rules.terms import FirstIn, ReferralAccrues


class State(models.TextChoices):
    """Whether a program stands at its place; ``NONE`` is of locations alone."""

    ON = "on", _("on")
    OFF = "off", _("off")
    NONE = "none", _("none: that of the chain holds")


class ReferralProgramQuerySet(models.QuerySet["ReferralProgram"]):
    def of_place(self, chain: Chain, location: Location | None) -> Self:
        """The program of the chain (location None), or that of one location itself."""
        return self.filter(chain=chain, location=location)

    def standing(self) -> Self:
        """Those that are on: what they give may be on no card."""
        return self.filter(terms__state=State.ON)

    def giving(self, promotion: Promotion) -> Self:
        """Those on that give the promotion, to the invited client or to the inviter."""
        return self.standing().filter(Q(terms__discount=promotion) | Q(terms__cashback=promotion))

    def with_terms(self) -> Self:
        """With all that the rules read of the terms in force."""
        return self.select_related(
            "location", "terms__discount__terms", "terms__cashback__terms", "terms__card_type__terms"
        )


class ReferralProgram(models.Model):
    """The one referral program of a chain or of a location of it; what it promises stands in its terms in force."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="referral_programs", verbose_name=_("chain"))
    location = models.ForeignKey(
        Location, models.PROTECT, null=True, related_name="referral_programs", verbose_name=_("location")
    )
    terms = models.ForeignKey("loyalty.ReferralTerms", models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager[ReferralProgram]] = ReferralProgramQuerySet.as_manager()

    class Meta:
        verbose_name = _("referral program")
        verbose_name_plural = _("referral programs")
        constraints = (
            models.UniqueConstraint(
                fields=("chain", "location"), nulls_distinct=False, name="referral_program_once_per_place"
            ),
        )

    def __str__(self) -> str:
        return str(self.location or self._meta.verbose_name)

    @property
    def stands_here(self) -> bool:
        """Whether it, on or off, stands at its place; that of a location may leave it to the chain's."""
        return self.terms is not None and self.terms.state != State.NONE

    def as_rules(self) -> rules_terms.ReferralProgram | None:
        """The program under the terms in force, None unless it is on."""
        return self.terms.as_rules() if self.terms and self.terms.is_on else None


class ReferralTerms(ImmutableTerms):
    """Who gets what for an invitation, from an edit until the next; what is not on may leave it open."""

    program = models.ForeignKey(ReferralProgram, models.PROTECT, related_name="all_terms")
    state = models.CharField(_("referral program"), max_length=4, choices=State.choices, default=State.ON)
    discount = models.ForeignKey(
        Promotion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("promotion for the invited client"),
    )
    cashback = models.ForeignKey(
        Promotion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("promotion for the inviting client"),
    )
    accrues = models.CharField(
        _("accrue"), max_length=12, choices=choices_of(ReferralAccrues), default=ReferralAccrues.FIRST_VISIT.value
    )
    card_type = models.ForeignKey(
        CardType,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("loyalty card for the bonuses"),
    )
    first_in = models.CharField(
        _("first visit in"), max_length=8, choices=choices_of(FirstIn), default=FirstIn.CHAIN.value
    )
    counts_free_visits = models.BooleanField(_("visits that cost nothing count"), default=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    SUBJECT: ClassVar[str] = "program"
    #: What a program that is on cannot do without.
    NEEDED: ClassVar[tuple[str, ...]] = ("discount", "cashback", "card_type")

    class Meta(ImmutableTerms.Meta):
        constraints = (
            models.CheckConstraint(
                condition=~Q(state=State.ON)
                | Q(discount__isnull=False, cashback__isnull=False, card_type__isnull=False),
                name="referral_program_on_is_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.discount}, {self.cashback}"

    @property
    def is_on(self) -> bool:
        return self.state == State.ON

    @property
    def is_whole(self) -> bool:
        """Whether all is chosen that a program needs to give something."""
        return all(getattr(self, f"{name}_id") for name in self.NEEDED)

    @property
    def parts(self) -> tuple[Promotion, Promotion, CardType]:
        """For the invited client, for the inviting client, and the card type; of terms that are whole."""
        assert self.discount and self.cashback and self.card_type
        return self.discount, self.cashback, self.card_type

    def check_choices(self, wrong: frozenset[str] = frozenset()) -> None:
        if self.state == State.NONE and self.program.location_id is None:
            raise ValidationError({"state": _("The program of the chain is on or off.")})
        if self.is_on:
            blank = [name for name in self.NEEDED if getattr(self, f"{name}_id") is None and name not in wrong]
            if blank:
                raise ValidationError({name: _("A program that is on needs this.") for name in blank})

    def as_rules(self) -> rules_terms.ReferralProgram:
        """These terms, with the promotions and the card type as they are in force today; for terms that are whole."""
        discount, cashback, _card_type = self.parts
        return self.as_rules_with(discount.as_rules(), cashback.as_rules())

    def as_rules_with(
        self, discount: rules_terms.Promotion, cashback: rules_terms.Promotion
    ) -> rules_terms.ReferralProgram:
        """These terms, with the promotions under terms of their own."""
        assert self.card_type
        return rules_terms.ReferralProgram(
            id=self.program_id,
            terms_id=self.pk,
            discount=discount,
            cashback=cashback,
            accrues=ReferralAccrues(self.accrues),
            card_type=self.card_type.as_rules(),
            first_in=FirstIn(self.first_in),
            counts_free_visits=self.counts_free_visits,
        )


class ReferralLink(models.Model):
    """That a guest was invited by another client; made by the guest's first visit, undone with it.

    ``program`` made it: with *every visit*, later visits follow that program as it then stands.
    """

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="referral_links")
    guest = models.OneToOneField(Client, models.PROTECT, related_name="invited_by", verbose_name=_("guest"))
    inviter = models.ForeignKey(Client, models.PROTECT, related_name="invited", verbose_name=_("inviter"))
    program = models.ForeignKey(ReferralProgram, models.PROTECT, related_name="links")
    visit = models.OneToOneField("visits.Visit", models.PROTECT, related_name="referral_link")
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("referral link")
        verbose_name_plural = _("referral links")
        constraints = (models.CheckConstraint(condition=~Q(guest=F("inviter")), name="referral_not_of_oneself"),)

    def __str__(self) -> str:
        return f"{self.inviter} → {self.guest}"

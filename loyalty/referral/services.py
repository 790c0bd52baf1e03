"""The referral program is set up here."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chains.models import Chain, User
from loyalty.promotions.models import Promotion
from loyalty.referral.models import ReferralProgram, ReferralTerms
from loyalty.rules.terms import PromotionKind
from loyalty.terms import write_terms

CASHBACK_KINDS = (PromotionKind.CASHBACK_FIXED_SOLD, PromotionKind.CASHBACK_FIXED_PAID)


@transaction.atomic
def set_referral_program(*, chain: Chain, at: datetime, acting_user: User | None, **choices: Any) -> ReferralProgram:
    """Put new terms of the referral program in force; ``choices`` are columns of ``ReferralTerms``.

    Raises ``ValidationError`` where a promotion does not fit its place (docs/rules.md, section 7).
    """
    program, _made = ReferralProgram.objects.get_or_create(chain=chain)
    program = ReferralProgram.objects.select_for_update(no_key=True).get(pk=program.pk)
    if "discount" in choices:
        _check_fits(choices["discount"], (PromotionKind.DISCOUNT_FIXED,), "discount")
    if "cashback" in choices:
        _check_fits(choices["cashback"], CASHBACK_KINDS, "cashback")
    columns = {
        f"{name}_id" if hasattr(value, "pk") else name: getattr(value, "pk", value) for name, value in choices.items()
    }
    write_terms(ReferralTerms, program, changes=columns, at=at, acting_user=acting_user)
    return program


def _check_fits(promotion: Promotion, kinds: tuple[PromotionKind, ...], place: str) -> None:
    if promotion.as_rules().kind not in kinds:
        raise ValidationError({place: _("This kind of promotion does not fit here.")})
    if promotion.card_types.exists():
        raise ValidationError({place: _("A promotion of the referral program may not be attached to a card type.")})

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
from loyalty.terms import stale_edit, write_terms

#: The kinds of promotion that each place of the program takes.
FITTING = {
    "discount": (PromotionKind.DISCOUNT_FIXED,),
    "cashback": (PromotionKind.CASHBACK_FIXED_SOLD, PromotionKind.CASHBACK_FIXED_PAID),
}


@transaction.atomic
def set_referral_program(
    *, chain: Chain, seen_terms_id: int | None = None, at: datetime, acting_user: User | None, **choices: Any
) -> ReferralProgram:
    """Put new terms of the referral program in force; ``choices`` are columns of ``ReferralTerms``.

    Refuses ``stale_edit`` where ``seen_terms_id`` is given and others are in force; raises ``ValidationError``
    by column where a promotion does not fit its place (docs/rules.md, section 7).
    """
    program, _made = ReferralProgram.objects.get_or_create(chain=chain)
    program = ReferralProgram.objects.select_for_update(no_key=True).get(pk=program.pk)
    if seen_terms_id is not None and seen_terms_id != (program.terms_id or 0):
        raise stale_edit()
    is_on = choices.get("is_on", program.terms.is_on if program.terms else True)
    for place, kinds in FITTING.items():
        chosen = choices.get(place) or getattr(program.terms, place, None)
        if chosen and (is_on or place in choices):
            _check_fits(chosen, kinds, place)
    columns = {
        f"{name}_id" if hasattr(value, "pk") else name: getattr(value, "pk", value) for name, value in choices.items()
    }
    write_terms(ReferralTerms, program, changes=columns, at=at, acting_user=acting_user)
    return program


def _check_fits(promotion: Promotion, kinds: tuple[PromotionKind, ...], place: str) -> None:
    """Holds the promotion, so that it is not attached meanwhile."""
    locked = Promotion.objects.select_for_update(no_key=True).get(pk=promotion.pk)
    if locked.as_rules().kind not in kinds:
        raise ValidationError({place: _("This kind of promotion does not fit here.")})
    if promotion.card_types.exists():
        raise ValidationError(
            {
                place: _("%(promotion)s is attached to a card type. Detach it there, or choose another.")
                % {"promotion": promotion.name}
            }
        )

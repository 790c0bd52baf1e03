"""The referral program is set up here."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting
from chains.models import Chain, Location
from chains.submissions import claim, finish
from loyalty.programs.edits import check_seen_program
from loyalty.programs.terms import write_terms
from loyalty.promotions.models import Promotion
from loyalty.referral.models import ReferralProgram, ReferralTerms, State
from loyalty.rules.terms import PromotionKind

#: The kinds of promotion that each place of the program takes.
FITTING = {
    "discount": (PromotionKind.DISCOUNT_FIXED,),
    "cashback": (PromotionKind.CASHBACK_FIXED_SOLD, PromotionKind.CASHBACK_FIXED_PAID),
}


@transaction.atomic
def set_referral_program(
    *,
    chain: Chain,
    location: Location | None = None,
    seen: str | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
    **choices: Any,
) -> ReferralProgram:
    """Put new terms of the chain's referral program, or of a location's own, in force.

    ``choices`` are columns of ``ReferralTerms``; what is not chosen stays, or is as usual.

    Refuses ``stale_edit`` where the program is no longer at the version ``seen``; raises ``ValidationError``
    by column where a promotion does not fit its place (docs/rules.md, section 7).
    """
    submission = claim(
        chain=chain, key=key, action="set_referral_program", user=acting_user, on=(location or chain,), at=at
    )
    if submission.result_id:
        return ReferralProgram.objects.get(pk=submission.result_id)
    program, _made = ReferralProgram.objects.get_or_create(chain=chain, location=location)
    program = ReferralProgram.objects.select_for_update(no_key=True).get(pk=program.pk)
    check_seen_program(program, ReferralTerms, seen)
    is_on = choices.get("state", program.terms.state if program.terms else State.ON) == State.ON
    kept = {place: getattr(program.terms, place, None) for place in FITTING}
    wanted = {place: choices.get(place) or kept[place] for place in FITTING}
    # What fits no longer must not keep a program from being turned off.
    _check_fit({place: each for place, each in wanted.items() if each and (is_on or each != kept[place])})
    columns = {
        f"{name}_id" if name in ReferralTerms.NEEDED else name: getattr(value, "pk", value)
        for name, value in choices.items()
    }
    write_terms(ReferralTerms, program, changes=columns, at=at, acting_user=acting_user)
    finish(submission, program.pk)
    return program


def _check_fit(wanted: Mapping[str, Promotion]) -> None:
    """Holds the promotions, in primary-key order as everywhere, so that none is attached meanwhile."""
    ids = [promotion.pk for promotion in wanted.values()]
    held = Promotion.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    locked = {promotion.pk: promotion for promotion in held}
    for place, promotion in wanted.items():
        terms = locked[promotion.pk].as_rules()
        if terms.kind not in FITTING[place]:
            raise ValidationError({place: _("This kind of promotion does not fit here.")})
        if place == "discount" and terms.every > 1:
            raise ValidationError(
                {
                    place: _(
                        "%(promotion)s is not given on every visit, so the first visit of an invited guest would get "
                        "nothing. Set its number of visits to 1, or choose another."
                    )
                    % {"promotion": promotion.name}
                }
            )
        if promotion.card_types.exists():
            raise ValidationError(
                {
                    place: _("%(promotion)s is attached to a card type. Detach it there, or choose another.")
                    % {"promotion": promotion.name}
                }
            )

"""The jobs of the ledger: what is past its day ends, guests are told before points burn, and rows are summed."""

from celery import shared_task
from django.utils import timezone

from chains.models import Chain
from loyalty.gift_cards.services import expire_gift_cards
from loyalty.ledger.burning import burn_points as burn_points_of
from loyalty.ledger.notices import queue_notices
from loyalty.ledger.sums import sum_up_each
from loyalty.memberships.periods import run_memberships
from loyalty.memberships.renewals.providers import PROVIDERS
from visits.debits import debit_appointments as debit_appointments_of
from visits.renewals import renew_due
from visits.sums import sum_up_visits


@shared_task
def burn_points() -> None:
    """Burn points, expire gift cards, begin, turn and expire memberships, chain by chain; the next run catches up."""
    at = timezone.now()
    for chain in Chain.objects.order_by("pk"):
        burn_points_of(chain=chain, at=at)
        expire_gift_cards(chain=chain, at=at)
        run_memberships(chain=chain, at=at)


@shared_task
def debit_appointments() -> None:
    """Debit memberships for appointments that have begun; what a run misses, the next one does."""
    at = timezone.now()
    for chain in Chain.objects.order_by("pk"):
        debit_appointments_of(chain=chain, at=at)


@shared_task
def renew_memberships() -> None:
    """Charge memberships that renew themselves, from the chain's hour for notices on; the next run catches up."""
    at = timezone.now()
    for chain in Chain.objects.order_by("pk"):
        if at.astimezone(chain.zone).hour >= chain.notice_hour:
            renew_due(chain=chain, providers=PROVIDERS, at=at, clock=timezone.now)


@shared_task
def send_notices() -> None:
    """Queue the notices before burning for the chains whose hour for it has come today.

    From that hour on, not only in it: where the scheduler was down at nine, the run at ten tells.
    """
    at = timezone.now()
    for chain in Chain.objects.order_by("pk"):
        if at.astimezone(chain.zone).hour >= chain.notice_hour:
            queue_notices(chain=chain, at=at)


@shared_task
def sum_rows() -> None:
    """Move what was written into the sums, which are read with the rest; what a run leaves, the next one moves."""
    sum_up_each(Chain.objects.order_by("pk"))
    for chain in Chain.objects.order_by("pk"):
        sum_up_visits(chain=chain)

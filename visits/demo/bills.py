"""Bills of the demo chain beside its visits of every day, with dice of their own."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from chains.models import Location, User
from clients.models import Client
from loyalty.rules.plan import PaymentChoice, PaymentMethod, Plan, Status
from visits.checkout import save_visit
from visits.demo.setting import Setting
from visits.models import Visit


@dataclass
class Bills:
    """Where they are made, and what decides of them: the visits beside them are the same with and without."""

    setting: Setting
    dice: random.Random

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute), self.setting.chain.zone)

    def key(self) -> uuid.UUID:
        return uuid.UUID(int=self.dice.getrandbits(128), version=4)

    def save(
        self, location: Location, client: Client | None, at: datetime, *, seller: User | None = None, **parts: Any
    ) -> Visit:
        """A bill of the desk, or of who is named, on which all that is left is paid by one method."""
        method = self.dice.choices(list(PaymentMethod), weights=(4, 5, 1, 1))[0]
        plan = Plan(
            client_id=client.pk if client else None,
            location_id=location.pk,
            starts_at=at,
            starts_on=location.local_date(at),
            status=Status.ARRIVED,
            payments=(PaymentChoice(method, None),),
            **parts,
        )
        seller = seller or self.setting.desks[location.pk]
        at += timedelta(minutes=5)
        return save_visit(location=location, plan=plan, key=self.key(), at=at, acting_user=seller)

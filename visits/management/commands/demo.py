"""Fill an empty database with a demo chain: three salons and three months of visits."""

import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from chains.models import Chain
from visits.demo import demo_sign_ins
from visits.demo.days import DAYS, play_days
from visits.demo.setting import make_setting, today_there


class Command(BaseCommand):
    help = "Fill an empty database with a demo chain. The same seed and day give the same figures."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=datetime.date.fromisoformat, help="the day after the last one played")
        parser.add_argument("--seed", type=int, default=1)

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if Chain.objects.exists():
            raise CommandError("The database already has a chain. The demo needs an empty one.")
        today = options["today"] or today_there(timezone.now())
        opened = datetime.datetime.combine(today - datetime.timedelta(days=DAYS + 1), datetime.time(9), datetime.UTC)
        demo = play_days(make_setting(opened), today=today, seed=options["seed"])
        self.stdout.write(f"Aurora Salons: {len(demo.guests)} clients, {demo.visits} visits.")
        for who, email, password in demo_sign_ins():
            self.stdout.write(f"  {who}: {email} / {password}")

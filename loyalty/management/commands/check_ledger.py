"""Recompute every balance, debt and lot of the ledger from its rows; exit 1 on a difference."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chains.models import Chain
from loyalty.ledger.checks import counted, differences


class Command(BaseCommand):
    help = "Recompute every balance, debt and lot of the ledger from its rows; exit 1 on a difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--chain", help="the address (slug) of one chain; all chains without it")

    def handle(self, *args: Any, **options: Any) -> None:
        chain = None
        if options["chain"]:
            chain = Chain.objects.filter(slug=options["chain"]).first()
            if chain is None:
                raise CommandError(f"There is no chain with the address {options['chain']!r}.")
        found = list(differences(chain))
        for line in found:
            self.stderr.write(line)
        if found:
            raise CommandError(f"The ledger does not add up: {len(found)} differences.")
        counts = counted(chain)
        self.stdout.write(f"The ledger adds up: {counts['holders']} holders, {counts['transactions']} transactions.")

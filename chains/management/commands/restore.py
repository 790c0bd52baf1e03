"""Put back what `backup` wrote."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from config.servers import archives


class Command(BaseCommand):
    help = (
        "Put back a file of `backup`, bring it up to this version, and prove its ledger. "
        "A database that holds something is only overwritten where --overwrite says so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that `backup` wrote")
        parser.add_argument("--overwrite", action="store_true", help="delete what the database holds now")
        parser.add_argument("--no-input", action="store_true", help="do not ask before overwriting")

    def handle(self, *args: Any, **options: Any) -> None:
        name = str(connection.settings_dict["NAME"])
        if archives.tables():
            if not options["overwrite"]:
                raise CommandError(
                    f"The database {name} is not empty, and nothing was changed: "
                    "add --overwrite (with make, OVERWRITE=yes) to delete what it holds."
                )
            if not options["no_input"]:
                _ask(name)
        if archives.others_connected():
            raise CommandError("The database is in use, and nothing was changed: stop Regulars first.")
        connection.close()
        try:
            archives.put_back(options["file"])
        except archives.ArchiveProblem as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{options['file']} is put back.")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("check_ledger", stdout=self.stdout, stderr=self.stderr)


def _ask(name: str) -> None:
    print(f"Everything that the database {name} holds now will be deleted.")
    try:
        answer = input(f"Type its name to go on: {name!r}? ")
    except (EOFError, KeyboardInterrupt):
        answer = ""
    if answer.strip() != name:
        raise CommandError("Nothing was changed.")

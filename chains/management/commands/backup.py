"""Write the database to a file."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.servers import archives


class Command(BaseCommand):
    help = "Write everything that the database holds to one file, which `restore` puts back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="where to, or `-` for the output; else a new file in var/backups")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["file"] == "-":
                archives.write_backup(sys.stdout.buffer)
                return
            file = Path(options["file"]) if options["file"] else _new_file()
            archives.back_up(file)
        except archives.ArchiveProblem as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{file} holds everything as of now ({file.stat().st_size:,} bytes).")


def _new_file() -> Path:
    folder = settings.PATHS.var / "backups"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise archives.ArchiveProblem(f"{folder} cannot be written to ({error.strerror}): name a file.") from error
    return folder / f"regulars-{timezone.now():%Y%m%d-%H%M%S}.dump"

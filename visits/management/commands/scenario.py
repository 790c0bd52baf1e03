"""Play scenario files: chains try a program before they launch it, the project proves its rules."""

import json
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from visits.scenario.performance import play
from visits.scenario.reader import ScenarioError, read_file
from visits.scenario.report import told


class Command(BaseCommand):
    help = (
        "Play scenario files in transactions that are rolled back. Prints ok or FAIL with the first difference for "
        "each; exits 1 where one fails, 2 where one cannot be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="print what every step did, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not connection.introspection.table_names():
            call_command("migrate", verbosity=0)  # an empty database will do
        if lacks_tables():
            raise CommandError("The database lacks tables: run `python manage.py migrate` first.", returncode=2)
        exit_code = 0
        for path in options["files"]:
            try:
                difference, steps = play(read_file(path), tell=told)
            except ScenarioError as error:
                self.stderr.write(str(error))
                exit_code = 2
                continue
            exit_code = max(exit_code, 0 if difference is None else 1)
            if options["json"]:
                self.stdout.write(json.dumps({"file": str(path), "ok": difference is None, "steps": steps}, indent=2))
            else:
                self.stdout.write(f"ok   {path}" if difference is None else f"FAIL {path}: {difference}")
        if exit_code:
            raise SystemExit(exit_code)


def lacks_tables() -> bool:
    migrations = MigrationExecutor(connection)
    return bool(migrations.migration_plan(migrations.loader.graph.leaf_nodes()))

"""One database is migrated for a run of the tests; those of its processes are copies of it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.contrib.contenttypes.management import create_contenttypes
from django.db.backends.postgresql import creation
from django.db.models.signals import post_migrate

TEMPLATE = "template_of_the_tests"


class DatabaseCreation(creation.DatabaseCreation):
    def create_test_db(self, *args: Any, **options: Any) -> str:
        name = str(self._get_test_db_name())  # type: ignore[attr-defined]
        settled = self.connection.settings_dict["TEST"]
        if settings.DATABASE_URL:
            # A server that outlives the run: nothing is left on it but what Django takes away.
            super().create_test_db(*args, **options)
        else:
            with (Path(os.environ["REGULARS_TEST_VAR"]) / "template.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._make_template(*args, **options)
                settled.update(NAME=name, TEMPLATE=TEMPLATE)
                self._create_test_db(verbosity=0, autoclobber=True)  # type: ignore[attr-defined]
            self._connect_to(name)
        # These look after each test that commits whether all permissions are there; they stay (`KEPT` in base.py).
        post_migrate.disconnect(create_permissions, dispatch_uid="django.contrib.auth.management.create_permissions")
        post_migrate.disconnect(create_contenttypes)
        return name

    def _make_template(self, *args: Any, **options: Any) -> None:
        with self._nodb_cursor() as cursor:  # type: ignore[attr-defined]
            if self._database_exists(cursor, TEMPLATE):  # type: ignore[attr-defined]
                return
        self.connection.settings_dict["TEST"]["NAME"] = TEMPLATE
        super().create_test_db(*args, **options)
        # PostgreSQL copies no database that somebody is connected to.
        self.connection.close()

    def _connect_to(self, name: str) -> None:
        self.connection.close()
        settings.DATABASES[self.connection.alias]["NAME"] = name
        self.connection.settings_dict["NAME"] = name
        self.connection.ensure_connection()

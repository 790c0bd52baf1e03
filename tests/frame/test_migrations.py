"""The migration history was begun anew once; a database of before is told so."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder


@pytest.mark.django_db
def test_a_database_of_before_is_refused_in_words() -> None:
    MigrationRecorder(connection).record_applied("reports", "0001_exports")
    with pytest.raises(CommandError, match="begin with an empty one"):
        call_command("migrate", verbosity=0)

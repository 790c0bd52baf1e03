#!/usr/bin/env python
"""The command line of the project: `python manage.py COMMAND`.

A command that needs the database finds the embedded one running, or has it
started for as long as the command lasts.
"""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config.servers.commands import servers_around
from config.servers.errors import CannotStart


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        with servers_around(sys.argv[1:]):
            execute_from_command_line(sys.argv)
    except (CannotStart, ImproperlyConfigured) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

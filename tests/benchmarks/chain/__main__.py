"""`make bench-data SIZE=1000000`: a chain of about so many ledger rows in a data directory of its own, `var/bench`.

Afterwards `REGULARS_VAR=var/bench make run` serves it. Each call adds one more chain; delete the folder to begin anew.
"""

import argparse
import os
from time import perf_counter

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ.setdefault("REGULARS_VAR", "var/bench")

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from config.servers.supervisor import Servers, servers_for_command


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", type=int, help="ledger rows, about")
    parser.add_argument("--slug", help="the address of the chain; the next of bench-1, bench-2 … without it")
    asked = parser.parse_args()
    django.setup()
    # What is thrown away if the machine goes needs no waiting for the disk.
    servers = Servers(settings.PATHS, redis=False, durable=False)
    with servers_for_command(servers, "bench-data"):
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        make(asked.size, asked.slug)


def make(size: int, slug: str | None) -> None:
    from chains.models import Chain
    from loyalty.ledger.models import Transaction
    from loyalty.ledger.sums import sum_up
    from tests.benchmarks.chain.making import make_chain
    from tests.benchmarks.chain.setting import PASSWORD

    slug = slug or f"bench-{Chain.objects.count() + 1}"
    started = perf_counter()
    setting = make_chain(slug, size=size, at=timezone.now(), tell=print)
    rows = Transaction.objects.filter(chain=setting.chain).count()
    print(f"{slug}: {rows:,} ledger rows in {perf_counter() - started:.0f} s.")
    started = perf_counter()
    sum_up(chain=setting.chain)
    print(f"Summed in {perf_counter() - started:.0f} s.")
    started = perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    print(f"Tidied in {perf_counter() - started:.0f} s.")
    for user in setting.staff.values():
        print(f"  {user.name:<26} {user.email:<32} {PASSWORD}")
    started = perf_counter()
    call_command("check_ledger", chain=slug)
    print(f"Checked in {perf_counter() - started:.0f} s.")


if __name__ == "__main__":
    main()

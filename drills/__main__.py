"""`make drill`: ipviz while what it rests on dies, with figures. `--short` is what the suite runs."""

import os
import signal
import sys
import time
from collections.abc import Iterator

import django

from drills.row import Row, table
from drills.servers import FULL, SHORT, Servers, serving


def main(arguments: list[str]) -> bool:
    """Run the drills and print one table; say whether nothing was lost."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever ends it ends what it started
    begun = time.monotonic()
    with serving(SHORT if "--short" in arguments else FULL) as servers:
        into_environment(servers)
        rows = []
        for row in drilled(servers):
            print(f"{time.monotonic() - begun:5.0f} s  {row.drill}", flush=True)
            rows.append(row)
    print(table(rows))
    return not any(row.lost for row in rows)


def drilled(servers: Servers) -> Iterator[Row]:
    """On many workers, then on one machine. Imported here, since Django has to know of the servers first."""
    from drills.alone import alone_rows
    from drills.disturbances import Drills
    from drills.site import started

    with started(servers) as site:
        yield from Drills(site).rows()
    yield from alone_rows(servers)


def into_environment(servers: Servers) -> None:
    """This process reads and writes the site's database, as a worker does."""
    os.environ |= (
        servers.shell
        | servers.outer
        | {
            "DJANGO_SETTINGS_MODULE": "ipviz.settings",
            "DATABASE_URL": servers.postgres.url("ipviz"),
            "REDIS_URL": servers.redis.url,
            "LOG_LEVEL": "ERROR",
        }
    )
    del os.environ["PYTHONPATH"]
    django.setup()


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))

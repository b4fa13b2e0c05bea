"""`make drill`: ipviz on many workers while what it rests on dies, with figures. `--short` is what the suite runs."""

import os
import sys

import django

from drills.row import Row, table
from drills.servers import FULL, SHORT, Servers, serving


def main(arguments: list[str]) -> bool:
    """Run the drills and print one table; say whether nothing was lost."""
    with serving(SHORT if "--short" in arguments else FULL) as servers:
        into_environment(servers)
        from drills.disturbances import Drills
        from drills.site import started

        rows: list[Row] = []
        with started(servers) as site:
            for row in Drills(site).rows():
                rows.append(row)
                print(table([row]).splitlines()[-1], flush=True)
    print(table(rows))
    return not any(row.lost for row in rows)


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

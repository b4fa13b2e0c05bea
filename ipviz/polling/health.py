"""What this process needs, and what the whole needs, looked at one by one. Loads nothing of the clusters'."""

from datetime import datetime, timedelta
from functools import cache

import structlog
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from ipviz.domain.running import Check, check_schedule
from ipviz.polling.pulses import last_tick
from ipviz.polling.queue import BrokerUnreachable, waiting
from ipviz.polling.schedule import TICK_SECONDS

log = structlog.stdlib.get_logger(__name__)

TICK_PATIENCE = timedelta(seconds=24 * TICK_SECONDS)
"""Ticks that a busy worker let expire are no death; two minutes without one are."""
NO_DATABASE = ("It can't be read.", "Look whether it runs; the log of this process says more.")
NO_BROKER = (
    "It does not answer, so nothing is started, and nobody can ask for a poll.",
    "Look whether Redis runs and REDIS_URL is right. Work goes on by itself once it is back.",
)
UNKNOWN = ("Unknown as long as the tables can't be read.", "See there.")


def check_tables() -> list[Check]:
    """The database, and whether it has the tables of this version; two queries."""
    try:
        applied = MigrationRecorder(connection).applied_migrations().keys()
    except Error as error:
        log.warning("health.no_database", error=str(error))
        return [Check("database", *NO_DATABASE), Check("migrations", *UNKNOWN)]
    missing = ", ".join(sorted(f"{app}.{name}" for app, name in _wanted() - applied))
    told = (f"The tables are older than this version: without {missing}.", "Run: python manage.py migrate")
    return [Check("database"), Check("migrations", *(told if missing else ()))]


@cache
def _wanted() -> frozenset[tuple[str, str]]:
    """The last migration of each app, read from the code once: whoever has it has all before it."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def check_all(at: datetime) -> list[Check]:
    """Database, migrations, broker and schedule. Each waits for nothing for long."""
    tables, tasks = check_tables(), queue_length()
    broker = Check("broker", *(NO_BROKER if tasks is None else ()))
    if all(each.is_ok for each in tables):
        schedule = check_schedule(last_tick(), at, patience=TICK_PATIENCE, waiting=tasks)
    else:
        schedule = Check("schedule", *UNKNOWN)
    return [*tables, broker, schedule]


def queue_length() -> int | None:
    """How many tasks wait; None where the broker does not answer."""
    try:
        return waiting()
    except BrokerUnreachable as error:
        log.warning("health.no_broker", error=str(error.__cause__))
        return None

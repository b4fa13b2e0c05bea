"""Whether the parts run that no table is about."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import Error, connection
from prometheus_client.core import InfoMetricFamily, Metric

from ipviz.domain.running import check_schedule
from ipviz.ops.metrics.families import age, single
from ipviz.polling.health import TICK_PATIENCE, queue_length
from ipviz.polling.pulses import last_tick
from ipviz.version import VERSION


def queue(at: datetime) -> Iterator[Metric]:
    """No query; a broker that does not answer is waited for for seconds at most, and is no error."""
    tasks = queue_length()
    yield single("ipviz_broker_up", "Whether the broker answers.", tasks is not None)
    if tasks is not None:
        yield single("ipviz_queue_tasks", "Tasks that no worker has taken yet.", tasks)


def database(at: datetime) -> Iterator[Metric]:
    """One query. That it is away is a figure and no error: others fail by it, and say no more than that."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        is_up = True
    except Error:
        is_up = False
    yield single("ipviz_database_up", "Whether the database can be used.", is_up)


def schedule(at: datetime) -> Iterator[Metric]:
    """One query."""
    tick = last_tick()
    alive = check_schedule(tick, at, patience=TICK_PATIENCE, waiting=None).is_ok
    yield single("ipviz_schedule_up", "Whether the schedule sends ticks, and a worker does them.", alive)
    if tick:
        told = "How long ago a tick was last noted; of those that come in time only some are."
        yield single("ipviz_schedule_tick_age_seconds", told, age(tick, at))


def build(at: datetime) -> Iterator[Metric]:
    info = {
        "version": VERSION,
        "database": connection.vendor,
        "broker": "redis" if settings.REDIS_URL else "files",
    }
    interval = settings.POLL_INTERVAL.total_seconds()
    yield single("ipviz_poll_interval_seconds", "How often each cluster is to be read.", interval)
    yield InfoMetricFamily("ipviz_build", "Which ipviz this is, and on what it runs.", value=info)

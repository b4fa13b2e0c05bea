"""Whether the parts run that no table is about."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import connection
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
    yield InfoMetricFamily("ipviz_build", "Which ipviz this is, and on what it runs.", value=info)

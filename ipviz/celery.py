"""The Celery application: Redis where `REDIS_URL` names one, files in the data folder on one machine."""

import os
from typing import Any

import structlog
from celery import Celery, Task
from celery.signals import beat_init, setup_logging, worker_init
from django.conf import settings
from django.db import connections
from django.dispatch import receiver
from django_structlog.celery.signals import bind_extra_task_metadata
from django_structlog.celery.steps import DjangoStructLogInitStep
from structlog.contextvars import bind_contextvars

from ipviz.polling import folder_queue
from ipviz.polling.schedule import SCHEDULE
from ipviz.version import VERSION

log = structlog.stdlib.get_logger(__name__)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipviz.settings")

POSTGRESQL = "django.db.backends.postgresql"
IS_SHARED = settings.DATABASES["default"]["ENGINE"] == POSTGRESQL

WORKER_THREADS = 128 if IS_SHARED else 32
"""They mostly wait for clusters: so many may not answer at one time before the others have to wait too.

SQLite lets one of them write at a time, and many more would wait for it until they give up.
"""

WORKER_CONNECTIONS = 16


def broker_settings() -> dict[str, Any]:
    if settings.REDIS_URL:
        return {
            "broker_url": settings.REDIS_URL,
            "broker_connection_retry_on_startup": True,
            "worker_prefetch_multiplier": 1,
        }
    folders = {name: settings.BROKER_DIR / name for name in ("queue", "control")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "broker_url": folder_queue.register(),
        "broker_transport_options": {
            "data_folder_in": str(folders["queue"]),
            "data_folder_out": str(folders["queue"]),
            "control_folder": str(folders["control"]),
            "polling_interval": 0.2,
        },
        # Without an event loop the worker acknowledges every two seconds only, and would wait for it.
        "worker_prefetch_multiplier": 0,
        "worker_enable_remote_control": False,
    }


@worker_init.connect
@beat_init.connect
def say_what_starts(sender: object, **_: object) -> None:
    log.info("celery.started", program=type(sender).__name__, version=VERSION)


@worker_init.connect
def share_connections(**_: object) -> None:
    """Few connections to PostgreSQL for many threads, most of which wait for a cluster and not for it."""
    database = connections.settings["default"]
    if database["ENGINE"] == POSTGRESQL:
        database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": WORKER_CONNECTIONS, "timeout": 60}
        database["CONN_MAX_AGE"] = 0  # at the end of its work a thread gives its connection back


@setup_logging.connect
def leave_logs_as_they_are(**_: object) -> None:
    """`ipviz.logs` has set them up for every process; whoever listens here keeps Celery from doing so."""


@receiver(bind_extra_task_metadata)
def name_the_task(task: "Task[..., Any]", **_: object) -> None:
    bind_contextvars(task=task.name)


app = Celery("ipviz")
app.steps["worker"].add(DjangoStructLogInitStep)
app.conf.update(
    **broker_settings(),
    beat_schedule=SCHEDULE,
    beat_scheduler="ipviz.polling.beat:Scheduler",
    beat_schedule_filename=str(settings.IPVIZ_DATA_DIR / "schedule"),
    task_ignore_result=True,
    task_acks_late=True,
    worker_pool="threads",
    worker_concurrency=WORKER_THREADS,
    timezone="UTC",
)
app.autodiscover_tasks(["ipviz.polling"])

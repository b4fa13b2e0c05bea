"""The Celery application: Redis where `REDIS_URL` names one, files in the data folder on one machine."""

import os
from typing import Any

from celery import Celery
from django.conf import settings

from ipviz.polling import folder_queue
from ipviz.polling.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipviz.settings")

WORKER_THREADS = 128
"""They mostly wait for clusters: so many may not answer at one time before the others have to wait too."""


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


app = Celery("ipviz")
app.conf.update(
    **broker_settings(),
    beat_schedule=SCHEDULE,
    beat_schedule_filename=str(settings.IPVIZ_DATA_DIR / "schedule"),
    task_ignore_result=True,
    task_acks_late=True,
    worker_pool="threads",
    worker_concurrency=WORKER_THREADS,
    worker_hijack_root_logger=False,
    timezone="UTC",
)
app.autodiscover_tasks(["ipviz.polling"])

"""When things happen: one tick that starts whatever is due; how often a cluster is due is on its row."""

from typing import Any

TICK_SECONDS = 5

SCHEDULE: dict[str, dict[str, Any]] = {
    "tick": {
        "task": "ipviz.polling.tasks.tick",
        "schedule": TICK_SECONDS,
        # A tick that waited for its successor has nothing left to say.
        "options": {"expires": TICK_SECONDS},
    }
}

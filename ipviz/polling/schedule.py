"""When things happen: a tick starts whatever is due, and now and then old history goes.

How often a cluster is due is on its row.
"""

from typing import Any

TICK_SECONDS = 5
JUDGE_SECONDS = 60
KEEP_SECONDS = 600

SCHEDULE: dict[str, dict[str, Any]] = {
    "tick": {
        "task": "ipviz.polling.tasks.tick",
        "schedule": TICK_SECONDS,
        # A tick that waited for its successor has nothing left to say.
        "options": {"expires": TICK_SECONDS},
    },
    "judge": {
        # Where nothing is read any more, time alone makes something wrong: that nobody reads it.
        "task": "ipviz.polling.tasks.ask_to_judge",
        "schedule": JUDGE_SECONDS,
        "options": {"expires": JUDGE_SECONDS},
    },
    "keep history": {
        "task": "ipviz.polling.tasks.keep_history",
        "schedule": KEEP_SECONDS,
        "options": {"expires": KEEP_SECONDS},
    },
}

"""What gunicorn reads by itself where it is started: its lines leave as all others do.

Each request is told by `ipviz.ops.requests`, which knows who asked; gunicorn's own access log stays off.
"""

import os
from typing import Any

from gunicorn.glogging import Logger

from ipviz import logs


class ServerLogger(Logger):
    def setup(self, cfg: Any) -> None:
        """Before any settings are read: what is wrong with them, they say themselves."""
        level = os.environ.get("LOG_LEVEL", "").upper()
        logs.configure(level if level in ("DEBUG", "WARNING", "ERROR") else "INFO")
        self.error_log.propagate = True


logger_class = ServerLogger

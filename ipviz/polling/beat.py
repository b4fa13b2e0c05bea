"""Celery's schedule, for a clock that is set back: nothing waits until it has caught up."""

from typing import Any

from celery.beat import PersistentScheduler


class Scheduler(PersistentScheduler):
    def tick(self, *args: Any, **kwargs: Any) -> float:
        """One round; what ran last in the future ran just now, and the order of all is made anew."""
        for entry in self.schedule.values():
            now = entry.default_now()
            if entry.last_run_at and entry.last_run_at > now:
                entry.last_run_at = now
                self._heap = None
        return float(super().tick(*args, **kwargs))

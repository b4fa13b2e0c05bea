"""Celery's schedule, for a clock that is set back: nothing waits until it has caught up."""

from typing import Any

from celery.beat import PersistentScheduler


class Scheduler(PersistentScheduler):
    def tick(self, *args: Any, **kwargs: Any) -> float:
        """One round; what ran last in the future is due now, and the order of all is made anew."""
        ahead = [each for each in self.schedule.values() if each.last_run_at > each.default_now()]
        for entry in ahead:
            entry.last_run_at = entry.default_now() - entry.schedule.run_every
            self._heap = None
        return float(super().tick(*args, **kwargs))

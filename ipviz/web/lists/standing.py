"""What the pages ask of findings: as the API, but those that stand where nothing else is said."""

from typing import Any

from ipviz.clusters.filtersets import ChoicesFilter
from ipviz.domain.lifecycle import Status
from ipviz.findings.filtersets import JOINED, FindingFilterSet

STANDING, ALL = "standing", "all"
STATUSES = (STANDING, *(status.value for status in Status), ALL)


class StandingFilterSet(FindingFilterSet):
    status = ChoicesFilter(
        choices=[(each, each) for each in STATUSES], method="standing_as", help_text=JOINED
    )

    def __init__(self, data: Any = None, *args: Any, **options: Any) -> None:
        asked = data.copy()
        asked["status"] = asked.get("status") or STANDING
        super().__init__(asked, *args, **options)

    def standing_as(self, rows: Any, _: str, wanted: list[str]) -> Any:
        if ALL in wanted:
            return rows
        if STANDING in wanted:
            wanted = [*wanted, *(status.value for status in Status if status is not Status.RESOLVED)]
        return super().standing_as(rows, _, wanted)

"""What the collectors share: families with their values, ages, and a bound on how many series there are."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from prometheus_client.core import GaugeMetricFamily

Row = TypeVar("Row", bound=Model)

MOST = 2000
"""Pools, subnets and clusters are told one by one up to so many each: what a cluster lists is not ours."""


def gauge(
    name: str, help_text: str, labels: Sequence[str], values: Iterable[tuple[Sequence[str], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for each, value in values:
        family.add_metric(each, float(value))
    return family


def single(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, value=float(value))


def age(since: datetime, at: datetime) -> float:
    """In seconds; none of what lies ahead, as after a clock was set back."""
    return max(0.0, (at - since).total_seconds())


def bounded(rows: "QuerySet[Row, Any]", what: str) -> tuple[list[Any], GaugeMetricFamily]:
    """The first of them, in their order, and how many there are besides; one query, two where there are."""
    listed = list(rows[: MOST + 1])
    left = rows.count() - MOST if len(listed) > MOST else 0
    told = f"{what.capitalize()} that are not told one by one, as there are more than {MOST}."
    return listed[:MOST], single(f"ipviz_{what}_left_out", told, left)

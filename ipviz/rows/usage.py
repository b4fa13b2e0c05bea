"""How full pools and subnets were over time, and when a pool runs out."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from ipviz.domain.forecast import Forecast
from ipviz.inventory.models import UsageSample
from ipviz.rows.row import Row, place_of


def usage_rows(samples: Sequence[UsageSample], at: datetime | None = None) -> list[Row]:
    """How full something was is the same at any moment."""
    return [_sample(sample) for sample in samples]


def _sample(sample: UsageSample) -> Row:
    place = place_of(sample.cluster.path) if sample.cluster else {"cluster": None, "cluster_path": None}
    kind, namespace, name = sample.pool.split("/") if sample.pool else ("Subnet", "", "")
    return {
        **place,
        "segment": sample.segment.name,
        "kind": kind,
        "namespace": namespace,
        "name": sample.subnet.cidr if sample.subnet else name,
        "at": sample.at,
        "step": sample.step,
        "total": sample.total,
        "used": sample.used,
        "most_used": sample.most,
        "free": sample.free,
        "pending": sample.pending,
    }


def forecast_row(forecast: Forecast) -> Row:
    return {**asdict(forecast), "is_sure": forecast.is_sure}

"""What happened to objects, and to our sight of clusters."""

from collections.abc import Sequence
from datetime import datetime

from ipviz.inventory.models import Change
from ipviz.rows.row import Row, place_of


def change_rows(changes: Sequence[Change], at: datetime | None = None) -> list[Row]:
    """What happened is the same at any moment."""
    return [
        {
            "id": change.pk,
            "at": change.at,
            "what": change.what,
            **place_of(change.cluster.path),
            "segment": change.cluster.segment.name,
            "kind": change.kind or None,
            "namespace": change.namespace,
            "name": change.name,
            "differences": [
                {"field": field, "before": before, "after": after}
                for field, before, after in change.differences
            ],
            "reason": change.reason or None,
        }
        for change in changes
    ]

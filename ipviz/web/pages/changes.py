"""Changes: what happened, before something went wrong?"""

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import QueryDict

from ipviz.clusters.models import Segment
from ipviz.domain.changes import What
from ipviz.domain.scope import Scope
from ipviz.inventory.filtersets import ChangeFilterSet
from ipviz.inventory.models import Change

PAGE = 100


def changes_page(asked: QueryDict, at: datetime, scope: Scope) -> dict[str, Any]:
    """What was asked for wrongly is said, and then nothing is told rather than something else."""
    seen = Change.objects.in_scope(scope)
    filterset = ChangeFilterSet(asked, seen.whole())
    is_valid = filterset.is_valid()
    found = filterset.qs if is_valid else seen.none()
    chosen = {name: asked.get(name, "") for name in filterset.filters}
    return {
        "at": at,
        "page": Paginator(found, PAGE).get_page(asked.get("page")),
        "chosen": chosen,
        "faults": {} if is_valid else dict(filterset.errors),
        "is_filtered": any(chosen.values()),
        "segments": list(Segment.objects.seen_in_part(scope).values_list("name", flat=True)),
        "kinds": list(seen.kinds()),
        "whats": list(What),
    }

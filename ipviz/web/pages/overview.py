"""The overview: what needs me now?"""

from datetime import datetime, timedelta
from typing import Any

from ipviz.alerts.models import Subscription
from ipviz.clusters.models import Cluster
from ipviz.domain.scope import Scope
from ipviz.findings.models import Finding
from ipviz.findings.querysets import completed
from ipviz.inventory.reading import Sights
from ipviz.web.asof import AsOf
from ipviz.web.freshness import Freshness, freshness_of_all, oldest_read
from ipviz.web.networks import named_by
from ipviz.web.pages.subnets import subnet_lines

LISTED = 12


def overview_page(at: datetime, interval: timedelta, scope: Scope) -> dict[str, Any]:
    sights = Sights.of(Cluster.objects.in_scope(scope).live().whole())
    clusters = freshness_of_all(sights, at, interval)
    findings = list(Finding.objects.in_scope(scope).standing())
    return {
        "at": at,
        "findings": completed(findings[:LISTED]),
        "findings_count": len(findings),
        "subnets": subnet_lines(AsOf(at, scope)),
        "parted": [named for named in named_by(each.cluster for each in clusters) if named.can_be_parted],
        "clusters": [each for each in clusters if each.cluster.same_as is None],
        "is_all_read": all(each.level in ("whole", "none") for each in clusters) and _any_read(clusters),
        "oldest": oldest_read(clusters),
        "unreached": list(Subscription.objects.in_scope(scope).in_trouble()),
        "is_demo": any(each.cluster.is_demo for each in clusters),
    }


def _any_read(clusters: list[Freshness]) -> bool:
    return any(each.level == "whole" for each in clusters)

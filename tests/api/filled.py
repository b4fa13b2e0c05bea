"""An estate with something to tell at every path of the API, and what may be asked about it."""

import zlib
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from ipviz.alerts.models import Silence, Subscription
from ipviz.alerts.silencing import Matcher, end, silence
from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.lifecycle import acknowledged
from ipviz.findings.handle import handle
from ipviz.findings.models import Finding
from ipviz.findings.surveys import keep_surveys
from ipviz.inventory.reading import estate_of
from ipviz.inventory.usage import sample
from tests.alerts.stories import subscribed
from tests.api.conftest import NOW, built
from tests.builders import seen_node, seen_service
from tests.factories import minutes, segment

UNTIL = NOW + timedelta(hours=5)
POOL = """\
kind: GlobalInClusterIPPool
metadata: {name: more}
spec: {addresses: [192.0.2.232/30], prefix: 24}
"""
# What can be asked and sent, by name: at random nobody hits on an address that is used, or on a past moment.
SENSIBLE: Mapping[str, Sequence[Any]] = {
    "address": ["192.0.2.236", "192.0.2.233", "2001:db8::31", "192.0.2.1", "203.0.113.9"],
    "after": ["", "latest", "1"],
    "at": ["2026-01-15T09:09:15Z", "2026-01-15T09:09:30Z", "2026-01-15T09:10:00Z"],
    "cidr": ["198.51.100.0/24", "192.0.2.0/24", "2001:db8::/64"],
    "cluster": ["beta", "gmc", "gmc/org-acme/gamma"],
    "clusters": [["beta"], ["gmc", "hmc"], [], 3, 9],
    "cursor": [""],
    "dhcp": [["198.51.100.20-198.51.100.90"], []],
    "ends_at": ["2026-01-15T12:00:00Z"],
    "fields": ["name", "id", "cluster,name", "segment"],
    "for": ["beta", None],
    "gateway": ["198.51.100.1", "192.0.2.1"],
    "manifest": [POOL],
    "management": ["gmc", "hmc", ""],
    "later": [0, 4],
    "name": ["default", "lab", "empty", "epsilon"],
    "nodes": [0, 60, 400],
    "ordering": ["name", "-address", "cluster,-name", "-first_seen"],
    "organization": ["acme"],
    "page": [1, 2],
    "parts": [
        [],
        [{"use": "block", "range": "192.0.2.180/30", "name": "beta"}, {"use": "api", "range": "192.0.2.9"}],
    ],
    "q": ["a", "ingress"],
    "segment": ["default", "lab", "empty"],
    "segments": [["lab"], []],
    "spans": [["192.0.2.180/30"], ["192.0.2.233", "192.0.2.20-192.0.2.30"], ["2001:db8::31"], []],
    "starts_at": ["2026-01-15T09:30:00Z"],
    "subnets": [["192.0.2.0/24"], []],
    "until": ["2026-01-15T12:00:00Z"],
    "within": ["192.0.2.0/24", "192.0.2.236/32", "2001:db8::/32"],
    "zone": ["Europe/Berlin"],
}
STORED = {
    "clusters": Cluster,
    "findings": Finding,
    "silences": Silence,
    "subnets": Subnet,
    "subscriptions": Subscription,
}


def fill() -> None:
    """Something that went, can't be read, was handled, silenced or resolved; figures, and a mailbox."""
    estate, late = built(), seen_service("late", annotation="192.0.2.158")
    for at, besides in ((9.3, (late, seen_node("beta-1", "192.0.2.233"))), (9.5, (late,))):
        estate.seen(at, *besides)
        estate.judged(at + 0.1)
    estate.seen(9.7, unread=("Node", "ConfigMap"))
    estate.judged(9.8)
    for name in ("default", "lab"):
        sample(segment(name), estate_of(name), at=minutes(9.6))
        keep_surveys(segment(name), estate_of(name), at=minutes(9.8))
    decision = partial(acknowledged, reason="ticket 4711", until=UNTIL, at=NOW)
    handle(Finding.objects.filter(status="open")[0], decision, by="anna", at=NOW, until=UNTIL)
    for reason in ("maintenance", "upgrade"):
        made = silence(
            Matcher(["C4"], spans=["192.0.2.0/28"]),
            starts_at=NOW,
            ends_at=UNTIL,
            reason=reason,
            by="anna",
            at=NOW,
        )
    end(made, by="bert", at=NOW)
    subscribed()
    segment("empty")


def ids_of(path: str) -> list[int]:
    """Of what stands below the first word of a path under /api/v1/; none where it has no ids."""
    model = STORED.get(path.split("/")[3])
    return list(model._default_manager.order_by("pk").values_list("pk", flat=True)) if model else []


def make_sensible(sent: MutableMapping[str, Any], ids: Sequence[int]) -> None:
    """Put what makes sense in the place of most of what was made up; some of it stays."""
    for name, value in sent.items():
        known = ids if name == "id" else SENSIBLE.get(name, ())
        chosen = zlib.crc32(repr(value).encode()) % (len(known) + 1)
        if chosen < len(known):
            sent[name] = known[chosen]

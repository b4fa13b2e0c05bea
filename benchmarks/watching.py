"""What judging costs where it is done: from tables, the first time and after one change.

Half a hundred thousand addresses of many clusters are read from what polls stored, judged, and judged again
after one Service moved.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial

from benchmarks.parsing import seconds
from ipviz.alerts.policy import Policy
from ipviz.clusters.models import Cluster, Segment
from ipviz.clusters.subnets import declare
from ipviz.domain.seen import (
    RECORD_OF_KIND,
    Ingress,
    Observation,
    PoolRef,
    Port,
    Read,
    Ref,
    Seen,
    SeenAddress,
    SeenClaim,
    SeenCluster,
    SeenNode,
    SeenPool,
    SeenService,
)
from ipviz.domain.spans import address_text
from ipviz.domain.standing import JudgedSegment
from ipviz.inventory.live import LiveSegment
from ipviz.inventory.store import store
from ipviz.polling.memory import forget
from ipviz.polling.watch import watch

CLUSTERS = 500
SERVICES, NODES = 40, 20
POOL = PoolRef("GlobalInClusterIPPool", "pool")
CLAIMED, OF_NODES, FREE = 10 << 24, 11 << 24, 12 << 24
NINE = datetime(2026, 1, 15, 9, tzinfo=UTC)


def main() -> bool:
    """Print how long each part takes; the bars of judging are those of `benchmarks.judging`."""
    segment, _ = Segment.objects.get_or_create(name="default")
    declare(segment, "10.0.0.0/8")
    clusters = _clusters(segment)
    first, (estate, _) = seconds(lambda: LiveSegment("default").look(outdated_before=None, judged_at=NINE))
    judging, standing = seconds(lambda: JudgedSegment(estate))
    print(
        f"a segment of {len(estate.occupants):,} occupants in {CLUSTERS} clusters: loading it {first:.2f} s, "
        f"judging it {judging:.2f} s, {len(standing.verdicts):,} findings",
        flush=True,
    )
    forget()
    policy = Policy("https://ipviz.example.org", "ipviz@example.org", mail_is_configured=False)
    whole, _ = seconds(lambda: watch(segment, policy=policy, at=NINE))
    again = []
    for minute, cluster in enumerate(clusters[:5], 1):
        at = NINE + timedelta(minutes=minute)
        store_seen(cluster, _inside(minute - 1, first=FREE), at)
        again.append(seconds(partial(watch, segment, policy=policy, at=at))[0])
    print(f"watching it for the first time {whole:.2f} s, after one Service moved {min(again):.2f} s")
    return True


def _clusters(segment: Segment) -> list[Cluster]:
    """Store a management cluster, and its workload clusters as polls see them."""
    management = Cluster.objects.create(
        kind="management", path="mc", name="mc", segment=segment, dump="/nowhere"
    )
    store_seen(management, _managed(), NINE)
    found = []
    for number in range(CLUSTERS):
        cluster = Cluster.objects.create(
            kind="workload",
            path=f"mc/org/c{number}",
            name=f"c{number}",
            namespace="org",
            segment=segment,
            management_cluster=management,
        )
        store_seen(cluster, _inside(number), NINE)
        found.append(cluster)
    return found


def _managed() -> Iterable[Seen]:
    yield SeenPool(Ref("GlobalInClusterIPPool", "", "pool", "pool"), ("10.0.0.1-10.0.255.254",), 16)
    for number in range(CLUSTERS):
        name = f"c{number}"
        yield SeenCluster(Ref("Cluster", "org", name, name), _claimed(number, 0), 6443, name)
        for n in range(SERVICES + 1):
            claim = f"{name}-svc-lb-{n}" if n else name
            yield SeenClaim(Ref("IPAddressClaim", "org", claim, f"c-{claim}"), POOL, name, name, "", claim)
            ref = Ref("IPAddress", "org", claim, f"a-{claim}")
            yield SeenAddress(ref, _claimed(number, n), 16, POOL, claim, name)


def _inside(number: int, first: int = 0) -> Iterable[Seen]:
    """One cluster's Services and nodes; its first Service may have an address of its own."""
    for n in range(1, SERVICES + 1):
        where = address_text(4, first + number) if first and n == 1 else _claimed(number, n)
        ref = Ref("Service", "shop", f"s{n}", f"s{number}-{n}")
        yield SeenService(ref, where, where, (Ingress(where, "VIP"),), (Port("TCP", 443),), labelled=True)
    for n in range(NODES):
        name = f"c{number}-{n}"
        yield SeenNode(Ref("Node", "", name, name), name, (address_text(4, OF_NODES + number * NODES + n),))


def _claimed(number: int, n: int) -> str:
    return address_text(4, CLAIMED + 1 + number * (SERVICES + 1) + n)


def store_seen(cluster: Cluster, seen: Iterable[Seen], at: datetime) -> None:
    listed: dict[str, list[Seen]] = {kind: [] for kind in RECORD_OF_KIND}
    for each in seen:
        listed[each.ref.kind].append(each)
    kinds = {kind: Read(tuple(each)) for kind, each in listed.items()}
    store(cluster, Observation(kinds), taken_at=at, seconds=1)

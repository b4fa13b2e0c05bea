"""Stores a poll and is killed at each statement in turn; `main` is for a process of its own.

It expects Django with a migrated database; what it prints, `tests.story.dying` says.
"""

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Ingress, Ref, SeenService
from ipviz.inventory.models import Change, ListDigest, Occupancy, Snapshot, Version
from ipviz.inventory.store import store
from tests.factories import management_cluster, minutes, whole, workload_cluster
from tests.story.dying import die_everywhere

MANY = 40


def service(number: int, address: int) -> SeenService:
    return SeenService(
        Ref("Service", "shop", f"web-{number}", f"uid-{number}"),
        annotation=f"192.0.2.{address}",
        ingress=(Ingress(f"192.0.2.{address}"),),
    )


def poll(cluster: Cluster, minute: int) -> None:
    """Of what the poll before saw a third is gone, a third has changed, and as much is new."""
    first = minute * MANY // 3
    seen = [
        service(number, 1 + (number + minute * (number % 2)) % 250) for number in range(first, first + MANY)
    ]
    store(cluster, whole(cluster, seen), taken_at=minutes(minute), seconds=0.1)


def held() -> dict[str, int]:
    """What tells a snapshot that is whole from one that is not."""
    return {
        "snapshots": Snapshot.objects.count(),
        "versions": Version.objects.count(),
        "standing": Version.objects.now().count(),
        "occupancies": Occupancy.objects.count(),
        "held": Occupancy.objects.now().count(),
        "changes": Change.objects.count(),
        "digests": hash(tuple(ListDigest.objects.order_by("kind").values_list("digest", flat=True))),
    }


def main() -> None:
    cluster = workload_cluster(management_cluster(), "beta")
    poll(cluster, 0)
    die_everywhere(lambda: poll(cluster, 1), held)

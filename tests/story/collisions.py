"""A management cluster's endpoints, and Services of a workload cluster on each of their addresses."""

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Ingress, Ref, Seen, SeenCluster, SeenService
from tests.factories import management_cluster, minutes, see, workload_cluster

MANY = 12


def collide(*, at: float) -> None:
    """All of them collide; once more, it is a second look."""
    _see(at, range(MANY), range(MANY))


def end_some(*, at: float) -> None:
    """A third no longer does, and as many do that did not."""
    _see(at, range(MANY + MANY // 3), range(MANY // 3, MANY + MANY // 3))


def _see(at: float, endpoints: range, services: range) -> None:
    gmc = Cluster.objects.filter(path="gmc").first() or management_cluster()
    beta = Cluster.objects.filter(path="gmc/org-acme/beta").first() or workload_cluster(gmc, "beta")
    see(gmc, *(_endpoint(n) for n in endpoints), at=minutes(at))
    see(beta, *(_service(n) for n in services), at=minutes(at))


def _endpoint(number: int) -> Seen:
    return SeenCluster(
        Ref("Cluster", "org-acme", f"c{number}", f"c{number}"), f"192.0.2.{number + 1}", 6443, f"c{number}"
    )


def _service(number: int) -> Seen:
    address = f"192.0.2.{number + 1}"
    ref = Ref("Service", "shop", f"s{number}", f"s{number}")
    return SeenService(ref, annotation=address, ingress=(Ingress(address),))

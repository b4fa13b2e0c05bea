"""An estate on two segments that both use 192.0.2.0/24, looked at twice and judged, and who asks about it.

On `default`, gmc's pool wc-cp-ips hands out .232 to .239: alpha's endpoint .233 is claimed, gamma's .236 was
typed by hand, and beta's ingress has .236 too, from its own range. On `lab`, hmc holds .233 by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import time_machine

from ipviz.accounts.models import Role
from ipviz.accounts.tokens import create_token
from ipviz.clusters.models import Cluster, Subnet
from ipviz.clusters.subnets import declare
from ipviz.domain.seen import PoolCounts, Port, Seen
from ipviz.findings.detect import detect
from ipviz.inventory.reading import estate_of
from tests.api.asking import Api
from tests.builders import (
    seen_address,
    seen_claim,
    seen_cluster,
    seen_config_map,
    seen_node,
    seen_pool,
    seen_provider,
    seen_service,
)
from tests.factories import management_cluster, minutes, see, segment, workload_cluster

NOW = minutes(10)

POOL = replace(
    seen_pool("192.0.2.236-192.0.2.239", "192.0.2.232/30", gateway="0.0.0.0"),
    reported=PoolCounts(total=8, used=1, free=7, out_of_range=0),
)
MANAGEMENT = (
    POOL,
    seen_claim("alpha", giantswarm_cluster="alpha", address_name="alpha"),
    replace(seen_claim("wait", pool="gone"), created_at="2026-01-15T08:30:00Z"),
    seen_address("192.0.2.233", "alpha", prefix=25),
    seen_cluster("alpha", "192.0.2.233"),
    seen_cluster("gamma", "192.0.2.236"),
)
BETA = (
    seen_provider(),
    seen_config_map(data={"cidr-global": "192.0.2.236/30"}),
    replace(
        seen_service(
            "ingress",
            namespace="kube-system",
            annotation="192.0.2.236, pending.example.org",
            status=["192.0.2.236"],
            ports=[Port("TCP", 80), Port("UDP", 53)],
        ),
        holder="beta-0",
    ),
    seen_node("beta-0", "192.0.2.31", "2001:db8::31"),
)


@dataclass
class Estate:
    gmc: Cluster
    beta: Cluster
    hmc: Cluster
    subnet: Subnet

    def seen(self, at: float, *besides: Seen, unread: tuple[str, ...] = ()) -> None:
        """Have all of it read at that minute; `besides` is seen in beta, where kinds may be unread."""
        see(self.gmc, *MANAGEMENT, at=minutes(at))
        see(self.beta, *BETA, *besides, at=minutes(at), unread=unread)
        see(self.hmc, seen_cluster("delta", "192.0.2.233", namespace="lab"), at=minutes(at))

    def judged(self, at: float) -> None:
        for name in ("default", "lab"):
            detect(segment(name), estate_of, at=minutes(at))


def built() -> Estate:
    gmc, hmc = management_cluster(), management_cluster("hmc", on="lab")
    workload_cluster(gmc, "gamma").save()
    subnet = declare(
        segment(), "192.0.2.0/24", name="prod-a", gateway="192.0.2.1", dhcp=["192.0.2.20-192.0.2.150"]
    )
    declare(segment("lab"), "192.0.2.0/24")
    estate = Estate(gmc, workload_cluster(gmc, "beta"), hmc, subnet)
    for at in (0.0, 9.0):
        estate.seen(at)
        estate.judged(at + 0.1)
    return estate


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def estate(db: None) -> Estate:
    return built()


@pytest.fixture
def viewer(db: None) -> Api:
    return Api(create_token("viewer", Role.VIEWER, NOW))


@pytest.fixture
def operator(db: None) -> Api:
    return Api(create_token("operator", Role.OPERATOR, NOW))


@pytest.fixture
def api(estate: Estate, viewer: Api) -> Api:
    """A viewer, and something to ask about."""
    return viewer

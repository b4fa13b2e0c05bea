"""A small estate on 192.0.2.0/24, seen and judged twice, and somebody who looks at it.

Pool wc-cp-ips hands out .232 to .239; alpha's endpoint .233 is claimed; gamma's, .236, was typed by hand,
and beta's ingress has the same address from beta's own range, which begins inside the pool.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.clusters.models import Cluster, Subnet
from ipviz.clusters.subnets import declare
from ipviz.domain.seen import Seen
from ipviz.findings.detect import detect
from ipviz.findings.models import Finding
from ipviz.findings.surveys import keep_surveys
from ipviz.inventory.reading import estate_of
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
MAP = "/subnets/192.0.2.0-24/"


@pytest.fixture(autouse=True)
def _now(request: pytest.FixtureRequest) -> object:
    """The clock stands still, but for a browser, which has its own."""
    if request.node.get_closest_marker("browser"):
        yield
        return
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def viewer(db: None) -> User:
    user = User.objects.create_user("viewer", password="a long walk by the sea")
    give_role(user, Role.VIEWER)
    return user


@pytest.fixture
def page(client: Client, viewer: User) -> Client:
    """A viewer's browser, without a window."""
    client.force_login(viewer)
    return client


@pytest.fixture
def operator(page: Client, viewer: User) -> Client:
    """The same, who is an operator now."""
    give_role(viewer, Role.OPERATOR)
    return page


@pytest.fixture
def admin(page: Client, viewer: User) -> Client:
    """The same, who is an admin now."""
    give_role(viewer, Role.ADMIN)
    return page


def text_of(client: Client, url: str, status: int = 200, **headers: str) -> str:
    reply = client.get(url, headers=headers)
    assert reply.status_code == status, reply
    return reply.content.decode()


@dataclass
class Estate:
    gmc: Cluster
    alpha: Cluster
    beta: Cluster
    gamma: Cluster
    subnet: Subnet

    def seen(self, at: float, *besides: Seen, beta_unread: tuple[str, ...] = ()) -> None:
        """Have all of it read at that minute; `besides` is seen in beta."""
        see(self.gmc, *MANAGEMENT, at=minutes(at))
        see(self.alpha, seen_node("alpha-0", "192.0.2.21"), at=minutes(at))
        see(self.beta, *BETA, *besides, at=minutes(at), unread=beta_unread)
        see(self.gamma, seen_node("gamma-0", "192.0.2.41"), at=minutes(at))

    def judged(self, at: float) -> None:
        detect(segment(), estate_of, at=minutes(at))
        keep_surveys(segment(), estate_of(segment().name), at=minutes(at))

    @property
    def collision(self) -> Finding:
        return Finding.objects.get(rule="C8")


MANAGEMENT = (
    seen_pool("192.0.2.232-192.0.2.239"),
    seen_claim("alpha", giantswarm_cluster="alpha", address_name="alpha"),
    seen_address("192.0.2.233", "alpha"),
    seen_cluster("alpha", "192.0.2.233"),
    seen_cluster("beta", "192.0.2.11"),
    seen_cluster("gamma", "192.0.2.236"),
)
BETA = (
    seen_provider(),
    seen_config_map(data={"cidr-global": "192.0.2.236/30"}),
    seen_service("ingress", namespace="kube-system", annotation="192.0.2.236", status=["192.0.2.236"]),
    seen_node("beta-0", "192.0.2.31"),
)


@pytest.fixture
def unjudged(db: None) -> Estate:
    gmc = management_cluster()
    alpha, beta, gamma = (workload_cluster(gmc, name) for name in ("alpha", "beta", "gamma"))
    subnet = declare(
        segment(), "192.0.2.0/24", name="prod-a", gateway="192.0.2.1", dhcp=["192.0.2.20-192.0.2.150"]
    )
    return Estate(gmc, alpha, beta, gamma, subnet)


@pytest.fixture
def estate(unjudged: Estate) -> Estate:
    """Looked at twice, so that what was suspected is open; the last look was 12 seconds ago."""
    for at in (0.0, 9.8):
        unjudged.seen(at)
        unjudged.judged(at + 0.1)
    return unjudged


PageText = Callable[..., str]


@pytest.fixture
def read(page: Client) -> PageText:
    """The text of a page, as a signed-in viewer gets it."""

    def read_page(url: str, status: int = 200, **headers: str) -> str:
        return text_of(page, url, status, **headers)

    return read_page

"""A synthetic fleet: one management cluster of any size, the same for the same seed.

fleet = Fleet(addresses=100_000, services=10_000)
fleet.objects("IPAddress")      # one after the other
fleet.write_dump(folder)        # for `manage.py cluster add --dump`
with serving(fleet) as url:     # over HTTP, from a process of its own (`benchmarks.server`)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from random import Random
from uuid import UUID

import msgspec

from benchmarks import objects
from benchmarks.objects import Object

# Nobody's: kept for measuring by RFC 2544.
NODES = IPv4Network("198.18.0.0/15")
BALANCERS = IPv4Network("203.0.113.0/24")
CLUSTER_IPS = IPv4Network("10.96.0.0/12")
SERVICES_A_BALANCER = 4
"""One of so many Services is a LoadBalancer: more than in most clusters."""
MACHINES_A_CLUSTER = 100
KINDS = {
    "Namespace": "namespaces",
    "GlobalInClusterIPPool": "globalinclusterippools",
    "IPAddressClaim": "ipaddressclaims",
    "IPAddress": "ipaddresses",
    "Cluster": "clusters",
    "Service": "services",
}


@dataclass(frozen=True, slots=True)
class Fleet:
    """How much of what a management cluster has; `addresses` at most as many as a /15 has hosts."""

    addresses: int = 100_000
    services: int = 10_000
    seed: int = 1

    def objects(self, kind: str) -> Iterator[Object]:
        """The objects of a kind, each named and numbered as those that refer to it do."""
        if kind == "Namespace":
            yield objects.namespace("kube-system", self._uid("kube-system"))
        elif kind == "GlobalInClusterIPPool":
            yield objects.pool(str(NODES), self.addresses, self._uid("pool"))
        elif kind == "Cluster":
            yield from map(self._cluster, range(0, self.addresses, MACHINES_A_CLUSTER))
        elif kind == "IPAddressClaim":
            yield from map(self._claim, range(self.addresses))
        elif kind == "IPAddress":
            yield from map(self._address, range(self.addresses))
        elif kind == "Service":
            yield from map(self._service, range(self.services))

    def write_dump(self, folder: Path) -> None:
        """Write a file a kind, as `kubectl get KIND -A -o json` does."""
        folder.mkdir(parents=True, exist_ok=True)
        for kind, plural in KINDS.items():
            whole = {"apiVersion": "v1", "items": list(self.objects(kind)), "kind": "List", "metadata": {}}
            (folder / f"{plural}.json").write_bytes(msgspec.json.encode(whole))

    def _cluster(self, first: int) -> Object:
        name = _cluster_of(first)
        return objects.cluster(name, str(NODES[first + 2]), self._uid(f"cluster {name}"))

    def _claim(self, number: int) -> Object:
        uid, owner = self._uid(f"claim {number}"), self._uid(f"machine {number}")
        return objects.claim(self._name(number), _cluster_of(number), uid, owner)

    def _address(self, number: int) -> Object:
        return objects.ip_address(
            self._name(number),
            _cluster_of(number),
            self._uid(f"address {number}"),
            self._uid(f"claim {number}"),
            self._uid("pool"),
            int(NODES[number + 2]),
        )

    def _service(self, number: int) -> Object:
        name, namespace = f"ingress-nginx-{number}", f"team-{number % 40}"
        uid, own = self._uid(f"service {number}"), int(CLUSTER_IPS[number])
        if number % SERVICES_A_BALANCER:
            return objects.cluster_ip(name, namespace, uid, own)
        address = BALANCERS[number // SERVICES_A_BALANCER % BALANCERS.num_addresses]
        return objects.load_balancer(name, namespace, uid, own, str(address))

    def _name(self, number: int) -> str:
        """Of a machine's claim and address: by set and machine as Cluster API does, by card and claim."""
        word = f"{Random(f'{self.seed} {number}').getrandbits(50):x}"
        return f"{_cluster_of(number)}-md-0-{word[:5]}-{word[5:10]}-0-0"

    def _uid(self, of: str) -> str:
        return str(UUID(int=Random(f"{self.seed} {of}").getrandbits(128), version=4))


def _cluster_of(number: int) -> str:
    return f"cluster-{number // MACHINES_A_CLUSTER}"

"""How people say it: occupants and clusters in sentences, and the commands to look for oneself.

Names of Kubernetes objects are other people's text. They are put into plain sentences and quoted for a
shell where a command holds them; nothing here is markup.
"""

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ipviz.domain.consumers import name_of
from ipviz.domain.occupants import Consumer, Occupant, Purpose, Role
from ipviz.domain.seen import Ref
from ipviz.domain.spans import Span

_MOST_NAMED = 4
_RESOURCES = {
    "Cluster": "clusters.cluster.x-k8s.io",
    "ConfigMap": "configmap",
    "DaemonSet": "daemonset",
    "Deployment": "deployment",
    "GlobalInClusterIPPool": "globalinclusterippools.ipam.cluster.x-k8s.io",
    "GlobalInClusterPrefixPool": "globalinclusterprefixpools.ipam.cluster.x-k8s.io",
    "InClusterIPPool": "inclusterippools.ipam.cluster.x-k8s.io",
    "InClusterPrefixPool": "inclusterprefixpools.ipam.cluster.x-k8s.io",
    "IPAddress": "ipaddresses.ipam.cluster.x-k8s.io",
    "IPAddressClaim": "ipaddressclaims.ipam.cluster.x-k8s.io",
    "Lease": "lease",
    "Machine": "machines.cluster.x-k8s.io",
    "Node": "node",
    "Pod": "pod",
    "Service": "service",
    "VSphereCluster": "vsphereclusters.infrastructure.cluster.x-k8s.io",
    "VSphereMachine": "vspheremachines.infrastructure.cluster.x-k8s.io",
    "VSphereVM": "vspherevms.infrastructure.cluster.x-k8s.io",
}


_PURPOSES_IN_WORDS: Mapping[Purpose, str] = {
    Purpose.CONTROL_PLANE: "the API of",
    Purpose.SERVICE: "Services of",
    Purpose.MACHINE: "a machine of",
    Purpose.MANUAL: "a claim of",
}
ROLES_IN_WORDS: Mapping[str, str] = {
    Role.ALLOC: "address given out by IPAM",
    Role.CPE: "API endpoint of a cluster",
    Role.CPVIP: "API address announced by kube-vip",
    Role.SVC: "address of a LoadBalancer Service",
    Role.EXTIP: "external address of a Service",
    Role.NODE: "address of a node",
    Role.POOL: "pool that IPAM gives out from",
    Role.LBRANGE: "load-balancer range",
}


@dataclass(frozen=True, slots=True)
class Namer:
    """Names clusters shortly, and with their management cluster where two of them share a name."""

    ambiguous: frozenset[str] = frozenset()

    @classmethod
    def among(cls, occupants: Iterable[Occupant]) -> "Namer":
        return cls.of({path for each in occupants for path in (each.cluster, each.consumer.cluster) if path})

    @classmethod
    def of(cls, paths: Iterable[str]) -> "Namer":
        """Of clusters, each path once."""
        names = Counter(map(_short, paths))
        return cls(frozenset(name for name, times in names.items() if times > 1))

    def cluster(self, path: str) -> str:
        return full_name(path) if _short(path) in self.ambiguous else _short(path)

    def occupant(self, occupant: Occupant) -> str:
        """Name one occupant as the user of its span, or the holder of its range."""
        where = self.cluster(occupant.cluster)
        match occupant.role:
            case Role.SVC | Role.EXTIP:
                return f"{where}/{occupant.ref.namespace}/{occupant.ref.name}"
            case Role.CPE | Role.CPVIP:
                return f"the API of {self.cluster(occupant.consumer.cluster)}"
            case Role.ALLOC:
                return self.holder(occupant)
            case Role.NODE:
                return self._machine(occupant)
            case Role.POOL:
                return f"pool {pool_name(occupant)} of {where}"
            case Role.LBRANGE:
                return f"the load-balancer range of {where}"

    def _machine(self, occupant: Occupant) -> str:
        """A node by its own name; what a management cluster sees of another's machine, by the machine's."""
        consumer = occupant.consumer
        if not consumer.cluster:
            return f"{occupant.ref} of {self.cluster(occupant.cluster)}"
        kind = "node" if occupant.ref.kind == "Node" else "machine"
        return f"{kind} {consumer.machine} of {self.cluster(consumer.cluster)}"

    def holder(self, allocation: Occupant) -> str:
        """Name whom an allocation serves; the object itself where nobody can be told."""
        consumer = allocation.consumer
        if not consumer.cluster:
            claim = f"{allocation.ref.namespace}/{allocation.ref.name}"
            return f"the claim {claim} of {self.cluster(allocation.cluster)}"
        cluster = self.cluster(consumer.cluster)
        match consumer.purpose:
            case Purpose.CONTROL_PLANE:
                return f"the control plane of {cluster}"
            case Purpose.SERVICE:
                return f"the load balancers of {cluster}"
            case Purpose.MACHINE:
                return f"machine {consumer.machine} of {cluster}"
            case Purpose.MANUAL:
                return cluster

    def taken(self, occupants: Iterable[Occupant]) -> str:
        """Say `used by beta/shop/web and allocated to the control plane of alpha`, as far as either is so."""
        sides = list(occupants)
        users = [self.occupant(each) for each in sides if each.role is not Role.ALLOC]
        holders = [self.holder(each) for each in sides if each.role is Role.ALLOC]
        said = (
            f"used {listed(users, by='by')}" if users else "",
            f"allocated {listed(holders, by='to')}" if holders else "",
        )
        return " and ".join(filter(None, said))

    def consumer(self, consumer: Consumer) -> str:
        """Name whom an address serves in the end, beside its user: `Services of beta`."""
        return served_in_words(consumer, self.cluster(consumer.cluster))


def served_in_words(consumer: Consumer, cluster: str) -> str:
    """Say whom a consumer is, of a cluster that is named so."""
    if not consumer.cluster:
        return "whoever claimed it by hand" if consumer.purpose is Purpose.MANUAL else ""
    if consumer.machine:
        return f"machine {consumer.machine} of {cluster}"
    return f"{_PURPOSES_IN_WORDS[consumer.purpose]} {cluster}"


def full_name(path: str) -> str:
    """Name a cluster with its management cluster: `gamma (workload of gmc)`."""
    return f"{_short(path)} (workload of {path.split('/', 1)[0]})" if name_of(path) else path


def pool_name(occupant: Occupant) -> str:
    """A pool's name, with its namespace where it has one."""
    ref = occupant.ref
    return f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name


def listed(phrases: Iterable[str], by: str = "") -> str:
    """Join as a sentence does: `a, b and c`, each after the preposition `by`; many are cut short."""
    unique = [f"{by} {each}" if by else each for each in dict.fromkeys(phrases)] or [""]
    if len(unique) > _MOST_NAMED:
        unique[_MOST_NAMED - 1 :] = [f"{len(unique) - _MOST_NAMED + 1} more"]
    return " and ".join(filter(None, [", ".join(unique[:-1]), unique[-1]]))


def kubectl(verb: str, ref: Ref, rest: str = "") -> str:
    """A command for one object, by its kind's full name: `kubectl -n db get service pg -o yaml`.

    Short names mislead: `ipaddresses` and `clusters` belong to more than one API group.
    """
    namespace = ("-n", shlex.quote(ref.namespace)) if ref.namespace else ()
    kind = _RESOURCES.get(ref.kind, ref.kind.lower())
    return " ".join(filter(None, ("kubectl", *namespace, verb, kind, shlex.quote(ref.name), rest)))


def looks(occupants: Sequence[Occupant], namer: Namer) -> str:
    """A command for each object, to see both sides with one's own eyes."""
    commands = dict.fromkeys(
        f"  in {namer.cluster(o.cluster)}: {kubectl('get', o.ref, '-o yaml')}" for o in occupants
    )
    return "\n".join(list(commands)[:_MOST_NAMED])


def exclude(span: Span | None, pool: Occupant, cluster: str) -> str:
    """The step that keeps a pool from handing something out, with what older providers make of it."""
    field = "excludedPrefixes" if pool.allocation_prefix else "excludedAddresses"
    older = (
        "\n  Providers before v0.1.0 do not know that field, and drop it without a word; there, split "
        "spec.addresses around it."
    )
    return (
        f"Keep pool {pool_name(pool)} from handing it out: add {span} to spec.{field}, in {cluster}:\n"
        f"  {kubectl('edit', pool.ref)}{'' if pool.allocation_prefix else older}"
    )


def probe(span: Span | None) -> str:
    """A command that asks a network who answers for an address: ARP, or neighbour discovery for IPv6."""
    address = span.first_text if span else "ADDRESS"
    return f"ndisc6 {address} INTERFACE" if span and span.version == 6 else f"arping -c 3 {address}"


def look_at(path: str, ref: Ref) -> str:
    """A step to look at one object of the cluster at that path."""
    return f"Look at it, in {full_name(path)}:\n  {kubectl('get', ref, '-o yaml')}"


def steps(*texts: str) -> str:
    """Number the steps of a remedy; what is empty is left out."""
    return "\n".join(f"{number}. {text}" for number, text in enumerate(filter(None, texts), start=1))


def _short(path: str) -> str:
    return path.rsplit("/", 1)[-1]

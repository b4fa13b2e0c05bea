"""One cluster of a segment with its own objects, for the rules that look at more than addresses."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import TypeVar

from ipviz.domain.consumers import Consumers
from ipviz.domain.estate import ClusterFacts, Records, objects_of
from ipviz.domain.kubevip import (
    PROVIDER_KINDS,
    KubeVip,
    LiveRange,
    choose_config_map,
    live_ranges,
    next_address,
    provider_version,
)
from ipviz.domain.machines import View, VirtualMachine
from ipviz.domain.pools import POOL_KINDS, AnyPool, PoolUsage, pool_key, referred_key, usage_of
from ipviz.domain.seen import (
    Ref,
    SeenAddress,
    SeenClaim,
    SeenCloudProvider,
    SeenCluster,
    SeenConfigMap,
    SeenKubeVip,
    SeenLease,
    SeenNode,
    SeenPool,
    SeenPrefixPool,
    SeenService,
    SeenVSphereCluster,
)
from ipviz.domain.spans import Span, address_or_none

R = TypeVar("R")
Listed = Mapping[Span, list[tuple[VirtualMachine, View]]]
"""The addresses that machines list, each with those machines and the views that say so."""


@dataclass(frozen=True)
class Member:
    """A cluster under its first path. A kind that was never read whole is not among `facts.read_at`."""

    facts: ClusterFacts
    records: Records

    @property
    def path(self) -> str:
        return self.facts.path

    @property
    def is_management(self) -> bool:
        return not self.facts.management

    def knows(self, *kinds: str) -> bool:
        """Say whether each of these lists was read whole at least once: what never was is not empty."""
        return all(kind in self.facts.read_at for kind in kinds)

    @property
    def listed(self) -> frozenset[str]:
        """The kinds of which everything that there is was read and understood at the last poll."""
        facts = self.facts
        known = frozenset() if facts.error else frozenset(facts.read_at)
        return known.difference(facts.unread, facts.unreadable)

    @cached_property
    def services(self) -> tuple[SeenService, ...]:
        return self._all(SeenService, "Service")

    @cached_property
    def service_by_ref(self) -> Mapping[Ref, SeenService]:
        return {each.ref: each for each in self.services}

    @cached_property
    def pools(self) -> Mapping[str, AnyPool]:
        """By their key."""
        found: list[AnyPool] = [*self._all(SeenPool, *POOL_KINDS), *self._all(SeenPrefixPool, *POOL_KINDS)]
        return {pool_key(each.ref): each for each in found}

    @cached_property
    def claims(self) -> tuple[SeenClaim, ...]:
        return self._all(SeenClaim, "IPAddressClaim")

    @cached_property
    def addresses(self) -> tuple[SeenAddress, ...]:
        return self._all(SeenAddress, "IPAddress")

    @cached_property
    def claim_of(self) -> Mapping[Ref, SeenClaim | None]:
        """The claim of each IPAddress; None for one that has none."""
        claims = {(each.ref.namespace, each.ref.name): each for each in self.claims}
        names = ((each.ref, each.claim or each.ref.name) for each in self.addresses)
        return {ref: claims.get((ref.namespace, name)) for ref, name in names}

    @cached_property
    def unclaimed(self) -> tuple[SeenAddress, ...]:
        return tuple(each for each in self.addresses if self.claim_of[each.ref] is None)

    @cached_property
    def address_by_ref(self) -> Mapping[Ref, SeenAddress]:
        return {each.ref: each for each in self.addresses}

    @cached_property
    def addresses_of(self) -> Mapping[str, tuple[SeenAddress, ...]]:
        """The IPAddresses of each pool, by its key; those of a pool that is not there too."""
        found: dict[str, list[SeenAddress]] = defaultdict(list)
        for each in self.addresses:
            found[referred_key(each.pool, each.ref.namespace)].append(each)
        return {key: tuple(addresses) for key, addresses in found.items()}

    @cached_property
    def waiting_for(self) -> Mapping[str, tuple[SeenClaim, ...]]:
        """The claims without an address of each pool, by its key."""
        found: dict[str, list[SeenClaim]] = defaultdict(list)
        for each in self.claims:
            if not each.address_name and not each.terminating:
                found[referred_key(each.pool, each.ref.namespace)].append(each)
        return {key: tuple(claims) for key, claims in found.items()}

    @cached_property
    def usage_of(self) -> Mapping[str, PoolUsage]:
        """Each pool's numbers as its provider counts, by its key."""
        return {key: usage_of(pool, self.addresses_of.get(key, ())) for key, pool in self.pools.items()}

    @cached_property
    def clusters(self) -> Mapping[tuple[str, str], SeenCluster]:
        """By namespace and name."""
        return {(each.ref.namespace, each.ref.name): each for each in self._all(SeenCluster, "Cluster")}

    @cached_property
    def vsphere_clusters(self) -> tuple[SeenVSphereCluster, ...]:
        return self._all(SeenVSphereCluster, "VSphereCluster")

    @cached_property
    def kube_vips(self) -> tuple[SeenKubeVip, ...]:
        return self._all(SeenKubeVip, "Pod")

    @cached_property
    def leases(self) -> Mapping[str, SeenLease]:
        """By `namespace/name`."""
        return {f"{each.ref.namespace}/{each.ref.name}": each for each in self._all(SeenLease, "Lease")}

    @cached_property
    def node_addresses(self) -> Mapping[str, frozenset[Span]]:
        """What each of its nodes counts as its own, by the node's name."""
        return {
            node.ref.name: frozenset(span for text in node.addresses if (span := address_or_none(text)))
            for node in self._all(SeenNode, "Node")
        }

    @cached_property
    def consumers(self) -> Consumers:
        return Consumers.of(self.records, path=self.path, is_management=self.is_management)

    @property
    def machines(self) -> tuple[VirtualMachine, ...]:
        return self.consumers.machines

    @cached_property
    def listed_for(self) -> Mapping[str, Listed]:
        """What its machines list, without those that are being deleted: by the path of each one's cluster."""
        found: dict[str, dict[Span, list[tuple[VirtualMachine, View]]]] = defaultdict(dict)
        for machine in self.machines:
            of_cluster = found[self.consumers.of_machine(machine).cluster]
            for span, view in machine.addresses() if not machine.terminating else ():
                of_cluster.setdefault(span, []).append((machine, view))
        return found

    def provider_id(self, ref: Ref) -> str:
        """The lasting name of the virtual machine that the object is a view of; empty where none says it."""
        return self._provider_ids.get(ref, "")

    @cached_property
    def _provider_ids(self) -> Mapping[Ref, str]:
        return {view.ref: machine.provider_id for machine in self.machines for view in machine.views}

    @cached_property
    def providers(self) -> tuple[SeenCloudProvider, ...]:
        return self._all(SeenCloudProvider, *PROVIDER_KINDS)

    @cached_property
    def config_maps(self) -> tuple[SeenConfigMap, ...]:
        return self._all(SeenConfigMap, "ConfigMap")

    @cached_property
    def config_map(self) -> SeenConfigMap | None:
        """The one that kube-vip's cloud provider reads its ranges from."""
        return choose_config_map(self.providers, self.config_maps)

    @cached_property
    def provider_version(self) -> str:
        return provider_version(self.providers, self.config_map) if self.config_map else ""

    @cached_property
    def ranges(self) -> tuple[LiveRange, ...]:
        """What Services can be served from."""
        return live_ranges(self.config_map, self.provider_version) if self.config_map else ()

    @cached_property
    def next_of_range(self) -> Mapping[tuple[str, int], Span | None]:
        """What the next Service gets, by key and IP version; None where it can't be told."""
        return {
            (live.key, version): next_address(live, self.services, version) if self.knows("Service") else None
            for live in self.ranges
            for version in (4, 6)
        }

    @cached_property
    def kube_vip(self) -> KubeVip:
        return KubeVip.of(self.kube_vips, self.providers)

    @cached_property
    def has_provider(self) -> bool:
        """Say whether its cloud provider runs there, as far as is known: one that was not looked for may."""
        return bool(self.providers) or not self.knows(*PROVIDER_KINDS)

    def _all(self, record: type[R], *kinds: str) -> tuple[R, ...]:
        return tuple(sorted(objects_of(self.records, record, *kinds), key=attrgetter("ref")))

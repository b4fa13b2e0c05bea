"""Leases: who answers for kube-vip's addresses, and which of them lapsed (docs/domain.md, "Leases")."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ipviz.domain.kubevip import is_advertised
from ipviz.domain.seen import Observation, Read, SeenKubeVip, SeenLease, SeenService

LAPSED_AFTER = 2
"""Times its duration; one missed heartbeat may be the reader's clock."""


def settled(observation: Observation, at: datetime) -> Observation:
    """Say of each lease whether it had lapsed, in place of when it was renewed.

    A time that moves with every heartbeat would make a version of the lease with every poll. What the time is
    there, the lease says that was renewed last, up to `at`: the cluster's clock need not be ours, and a dump
    is of some other day.
    """
    leases = observation.kinds.get("Lease")
    if not isinstance(leases, Read):
        return observation
    renewals = [_renewed(each) for each in leases.records if isinstance(each, SeenLease) and each.renewed_at]
    now = min(at, max(renewals, default=at))
    records = tuple(_settled(each, now) if isinstance(each, SeenLease) else each for each in leases.records)
    return replace(observation, kinds={**observation.kinds, "Lease": replace(leases, records=records)})


def _renewed(lease: SeenLease) -> datetime:
    return datetime.fromisoformat(lease.renewed_at)


def _settled(lease: SeenLease, now: datetime) -> SeenLease:
    if not lease.renewed_at:
        return lease
    age = (now - _renewed(lease)).total_seconds()
    lapsed = 0 < LAPSED_AFTER * lease.duration_seconds < age
    return replace(lease, renewed_at="", lapsed=lapsed)


def named_lease(service: SeenService) -> str:
    """The lease that a Service asks for, as `namespace/name`; empty where it asks for none."""
    named = service.lease
    return named if "/" in named or not named else f"{service.ref.namespace}/{named}"


def own_lease(service: SeenService) -> str:
    """The lease of a Service that has a leader of its own, as `namespace/name`."""
    return named_lease(service) or f"{service.ref.namespace}/kubevip-{service.ref.name}"


@dataclass(frozen=True, slots=True)
class Holders:
    """Which node answers for what, by a cluster's leases; empty where a lease lapsed or there is none."""

    leases: Mapping[str, SeenLease]
    pods: Sequence[SeenKubeVip]

    @classmethod
    def of(cls, leases: Iterable[SeenLease], pods: Iterable[SeenKubeVip]) -> "Holders":
        return cls({f"{each.ref.namespace}/{each.ref.name}": each for each in leases}, tuple(pods))

    def of_control_plane(self, pods: Iterable[SeenKubeVip]) -> str:
        """The holder of an address that these Pods stand for."""
        return self._first(pod.control_plane_lease for pod in pods)

    def of_service(self, service: SeenService) -> str:
        """Who announces the Service: by its annotation, else by its lease, else by that of all Services.

        A Service that is not advertised is held by nobody, whatever leases say.
        """
        if service.holder or not is_advertised(service):
            return service.holder
        serving = [pod for pod in self.pods if pod.serves_services]
        # Where none elects for each Service, a lease of one is left over from when some did.
        elected = not serving or any(pod.elects_per_service for pod in serving)
        names = [own_lease(service)] if elected else []
        return self._first([*names, *(pod.services_lease for pod in serving if not pod.elects_per_service)])

    def _first(self, names: Iterable[str]) -> str:
        found = (self.leases.get(name) for name in names)
        return next((each.holder for each in found if each and each.holder and not each.lapsed), "")

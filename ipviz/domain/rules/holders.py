"""P9: who should announce an address is perhaps gone."""

from collections.abc import Iterable, Iterator

from ipviz.domain.kubevip import is_advertised
from ipviz.domain.leases import own_lease
from ipviz.domain.members import Member
from ipviz.domain.rules.rule import Clash, Rule, Words, clash_about
from ipviz.domain.scene import Scene
from ipviz.domain.seen import Ref
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import full_name, look_at, probe, steps


def _gone(_: Scene, member: Member) -> Iterable[Clash]:
    yield from _lapsed_leases(member)
    yield from _missing_hosts(member)


def _lapsed_leases(member: Member) -> Iterator[Clash]:
    """Leases by which somebody announces an address, that were not renewed for twice their time."""
    for name, announces in sorted(_leases_in_use(member).items()):
        lease = member.leases.get(name)
        if lease and lease.lapsed:
            held = f"{lease.holder}, which held it, " if lease.holder else ""
            note = f"By it a node announces {announces}. {held}has not renewed it for twice its time."
            brief = f"Lease {name} lapsed"
            yield _clash(member, lease.ref, note[:1].upper() + note[1:], brief)


def _leases_in_use(member: Member) -> dict[str, str]:
    """By `namespace/name`, with what is announced by it; leases that nobody uses any more are left out."""
    found: dict[str, str] = {}
    running = [pod for pod in member.kube_vips if pod.arp and not pod.terminating]
    if any(pod.serves_services and pod.elects_per_service for pod in running):
        for service in filter(is_advertised, member.services):
            found[own_lease(service)] = f"Service {service.ref.namespace}/{service.ref.name}"
    for pod in running:
        if pod.serves_services and not pod.elects_per_service and any(map(is_advertised, member.services)):
            found[pod.services_lease] = "its Services"
        if pod.is_control_plane:
            found[pod.control_plane_lease] = "the address of its API"
    return found


def _missing_hosts(member: Member) -> Iterator[Clash]:
    """Services whose kube-vip.io/vipHost names no node."""
    if not member.knows("Node") or not member.node_addresses:
        return
    for service in filter(is_advertised, member.services):
        if service.holder and service.holder not in member.node_addresses:
            note = f"kube-vip.io/vipHost names {service.holder}, and there is no such node."
            name = f"{service.ref.namespace}/{service.ref.name}"
            yield _clash(member, service.ref, note, f"Service {name} is announced by a node that is gone")


def _clash(member: Member, ref: Ref, note: str, brief: str) -> Clash:
    absent = frozenset({(member.path, "Node")}) if ref.kind == "Service" else frozenset()
    return clash_about(member.path, ref, Severity.MEDIUM, note, brief=brief, absent=absent)


def _tell(clash: Clash) -> Words:
    (path, ref), *_ = clash.objects
    return Words(
        title=f"{clash.brief} in {full_name(path)}",
        explanation=P9.explain(clash),
        remedy=steps(
            look_at(path, ref),
            "Look whether kube-vip runs on the nodes:\n  kubectl -n kube-system get pods -o wide",
            f"On the same network, look whether somebody answers for the address: {probe(None)}",
            "If leases of this cluster are renewed all the same, its clock and that of ipviz differ.",
        ),
    )


P9 = Rule(
    id="P9",
    finding_class=FindingClass.CAPACITY,
    severity=Severity.MEDIUM,
    title="Who announces an address is perhaps gone",
    what="The address may answer nowhere, or still at a node that lost it.",
    remedy="Look whether kube-vip runs, and which node answers for the address.",
    of_clusters=_gone,
    tell=_tell,
)

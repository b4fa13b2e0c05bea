"""H14: objects that should state one address state different ones."""

from collections.abc import Iterable, Iterator

from ipviz.domain.kubevip import advertised_addresses, effective_addresses, is_foreign
from ipviz.domain.members import Member
from ipviz.domain.rules.rule import Clash, Rule, Words, clash_about
from ipviz.domain.scene import Scene
from ipviz.domain.seen import SeenCluster, SeenService, SeenVSphereCluster
from ipviz.domain.spans import Span, address_or_none
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import full_name, kubectl, listed, steps


def _drifted(scene: Scene, member: Member) -> Iterable[Clash]:
    for service in member.services:
        if note := _drift_of_service(service, member):
            yield clash_about(member.path, service.ref, Severity.MEDIUM, note)
    yield from _drift_of_endpoints(member)
    yield from _drift_of_kube_vip(member, scene)


def _drift_of_service(service: SeenService, member: Member) -> str:
    """Compare as sets: spec holds only the first address of two families, and status comes later."""
    wanted = effective_addresses(service)
    if not service.is_load_balancer or is_foreign(service, member.kube_vip):
        return ""
    if wanted.dhcp or wanted.hostnames or service.requested_ip:
        return ""
    stated = {
        "its annotation": _addresses(service.annotation or ""),
        "spec.loadBalancerIP": _addresses(service.spec_ip),
        "its status": frozenset() if service.ignored else frozenset(advertised_addresses(service)),
    }
    said = {what: spans for what, spans in stated.items() if spans}
    widest = max(said.values(), key=len, default=frozenset())
    first = next(iter(said.values()), frozenset())
    if all(spans <= (first if service.annotation else widest) for spans in said.values()):
        return ""
    return " and ".join(f"{what} says {listed(map(str, sorted(spans)))}" for what, spans in said.items())


def _addresses(text: str) -> frozenset[Span]:
    read = (address_or_none(entry.strip()) for entry in text.split(","))
    return frozenset(span for span in read if span)


def _drift_of_endpoints(member: Member) -> Iterator[Clash]:
    """Cluster API copies the VSphereCluster's endpoint once, and does not follow it after."""
    by_name = {(each.ref.namespace, each.ref.name): each for each in member.vsphere_clusters}
    for cluster in member.clusters.values():
        infrastructure = by_name.get((cluster.ref.namespace, cluster.infrastructure))
        if infrastructure and _differ(cluster, infrastructure):
            note = f"the Cluster says {_endpoint(cluster)} and its VSphereCluster {_endpoint(infrastructure)}"
            objects = ((member.path, cluster.ref), (member.path, infrastructure.ref))
            yield Clash(f"{member.path} {cluster.ref}", Severity.MEDIUM, note=note, objects=objects)


def _differ(cluster: SeenCluster, infrastructure: SeenVSphereCluster) -> bool:
    if not (cluster.host and infrastructure.host):
        return False
    ours, theirs = _host(cluster.host), _host(infrastructure.host)
    ports = {cluster.port, infrastructure.port} - {0}
    return ours != theirs or len(ports) > 1


def _host(host: str) -> Span | str:
    return address_or_none(host) or host.lower().rstrip(".")


def _endpoint(seen: SeenCluster | SeenVSphereCluster) -> str:
    return f"{seen.host} port {seen.port}"


def _drift_of_kube_vip(member: Member, scene: Scene) -> Iterator[Clash]:
    """The endpoint is in the management cluster, and what is announced for it in the cluster itself."""
    pods = [each for each in member.kube_vips if each.is_control_plane and not each.terminating]
    endpoints = scene.endpoints.of(member.path) if pods else ()
    known = frozenset(each.span for each in endpoints)
    stated = {pod: frozenset(span for text in pod.addresses for span in _addresses(text)) for pod in pods}
    pods = [pod for pod, spans in stated.items() if spans and not spans & known]
    announced = frozenset(span for pod in pods for span in stated[pod])
    if known and pods:
        note = (
            f"its endpoint is {listed(map(str, sorted(known)))}, and kube-vip on its control plane announces "
            f"{listed(map(str, sorted(announced)))}"
        )
        objects = tuple((member.path, pod.ref) for pod in pods)
        subject = f"{member.path} kube-vip"
        yield Clash(subject, Severity.HIGH, endpoints, note, objects=objects)


def _tell(clash: Clash) -> Words:
    (path, ref), *_ = clash.objects
    cluster = full_name(path)
    if ref.kind == "Service":
        name = f"Service {ref.namespace}/{ref.name} of {cluster}"
    elif ref.kind == "Cluster":
        name = f"The endpoint of Cluster {ref.namespace}/{ref.name}"
    else:
        name = f"The API of {cluster}"
    return Words(
        title=f"{name} has more than one address: {clash.note}",
        explanation=f"{H14.what} Here {clash.note}.",
        remedy=_remedy(clash),
    )


def _remedy(clash: Clash) -> str:
    looks = "\n".join(
        f"  in {full_name(path)}: {kubectl('get', ref, '-o yaml')}" for path, ref in clash.objects[:4]
    )
    ref = clash.objects[0][1]
    if ref.kind == "Service":
        advice = (
            "kube-vip goes by the annotation kube-vip.io/loadbalancerIPs, and without one by "
            "spec.loadBalancerIP, older versions by status. Set both to what is meant; where status stays "
            "behind, look at kube-vip's log on the node that announces it."
        )
    elif ref.kind == "Cluster":
        advice = (
            "Find out where the API really answers. An endpoint that machines use cannot be edited: correct "
            "the object that is wrong only where nothing was built from it."
        )
    else:
        advice = (
            "Nodes and kubeconfigs use the endpoint, and nobody answers there, or somebody else does: look "
            "for collisions on both addresses, then correct kube-vip's manifest on the control plane."
        )
    return steps(f"Look at what they say:\n{looks}", advice)


H14 = Rule(
    id="H14",
    finding_class=FindingClass.HAZARD,
    severity=Severity.MEDIUM,
    title="Objects disagree on an address",
    what=(
        "Objects that are to state one thing state different addresses. Whoever goes by one of them "
        "reserves, announces or calls an address that the others do not know."
    ),
    remedy="Find out which address is meant, and correct the others.",
    of_clusters=_drifted,
    tell=_tell,
)

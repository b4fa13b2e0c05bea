"""H8, H13 and H15: Services whose addresses the cloud provider does not manage as their owners think."""

from collections.abc import Iterable, Iterator

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.kubevip import effective_addresses, is_foreign, stated_addresses
from ipviz.domain.members import Member
from ipviz.domain.occupants import Occupant, Purpose
from ipviz.domain.rules.rule import Clash, Rule, Words
from ipviz.domain.scene import Scene
from ipviz.domain.seen import Ref, SeenService
from ipviz.domain.spans import Span, address_or_none, is_drawable
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, kubectl, steps

_NEXT = "It is the next address that its cloud provider will give to a Service."
_NO_ARP = "It lies in no subnet that is declared on this segment, so nobody who asks for it by ARP will hear."


def _unlabelled(_: Scene, member: Member) -> Iterable[Clash]:
    """Services with an address of their own choice, which the provider does not count as used."""
    if not member.has_provider:
        return
    counted = {span for each in member.services if each.labelled for span in stated_addresses(each)}
    for service in member.services:
        span = _chosen(service, member)
        if span and span not in counted:
            note = _NEXT if span in member.next_of_range.values() else ""
            yield _clash(member, service, span, Severity.HIGH, note)


def _chosen(service: SeenService, member: Member) -> Span | None:
    """The address of `spec.loadBalancerIP` where the provider may hand it out again."""
    if not service.is_load_balancer or service.labelled or is_foreign(service, member.kube_vip):
        return None
    span = address_or_none(service.spec_ip)
    in_range = span and any(each.contains(span) for live in member.ranges for each in live.spans)
    return span if in_range else None


def _outside(scene: Scene) -> Iterable[Clash]:
    subnets = [each for each in scene.estate.subnets if each.declared]
    for spot in scene.served:
        for service in spot.services:
            member = scene.members.get(service.cluster)
            if member and not _is_leased(service, member) and not _is_its_claim(service, spot.allocations):
                yield from _outside_of(scene, member, service, subnets)


def _is_leased(service: Occupant, member: Member) -> bool:
    """Say whether DHCP chose the address, or a name server, so that no range has a say."""
    seen = member.service_by_ref.get(service.ref)
    wanted = effective_addresses(seen) if seen else None
    return bool(seen and wanted and (wanted.dhcp or wanted.hostnames or seen.requested_ip))


def _is_its_claim(service: Occupant, allocations: Iterable[Occupant]) -> bool:
    """Say whether IPAM holds it for this very user: then no range need cover it."""
    is_api = service.consumer.purpose is Purpose.CONTROL_PLANE
    return is_api or any(each.consumer.is_same(service.consumer) for each in allocations)


def _outside_of(
    scene: Scene, member: Member, service: Occupant, subnets: list[DeclaredSubnet]
) -> Iterator[Clash]:
    span = service.span
    of_family = [each.span for each in subnets if each.span.version == span.version]
    known = [each.span for each in scene.estate.subnets]
    if of_family and _answers_arp(service, member) and not any(each.contains(span) for each in known):
        yield Clash(str(span), Severity.HIGH, (service,), _NO_ARP, span)
        return
    has_ranges = any(each.version == span.version for live in member.ranges for each in live.spans)
    if has_ranges and not scene.is_in_range_of(member.path, span):
        absent = frozenset({(member.path, "ConfigMap")})
        yield Clash(str(span), Severity.INFO, (service,), "", span, absent=absent)


def _answers_arp(service: Occupant, member: Member) -> bool:
    """Say whether kube-vip there announces by ARP, on its own interface: routes and others know no subnet."""
    seen = member.service_by_ref.get(service.ref)
    serving = [pod for pod in member.kube_vips if pod.serves_services]
    elsewhere = seen is not None and seen.interface != "" and not member.kube_vip.interfaces
    return member.knows("Pod") and not elsewhere and all(pod.arp for pod in serving)


def _ghosts(_: Scene, member: Member) -> Iterable[Clash]:
    """Services that are no load balancers any more, and keep their address from being handed out."""
    for service in member.services if member.has_provider else ():
        if not service.is_load_balancer and service.labelled:
            for span in filter(is_drawable, stated_addresses(service)):
                yield _clash(member, service, span, Severity.LOW)


def _clash(member: Member, service: SeenService, span: Span, severity: Severity, note: str = "") -> Clash:
    objects = ((member.path, service.ref),)
    return Clash(str(span), severity, note=note, span=span, objects=objects, is_next=note == _NEXT)


def _tell_unlabelled(clash: Clash) -> Words:
    name, cluster, ref = _named(clash)
    fate = (
        "; the next Service there will get it too"
        if clash.is_next
        else " and lies in its cluster's range, which may hand it out again"
    )
    return Words(
        title=f"{clash.span} was chosen for {name}{fate}",
        explanation=H8.explain(clash),
        remedy=steps(
            f"Let the cloud provider know of it: set the label, in {cluster}:\n  "
            + kubectl("label", ref, "implementation=kube-vip"),
            f"Look that the annotation kube-vip.io/loadbalancerIPs says {clash.span} too, for that is what "
            "it counts.",
            "Or choose an address outside the range.",
        ),
    )


def _tell_outside(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    (service, *_) = clash.occupants
    name = namer.occupant(service)
    if clash.note == _NO_ARP:
        return Words(
            title=f"{clash.span}, used by {name}, lies in no declared subnet",
            explanation=H13.explain(clash),
            remedy=steps(
                f"Give the Service an address of the subnet, in {namer.cluster(service.cluster)}:\n  "
                + kubectl("edit", service.ref),
                "If the subnet is there and only not declared, declare it: manage.py subnet add --help",
                "If the cluster lives on another network, move it: manage.py segment --help",
            ),
        )
    return Words(
        title=f"{clash.span}, used by {name}, lies outside its cluster's load-balancer ranges",
        explanation=H13.explain(clash),
        remedy=steps(
            "If it was chosen on purpose, nothing has to change.",
            "If the ranges were changed since, let the Service have an address of the new ones where its "
            "clients can follow: a Service keeps its address whatever the ranges say.",
        ),
    )


def _tell_ghost(clash: Clash) -> Words:
    name, cluster, ref = _named(clash)
    return Words(
        title=f"{clash.span} stays reserved for {name}, which is no load balancer any more",
        explanation=H15.explain(clash),
        remedy=steps(
            f"Take the label and the annotation off, in {cluster}:\n  "
            + kubectl("label", ref, "implementation-")
            + "\n  "
            + kubectl("annotate", ref, "kube-vip.io/loadbalancerIPs-"),
        ),
    )


def _named(clash: Clash) -> tuple[str, str, Ref]:
    """The Service in words, its cluster, and its reference."""
    (path, ref), *_ = clash.objects
    cluster = Namer().cluster(path)
    return f"{cluster}/{ref.namespace}/{ref.name}", cluster, ref


H8 = Rule(
    id="H8",
    finding_class=FindingClass.HAZARD,
    severity=Severity.HIGH,
    title="The cloud provider does not know that a Service has an address of its range",
    what=(
        "The address was set in spec.loadBalancerIP. kube-vip's cloud provider copies it and looks no "
        "further: it counts as used only what Services with the label implementation=kube-vip hold, and this "
        "one has none. So a new Service will get the same address."
    ),
    remedy="Label the Service, or choose an address outside the range.",
    of_clusters=_unlabelled,
    tell=_tell_unlabelled,
)

H13 = Rule(
    id="H13",
    finding_class=FindingClass.HAZARD,
    severity=Severity.INFO,
    title="A Service's address lies outside its cluster's ranges",
    what=(
        "No load-balancer range of its cluster covers the address, and IPAM holds it for nobody there. It "
        "was chosen by hand, or the ranges were changed since."
    ),
    remedy="Where that is not on purpose, let the Service have another address.",
    at_addresses=_outside,
    tell=_tell_outside,
)

H15 = Rule(
    id="H15",
    finding_class=FindingClass.HAZARD,
    severity=Severity.LOW,
    title="An address stays reserved for a Service that is no load balancer",
    what=(
        "The cloud provider counts every Service with its label and annotation, of whatever type. This one "
        "was a load balancer once; nobody answers for its address, and nobody else can get it."
    ),
    remedy="Take the label and the annotation off the Service.",
    of_clusters=_ghosts,
    tell=_tell_ghost,
)

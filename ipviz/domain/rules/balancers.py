"""P6, P7 and P8: Services without an address, addresses that nobody announces, and ranges without room."""

from collections.abc import Iterable
from dataclasses import replace

from ipviz.domain.ages import fresh_until
from ipviz.domain.configs import unreadable_annotation
from ipviz.domain.kubevip import (
    LiveRange,
    counted_in,
    effective_addresses,
    is_foreign,
    lookup_key,
    parse_value,
    stated_addresses,
)
from ipviz.domain.members import Member
from ipviz.domain.rules.rule import Clash, Rule, Words, clash_about
from ipviz.domain.scene import Scene
from ipviz.domain.seen import SeenService
from ipviz.domain.spans import count, subtracted
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import full_name, kubectl, listed, look_at, steps


def _pending(_: Scene, member: Member) -> Iterable[Clash]:
    for service in _waiting(member):
        note, until = f"Why: {_why(service, member)}.", fresh_until(service.created_at)
        clash = clash_about(member.path, service.ref, Severity.MEDIUM, note, brief="has no address")
        yield replace(clash, fresh_until=until)


def _waiting(member: Member) -> Iterable[SeenService]:
    """Services that the cloud provider is to give an address, and that have none from anybody."""
    if not member.has_provider or not (member.providers or member.config_map):
        return ()
    return (each for each in member.services if _wants_address(each, member))


def _wants_address(service: SeenService, member: Member) -> bool:
    if not service.is_load_balancer or service.terminating or is_foreign(service, member.kube_vip):
        return False
    wanted = effective_addresses(service)
    return not (wanted.ips or wanted.hostnames or wanted.dhcp or service.hostnames or service.ignored)


def _why(service: SeenService, member: Member) -> str:
    """What of the provider's configuration explains it, in the order in which it is read."""
    if member.config_map is None:
        known = member.knows("ConfigMap")
        return "its cloud provider's ConfigMap is not there" if known else "its ConfigMap was never read"
    data = dict(member.config_map.data)
    key = lookup_key(data, service.ref.namespace)
    if key is None:
        return "no load-balancer range is configured for its namespace"
    if not data[key]:
        return f"the first key that is found, {key}, is empty"
    if error := parse_value(data[key], version=member.provider_version).error:
        return f"{key} cannot be read: {error}"
    everywhere = key.endswith("-global")
    for other in member.services:
        if (everywhere or other.ref.namespace == service.ref.namespace) and unreadable_annotation(other):
            return f"the annotation of {other.ref.namespace}/{other.ref.name} keeps every Service from one"
    live = next((each for each in member.ranges if each.key == key), None)
    if live and any(not left for left in _left(live, member).values()):
        return f"the addresses of {key} are used up"
    return "unknown: nothing that was read explains it; look at the cloud provider's log"


def _left(live: LiveRange, member: Member) -> dict[int, int]:
    """How many addresses of a range the provider believes to be free, by IP version."""
    held = [span for each in counted_in(live, member.services) for span in stated_addresses(each)]
    free = subtracted(live.spans, held)
    versions = {span.version for span in live.spans}
    return {version: count(span for span in free if span.version == version) for version in versions}


def _unannounced(_: Scene, member: Member) -> Iterable[Clash]:
    for service in member.services:
        if not _is_silent(service, member):
            continue
        serving = [pod for pod in member.kube_vips if pod.serves_services]
        classes = {name for pod in serving for name in pod.classes}
        if serving and service.load_balancer_class not in classes:
            named = service.load_balancer_class or "no class"
            note = f"No kube-vip there serves Services of {named}, so nobody ever will."
            severity = Severity.MEDIUM
        else:
            note = "kube-vip waits for a ready endpoint of it, or does not run, or elects no leader."
            severity = Severity.LOW
        brief = "has an address that nobody announces"
        clash = clash_about(member.path, service.ref, severity, note, brief=brief)
        yield replace(clash, fresh_until=fresh_until(service.created_at))


def _is_silent(service: SeenService, member: Member) -> bool:
    wanted = effective_addresses(service)
    if not service.is_load_balancer or service.terminating or service.ignored or not wanted.ips:
        return False
    return not (wanted.dhcp or service.ingress or service.hostnames or is_foreign(service, member.kube_vip))


def _full(_: Scene, member: Member) -> Iterable[Clash]:
    config_map = member.config_map
    if config_map is None or not (member.has_provider and member.knows("Service")):
        return
    waiting = {lookup_key(dict(config_map.data), each.ref.namespace) for each in _waiting(member)}
    for live in member.ranges:
        used_up = [version for version, left in _left(live, member).items() if not left]
        size = count(span for span in live.spans if span.version in used_up)
        is_wanted = live.key in waiting
        if live.is_shared or not used_up or not (is_wanted or size > 1):
            continue
        families = listed(f"IPv{version}" for version in sorted(used_up))
        note = f"All {size:,} {families} addresses of {live.key} are held by Services that it knows."
        severity = Severity.HIGH if is_wanted else Severity.MEDIUM
        brief = f"{live.key} is used up" + (", and a Service waits for an address" if is_wanted else "")
        absent = frozenset({(member.path, "Service")})
        ref, part = config_map.ref, live.key
        yield clash_about(member.path, ref, severity, note, brief=brief, part=part, absent=absent)


def _tell_pending(clash: Clash) -> Words:
    return _words(
        P6,
        clash,
        "Do what the reason asks for. Where a range is used up or empty, look for addresses that are "
        "nobody's on the map, and give them to the cluster in its values (loadBalancers.cidrBlocks).",
        "The cloud provider tries again by itself.",
    )


def _tell_unannounced(clash: Clash) -> Words:
    (_, ref), *_ = clash.objects
    return _words(
        P7,
        clash,
        "Look whether it has ready endpoints, and what kube-vip says of it:\n"
        f"  {kubectl('describe', ref)}\n"
        "  kubectl -n kube-system get pods -o wide | grep kube-vip\n"
        "  kubectl -n kube-system logs POD",
        "If nobody needs it, delete it: it keeps its address from others.",
    )


def _tell_full(clash: Clash) -> Words:
    (path, ref), *_ = clash.objects
    return Words(
        title=f"The load-balancer range {clash.brief} in {full_name(path)}",
        explanation=P8.explain(clash),
        remedy=steps(
            f"Look at the ranges:\n  {kubectl('get', ref, '-o yaml')}",
            "Find a free, aligned block on the map, and add it in the cluster's values "
            "(loadBalancers.cidrBlocks).",
            "Or let Services share an address on different ports, or delete those that nobody needs.",
        ),
    )


def _words(rule: Rule, clash: Clash, *advice: str) -> Words:
    (path, ref), *_ = clash.objects
    title = f"Service {ref.namespace}/{ref.name} of {full_name(path)} {clash.brief}"
    return Words(title, rule.explain(clash), steps(look_at(path, ref), *advice))


P6 = Rule(
    id="P6",
    finding_class=FindingClass.CAPACITY,
    severity=Severity.MEDIUM,
    title="A Service waits for an address",
    what=(
        "The Service is a load balancer that kube-vip's cloud provider is to serve, and for more than five "
        "minutes it has had no address."
    ),
    remedy="Give its cluster a range with room, as the reason says.",
    of_clusters=_pending,
    tell=_tell_pending,
)

P7 = Rule(
    id="P7",
    finding_class=FindingClass.CAPACITY,
    severity=Severity.LOW,
    title="A Service has an address that nobody announces",
    what="The Service was given an address and has no status: no node answers for it, and it stays reserved.",
    remedy="Look at its endpoints and at kube-vip, or delete it.",
    of_clusters=_unannounced,
    tell=_tell_unannounced,
)

P8 = Rule(
    id="P8",
    finding_class=FindingClass.CAPACITY,
    severity=Severity.MEDIUM,
    title="A load-balancer range is used up",
    what="The next Service that the range is to serve will get no address.",
    remedy="Add a free block to the cluster's ranges.",
    of_clusters=_full,
    tell=_tell_full,
)

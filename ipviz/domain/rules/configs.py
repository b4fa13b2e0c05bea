"""H11 and H12: what stands in a cloud provider's configuration is not what its author meant."""

from collections.abc import Iterable, Iterator

from ipviz.domain.configs import (
    ConfigFault,
    Trouble,
    config_faults,
    range_keys,
    unaligned_entries,
    unreadable_annotation,
)
from ipviz.domain.members import Member
from ipviz.domain.rules.rule import Clash, Rule, Words, clash_about
from ipviz.domain.scene import Scene
from ipviz.domain.seen import Ref, SeenPool
from ipviz.domain.spans import network_text
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, full_name, kubectl, listed, steps

_SEVERITY = {
    Trouble.SHADOWED: Severity.MEDIUM,
    Trouble.HIDDEN_BY_EMPTY: Severity.HIGH,
    Trouble.UNREADABLE: Severity.HIGH,
}


_BRIEF = {
    Trouble.SHADOWED: "{} is never looked at",
    Trouble.HIDDEN_BY_EMPTY: "{} is never looked at",
    Trouble.UNREADABLE: "{} cannot be read",
}


def _unaligned(_: Scene, member: Member) -> Iterable[Clash]:
    for ref, text in _written(member):
        for entry, network in unaligned_entries(text):
            note = f"{entry} is read as {network_text(network)}, which is {network}."
            objects = ((member.path, ref),)
            yield Clash(str(network), Severity.LOW, note=note, span=network, objects=objects, brief=entry)


def _written(member: Member) -> Iterator[tuple[Ref, str]]:
    """Each text in which CIDRs stand, and the object that holds it."""
    for pool in member.pools.values():
        if isinstance(pool, SeenPool):
            yield pool.ref, ",".join((*pool.addresses, *pool.excluded))
    if config_map := member.config_map:
        data = dict(config_map.data)
        yield from ((config_map.ref, data[key]) for key in range_keys(config_map))


def _broken(_: Scene, member: Member) -> Iterable[Clash]:
    if member.has_provider and (config_map := member.config_map):
        for fault in config_faults(config_map, member.provider_version):
            brief = _BRIEF[fault.trouble].format(fault.key)
            severity, note = _SEVERITY[fault.trouble], _told(fault)
            yield clash_about(member.path, config_map.ref, severity, note, brief=brief, part=fault.key)
    yield from _missing(member)
    for service in member.services if member.has_provider else ():
        if error := unreadable_annotation(service):
            note = (
                "Its annotation kube-vip.io/loadbalancerIPs cannot be read as the cloud provider reads "
                f"it, which trims nothing and takes no names ({error}). While it is there, no new "
                "Service gets an address from the ranges that this one counts in."
            )
            yield clash_about(member.path, service.ref, Severity.HIGH, note)


def _told(fault: ConfigFault) -> str:
    match fault.trouble:
        case Trouble.SHADOWED:
            return f"{fault.key} is never looked at: {fault.detail} is found first, whatever it is for."
        case Trouble.HIDDEN_BY_EMPTY:
            return (
                f"{fault.key} is never looked at: {fault.detail} is there, though empty, and ends the "
                "search. No Service gets an address from either."
            )
        case Trouble.UNREADABLE:
            return f"{fault.key} cannot be read ({fault.detail}), so no Service gets an address from it."


def _missing(member: Member) -> Iterator[Clash]:
    """A provider that is told a ConfigMap which is not there."""
    if member.config_map or not member.providers or not member.knows("ConfigMap"):
        return
    names = listed(f"{each.config_namespace}/{each.config_map}" for each in member.providers)
    note = f"The ConfigMap {names} that it reads is not there, so no Service gets an address."
    provider = member.providers[0].ref
    absent = frozenset({(member.path, "ConfigMap")})
    brief = "their ConfigMap is not there"
    yield clash_about(member.path, provider, Severity.MEDIUM, note, brief=brief, absent=absent)


def _tell_unaligned(clash: Clash) -> Words:
    namer = Namer()
    places = listed(f"{ref} of {namer.cluster(path)}" for path, ref in clash.objects)
    return Words(
        title=f"{clash.brief} in {places} covers all of {clash.span}",
        explanation=H11.explain(clash),
        remedy=steps(
            "If only that one address is meant, write it with /32, or /128 for IPv6: a ConfigMap knows no "
            "address without a length. If the whole network is, write its first address, so that the next "
            "reader sees what it covers.",
            *(f"In {namer.cluster(path)}:\n  {kubectl('edit', ref)}" for path, ref in clash.objects),
            "Change a ConfigMap that a chart wrote in the cluster's values, or it comes back.",
        ),
    )


def _tell_broken(clash: Clash) -> Words:
    (path, ref), *_ = clash.objects
    cluster = full_name(path)
    if ref.kind == "Service":
        title = f"The annotation of {ref.namespace}/{ref.name} keeps new Services of {cluster} from addresses"
    else:
        title = f"The load-balancer ranges of {cluster} are not what they seem: {clash.brief}"
    return Words(
        title,
        H12.explain(clash),
        steps(
            f"Look at it, in {Namer().cluster(path)}:\n  {kubectl('get', ref, '-o yaml')}",
            "Write addresses without spaces and names, separated by commas."
            if ref.kind == "Service"
            else "Keep one key for each namespace, or one for all, and take out what is empty or shadowed, "
            "in the cluster's values: a ConfigMap that a chart wrote is written anew from them.",
            "The cloud provider reads it anew for the next Service; existing ones keep their addresses.",
        ),
    )


H11 = Rule(
    id="H11",
    finding_class=FindingClass.HAZARD,
    severity=Severity.LOW,
    title="A CIDR covers more than it seems to",
    what=(
        "The CIDR has host bits set. Pools and kube-vip's cloud provider mask them, so it stands for the "
        "whole network around the address that is written."
    ),
    remedy="Write the network's first address, or a single address.",
    of_clusters=_unaligned,
    tell=_tell_unaligned,
)

H12 = Rule(
    id="H12",
    finding_class=FindingClass.HAZARD,
    severity=Severity.HIGH,
    title="The cloud provider cannot use its ranges",
    what=(
        "kube-vip's cloud provider looks for a Service's range in cidr-NAMESPACE, cidr-global, "
        "range-NAMESPACE and range-global, in this order, and stops at the first key that is there."
    ),
    remedy="Keep one key for each namespace, or one for all, and write addresses without spaces.",
    of_clusters=_broken,
    tell=_tell_broken,
)

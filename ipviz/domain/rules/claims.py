"""P3 and P5: claims that wait for an address, and addresses that are held for nobody."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from ipviz.domain.ages import is_fresh
from ipviz.domain.consumers import name_of
from ipviz.domain.estate import Evidence
from ipviz.domain.members import Member
from ipviz.domain.occupants import Occupant, Purpose, Role
from ipviz.domain.pending import Known, why_pending
from ipviz.domain.rules.rule import Clash, Rule, Words, clash_about
from ipviz.domain.scene import Scene
from ipviz.domain.seen import SeenClaim
from ipviz.domain.spots import occupant_order
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import full_name, listed, look_at, steps

NEW: Final = timedelta(hours=1)
"""In which a cluster is built, and what was claimed for it gets there."""
_GRAVE = ("pool missing", "exhausted")


def _waiting(scene: Scene) -> Iterable[Clash]:
    for member in scene.members.values():
        known = Known(member.pools, member.usage_of, member.clusters, member.listed)
        for claim in (each for claims in member.waiting_for.values() for each in claims):
            if not is_fresh(claim.created_at, scene.estate.judged_at):
                yield _waits(member, claim, known)


def _waits(member: Member, claim: SeenClaim, known: Known) -> Clash:
    why = why_pending(claim, known)
    consumer = member.consumers.of_claim(claim)
    is_grave = why.startswith(_GRAVE) or consumer.purpose is Purpose.CONTROL_PLANE
    note = f"Why: {why}."
    if consumer.purpose is Purpose.CONTROL_PLANE:
        note += " A cluster cannot come up without it: it stays paused, with an empty endpoint."
    severity = Severity.HIGH if is_grave else Severity.MEDIUM
    return clash_about(member.path, claim.ref, severity, note, brief=why)


def _leaks(scene: Scene) -> Iterable[Clash]:
    for member in scene.members.values():
        if member.is_management and member.knows("IPAddress", "IPAddressClaim"):
            yield from _of_nobody(member, scene)
            yield from _unapplied(member, scene)


def _of_nobody(member: Member, scene: Scene) -> Iterator[Clash]:
    """IPAddresses without a claim, and claims of a Cluster that is not there, that nobody uses."""
    claims = {(each.ref.namespace, each.ref.name): each for each in member.claims}
    allocations = scene.allocations_of(member.path) if member.addresses else ()
    occupants = {each.ref: each for each in allocations}
    for address in member.addresses:
        occupant = occupants.get(address.ref)
        if occupant is None or _is_used(occupant, scene):
            continue
        claim = claims.get((address.ref.namespace, address.claim or address.ref.name))
        if claim is None:
            unused = _where_it_may_be_used(scene) | {(member.path, "IPAddressClaim")}
            brief = "has no claim"
            yield clash_about(member.path, address.ref, Severity.LOW, _NO_CLAIM, brief=brief, absent=unused)
        elif why := _has_no_cluster(occupant, member):
            unused = _where_it_may_be_used(scene) if not occupant.consumer.cluster else frozenset()
            severity, brief, note = why
            absent = unused | {(member.path, "Cluster")}
            yield clash_about(member.path, claim.ref, severity, note, brief=brief, absent=absent)


def _is_used(allocation: Occupant, scene: Scene) -> bool:
    """Say whether anything else states the address too: then it is no leak, whatever else it is."""
    return any(each.role is not Role.ALLOC for each in scene.stated(allocation.span))


def _where_it_may_be_used(scene: Scene) -> frozenset[Evidence]:
    """The lists that would show a user and were never read: until they are, it is a suspicion."""
    reached = [each for each in scene.members.values() if each.facts.provisioned]
    return frozenset(
        (each.path, kind) for each in reached for kind in ("Node", "Service") if not each.knows(kind)
    )


def _has_no_cluster(allocation: Occupant, member: Member) -> tuple[Severity, str, str] | None:
    """How grave, what a title says and what the explanation does; None where its Cluster is there."""
    consumer = allocation.consumer
    if not member.knows("Cluster"):
        return None
    if not consumer.cluster:
        return Severity.LOW, "serves no cluster that is known", _BY_HAND
    name = name_of(consumer.cluster)
    if name is None or name in member.clusters or consumer.cluster == member.path:
        return None
    if "/".join(name) in member.facts.unreadable.get("Cluster", ()):
        return None
    return Severity.MEDIUM, f"is for Cluster {'/'.join(name)}, which is not there", _GONE


def _unapplied(member: Member, scene: Scene) -> Iterator[Clash]:
    """What a cluster claimed for its Services, where none of it has reached the cluster.

    One that it does not use yet is a spare: clusters claim several at once.
    """
    read = {path for path, each in scene.members.items() if each.knows("Service", "ConfigMap", "Deployment")}
    now = scene.estate.judged_at
    fresh = {address.ref for address in member.addresses if is_fresh(address.created_at, now, within=NEW)}
    claimed: dict[str, list[Occupant]] = defaultdict(list)
    for each in scene.allocations_of(member.path) if read else ():
        if each.consumer.purpose is Purpose.SERVICE and each.consumer.cluster in read:
            claimed[each.consumer.cluster].append(each)
    for path, found in sorted(claimed.items()):
        allocations = sorted(found, key=occupant_order)
        if any(each.ref in fresh for each in allocations):
            continue
        if any(_is_used(each, scene) or scene.is_in_range_of(path, each.span) for each in allocations):
            continue
        yield Clash(
            f"{path} svc-lb",
            Severity.MEDIUM,
            tuple(allocations),
            _NEVER_APPLIED,
            brief=listed(str(each.span) for each in allocations),
            absent=frozenset({(path, "Service"), (path, "ConfigMap")}),
        )


_NO_CLAIM = (
    "Nothing will release it: an IPAddress goes with its claim. Perhaps it was made by hand, to reserve."
)
_BY_HAND = "No cluster can be told from the claim. Perhaps it was made by hand, to reserve."
_GONE = "Its Cluster was deleted, or never made, so nobody will use the address."
_NEVER_APPLIED = (
    "They were claimed for the cluster's Services, and neither its load-balancer ranges nor any Service "
    "there has one of them. Some versions of the cluster's chart wrote the ranges to the wrong place."
)


def _tell_waiting(clash: Clash) -> Words:
    (path, ref), *_ = clash.objects
    return Words(
        title=f"Claim {ref.namespace}/{ref.name} of {full_name(path)} has no address: {clash.brief}",
        explanation=P3.explain(clash),
        remedy=steps(
            look_at(path, ref),
            _CURES.get(clash.brief.partition(":")[0], _CURES[""]),
            "Its provider serves it by itself then, the oldest ones after up to fifteen minutes.",
        ),
    )


_CURES = {
    "pool missing": "Make the pool, or a new claim with the right name: a claim's pool cannot be edited.",
    "pool paused": "Take the annotation cluster.x-k8s.io/paused off the pool.",
    "claim paused": "Take the annotation cluster.x-k8s.io/paused off the claim.",
    "cluster paused": "A claim that is linked to a paused Cluster is never served: unpause the Cluster, or "
    "make the claim without spec.clusterName and the label cluster.x-k8s.io/cluster-name.",
    "cluster missing": "A claim that is linked to a Cluster which is not there is never served: correct the "
    "link, or make the Cluster.",
    "exhausted": "Enlarge the pool, or release claims that nobody uses.",
    "": "Look whether the provider runs, and whether it watches this namespace and label.",
}


def _tell_leak(clash: Clash) -> Words:
    if clash.occupants:
        cluster = full_name(clash.occupants[0].consumer.cluster)
        return Words(
            title=f"{clash.brief} never reached {cluster}, which claimed them for its Services",
            explanation=P5.explain(clash),
            remedy=steps(
                "Look at the ranges of its cloud provider, in the cluster:\n"
                "  kubectl -n kube-system get configmap -o yaml kube-vip-cloud-provider",
                "Upgrade the cluster's chart, or write the addresses into its values.",
                "If it needs none, take the claims out of its values.",
            ),
        )
    (path, ref), *_ = clash.objects
    what = "Claim" if ref.kind == "IPAddressClaim" else ref.kind
    return Words(
        title=f"{what} {ref.namespace}/{ref.name} of {full_name(path)} {clash.brief}",
        explanation=P5.explain(clash),
        remedy=steps(
            look_at(path, ref),
            "Ask who made it. If it keeps the address for something outside the clusters, leave it, or "
            "exclude the address from the pool instead, where the next reader sees why.",
            f"If it is left over, delete the {ref.kind}; its address is the pool's again at once.",
        ),
    )


P3 = Rule(
    id="P3",
    finding_class=FindingClass.CAPACITY,
    severity=Severity.MEDIUM,
    title="A claim waits for an address",
    what="The claim has had no address for more than five minutes. Its provider tells nobody why.",
    remedy="Do what the reason asks for; the provider serves the claim by itself then.",
    find=_waiting,
    tell=_tell_waiting,
)

P5 = Rule(
    id="P5",
    finding_class=FindingClass.CAPACITY,
    severity=Severity.LOW,
    title="IPAM holds an address for nobody",
    what="The address is taken from its pool, and nothing that is known uses it.",
    remedy="Ask who made it, and delete the claim if it is left over.",
    find=_leaks,
    tell=_tell_leak,
)

"""P3 and P5: claims that wait for an address, and addresses that are held for nobody."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ipviz.domain.ages import fresh_until
from ipviz.domain.consumers import name_of
from ipviz.domain.members import Member
from ipviz.domain.occupants import Occupant, Purpose, Role
from ipviz.domain.pending import Known, why_pending
from ipviz.domain.pools import held_span
from ipviz.domain.rules.rule import Clash, Rule, Words, clash_about
from ipviz.domain.scene import Scene
from ipviz.domain.seen import SeenClaim
from ipviz.domain.spans import Span
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import full_name, listed, look_at, steps

NEW: Final = timedelta(hours=1)
"""In which a cluster is built, and what was claimed for it gets there."""
_GRAVE = ("pool missing", "exhausted")


def _waiting(_: Scene, member: Member) -> Iterable[Clash]:
    known = Known(member.pools, member.usage_of, member.clusters, member.listed)
    for claim in (each for claims in member.waiting_for.values() for each in claims):
        yield replace(_waits(member, claim, known), fresh_until=fresh_until(claim.created_at))


def _waits(member: Member, claim: SeenClaim, known: Known) -> Clash:
    why = why_pending(claim, known)
    consumer = member.consumers.of_claim(claim)
    is_grave = why.startswith(_GRAVE) or consumer.purpose is Purpose.CONTROL_PLANE
    note = f"Why: {why}."
    if consumer.purpose is Purpose.CONTROL_PLANE:
        note += " A cluster cannot come up without it: it stays paused, with an empty endpoint."
    severity = Severity.HIGH if is_grave else Severity.MEDIUM
    return clash_about(member.path, claim.ref, severity, note, brief=why)


def _leaks(scene: Scene, member: Member) -> Iterable[Clash]:
    if _knows_claims(member):
        yield from _unclaimed(scene, member)
        yield from _for_nobody(scene, member)
    yield from _unapplied(scene, member)


def _knows_claims(member: Member) -> bool:
    return member.is_management and member.knows("IPAddress", "IPAddressClaim")


def _unclaimed(scene: Scene, member: Member) -> Iterator[Clash]:
    """IPAddresses without a claim, that nobody uses."""
    for address in member.unclaimed:
        span = held_span(address)
        if span and scene.stated(span) and not _is_used(span, scene):
            absent = scene.where_use_is_unread | {(member.path, "IPAddressClaim")}
            yield clash_about(
                member.path, address.ref, Severity.LOW, _NO_CLAIM, brief="has no claim", absent=absent
            )


def _for_nobody(scene: Scene, member: Member) -> Iterator[Clash]:
    """Claims of a Cluster that is not there, or of none, whose addresses nobody uses."""
    for pool in scene.pools_of(member.path) if member.knows("Cluster") else ():
        for path, allocations in pool.by_cluster.items():
            why = _has_no_cluster(path, member)
            for allocation in allocations if why else ():
                claim = member.claim_of.get(allocation.ref)
                if why and claim and not _is_used(allocation.span, scene):
                    severity, brief, note = why
                    absent = {(member.path, "Cluster")} | (scene.where_use_is_unread if not path else set())
                    yield clash_about(
                        member.path, claim.ref, severity, note, brief=brief, absent=frozenset(absent)
                    )


def _is_used(span: Span, scene: Scene) -> bool:
    """Say whether anything else states an address, or one of a prefix: then it is no leak, whatever it is."""
    return any(each.role is not Role.ALLOC for each in scene.stated(span)) or scene.is_used_within(span)


def _has_no_cluster(path: str, member: Member) -> tuple[Severity, str, str] | None:
    """How grave, what a title says and what the explanation does; None where its Cluster is there."""
    if not path:
        return Severity.LOW, "serves no cluster that is known", _BY_HAND
    name = name_of(path)
    if name is None or name in member.clusters or path == member.path:
        return None
    if "/".join(name) in member.facts.unreadable.get("Cluster", ()):
        return None
    return Severity.MEDIUM, f"is for Cluster {'/'.join(name)}, which is not there", _GONE


def _unapplied(scene: Scene, member: Member) -> Iterator[Clash]:
    """What a cluster claimed for its Services, where none of it has reached the cluster.

    One that it does not use yet is a spare: clusters claim several at once.
    """
    if not member.knows("Service", "ConfigMap", "Deployment"):
        return
    claimed = [each for each in scene.claimed_for(member.path) if each.consumer.purpose is Purpose.SERVICE]
    told = [each for each in claimed if each.cluster in scene.members]
    allocations = [each for each in told if _knows_claims(scene.members[each.cluster])]
    if not allocations or any(
        _is_used(each.span, scene) or scene.is_in_range_of(member.path, each.span) for each in allocations
    ):
        return
    yield Clash(
        f"{member.path} svc-lb",
        Severity.MEDIUM,
        tuple(allocations),
        _NEVER_APPLIED,
        brief=listed(str(each.span) for each in allocations),
        absent=frozenset({(member.path, "Service"), (member.path, "ConfigMap")}),
        fresh_until=max(filter(None, (_made(each, scene) for each in allocations)), default=None),
    )


def _made(allocation: Occupant, scene: Scene) -> datetime | None:
    """Until when the cluster that it was claimed for may still be built."""
    address = scene.members[allocation.cluster].address_by_ref.get(allocation.ref)
    return fresh_until(address.created_at, within=NEW) if address else None


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
    of_clusters=_waiting,
    tell=_tell_waiting,
)

P5 = Rule(
    id="P5",
    finding_class=FindingClass.CAPACITY,
    severity=Severity.LOW,
    title="IPAM holds an address for nobody",
    what="The address is taken from its pool, and nothing that is known uses it.",
    remedy="Ask who made it, and delete the claim if it is left over.",
    of_clusters=_leaks,
    tell=_tell_leak,
)

"""What a rule found of one subject, as one verdict: as bad as its worst pair, with all its parties."""

from collections.abc import Iterable, Sequence

from ipviz.domain.consumers import name_of
from ipviz.domain.estate import ClusterFacts
from ipviz.domain.occupants import RANGE_ROLES, Occupant, Role
from ipviz.domain.outlook import future_of, past_of
from ipviz.domain.rules.rule import Clash, Rule, Words
from ipviz.domain.scene import Scene
from ipviz.domain.seen import Ref
from ipviz.domain.spans import Span
from ipviz.domain.verdicts import FindingClass, Party, Verdict
from ipviz.domain.words import Namer


def conclude(rule: Rule, clashes: Sequence[Clash], scene: Scene) -> Verdict:
    """Say what a rule's clashes of one subject come to: the worst one's words, everybody's part in it."""
    worst = min(clashes, key=lambda clash: clash.severity.rank)
    words = rule.say(worst)
    parties = _parties([worst, *clashes], scene)
    occupants = [each for clash in clashes for each in clash.occupants]
    parted = list({(each.cluster, each.ref, each.role, each.pool): each for each in occupants}.values())
    rests_on = {(each.cluster, each.ref.kind) for each in occupants}
    rests_on |= {(path, ref.kind) for clash in clashes for path, ref in clash.objects}
    rests_on |= {evidence for clash in clashes for evidence in clash.absent}
    return Verdict(
        rule=rule.id,
        severity=worst.severity,
        subject=worst.subject,
        parties=parties,
        rests_on=frozenset(rests_on),
        title=words.title,
        explanation=_explained(rule, words, parted, scene, worst.span),
        remedy=words.remedy,
        span=worst.span,
        stale=any(scene.is_unread(each) for each in rests_on)
        or any(scene.is_incomplete(each) for clash in clashes for each in clash.absent)
        or any(each.stale for each in occupants),
    )


def _explained(rule: Rule, words: Words, occupants: Sequence[Occupant], scene: Scene, at: Span | None) -> str:
    """The rule's words, then what was before, or what comes next without anybody's doing."""
    is_collision = rule.finding_class is FindingClass.COLLISION
    more = past_of(occupants, scene) if is_collision else future_of(occupants, scene, at)
    return f"{words.explanation} {more}".rstrip()


def _parties(clashes: Iterable[Clash], scene: Scene) -> tuple[Party, ...]:
    """One party an object, in order of the clashes; the cluster itself for a blind spot."""
    parties: dict[tuple[str, Ref], Party] = {}
    for clash in clashes:
        for party in map(_of_cluster, clash.about):
            parties.setdefault((party.cluster, party.ref), party)
        namer = Namer.among(clash.occupants)
        for occupant in clash.occupants:
            parties.setdefault((occupant.cluster, occupant.ref), _party(occupant, scene, namer))
        for path, ref in clash.objects:
            parties.setdefault((path, ref), Party(path, ref, role=""))
    return tuple(parties.values())


def _of_cluster(facts: ClusterFacts) -> Party:
    namespace, name = name_of(facts.path) or ("", facts.path)
    return Party(facts.path, Ref("Cluster", namespace, name, facts.path), role="")


def _party(occupant: Occupant, scene: Scene, namer: Namer) -> Party:
    return Party(
        cluster=occupant.cluster,
        ref=occupant.ref,
        role=occupant.role.value,
        tracked=_is_tracked(occupant, scene),
        stale=occupant.stale,
        since=occupant.since,
        consumer="" if occupant.role is Role.POOL else namer.consumer(occupant.consumer),
        holder=occupant.holder,
    )


def _is_tracked(occupant: Occupant, scene: Scene) -> bool:
    """Say whether IPAM holds the address for this very user."""
    if occupant.role in RANGE_ROLES:
        return False
    allocations = scene.spot(occupant.span).allocations
    return occupant.role is Role.ALLOC or any(
        each.consumer.is_same(occupant.consumer) for each in allocations
    )

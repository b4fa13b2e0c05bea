"""P1, P2 and P4: a pool has no room, has little left, or its numbers do not add up."""

from collections.abc import Iterable
from math import ceil

from ipviz.domain.members import Member
from ipviz.domain.pools import AnyPool, PoolUsage, pool_faults, pool_key
from ipviz.domain.pools_in_use import PoolInUse
from ipviz.domain.rules.rule import Clash, Rule, Words
from ipviz.domain.scene import Scene
from ipviz.domain.seen import PoolCounts, Ref, SeenPrefixPool
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import full_name, kubectl, listed, look_at, steps

LITTLE = 0.1
"""Less than this part of a pool left is little."""
_NAMED = 20


def _exhausted(_: Scene, member: Member) -> Iterable[Clash]:
    for pool, usage in _pools(member):
        waiting = member.waiting_for.get(_key(pool), ())
        if usage.left or not (waiting or _may_be_full(pool, usage)):
            continue
        faults = listed(f"its provider cannot read it: {fault}" for fault in pool_faults(pool))
        note = f"{faults}." if faults else _counted(pool, usage)
        brief = "hands out nothing more"
        if waiting:
            waits = listed(f"{each.ref.namespace}/{each.ref.name}" for each in waiting)
            note += f" Without an address: {waits}."
            brief += f", and {'claims wait' if len(waiting) > 1 else 'a claim waits'} for it"
        severity = Severity.HIGH if waiting else Severity.MEDIUM
        yield _clash(member, pool, severity, brief, note, tuple(each.ref for each in waiting))


def _may_be_full(pool: AnyPool, usage: PoolUsage) -> bool:
    """Say whether a full pool is worth a word where nobody waits: one of a single address is made for one."""
    return usage.total != 1 and not pool.terminating


def _nearly_full(scene: Scene, member: Member) -> Iterable[Clash]:
    for pool, usage in _pools(member):
        need = scene.pools.get((member.path, _key(pool)), PoolInUse()).usual_need
        enough = max(need, ceil(LITTLE * usage.total))
        if not usage.left or pool.terminating or usage.left >= enough:
            continue
        brief = f"has {usage.left:,} of {usage.total:,} {_things(pool)} left"
        note = (
            f"{brief.capitalize()}; the next cluster will want {need}, as those do that claim from it now."
            if usage.left < need
            else f"{_counted(pool, usage)} That leaves {usage.left:,}."
        )
        yield _clash(member, pool, Severity.MEDIUM, brief, note)


def _off(_: Scene, member: Member) -> Iterable[Clash]:
    for pool, usage in _pools(member):
        said = []
        reported = pool.reported
        if pool.terminating or pool.paused:  # its status is not kept up
            continue
        if usage.out_of_range and _is_out_of_range_there(reported, usage):
            said.append(f"{usage.out_of_range:,} of its {_things(pool)} in use are none that it can hand out")
        if reported and reported.free < 0:
            said.append(f"its status says that {reported.free} are free")
        if reported and reported.used != usage.used:
            said.append(f"its status counts {reported.used:,} in use, where there are {usage.used:,}")
        if said:
            yield _clash(member, pool, Severity.MEDIUM, "has numbers that do not add up", f"{listed(said)}.")


def _is_out_of_range_there(reported: PoolCounts | None, usage: PoolUsage) -> bool:
    """Say whether the provider's version has our rules: older ones hand out what newer ones reserve."""
    return reported is None or reported.out_of_range > 0 or reported.total == usage.total


def _pools(member: Member) -> Iterable[tuple[AnyPool, PoolUsage]]:
    """Every pool of the cluster, where its addresses are known."""
    if member.knows("IPAddress"):
        for key, pool in member.pools.items():
            yield pool, member.usage_of[key]


def _key(pool: AnyPool) -> str:
    return pool_key(pool.ref)


def _clash(
    member: Member, pool: AnyPool, severity: Severity, brief: str, note: str, others: tuple[Ref, ...] = ()
) -> Clash:
    objects = tuple((member.path, ref) for ref in (pool.ref, *others[:_NAMED]))
    absent = frozenset({(member.path, "IPAddress")})
    note = note[:1].upper() + note[1:]
    subject = f"{member.path} {_key(pool)}"
    return Clash(subject, severity, note=note, brief=brief, objects=objects, absent=absent)


def _things(pool: AnyPool) -> str:
    return "prefixes" if isinstance(pool, SeenPrefixPool) else "addresses"


def _counted(pool: AnyPool, usage: PoolUsage) -> str:
    return f"Of its {usage.total:,} {_things(pool)} {usage.used:,} are in use."


def _tell_exhausted(clash: Clash) -> Words:
    return _words(
        P1,
        clash,
        "If it cannot be read, correct what is named. Else enlarge it with addresses that are nobody's: look "
        f"at the map first, for the pool does not check them:\n  {_edit(clash)}",
        "Or release claims that nobody uses: see what P5 says of this pool.",
        "Claims that wait are served by themselves. Older providers take up to fifteen minutes, since they "
        "are not told that there is room again.",
    )


def _tell_nearly_full(clash: Clash) -> Words:
    return _words(
        P2,
        clash,
        "Before the next cluster is made, enlarge the pool with addresses that are nobody's on the map:\n"
        f"  {_edit(clash)}",
        "Or release claims that nobody uses: see what P5 says of this pool.",
    )


def _tell_off(clash: Clash) -> Words:
    return _words(
        P4,
        clash,
        "Look at its addresses; what lies outside was handed out before the pool was edited, or under the "
        "rules of an older provider, or was restored:\n"
        "  kubectl get ipaddresses.ipam.cluster.x-k8s.io -A",
        "If only its status is behind, its provider has not looked since: see whether it runs.",
        "Where an address is in use outside the pool, keep other pools and ranges away from it.",
    )


def _words(rule: Rule, clash: Clash, *advice: str) -> Words:
    (path, ref), *_ = clash.objects
    name = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
    title = f"Pool {name} of {full_name(path)} {clash.brief}"
    return Words(title, rule.explain(clash), steps(look_at(path, ref), *advice))


def _edit(clash: Clash) -> str:
    return kubectl("edit", clash.objects[0][1])


P1 = Rule(
    id="P1",
    finding_class=FindingClass.CAPACITY,
    severity=Severity.MEDIUM,
    title="A pool hands out nothing more",
    what=(
        "Every address of the pool is in use, or none can be read from it. Claims on it wait without a word: "
        "the provider sets no condition and sends no event."
    ),
    remedy="Enlarge the pool, or release claims that nobody uses.",
    of_clusters=_exhausted,
    tell=_tell_exhausted,
)

P2 = Rule(
    id="P2",
    finding_class=FindingClass.CAPACITY,
    severity=Severity.MEDIUM,
    title="A pool is nearly full",
    what="Less than a tenth of the pool is left, or less than the next cluster will claim from it.",
    remedy="Enlarge the pool before the next cluster is made.",
    of_clusters=_nearly_full,
    tell=_tell_nearly_full,
)

P4 = Rule(
    id="P4",
    finding_class=FindingClass.CAPACITY,
    severity=Severity.MEDIUM,
    title="A pool's numbers do not add up",
    what=(
        "What the pool's status says, or what it may hand out, does not agree with the IPAddresses that were "
        "made from it."
    ),
    remedy="Look for addresses outside the pool, and whether its provider runs.",
    of_clusters=_off,
    tell=_tell_off,
)

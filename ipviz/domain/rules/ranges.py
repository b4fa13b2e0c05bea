"""H2 to H5: two allocators hand out the same addresses."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain

from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.rules.mitigation import Pair, Weight, apart
from ipviz.domain.rules.rule import Clash, Rule, Words, clash_at
from ipviz.domain.scene import Scene, pool_id
from ipviz.domain.spans import Span, merged, subtracted
from ipviz.domain.spots import occupant_order
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, exclude, listed, looks, steps

Owner = tuple[str, str]
"""A cluster's path, and the pool's key there, or empty for its load-balancer ranges."""
Meetings = Mapping[tuple[Owner, Owner], list[Pair]]


def _range_in_pool(scene: Scene) -> Iterable[Clash]:
    for (_, pool), pairs in _meetings(scene, Role.LBRANGE, Role.POOL).items():
        if not scene.is_known((pool[0], "IPAddress")):
            continue
        balancer = pairs[0][0].consumer
        claimed = scene.pools[pool].by_cluster.get(balancer.cluster, ())
        own = [each.span for each in claimed if each.consumer.is_same(balancer)]
        yield from _clashes(scene, pairs, without=own, absent_in=pool[0])


def _range_in_range(scene: Scene) -> Iterable[Clash]:
    for (ours, theirs), pairs in _meetings(scene, Role.LBRANGE, Role.LBRANGE).items():
        if ours[0] != theirs[0]:
            yield from _clashes(scene, pairs)


def _keys_in_one(scene: Scene) -> Iterable[Clash]:
    """Keys of one cluster: those of a namespace and of all, or of two namespaces. Shadowed ones are none."""
    by_keys: dict[tuple[str, str, str], list[Pair]] = defaultdict(list)
    for pair in scene.range_pairs:
        one, other = sorted(pair, key=occupant_order)
        if one.role is other.role is Role.LBRANGE and one.cluster == other.cluster and one.pool != other.pool:
            by_keys[one.cluster, one.pool, other.pool].append((one, other))
    for (_, ours, theirs), pairs in sorted(by_keys.items()):
        for clash in _clashes(scene, sorted(pairs, key=_pair_order), Severity.MEDIUM):
            yield replace(clash, brief=f"{ours} and {theirs}")


def _pool_in_pool(scene: Scene) -> Iterable[Clash]:
    for (ours, theirs), pairs in _meetings(scene, Role.POOL, Role.POOL).items():
        if ours != theirs:
            yield from _clashes(scene, pairs)


def _meetings(scene: Scene, first: Role, second: Role) -> Meetings:
    """Every two owners whose ranges of these roles meet, and where; in a fixed order."""
    found: dict[tuple[Owner, Owner], list[Pair]] = defaultdict(list)
    for pair in scene.range_pairs:
        one, other = sorted(pair, key=lambda each: (each.role is not first, occupant_order(each)))
        if (one.role, other.role) == (first, second):
            found[_owner(one), _owner(other)].append((one, other))
    return {owners: sorted(pairs, key=_pair_order) for owners, pairs in sorted(found.items())}


def _owner(occupant: Occupant) -> Owner:
    return pool_id(occupant) if occupant.role is Role.POOL else (occupant.cluster, "")


def _pair_order(pair: Pair) -> tuple[Span, Span]:
    return pair[0].span, pair[1].span


def _clashes(
    scene: Scene,
    pairs: list[Pair],
    severity: Severity = Severity.HIGH,
    *,
    without: Iterable[Span] = (),
    absent_in: str = "",
) -> Iterable[Clash]:
    """One clash for each unbroken stretch that both hold; all pairs are of the same two owners."""
    weight = apart(scene, Weight(severity), *pairs[0])
    common = merged(span for one, other in pairs if (span := one.span.intersection(other.span)))
    absent = frozenset({(absent_in, "IPAddress")}) if absent_in else frozenset()
    for span in subtracted(common, without):
        sides = chain.from_iterable(
            pair for pair in pairs if pair[0].span.meets(span) and pair[1].span.meets(span)
        )
        occupants = {(each.cluster, each.ref): each for each in sides}
        clash = clash_at(span, weight.severity, occupants.values(), weight.note, weight.apart)
        yield replace(clash, absent=absent)


def _tell_range_in_pool(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    balancer = next(each for each in clash.occupants if each.role is Role.LBRANGE)
    pool = next(each for each in clash.occupants if each.role is Role.POOL)
    return Words(
        title=f"{clash.span} belongs to {namer.occupant(balancer)} and to {namer.occupant(pool)}",
        explanation=H2.explain(clash),
        remedy=steps(
            f"Look at both:\n{looks(clash.occupants, namer)}",
            exclude(clash.span, pool, namer.cluster(pool.cluster)),
            "No running Service notices that. The provider refuses it for addresses which are claimed; leave "
            "those out.",
            "Or give the cluster another range. Services that exist keep their addresses, so look for "
            "those first.",
            "Do not empty the range's value: an empty cidr-global stops every new Service from getting an "
            "address.",
        ),
    )


def _tell_range_in_range(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    clusters = listed(namer.cluster(each.cluster) for each in clash.occupants)
    return Words(
        title=f"{clash.span} belongs to the load-balancer ranges of {clusters}",
        explanation=H3.explain(clash),
        remedy=steps(
            f"Look at the ranges:\n{looks(clash.occupants, namer)}",
            "Look which addresses of the overlap each cluster's Services already hold; those stay as they "
            "are.",
            "Give each cluster a range of its own, in its values (loadBalancers.cidrBlocks), not in the "
            "ConfigMap, which is written anew from them.",
        ),
    )


def _tell_keys_in_one(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    first = clash.occupants[0]
    return Words(
        title=f"{clash.span} belongs to {clash.brief} of {namer.cluster(first.cluster)}",
        explanation=H4.explain(clash),
        remedy=steps(
            f"Look at the ranges:\n{looks(clash.occupants, namer)}",
            "Look which addresses of the overlap Services already hold, of whichever namespace.",
            "Part the two, in the cluster's values; Services that exist keep their addresses.",
        ),
    )


def _tell_pool_in_pool(clash: Clash) -> Words:
    namer = Namer.among(clash.occupants)
    return Words(
        title=f"{clash.span} belongs to {listed(namer.occupant(each) for each in clash.occupants)}",
        explanation=H5.explain(clash),
        remedy=steps(
            f"Look at the pools:\n{looks(clash.occupants, namer)}",
            exclude(clash.span, clash.occupants[-1], namer.cluster(clash.occupants[-1].cluster)),
            "The provider refuses that for addresses which are in use; choose the pool that has none there.",
        ),
    )


H2 = Rule(
    id="H2",
    finding_class=FindingClass.HAZARD,
    severity=Severity.HIGH,
    title="A load-balancer range lies in a pool",
    what=(
        "kube-vip's cloud provider hands these addresses to Services, and IPAM hands them to claims. Neither "
        "reads what the other gave away, so sooner or later both give one address."
    ),
    remedy="Exclude the overlap from the pool, or give the cluster another range.",
    on_segment=_range_in_pool,
    tell=_tell_range_in_pool,
)

H3 = Rule(
    id="H3",
    finding_class=FindingClass.HAZARD,
    severity=Severity.HIGH,
    title="Load-balancer ranges of two clusters overlap",
    what=(
        "Each cluster's cloud provider takes the lowest address of its range that its own cluster does not "
        "use. It knows nothing of other clusters, so both will give the same address."
    ),
    remedy="Give each cluster a range of its own.",
    on_segment=_range_in_range,
    tell=_tell_range_in_range,
)

H4 = Rule(
    id="H4",
    finding_class=FindingClass.HAZARD,
    severity=Severity.MEDIUM,
    title="Load-balancer ranges of one cluster overlap",
    what=(
        "Two keys of the cloud provider's configuration hold the same addresses. Where a namespace has a "
        "range of its own, the provider looks at the Services of that namespace only, so it gives an address "
        "that a Service elsewhere in the cluster has."
    ),
    remedy="Part the ranges.",
    on_segment=_keys_in_one,
    tell=_tell_keys_in_one,
)

H5 = Rule(
    id="H5",
    finding_class=FindingClass.HAZARD,
    severity=Severity.HIGH,
    title="Two pools overlap",
    what=(
        "Each pool hands out its lowest address that it has not given away itself. It does not ask other "
        "pools, of whatever kind, namespace or management cluster, so both will give the same address."
    ),
    remedy="Exclude the overlap from one of the pools.",
    on_segment=_pool_in_pool,
    tell=_tell_pool_in_pool,
)

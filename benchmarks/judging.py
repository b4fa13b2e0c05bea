"""What judging a segment costs, beside sorting as many keys of the same width.

Every cluster has the usual statements of its API, three claimed addresses for Services of which two are
used, and its nodes; one occupant in a hundred collides with another cluster's. Sizes grow tenfold, to show
that nothing grows faster than sorting does.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count, islice
from math import log
from statistics import median

import numpy as np

from benchmarks.parsing import seconds
from ipviz.domain.estate import ClusterFacts, Estate
from ipviz.domain.judge import judge
from ipviz.domain.occupants import Consumer, Occupant, Purpose, Role
from ipviz.domain.seen import Port, Ref
from ipviz.domain.spans import Span, first_key, single
from ipviz.domain.standing import JudgedSegment
from ipviz.domain.touched import Changes
from ipviz.polling.collector import collector_paused

SIZES = (10_000, 100_000, 1_000_000)
SORTS = 10
"""Judging takes at most so many times what sorting as many keys does, as wide as they are stored."""
SMALLEST_SECONDS = 0.2
GROWTH = 1.5
"""From the fewest to the most, in n log n; 1, and what a noisy machine adds."""
STANDING = 100_000
SQUATTED = (500, 5_000)
"""So many addresses are given away, and as many used without."""
TIMES = 50
NODES = 10
CLAIMED, OF_NODES, FREE = 10 << 24, 11 << 24, 12 << 24
POOL = "GlobalInClusterIPPool//{}"
PER_POOL = 1_000
PORTS = (Port("TCP", 443),)
Change = tuple[tuple[Occupant, ...], tuple[Occupant, ...]]
"""What is gone, and what came instead."""


def measure() -> bool:
    """Print a line a size; say whether judging is as near to sorting as it should be."""
    print("judging a segment, 1% of it colliding")
    first = times = work = 0.0
    is_met = True
    for size in SIZES:
        estate = estate_of(size)
        spans = [each.span for each in estate.occupants]
        sorting = _sorting(first_key(span).encode() for span in spans)
        narrow = _sorting((span.first.to_bytes(16, "big") for span in spans), "S16")
        with collector_paused():  # as it is where segments are judged
            took, verdicts = seconds(partial(judge, estate))
        is_met &= size > SIZES[0] or took < SMALLEST_SECONDS
        work, times = took / (size * log(size)), took / sorting
        first = first or work
        print(
            f"  {size:>9,} occupants: {took:7.2f} s, {len(verdicts):,} findings, {times:6.1f} x "
            f"numpy.sort of keys as they are stored ({sorting:.3f} s), {took / narrow:.1f} x of 16 bytes "
            f"({narrow:.3f} s), {work / first:.2f} of n log n"
        )
    is_met &= times <= SORTS and work / first <= GROWTH
    print(f"  {'met' if is_met else 'MISSED'}: at most {SORTS} x, {SMALLEST_SECONDS} s for the fewest")
    return is_met


def measure_changes() -> bool:
    """Addresses come, go, are given or taken one by one; the dearest sort of change has to be cheap."""
    print(f"judging one changed address on a standing segment of {STANDING:,} occupants")
    estate = estate_of(STANDING)
    whole, standing = seconds(lambda: JudgedSegment(estate))
    altered = {"SVC": "Service", "ALLOC": "IPAddress", "NODE": "Node"}
    standing.follow(estate, Changes())  # builds what tells an address's cluster, once
    dearest = 0.0
    for what, change in _changes(estate):
        took = []
        for gone, come in islice(change, TIMES):
            occupant = (*come, *gone)[0]
            lists = frozenset({(occupant.cluster, altered[occupant.role.value])})
            follow = partial(standing.follow, estate, Changes(gone, come, lists))
            took.append(seconds(follow)[0])
        usual = median(took)
        dearest = max(dearest, usual)
        print(f"  {what}: {usual * 1000:.2f} ms, 1/{whole / usual:.0f} of all of it ({whole:.2f} s)")
    met = whole / dearest >= 50
    print(f"  {'met' if met else 'MISSED'}: at most 1/50")
    return met


def measure_squatters() -> bool:
    """Pools of which every other address is given away, and the ones between are used without IPAM."""
    print("judging pools in which every other address is used by somebody who claimed none")
    took = [_squatted(size) for size in SQUATTED]
    growth = took[-1] / took[0] / (SQUATTED[-1] / SQUATTED[0])
    met = growth <= GROWTH
    print(
        f"  {'met' if met else 'MISSED'}: each takes {growth:.1f} times what one of few does, limit {GROWTH}"
    )
    return met


def _squatted(size: int) -> float:
    estate = replace(estate_of(0), occupants=tuple(_between(size)))
    with collector_paused():
        took, verdicts = seconds(partial(judge, estate))
    print(f"  {2 * size:>9,} occupants: {took:7.2f} s, {len([*verdicts]):,} findings")
    return took


def _between(size: int) -> Iterator[Occupant]:
    pool, path = POOL.format(0), "gmc/org-acme/c0"
    ref, manual = Ref("GlobalInClusterIPPool", "", "0", "pool"), _consumer("", Purpose.MANUAL)
    yield Occupant(Span(4, CLAIMED, CLAIMED + 2 * size - 1), Role.POOL, "gmc", ref, manual, pool)
    for number in range(size):
        claim = Ref("IPAddress", "org-acme", f"a{number}", f"a{number}")
        yield Occupant(single(4, CLAIMED + 2 * number), Role.ALLOC, "gmc", claim, manual, pool)
        service, consumer = (
            Ref("Service", "shop", f"s{number}", f"s{number}"),
            _consumer(path, Purpose.SERVICE),
        )
        at = single(4, CLAIMED + 2 * number + 1)
        yield Occupant(at, Role.SVC, path, service, consumer, ports=PORTS)


def _changes(estate: Estate) -> Iterator[tuple[str, Iterator[Change]]]:
    """Sorts of changes, each with as many of its kind as one wants; none undoes another."""
    services = [each for each in estate.occupants if each.role is Role.SVC]
    allocations = [each for each in estate.occupants if each.role is Role.ALLOC]
    nodes = [each for each in estate.occupants if each.role is Role.NODE]
    moved = (replace(each, span=single(4, FREE + n)) for n, each in enumerate(services[::97]))
    onto = (replace(each, span=node.span) for each, node in zip(services[50::97], nodes[::89], strict=False))
    yield "a Service moves to a free address", zip(_each(services[::97]), _each(moved), strict=False)
    yield "a Service moves to a node's", zip(_each(services[50::97]), _each(onto), strict=False)
    yield "an address is released", ((one, ()) for one in _each(allocations[30::101]))
    given = (replace(each, ref=replace(each.ref, uid="more")) for each in allocations[::103])
    yield "an address is given again", (((), one) for one in _each(given))
    yield "a node goes", ((one, ()) for one in _each(nodes[7::101]))


def _each(occupants: Iterable[Occupant]) -> Iterator[tuple[Occupant]]:
    return ((each,) for each in occupants)


def estate_of(size: int) -> Estate:
    occupants = tuple(islice(_occupants(), size))
    at = datetime(2026, 1, 15, 9, tzinfo=UTC)
    facts = ClusterFacts("gmc", "", read_at=dict.fromkeys(("IPAddress", "IPAddressClaim"), at))
    return Estate("default", occupants, {"gmc": facts})


def _occupants() -> Iterator[Occupant]:
    for number in count():
        path, pool = f"gmc/org-acme/c{number}", POOL.format(number // PER_POOL)
        claimed = CLAIMED + 4 * number
        if number % PER_POOL == 0:
            span = Span(4, claimed, claimed + 4 * PER_POOL - 1)
            ref = Ref("GlobalInClusterIPPool", "", str(number // PER_POOL), f"pool-{number}")
            yield Occupant(span, Role.POOL, "gmc", ref, _consumer("", Purpose.MANUAL), pool)
        yield from _api(path, single(4, claimed), pool, number)
        consumer = _consumer(path, Purpose.SERVICE)
        for n in range(3):
            claim = Ref("IPAddress", "org-acme", f"c{number}-svc-lb-{n}", f"a{number}-{n}")
            yield Occupant(single(4, claimed + 1 + n), Role.ALLOC, "gmc", claim, consumer, pool)
        for n in range(2):
            ref = Ref("Service", "shop", f"s{n}", f"s{number}-{n}")
            yield Occupant(single(4, claimed + 1 + n), Role.SVC, path, ref, consumer, ports=PORTS)
        yield from _nodes(path, number)


def _nodes(path: str, number: int) -> Iterator[Occupant]:
    """One node in a hundred has an address that the cluster before claimed for its Services."""
    for n in range(NODES):
        name, own = f"c{number}-w-{n}", number * NODES + n
        at = OF_NODES + own if own % 100 or not number else CLAIMED + 4 * number - 1
        consumer = Consumer(path, Purpose.MACHINE, machine=name)
        yield Occupant(single(4, at), Role.NODE, path, Ref("Node", "", name, name), consumer)


def _api(path: str, span: Span, pool: str, number: int) -> Iterator[Occupant]:
    consumer, name = _consumer(path, Purpose.CONTROL_PLANE), f"c{number}"
    yield Occupant(span, Role.ALLOC, "gmc", Ref("IPAddress", "org-acme", name, f"a{number}"), consumer, pool)
    yield Occupant(span, Role.CPE, "gmc", Ref("Cluster", "org-acme", name, f"c{number}"), consumer)
    yield Occupant(span, Role.CPE, "gmc", Ref("VSphereCluster", "org-acme", name, f"v{number}"), consumer)
    yield Occupant(span, Role.CPVIP, path, Ref("Pod", "kube-system", "kube-vip", f"p{number}"), consumer)


def _consumer(path: str, purpose: Purpose) -> Consumer:
    return Consumer(path, purpose)


def _sorting(keys: Iterable[bytes], dtype: str = "S") -> float:
    column = np.array(list(keys), dtype)
    return seconds(lambda: np.sort(column))[0]


if __name__ == "__main__":
    sys.exit(not (measure() & measure_changes()))

"""The judge says of random small fleets what a plain reading of docs/domain.md says, address by address."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.judge import judge
from ipviz.domain.occupants import Consumer, Occupant, Purpose, Role
from ipviz.domain.seen import Port
from ipviz.domain.spans import Span, parse_network, single
from tests.builders import (
    GMC,
    HMC,
    alloc,
    cpe,
    cpvip,
    estate,
    lb_range,
    manual,
    node,
    occupant,
    pool,
    ref,
    svc,
)  # fmt: skip
from tests.domain.oracle import Said, expected

NETWORKS = {4: parse_network("192.0.2.0/28"), 6: parse_network("2001:db8::/124")}
UNIVERSE = [single(n.version, at) for n in NETWORKS.values() for at in range(n.first, n.last + 1)]
PATHS = [f"{GMC}/org-acme/alpha", f"{GMC}/org-acme/beta", f"{HMC}/org-acme/zeta"]
SPOKEN_OF = {f"C{n}" for n in range(1, 14)} - {"C6"} | {"H1", "H2", "H3", "H4", "H5", "H6", "H7", "H10"}
PORTS = st.lists(st.sampled_from([Port("TCP", 443), Port("TCP", 6443), Port("UDP", 443)]), max_size=2)


@st.composite
def addresses(draw: st.DrawFn) -> str:
    network = NETWORKS[draw(st.sampled_from(list(NETWORKS)))]
    return str(single(network.version, network.first + draw(st.integers(0, 15))))


@st.composite
def ranges(draw: st.DrawFn) -> str:
    network = NETWORKS[draw(st.sampled_from(list(NETWORKS)))]
    first, last = sorted(draw(st.tuples(st.integers(0, 15), st.integers(0, 15))))
    return str(Span(network.version, network.first + first, network.first + last))


@st.composite
def occupants(draw: st.DrawFn) -> Occupant:  # noqa: C901 - a case for each statement that there is
    where, path, flag = draw(addresses()), draw(st.sampled_from(PATHS)), draw(st.booleans())
    management, _, name = path.split("/")
    number, ports = draw(st.integers(0, 1)), draw(PORTS)
    key = f"GlobalInClusterIPPool//{draw(st.sampled_from(['one', 'two']))}"
    match draw(st.integers(0, 11)):
        case 0:
            return alloc(
                where, name, cluster=management, pool=key, terminating=flag, uid=f"{path}{where}{number}"
            )
        case 1:
            of = f"{name}-svc-lb-{number}"
            return alloc(where, of, cluster=management, serves=path, purpose=Purpose.SERVICE, pool=key)
        case 2:
            of = f"{name}-m-{number}"
            machine = f"m{number}"
            return alloc(
                where, of, cluster=management, serves=path, purpose=Purpose.MACHINE, machine=machine, pool=key
            )
        case 3:
            return replace(manual(where, cluster=management), pool=key)
        case 4:
            return cpe(where, path, kind="VSphereCluster" if number else "Cluster", terminating=flag)
        case 5:
            return cpvip(where, path)
        case 6:
            return svc(where, path, f"s{number}", ports=ports, announced=flag)
        case 7:
            consumer = Consumer(path, Purpose.SERVICE)
            return occupant(
                Role.EXTIP,
                where,
                cluster=path,
                of=ref("Service", f"e{number}", "shop"),
                consumer=consumer,
                ports=ports,
            )
        case 8:
            return node(where, path, f"m{number}")
        case 9:
            return pool(draw(ranges()), "one" if flag else "two", cluster=management)
        case 10:
            return svc(where, path, f"f{number}", ports=ports, foreign=True)
        case _:
            of_range = lb_range(draw(ranges()), path, key=f"cidr-{number}")
            return replace(of_range, consumer=Consumer(path, Purpose.SERVICE))


def declared(version: int, gateway: int, dhcp: tuple[int, int]) -> DeclaredSubnet:
    network = NETWORKS[version]
    first, last = sorted(dhcp)
    scope = Span(version, network.first + first, network.first + last)
    return DeclaredSubnet(network, single(version, network.first + gateway), (scope,))


places = st.integers(0, 15)
subnets = st.lists(
    st.builds(declared, st.sampled_from([4, 6]), places, st.tuples(places, places)),
    max_size=2,
    unique_by=lambda each: each.span,
)


def judged(some: list[Occupant], declared_subnets: list[DeclaredSubnet]) -> set[Said]:
    """What the judge says, with every stretch of addresses laid out."""
    found = set()
    for verdict in judge(estate(*some, subnets=declared_subnets)):
        if verdict.rule in SPOKEN_OF and verdict.span:
            span = verdict.span
            for number in range(span.first, span.last + 1):
                found.add((verdict.rule, verdict.severity.value, str(single(span.version, number))))
    return found


def once(some: list[Occupant]) -> list[Occupant]:
    """Each object's statement of an address once, as a cluster lists it."""
    return list({(o.cluster, o.ref, o.role, o.pool, o.span): o for o in some}.values())


@given(st.lists(occupants(), max_size=10), subnets)
@settings(max_examples=2000, deadline=None)
def test_the_judge_says_what_a_plain_reading_says(
    some: list[Occupant], declared_subnets: list[DeclaredSubnet]
) -> None:
    fleet = once(some)
    plain = expected(estate(*fleet, subnets=declared_subnets), UNIVERSE)
    assert judged(fleet, declared_subnets) == plain

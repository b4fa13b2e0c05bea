"""A judge that follows a segment's changes says what one says who looks at all of it anew."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipviz.domain.estate import DeclaredSubnet, Estate, Evidence, PendingClaim
from ipviz.domain.hints import Network
from ipviz.domain.judge import judge
from ipviz.domain.occupants import Occupant
from ipviz.domain.scene import Scene, scene_of
from ipviz.domain.seen import Port, Seen
from ipviz.domain.spans import parse_network
from ipviz.domain.standing import JudgedSegment
from ipviz.domain.touched import Changes
from tests.builders import (
    AT,
    BETA,
    GAMMA,
    GMC,
    HMC,
    POOL_KEY,
    alloc,
    estate,
    estate_seen,
    facts,
    lb_range,
    node,
    pool,
    seen_address,
    seen_claim,
    seen_cluster,
    seen_config_map,
    seen_kube_vip,
    seen_lease,
    seen_node,
    seen_pool,
    seen_provider,
    seen_service,
    seen_vm,
    svc,
)  # fmt: skip
from tests.domain.test_oracle import occupants, subnets

ID = "vsphere://1"
HERE, THERE = (Network("vcenter.example.org", (group,)) for group in ("here", "there"))


def changes(before: Estate, after: Estate) -> Changes:
    """Everything in which one differs from the other."""
    had, has = Counter(before.occupants), Counter(after.occupants)
    return Changes(tuple((had - has).elements()), tuple((has - had).elements()), altered(before, after))


def altered(before: Estate, after: Estate) -> frozenset[Evidence]:
    lists = {(path, kind) for each in (before, after) for path, by in each.records.items() for kind in by}
    return frozenset(
        (path, kind)
        for path, kind in lists
        if before.records.get(path, {}).get(kind) != after.records.get(path, {}).get(kind)
    )


def follows(*moments: Estate) -> None:
    """Say the same at each moment, whether one has followed or looks for the first time."""
    judged = JudgedSegment(moments[0])
    for before, after in pairwise(moments):
        judged.follow(after, changes(before, after))
        assert judged.verdicts == {(each.rule, each.subject): each for each in judge(after)}


@pytest.fixture(autouse=True)
def small_changes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is too much of a segment of ten addresses."""
    monkeypatch.setattr("ipviz.domain.touched.AT_MOST", 100)


def ago(minutes: float) -> str:
    return (AT - timedelta(minutes=minutes)).isoformat()


IPS = [f"192.0.2.{n}" for n in range(1, 8)]
ips = st.sampled_from(IPS)
names = st.sampled_from(["beta", "beta-svc-lb-0", "beta-svc-lb-1", "gamma", "beta-w-0", "spare"])
labels = st.sampled_from(["", "beta", "gamma", "gone"])
ages = st.sampled_from(["", ago(3), ago(500)])
services = st.builds(
    seen_service,
    st.sampled_from(["web", "db"]),
    annotation=st.one_of(st.none(), ips, st.just("nonsense")),
    spec_ip=st.one_of(st.just(""), ips),
    status=st.lists(ips, max_size=1),
    ports=st.sampled_from([(Port("TCP", 443),), (Port("TCP", 80),)]),
    labelled=st.booleans(),
    holder=st.sampled_from(["", "beta-w-0", "beta-w-1"]),
    is_load_balancer=st.booleans(),
    external_ips=st.lists(ips, max_size=1),
    created_at=ages,
)
nodes = st.builds(
    seen_node, st.sampled_from(["beta-w-0", "gamma-w-0"]), ips, ips, provider_id=st.sampled_from(["", ID])
)
pods = st.builds(
    seen_kube_vip,
    st.just("kube-vip-cp-0"),
    ips,
    serves=st.booleans(),
    elects=st.booleans(),
    arp=st.booleans(),
)
leases = st.builds(
    seen_lease, st.just("plndr-svcs-lock"), st.sampled_from(["beta-w-0", "x"]), lapsed=st.booleans()
)
own = st.one_of(services, services, nodes, pods, leases)
claims = st.builds(
    seen_claim,
    names,
    giantswarm_cluster=labels,
    address_name=st.sampled_from(["", "beta", "gamma", "spare"]),
    created_at=ages,
)
addresses = st.builds(
    seen_address, ips, names, pool=st.sampled_from(["wc-cp-ips", "lost"]), terminating=st.booleans()
)
of_others = st.one_of(
    st.builds(seen_cluster, st.sampled_from(["beta", "gamma"]), ips, paused=st.booleans()),
    st.builds(
        seen_vm, st.sampled_from(["beta-w-0", "beta-w-1"]), ips, ips, provider_id=st.sampled_from(["", ID])
    ),
)
managed = st.one_of(claims, addresses, addresses, of_others, own)
CONSTANT: dict[str, list[Seen]] = {
    GMC: [seen_pool("192.0.2.1-192.0.2.6"), seen_cluster("gamma", "192.0.2.1")],
    HMC: [seen_pool("192.0.2.5-192.0.2.8", name="more")],
    BETA: [seen_provider(), seen_config_map(data={"cidr-global": "192.0.2.4/30"})],
    GAMMA: [
        seen_provider(),
        seen_config_map(data={"cidr-global": "192.0.2.2/31", "cidr-shop": "192.0.2.6/31"}),
    ],
}
MORE = {GMC: managed, HMC: managed, BETA: own, GAMMA: own}


def once(some: Iterable[Seen]) -> list[Seen]:
    return list({each.ref: each for each in some}.values())


@st.composite
def stories(draw: st.DrawFn) -> list[Estate]:
    """A segment whose objects come, change and go, cluster by cluster, while time goes by."""
    seen = {path: [*CONSTANT[path], *draw(st.lists(MORE[path], max_size=5))] for path in CONSTANT}
    moments = []
    for minute in range(draw(st.integers(2, 5))):
        path = draw(st.sampled_from(list(CONSTANT)))
        kept = [each for each in seen[path] if each in CONSTANT[path] or draw(st.integers(0, 3))]
        seen = seen | {path: [*kept, *draw(st.lists(MORE[path], max_size=2))]}
        objects = {of: once(each) for of, each in seen.items()}
        moments.append(estate_seen(objects, judged_at=AT + timedelta(minutes=minute)))
    return moments


@given(stories())
@settings(max_examples=400, deadline=None)
def test_whatever_objects_come_change_or_go(moments: list[Estate]) -> None:
    follows(*moments)


@given(st.data(), subnets, st.lists(occupants(), min_size=3, max_size=14))
@settings(max_examples=300, deadline=None)
def test_whatever_is_stated_or_no_longer(data: st.DataObject, declared: list, some: list[Occupant]) -> None:  # type: ignore[type-arg]
    known = {path: facts(path) for each in some for path in (each.cluster, each.cluster.split("/")[0])}
    all_of_them = st.lists(st.sampled_from(some), min_size=1, max_size=len(some), unique=True)
    moments = [
        replace(estate(*each, subnets=declared), clusters=known)
        for each in data.draw(st.lists(all_of_them, min_size=2, max_size=5))
    ]
    follows(*moments)


def rules_of(judged: JudgedSegment) -> set[str]:
    return {rule for rule, _ in judged.verdicts}


def test_one_change_is_not_a_reason_to_look_at_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    before = estate(pool("192.0.2.1-192.0.2.9"), svc("192.0.2.20"), node("192.0.2.30", GAMMA))
    after = estate(pool("192.0.2.1-192.0.2.9"), svc("192.0.2.4"), node("192.0.2.30", GAMMA))
    judged = JudgedSegment(before)
    monkeypatch.setattr("ipviz.domain.standing.scene_of", None)
    judged.follow(after, changes(before, after))
    assert rules_of(judged) == {"H1"}


def test_where_much_has_changed_everything_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    looked = []

    def looks(at: Estate) -> Scene:
        looked.append(at)
        return scene_of(at)

    monkeypatch.setattr("ipviz.domain.standing.scene_of", looks)
    before, after = estate(svc("192.0.2.20")), estate(svc("192.0.2.4"))
    judged = JudgedSegment(before)
    judged.follow(after, changes(before, after))
    assert looked == [before, after]


def test_the_next_address_of_a_pool_is_another_after_a_claim() -> None:
    """Of the two that use its addresses another one is about to be hit, and each finding says so."""
    some = (pool("192.0.2.1-192.0.2.9"), svc("192.0.2.1"), svc("192.0.2.2", name="other"))
    follows(estate(*some), estate(*some, alloc("192.0.2.1", "beta")), estate(*some))


def test_a_prefix_comes_or_a_range_or_somebody_under_a_prefix() -> None:
    pods = replace(pool("2001:db8::/120"), allocation_prefix=124)
    prefix = alloc("2001:db8::/124", "beta", pool=pods.pool)
    inside, beside = svc("2001:db8::4"), svc("2001:db8::24")
    odd = alloc("2001:db8::10", "gamma", pool=pods.pool)
    follows(
        estate(pods, beside),
        estate(pods, beside, inside),
        estate(pods, prefix, beside, inside),
        estate(pods, prefix, beside),
        estate(pods, prefix, beside, inside),
        estate(pods, prefix, beside),
        estate(pods, prefix, beside, odd),
        estate(pods, prefix, beside, lb_range("2001:db8::20-2001:db8::2f")),
    )
    follows(estate(pods, prefix, beside), estate(pods, prefix, beside, inside))


def test_two_machines_list_an_address_of_kube_vip() -> None:
    """Nothing else is stated of the address, so only the list of machines tells that something changed."""
    fleet: dict[str, list[Seen]] = {
        GMC: [seen_cluster("beta", "192.0.2.1"), seen_vm("m0", "192.0.2.40", "192.0.2.1", provider_id="a")],
        BETA: [],
    }
    second = seen_vm("m1", "192.0.2.41", provider_id="b")
    bound = seen_vm("m1", "192.0.2.41", "192.0.2.1", provider_id="b")
    moments = [estate_seen({**fleet, GMC: [*fleet[GMC], each]}) for each in (second, bound)]
    follows(*moments)
    assert {each.rule for each in judge(moments[1])} == {"C11"}


def test_what_came_lately_concerns_its_cluster_too() -> None:
    """A Service moves; only then kube-vip there ceases to answer ARP."""
    subnet = DeclaredSubnet(parse_network("192.0.2.0/24"))
    moments = [
        estate_seen(
            {BETA: [seen_service("web", annotation=where), seen_kube_vip(serves=True, arp=arp)]},
            subnets=[subnet],
        )
        for where, arp in (("192.0.2.4", True), ("198.51.100.4", True), ("198.51.100.4", False))
    ]
    follows(*moments)
    assert ["H13" in {v.rule for v in judge(each)} for each in moments] == [False, True, False]


def test_a_machine_is_gone_whose_cluster_cannot_be_read() -> None:
    blind = facts(BETA, error="timeout")
    fleet: dict[str, list[Seen]] = {BETA: [seen_node("beta-0", "192.0.2.4", provider_id=ID)]}
    vm = seen_vm("beta-0", provider_id=ID)
    moments = [
        estate_seen({**fleet, GMC: [seen_cluster("gamma", "192.0.2.4"), *machines]}, clusters=[blind])
        for machines in ([vm], [])
    ]
    moments = [
        replace(each, occupants=tuple(replace(o, stale=o.cluster == BETA) for o in each.occupants))
        for each in moments
    ]
    follows(*moments)
    assert [[v.severity for v in judge(each) if v.rule == "C10"] for each in moments] == [
        ["critical"],
        ["medium"],
    ]


def test_a_node_of_the_management_cluster_is_no_machine_of_another_cluster() -> None:
    blind = facts(BETA, error="timeout")
    moments = [
        estate_seen(
            {BETA: [seen_node("n0", "192.0.2.4")], GMC: [seen_cluster("gamma", "192.0.2.4"), *nodes]},
            clusters=[blind],
        )
        for nodes in ([], [seen_node("n0", "192.0.2.77")])
    ]
    moments = [
        replace(each, occupants=tuple(replace(o, stale=o.cluster == BETA) for o in each.occupants))
        for each in moments
    ]
    follows(*moments)
    assert [[v.severity for v in judge(each) if v.rule == "C10"] for each in moments] == [["medium"]] * 2


def test_sight_is_lost_and_comes_back() -> None:
    some = [pool("192.0.2.1-192.0.2.9"), svc("192.0.2.4")]
    seen, blind = facts(BETA), facts(BETA, error="timeout")
    follows(estate(*some, clusters=[seen]), estate(*some, clusters=[blind]), estate(*some, clusters=[seen]))


def test_the_first_claim_of_a_cluster_on_another_network() -> None:
    """A pool is used wherever one of its claims is, so one claim bears on all that lies in the pool."""
    networks = [replace(facts(path), network=on) for path, on in ((GMC, HERE), (BETA, THERE), (GAMMA, HERE))]
    some = [pool("192.0.2.1-192.0.2.9"), svc("192.0.2.4")]
    ours = alloc("192.0.2.1", "gamma", serves=GAMMA)
    theirs = alloc("192.0.2.2", "beta", serves=BETA)
    follows(
        estate(*some, ours, clusters=networks),
        estate(*some, ours, theirs, clusters=networks),
        estate(*some, ours, clusters=networks),
    )


def test_a_claim_waits_for_the_address_that_its_user_has() -> None:
    some = [pool("192.0.2.1-192.0.2.9"), svc("192.0.2.4")]
    waits = PendingClaim(GMC, POOL_KEY, BETA, "svc-lb")
    follows(estate(*some), estate(*some, pending=[waits]), estate(*some))


def test_what_was_just_made_counts_after_a_while() -> None:
    waiting: dict[str, list[Seen]] = {BETA: [seen_provider(), seen_service("web", created_at=ago(3))]}
    # Who waited for their turn may bring an earlier moment than whoever was before.
    moments = [estate_seen(waiting, judged_at=AT + timedelta(minutes=later)) for later in (0, 1, 3, 4, 1)]
    follows(*moments)
    assert ["P6" in {v.rule for v in judge(each)} for each in moments] == [False, False, True, True, False]


def test_what_is_said_to_be_gone_was_never_there() -> None:
    """Whoever tells of the changes may err: then everything is looked at."""
    before = estate(svc("192.0.2.20"))
    after = estate(svc("192.0.2.4"))
    judged = JudgedSegment(before)
    judged.follow(after, Changes(gone=(svc("192.0.2.20", name="other"),), come=after.occupants))
    assert judged.verdicts == JudgedSegment(after).verdicts


def test_a_node_of_the_management_cluster_tells_which_machines_are_its_own() -> None:
    blind = facts(BETA, error="timeout")
    vm = seen_vm("n0", provider_id="y", cluster="gmc")
    nodes = [seen_node("n9", "192.0.2.77", provider_id="y")]
    moments = [
        estate_seen(
            {BETA: [seen_node("n0", "192.0.2.4")], GMC: [seen_cluster("gamma", "192.0.2.4"), vm, *there]},
            clusters=[blind],
        )
        for there in ([], nodes)
    ]
    follows(
        *(
            replace(each, occupants=tuple(replace(o, stale=o.cluster == BETA) for o in each.occupants))
            for each in moments
        )
    )


def test_what_is_listed_by_a_second_path_bears_on_the_cluster_that_it_is_of() -> None:
    web = seen_service("web", annotation="192.0.2.9")

    def moment(*listed: str) -> Estate:
        second: list[Seen] = [web, seen_node("n1", "192.0.2.41", *listed, provider_id="b")]
        first: list[Seen] = [web, seen_node("n0", "192.0.2.40", "192.0.2.9", provider_id="a")]
        return estate_seen({GMC: [], HMC: [], BETA: first, "hmc/org-acme/beta": second}, aliases={HMC: GMC})

    follows(moment(), moment("192.0.2.9"))


def test_a_reason_that_is_another_at_each_try_is_no_change_of_sight() -> None:
    one, other = (facts(BETA, error=f"read tcp 192.0.2.200:{port}: reset") for port in (48212, 48377))
    assert one.sight == other.sight
    assert one.sight != facts(BETA).sight

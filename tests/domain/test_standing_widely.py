"""A judge that follows says the same over whatever there is: second roads, prefixes, machines, blindness."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipviz.domain.estate import ClusterFacts, DeclaredSubnet, Estate
from ipviz.domain.hints import Network
from ipviz.domain.plans import Part, Use
from ipviz.domain.seen import Port, Seen
from ipviz.domain.spans import parse_network
from tests.builders import (
    AT,
    BETA,
    GAMMA,
    GMC,
    HMC,
    estate_seen,
    facts,
    seen_address,
    seen_claim,
    seen_cluster,
    seen_config_map,
    seen_kube_vip,
    seen_lease,
    seen_machine,
    seen_node,
    seen_pool,
    seen_prefix_pool,
    seen_provider,
    seen_service,
    seen_vm,
    seen_vsphere_cluster,
    span,
)  # fmt: skip
from tests.domain.test_standing import ago, follows, once

IPS = [*(f"192.0.2.{n}" for n in range(1, 9)), "198.51.100.4", "2001:db8::1", "2001:db8::2", "2001:db8::11"]
ips, vips = st.sampled_from(IPS), st.sampled_from(IPS[:4])
seldom = st.sampled_from([False, False, False, True])
ids = st.sampled_from(["", "vsphere://1", "vsphere://2"])
clusters = st.sampled_from(["beta", "gamma", "gmc", "gone"])
ages = st.sampled_from(["", ago(3), ago(58), ago(500)])
names = st.sampled_from(["beta", "beta-svc-lb-0", "beta-svc-lb-1", "gamma", "m0", "spare"])
pools = st.sampled_from(["wc-cp-ips", "wc-cp-ips", "lost", "more"])

services = st.builds(
    seen_service,
    st.sampled_from(["web", "db", "beta", "gamma"]),
    namespace=st.sampled_from(["shop", "org-acme"]),
    annotation=st.one_of(
        st.none(), ips, st.sampled_from(["nonsense", "0.0.0.0", "192.0.2.3,2001:db8::1", ""])
    ),
    spec_ip=st.one_of(st.just(""), ips),
    status=st.lists(ips, max_size=2),
    ports=st.sampled_from([(Port("TCP", 443),), (Port("TCP", 80),), (Port("UDP", 53), Port("TCP", 53))]),
    load_balancer_class=st.sampled_from(["", "", "other", "kube-vip.io/kube-vip-class"]),
    ignored=seldom,
    labelled=st.booleans(),
    holder=st.sampled_from(["", "n0", "n1"]),
    is_load_balancer=st.sampled_from([True, True, False]),
    external_ips=st.lists(ips, max_size=1),
    interface=st.sampled_from(["", "", "eth1"]),
    created_at=ages,
    terminating=seldom,
)
nodes = st.builds(
    seen_node, st.sampled_from(["n0", "n1", "m0"]), ips, ips, provider_id=ids, terminating=seldom
)
kube_vips = st.builds(
    seen_kube_vip,
    st.sampled_from(["kube-vip-cp-0", "kube-vip-w"]),
    vips,
    serves=st.booleans(),
    elects=st.booleans(),
    arp=st.booleans(),
    bgp=seldom,
    interfaces=st.sampled_from([(), ("ens192",), ("eth1",)]),
    terminating=seldom,
)
leases = st.builds(
    seen_lease,
    st.sampled_from(["plndr-svcs-lock", "plndr-cp-lock", "kubevip-web"]),
    st.sampled_from(["n0", "n1", "x"]),
    namespace=st.sampled_from(["kube-system", "shop"]),
    lapsed=st.booleans(),
)
providers = st.builds(seen_provider, version=st.sampled_from(["v0.0.10", "v0.0.4", ""]))
own = st.one_of(services, services, services, nodes, nodes, kube_vips, leases, providers)
claims = st.builds(
    seen_claim,
    names,
    giantswarm_cluster=st.sampled_from(["", "beta", "gamma", "gone"]),
    cluster_name=st.sampled_from(["", "", "beta"]),
    pool=pools,
    machine=st.sampled_from(["", "", "m0"]),
    address_name=st.sampled_from(["", "beta", "gamma", "spare"]),
    created_at=ages,
    paused=st.booleans(),
    terminating=seldom,
)
addresses = st.builds(
    seen_address,
    ips,
    names,
    pool=pools,
    claim=st.sampled_from([None, None, "beta"]),
    cluster_name=st.sampled_from(["", "", "beta"]),
    terminating=seldom,
)
prefixes = st.builds(
    seen_address,
    st.sampled_from(["2001:db8::", "2001:db8::10"]),
    st.sampled_from(["beta", "p1"]),
    pool=st.just("pods"),
    pool_kind=st.just("GlobalInClusterPrefixPool"),
    prefix=st.just(124),
)
of_others = st.one_of(
    st.builds(
        seen_cluster,
        st.sampled_from(["beta", "gamma", "gmc"]),
        st.one_of(st.just(""), vips),
        paused=st.booleans(),
        terminating=seldom,
    ),
    st.builds(
        seen_vm,
        st.sampled_from(["m0", "n0"]),
        ips,
        ips,
        provider_id=ids,
        cluster=clusters,
        kind=st.sampled_from(["VSphereVM", "VSphereMachine"]),
    ),
    st.builds(seen_machine, st.sampled_from(["m0", "n0"]), ips, provider_id=ids, cluster=clusters),
    st.builds(seen_vsphere_cluster, st.sampled_from(["beta", "vc"]), st.one_of(st.just(""), vips)),
)
of_ipam = st.one_of(claims, claims, addresses, addresses, addresses, own, own)
managed = st.one_of(of_ipam, of_others, of_others, prefixes)
STAY = ("SeenPool", "SeenPrefixPool", "SeenConfigMap", "SeenCluster", "SeenVSphereCluster", "SeenMachine")
"""What comes and goes bears on too much; that is tried elsewhere, and here what follows in small steps."""

some_pools: st.SearchStrategy[list[Seen]] = st.sampled_from(
    [
        [seen_pool("192.0.2.1-192.0.2.6")],
        [
            seen_pool("192.0.2.1-192.0.2.6"),
            seen_prefix_pool("2001:db8::/120", length=124),
            seen_pool("192.0.2.5-192.0.2.8", name="more"),
        ],
        [seen_pool("192.0.2.1-192.0.2.3", "2001:db8::1-2001:db8::2"), seen_pool(name="more")],
    ]
)
some_ranges = st.sampled_from(
    [
        {"cidr-global": "192.0.2.4/30"},
        {"cidr-global": "192.0.2.2/31,2001:db8::10/126", "cidr-shop": "192.0.2.6/31"},
        {"range-global": "192.0.2.1-192.0.2.2"},
        {},
    ]
)
some_subnets = st.sampled_from(
    [
        [],
        [DeclaredSubnet(parse_network("192.0.2.0/24"), span("192.0.2.4"))],
        [DeclaredSubnet(parse_network("192.0.2.0/29"), None, (span("192.0.2.5-192.0.2.6"),))],
        [
            DeclaredSubnet(
                parse_network("192.0.2.0/24"),
                planned=(
                    Part(Use.BLOCK, span("192.0.2.1-192.0.2.2"), "beta"),
                    Part(Use.DHCP, span("192.0.2.3-192.0.2.4")),
                    Part(Use.CONTROL_PLANES, span("192.0.2.5-192.0.2.6"), "wc-cp-ips"),
                    Part(Use.BLOCK, span("192.0.2.7")),
                ),
            ),
            DeclaredSubnet(
                parse_network("2001:db8::/64"), planned=(Part(Use.BLOCK, span("2001:db8::10/126"), "gamma"),)
            ),
        ],
    ]
)
some_aliases = st.sampled_from(
    [{}, {}, {}, {HMC: GMC}, {GAMMA: BETA}, {"gmc/org-acme/gmc": GMC}, {BETA: HMC}]
)
some_networks = st.sampled_from(
    [{}, {}, dict.fromkeys((GMC, HMC, BETA), "here") | {GAMMA: "there"}, {GMC: "here", BETA: "there"}]
)


@pytest.fixture(autouse=True)
def small_changes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is too much of a segment of ten addresses."""
    monkeypatch.setattr("ipviz.domain.touched.AT_MOST", 100)


@st.composite
def sights(draw: st.DrawFn) -> tuple[ClusterFacts, ...]:
    """How well each cluster is seen, and on which network."""
    blind = draw(st.sampled_from([(), (), (BETA,), (GMC,), (HMC,)]))
    never = draw(st.sampled_from([(), (), (), ("Node",), ("Service",), ("IPAddress",), ("IPAddressClaim",)]))
    networks = draw(some_networks)
    return tuple(
        replace(
            facts(path, error="timeout" if path in blind else "", never=never),
            network=Network("vcenter.example.org", (networks[path],)) if path in networks else None,
        )
        for path in (GMC, HMC, BETA, GAMMA)
    )


@st.composite
def stories(draw: st.DrawFn) -> list[Estate]:
    known, aliases, subnets = draw(sights()), draw(some_aliases), draw(some_subnets)
    seen: dict[str, list[Seen]] = {
        GMC: [*draw(some_pools), *draw(st.lists(managed, max_size=8))],
        HMC: [seen_pool("192.0.2.5-192.0.2.8", name="more"), *draw(st.lists(managed, max_size=4))],
        BETA: [seen_provider(), seen_config_map(data=draw(some_ranges)), *draw(st.lists(own, max_size=5))],
        GAMMA: [seen_config_map(data={"cidr-global": "192.0.2.2/31"}), *draw(st.lists(own, max_size=5))],
    }
    moments, minutes = [], 0
    for _ in range(draw(st.integers(2, 5))):
        path = draw(st.sampled_from(list(seen)))
        kept = [each for each in seen[path] if type(each).__name__ in STAY or draw(st.integers(0, 3))]
        fresh = draw(st.lists(of_ipam if path in (GMC, HMC) else own, max_size=2))
        seen = seen | {path: [*kept, *fresh]}
        minutes += draw(st.sampled_from([0, 1, 1, 3, 5]))
        moment = estate_seen(
            {of: once(each) for of, each in seen.items()},
            judged_at=AT + timedelta(minutes=minutes),
            clusters=known,
            aliases=aliases,
            subnets=subnets,
        )
        blind = {each.path for each in known if each.error}
        stale = tuple(replace(each, stale=each.cluster in blind) for each in moment.occupants)
        moments.append(replace(moment, occupants=stale))
    return moments


@given(stories())
@settings(max_examples=300, deadline=None)
def test_whatever_there_is_a_judge_that_follows_says_what_one_says_who_looks_anew(
    moments: list[Estate],
) -> None:
    follows(*moments)

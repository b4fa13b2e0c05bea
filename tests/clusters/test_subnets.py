"""Declared and inferred subnets."""

import pytest

from ipviz.clusters.models import Segment, Subnet
from ipviz.clusters.subnets import WrongSubnet, declare, declare_anew, declared_across, infer, retract
from ipviz.domain.spans import parse_network
from ipviz.inventory.origins import gateway_of, origins_of
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch
from tests.builders import seen_pool
from tests.factories import management_cluster, minutes, see, segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Segment:
    return segment()


def cidrs(declared: bool) -> list[str]:
    return [subnet.cidr for subnet in Subnet.objects.filter(declared=declared)]


def test_a_declared_subnet_keeps_its_gateway_and_dhcp_ranges(site: Segment) -> None:
    declare(site, "10.10.222.0/24", gateway="10.10.222.1", dhcp=["10.10.222.20-10.10.222.150"], name="prod-a")
    subnet = Subnet.objects.get()
    value = subnet.as_declared()
    assert (subnet.cidr, subnet.name, str(value.gateway)) == ("10.10.222.0/24", "prod-a", "10.10.222.1")
    assert [str(span) for span in value.dhcp] == ["10.10.222.20-10.10.222.150"]


def test_declaring_again_changes_what_was_declared(site: Segment) -> None:
    declare(site, "10.10.222.0/24", gateway="10.10.222.1")
    declare(site, "10.10.222.0/24", gateway="10.10.222.254")
    assert Subnet.objects.get().gateway == "10.10.222.254"


def test_who_changes_one_fact_writes_over_no_other_that_changed_since(site: Segment) -> None:
    read_before = declare(site, "10.10.222.0/24", name="prod-a")
    declare_anew(Subnet.objects.get(), gateway="10.10.222.1")
    changed = declare_anew(read_before, name="prod-b")
    assert (changed.name, changed.gateway) == ("prod-b", "10.10.222.1")
    retract(site.name, "10.10.222.0/24")
    with pytest.raises(WrongSubnet, match="not declared any more"):
        declare_anew(read_before, name="prod-c")
    assert not Subnet.objects.exists()


def test_host_bits_are_masked(site: Segment) -> None:
    assert declare(site, "10.10.222.5/24").cidr == "10.10.222.0/24"


@pytest.mark.parametrize(
    ("cidr", "gateway", "dhcp", "says"),
    [
        ("10.10.222.0", "", [], "is not a CIDR"),
        ("10.10.222.0/33", "", [], "is not a CIDR"),
        ("10.10.222.0/24", "not-an-ip", [], "is not a gateway"),
        ("10.10.222.0/24", "10.10.223.1", [], "is not in 10.10.222.0/24"),
        ("10.10.222.0/24", "2001:db8::1", [], "is not in 10.10.222.0/24"),
        ("10.10.222.0/24", "10.10.222.0", [], "is the network or broadcast address"),
        ("10.10.222.0/24", "10.10.222.255", [], "is the network or broadcast address"),
        ("2001:db8:222::/64", "2001:db8:223::1", [], "is not in 2001:db8:222::/64"),
        ("10.10.222.0/24", "", ["10.10.222.20-30"], "is not a DHCP range"),
        ("10.10.222.0/24", "", ["10.10.222.30-10.10.222.20"], "is not a DHCP range"),
        ("10.10.222.0/24", "", ["2001:db8::2-2001:db8::9"], "is not in 10.10.222.0/24"),
        (
            "10.10.222.0/24",
            "",
            ["10.10.222.50-10.10.222.90", "10.10.222.20-10.10.222.50"],
            "10.10.222.20-10.10.222.50 and 10.10.222.50-10.10.222.90 overlap",
        ),
        ("10.10.222.0/24", "", ["10.10.222.20-10.10.223.30"], "is not in 10.10.222.0/24"),
    ],
)
def test_what_cannot_be_declared_is_named(
    site: Segment, cidr: str, gateway: str, dhcp: list[str], says: str
) -> None:
    with pytest.raises(WrongSubnet, match=says):
        declare(site, cidr, gateway=gateway, dhcp=dhcp)
    assert not Subnet.objects.exists()


def test_several_dhcp_ranges_are_kept_in_order(site: Segment) -> None:
    dhcp = ["10.10.222.200-10.10.222.220", "10.10.222.20-10.10.222.90", "10.10.222.250-10.10.222.250"]
    value = declare(site, "10.10.222.0/24", dhcp=dhcp).as_declared()
    assert [str(span) for span in value.dhcp] == [
        "10.10.222.20-10.10.222.90",
        "10.10.222.200-10.10.222.220",
        "10.10.222.250",
    ]


def test_an_ipv6_subnet_is_declared_likewise(site: Segment) -> None:
    subnet = declare(
        site, "2001:db8:222::/64", gateway="2001:db8:222::1", dhcp=["2001:db8:222::20-2001:db8:222::ff"]
    )
    value = subnet.as_declared()
    assert (subnet.cidr, str(value.gateway)) == ("2001:db8:222::/64", "2001:db8:222::1")
    assert [str(span) for span in value.dhcp] == ["2001:db8:222::20-2001:db8:222::ff"]


def test_both_ends_of_a_point_to_point_network_can_be_the_gateway(site: Segment) -> None:
    assert declare(site, "10.10.222.8/31", gateway="10.10.222.8").gateway == "10.10.222.8"


def test_what_another_declaration_shares_addresses_with_is_said(site: Segment) -> None:
    outer = declare(site, "10.10.222.0/24")
    inner = declare(site, "10.10.222.128/25")
    declare(site, "10.10.223.0/24")
    declare(segment("site-b"), "10.10.222.0/24")
    assert declared_across(inner) == [outer]
    assert declared_across(outer) == [inner]


def test_a_declaration_is_taken_back_however_its_cidr_is_written(site: Segment) -> None:
    declare(site, "10.10.222.0/24")
    assert retract("default", "10.10.222.5/24") == site
    assert not Subnet.objects.exists()


def test_what_was_not_declared_cannot_be_taken_back(site: Segment) -> None:
    declare(site, "10.10.222.0/24")
    infer(site, [parse_network("10.10.224.0/24")])
    with pytest.raises(
        WrongSubnet, match=r"is not declared on segment default; declared there are: 10\.10\.222"
    ):
        retract("default", "10.10.223.0/24")
    with pytest.raises(WrongSubnet, match="inferred from a pool, and goes with that pool"):
        retract("default", "10.10.224.0/24")
    assert Subnet.objects.count() == 2


def test_an_inferred_subnet_names_the_pools_it_comes_from(site: Segment) -> None:
    gmc, hmc = management_cluster(), management_cluster("hmc")
    elsewhere = management_cluster("imc", on="site-b")
    see(gmc, seen_pool("10.10.222.8/29"), seen_pool("10.10.225.8/29", name="other"))
    see(hmc, seen_pool("10.10.222.32/29", name="svc-lb-ips", namespace="org-acme"))
    see(elsewhere, seen_pool("10.10.222.8/29"))
    declared = declare(site, "10.10.226.0/24")
    infer(site, [parse_network("10.10.222.0/24")])
    inferred = Subnet.objects.inferred().get()
    assert origins_of([declared, inferred]) == {
        inferred.pk: ["wc-cp-ips of gmc", "org-acme/svc-lb-ips of hmc"]
    }


def test_a_pools_gateway_is_never_taken_for_the_networks(site: Segment) -> None:
    """Many pools carry 0.0.0.0 and a prefix that nobody looked at (docs/domain.md, "Subnets")."""
    gmc = management_cluster()
    see(gmc, seen_pool("10.10.222.8/29", gateway="10.10.222.1"))
    watch(site, policy=policy(), at=minutes(1))
    subnet = Subnet.objects.inferred().get()
    assert (subnet.cidr, subnet.gateway, subnet.dhcp) == ("10.10.222.0/24", "", [])


def test_a_network_is_inferred_where_none_is_declared_and_marked_so(site: Segment) -> None:
    infer(site, [parse_network("10.10.222.0/24"), parse_network("10.10.222.128/25")])
    assert cidrs(declared=False) == ["10.10.222.0/24"]


def test_an_inferred_subnet_goes_with_the_pool_that_spoke_of_it(site: Segment) -> None:
    infer(site, [parse_network("10.10.222.0/24")])
    infer(site, [])
    assert cidrs(declared=False) == []


def test_nothing_is_inferred_inside_what_is_declared(site: Segment) -> None:
    infer(site, [parse_network("10.10.222.0/25")])
    declare(site, "10.10.222.0/24")
    assert cidrs(declared=False) == []
    infer(site, [parse_network("10.10.222.0/25")])
    assert (cidrs(declared=True), cidrs(declared=False)) == (["10.10.222.0/24"], [])


def test_the_gateway_of_an_inferred_subnet_is_what_its_pools_agree_on(site: Segment) -> None:
    cluster = management_cluster()
    pools = [
        seen_pool("10.10.223.8/29", gateway="10.10.223.1"),
        seen_pool("10.10.223.16/29", name="other", gateway="10.10.223.1"),
        seen_pool("10.10.223.32/29", name="none", gateway="0.0.0.0"),
    ]
    see(cluster, *pools)
    watch(site, policy=policy(), at=minutes(1))
    subnet = Subnet.objects.get()
    assert str(gateway_of(subnet)) == "10.10.223.1"
    see(cluster, *pools, seen_pool("10.10.223.64/29", name="odd", gateway="10.10.223.254"), at=minutes(2))
    assert gateway_of(subnet) is None

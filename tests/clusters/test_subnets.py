"""Declared and inferred subnets."""

import pytest

from ipviz.clusters.models import Segment, Subnet
from ipviz.clusters.subnets import WrongSubnet, declare, infer
from ipviz.domain.spans import parse_network
from tests.factories import segment

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


def test_host_bits_are_masked(site: Segment) -> None:
    assert declare(site, "10.10.222.5/24").cidr == "10.10.222.0/24"


@pytest.mark.parametrize(
    ("cidr", "gateway", "dhcp", "says"),
    [
        ("10.10.222.0", "", [], "is not a CIDR"),
        ("10.10.222.0/33", "", [], "is not a CIDR"),
        ("10.10.222.0/24", "not-an-ip", [], "is not a gateway"),
        ("10.10.222.0/24", "10.10.223.1", [], "is not in 10.10.222.0/24"),
        ("10.10.222.0/24", "", ["10.10.222.20-30"], "is not a DHCP range"),
        ("10.10.222.0/24", "", ["10.10.222.20-10.10.223.30"], "is not in 10.10.222.0/24"),
    ],
)
def test_what_cannot_be_declared_is_named(
    site: Segment, cidr: str, gateway: str, dhcp: list[str], says: str
) -> None:
    with pytest.raises(WrongSubnet, match=says):
        declare(site, cidr, gateway=gateway, dhcp=dhcp)
    assert not Subnet.objects.exists()


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

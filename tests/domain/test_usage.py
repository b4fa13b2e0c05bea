"""How full a subnet is: counted from spans alone it is what the drawn subnet adds up to."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import intervals_of
from ipviz.domain.occupants import RANGE_ROLES, Occupant
from ipviz.domain.spans import parse_network, single
from ipviz.domain.usage import Fullness, fullness_of, usage_of
from tests.builders import alloc, node, span, svc
from tests.domain.test_oracle import occupants

WIDTHS = {
    4: ["192.0.2.0/28", "192.0.2.8/29", "192.0.2.4/31", "192.0.2.0/24"],
    6: ["2001:db8::/124", "2001:db8::/64"],
}


@st.composite
def subnets(draw: st.DrawFn) -> DeclaredSubnet:
    version = draw(st.sampled_from([4, 6]))
    network = parse_network(draw(st.sampled_from(WIDTHS[version])))
    gateway = draw(st.none() | st.integers(0, 15))
    return DeclaredSubnet(network, None if gateway is None else single(version, network.first + gateway))


@given(subnets(), st.lists(occupants(), max_size=12))
@settings(max_examples=400, deadline=None)
def test_it_is_what_the_intervals_add_up_to(subnet: DeclaredSubnet, some: list[Occupant]) -> None:
    met = [each for each in some if each.span.meets(subnet.span)]
    drawn = usage_of(intervals_of(subnet, met, {}))
    held = [each.span for each in some if each.role not in RANGE_ROLES]
    assert fullness_of(subnet, held) == Fullness(drawn.size, drawn.used, drawn.free)


def test_ranges_take_no_room_and_prefixes_all_of_theirs() -> None:
    subnet = DeclaredSubnet(span("192.0.2.0/24"), gateway=span("192.0.2.1"))
    some = [
        svc("192.0.2.9"),
        node("192.0.2.9"),
        alloc("192.0.2.16/28"),
        node("192.0.2.1"),
        node("198.51.100.1"),
    ]
    assert fullness_of(subnet, [each.span for each in some]) == Fullness(256, 18, 236)
    assert fullness_of(subnet, []) == Fullness(256, 0, 253)

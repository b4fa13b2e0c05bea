"""The stretch around a span as it is known: what is read for it, and how much is asked of the database."""

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ipviz.clusters.models import Cluster
from ipviz.clusters.subnets import declare
from ipviz.domain.intervals import State
from ipviz.domain.occupants import Occupant
from ipviz.domain.spans import Span
from ipviz.domain.stretch import Cell, Stretch
from ipviz.findings.detect import detect
from ipviz.findings.models import Finding
from ipviz.findings.stretch import stretch_of
from ipviz.inventory import reading
from ipviz.inventory.reading import estate_of
from ipviz.inventory.records import OccupantRow, occupant_of
from tests.builders import seen_address, seen_claim, seen_cluster, seen_node, seen_pool, seen_service, span
from tests.factories import management_cluster, minutes, see, segment, workload_cluster

pytestmark = pytest.mark.django_db

QUERIES = 5
ABOUT = span("192.0.2.236")


MANAGEMENT = (
    seen_pool("192.0.2.232-192.0.2.239"),
    seen_claim("alpha", giantswarm_cluster="alpha", address_name="alpha"),
    seen_address("192.0.2.233", "alpha"),
    seen_cluster("alpha", "192.0.2.233"),
    seen_cluster("gamma", "192.0.2.236"),
)
INGRESS = seen_service("ingress", annotation="192.0.2.236", status=["192.0.2.236"])


@pytest.fixture
def beta() -> Cluster:
    """On 192.0.2.0/24: alpha's endpoint .233 is claimed, and gamma's .236 was typed by hand."""
    gmc = management_cluster()
    declare(segment(), "192.0.2.0/24", gateway="192.0.2.225")
    see(gmc, *MANAGEMENT)
    return workload_cluster(gmc, "beta")


def uses(beta: Cluster, *nodes: str, at: float = 0) -> None:
    """Have all be seen and judged, with an ingress of beta at .236 too, and with these nodes."""
    assert beta.management_cluster
    see(beta.management_cluster, *MANAGEMENT, at=minutes(at))
    named = [seen_node(f"beta-{number}", address) for number, address in enumerate(nodes)]
    see(beta, INGRESS, *named, at=minutes(at))
    detect(segment(), estate_of, at=minutes(at + 0.1))


def letters(shown: Stretch) -> str:
    return "".join("?" if each.is_suspected else each.state.letter for each in shown.cells)


def marked(shown: Stretch) -> list[Cell]:
    return [each for each in shown.cells if each.is_marked]


def test_all_that_is_known_around_an_address_that_two_use(beta: Cluster) -> None:
    uses(beta, "192.0.2.241")
    uses(beta, "192.0.2.241", at=1)
    shown = stretch_of("default", ABOUT)
    assert letters(shown) == "·R······pTppXppp·N·············R"
    assert [each.span for each in marked(shown)] == [ABOUT]
    assert shown.alt == (
        "192.0.2.224 to 192.0.2.255, each cell one address: 192.0.2.236 is used by more than one; "
        "3 of 32 are used (1 by nodes, 1 unknown to IPAM), 2 are reserved, 27 are free"
    )


def test_what_is_only_suspected_is_not_called_sure(beta: Cluster) -> None:
    uses(beta)
    assert [each.is_suspected for each in marked(stretch_of("default", ABOUT))] == [True]


def test_it_is_told_as_of_a_moment_too(beta: Cluster) -> None:
    uses(beta)
    uses(beta, at=1)
    see(beta, at=minutes(2))
    detect(segment(), estate_of, at=minutes(2.1))
    states = {at: marked(stretch_of("default", ABOUT, at=at))[0].state for at in (minutes(1.5), None)}
    assert states == {minutes(1.5): State.COLLISION, None: State.UNTRACKED}


def test_other_segments_say_nothing_of_it(beta: Cluster) -> None:
    uses(beta)
    segment("elsewhere")
    assert stretch_of("elsewhere", ABOUT).usage.free == 32


def test_it_ends_where_the_smallest_subnet_ends(beta: Cluster) -> None:
    declare(segment(), "192.0.2.232/29")
    assert stretch_of("default", ABOUT).window.span == span("192.0.2.232/29")


@pytest.mark.parametrize(
    ("about", "shown", "cells"),
    [
        ("198.51.100.7", "198.51.100.0/27", 32),
        ("2001:db8::e6", "2001:db8::e0/123", 32),
        ("10.0.0.0/8", "9.128.0.0-11.127.255.255", 64),
    ],
)
def test_where_no_subnet_is_known_there_is_a_stretch_too(about: str, shown: str, cells: int) -> None:
    segment()
    found = stretch_of("default", span(about))
    assert found.window.span == span(shown)
    assert {each.state for each in found.cells} == {State.FREE}
    assert len(found.cells) == cells


def test_an_ipv6_address_in_its_subnet() -> None:
    declare(segment(), "2001:db8::/64", gateway="2001:db8::1")
    beta = workload_cluster(management_cluster(), "beta")
    see(beta, seen_node("beta-0", "2001:db8::6", "192.0.2.9"))
    shown = stretch_of("default", span("2001:db8::6"))
    assert letters(shown) == "RR····N" + "·" * 25
    assert shown.alt.endswith("1 of 32 is used (1 by nodes), 2 are reserved, 29 are free")


def asked(about: Span, at: datetime | None = None) -> int:
    with CaptureQueriesContext(connection) as queries:
        stretch_of("default", about, at=at)
    return len(queries)


@pytest.mark.parametrize("about", ["192.0.2.236", "192.0.2.0/24", "2001:db8::/64", "10.0.0.0/8"])
def test_it_asks_as_often_of_a_crowd_as_of_nobody(about: str, beta: Cluster) -> None:
    quiet = asked(span(about))
    uses(beta, *(f"192.0.2.{number}" for number in range(2, 220)))
    assert Finding.objects.exists()
    assert asked(span(about)) == quiet == asked(span(about), minutes(1)) == QUERIES


def test_what_lies_outside_it_is_not_read(beta: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    uses(beta, *(f"192.0.2.{number}" for number in range(2, 220)))
    read: list[Span] = []

    def noted(row: OccupantRow, *, path: str, stale: bool) -> Occupant:
        occupant = occupant_of(row, path=path, stale=stale)
        read.append(occupant.span)
        return occupant

    monkeypatch.setattr(reading, "occupant_of", noted)
    shown = stretch_of("default", ABOUT)
    assert len(read) == 5
    assert all(each.meets(shown.window.span) for each in read)

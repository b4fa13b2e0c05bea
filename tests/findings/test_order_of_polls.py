"""Whichever cluster is polled first, whatever was seen before: the same last looks, the same findings."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from ipviz.clusters.subnets import declare
from ipviz.domain.seen import Seen
from ipviz.findings.detect import detect
from ipviz.findings.models import Finding
from ipviz.inventory.reading import estate_of
from tests.builders import (
    seen_address,
    seen_claim,
    seen_cluster,
    seen_config_map,
    seen_node,
    seen_pool,
    seen_provider,
    seen_service,
)  # fmt: skip
from tests.factories import management_cluster, minutes, see, segment, workload_cluster

pytestmark = pytest.mark.django_db

LAST: dict[str, list[Seen]] = {
    "gmc": [
        seen_pool("192.0.2.1-192.0.2.9"),
        seen_cluster("gamma", "192.0.2.2"),
        seen_cluster("beta", "192.0.2.1"),
        seen_claim("beta", giantswarm_cluster="beta", address_name="beta"),
        seen_address("192.0.2.1", "beta"),
        seen_claim("late", pool="nowhere"),
    ],
    "beta": [
        seen_provider(),
        seen_config_map(data={"cidr-global": "192.0.2.2/30"}),
        seen_service("web", annotation="192.0.2.2", labelled=True, status=["192.0.2.2"]),
        seen_service("static", spec_ip="192.0.2.3", annotation="192.0.2.3", status=["192.0.2.3"]),
    ],
    "gamma": [
        seen_service("api", annotation="192.0.2.3", status=["192.0.2.3"]),
        seen_node("gamma-0", "192.0.2.20"),
    ],
    "hmc": [seen_pool("192.0.2.9-192.0.2.12", name="more"), seen_node("hmc-0", "192.0.2.20")],
}
# Objects are their cluster's own: no uid is seen in two of them.
BEFORE: dict[str, list[Seen]] = {
    "gmc": [seen_pool("192.0.2.1-192.0.2.5"), seen_cluster("gamma", "192.0.2.3"), seen_claim("late")],
    "beta": [
        seen_config_map(data={"cidr-global": ""}),
        seen_service("web", annotation="192.0.2.9", labelled=True),
        seen_node("beta-0", "192.0.2.20"),
    ],
    "gamma": [seen_service("api", annotation="192.0.2.2"), seen_node("gamma-0", "192.0.2.2")],
    "hmc": [seen_pool("192.0.2.1-192.0.2.12", name="more"), seen_node("hmc-0", "192.0.2.12")],
}


@st.composite
def looks_before(draw: st.DrawFn) -> tuple[str, list[Seen]]:
    name = draw(st.sampled_from(list(BEFORE)))
    return name, [each for each in BEFORE[name] if draw(st.booleans())]


@st.composite
def lookings(draw: st.DrawFn) -> list[tuple[str, list[Seen]]]:
    """Looks at the clusters in any order; the last one at each sees what is there in the end."""
    before = draw(st.lists(looks_before(), max_size=4))
    return [*before, *((name, LAST[name]) for name in draw(st.permutations(list(LAST))))]


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def found(looks: list[tuple[str, list[Seen]]], *, judges_between: bool) -> set[tuple[str, ...]]:
    """What stands after all of it, and after a second look at everything."""
    with undone():
        gmc, hmc = management_cluster(), management_cluster("hmc")
        clusters = {"gmc": gmc, "hmc": hmc}
        clusters |= {name: workload_cluster(gmc, name) for name in ("beta", "gamma")}
        declare(segment(), "192.0.2.0/24", gateway="192.0.2.12")
        twice = [*looks, *((name, LAST[name]) for name in LAST)]
        for minute, (name, seen) in enumerate(twice):
            see(clusters[name], *seen, at=minutes(minute))
            if judges_between:
                detect(segment(), estate_of, at=minutes(minute + 0.5))
        for later in (0.6, 0.7):
            detect(segment(), estate_of, at=minutes(len(twice) + later))
        return {
            (each.rule, each.subject, each.severity, each.title, *sorted(map(str, each.parties.all())))
            for each in Finding.objects.standing()
        }


@settings(max_examples=30, deadline=None)
@given(looks=lookings())
def test_the_order_of_polls_changes_nothing(looks: list[tuple[str, list[Seen]]]) -> None:
    plain = found(list(LAST.items()), judges_between=False)
    assert {rule for rule, *_ in plain} >= {"C4", "C8", "C11", "H1", "H2", "H5", "H6", "H8", "H9", "P3"}
    assert found(looks, judges_between=True) == plain

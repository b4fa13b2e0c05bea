"""Surveys: what is kept of a subnet is what one finds on looking again; it is written when it changed."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.clusters.models import Cluster, Subnet
from ipviz.clusters.subnets import declare
from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import intervals_of
from ipviz.domain.spans import Span, address_text
from ipviz.domain.survey import HELD, NEXT, STALE, SUSPECTED, TRACKED, Run, Survey, survey_of
from ipviz.domain.usage import usage_of
from ipviz.findings.models import KeptSurvey
from ipviz.findings.surveys import FORM, keep_surveys, summaries_at, survey_at
from ipviz.inventory.reading import estate_of
from tests.builders import (
    alloc,
    pool,
    seen_address,
    seen_claim,
    seen_cluster,
    seen_config_map,
    seen_node,
    seen_pool,
    seen_provider,
    seen_service,
    span,
    svc,
)
from tests.factories import management_cluster, minutes, see, segment, workload_cluster

pytestmark = pytest.mark.django_db


def runs(survey: Survey) -> list[Run]:
    return [survey.run(number) for number in range(len(survey))]


def kept(at: float = 1) -> int:
    return keep_surveys(segment(), estate_of(segment().name), at=minutes(at))


def anew(subnet: Subnet) -> Survey:
    """As it is found where none is kept."""
    KeptSurvey.objects.all().delete()
    return survey_at(subnet)


@pytest.fixture
def gmc() -> Cluster:
    gmc = management_cluster()
    see(
        gmc,
        seen_pool("192.0.2.232-192.0.2.239"),
        seen_claim("alpha", giantswarm_cluster="alpha", address_name="alpha"),
        seen_address("192.0.2.232", "alpha"),
        seen_cluster("alpha", "192.0.2.232"),
        seen_node("gmc-0", "192.0.2.21", "2001:db8::21"),
    )
    return gmc


@pytest.mark.parametrize("cidr", ["192.0.2.0/24", "192.0.0.0/8", "2001:db8::/32", "198.51.100.0/24"])
def test_what_is_kept_is_what_is_found_anew(gmc: Cluster, cidr: str) -> None:
    subnet = declare(segment(), cidr)
    assert kept() == 1
    found = survey_at(subnet)
    assert KeptSurvey.objects.count() == 1
    again = anew(subnet)
    assert (found.span, runs(found)) == (again.span, runs(again))
    assert (found.pools, sorted(found.tallies)) == (again.pools, sorted(again.tallies))


def test_it_tells_each_state_and_what_is_next(gmc: Cluster) -> None:
    subnet = declare(segment(), "192.0.2.0/24", gateway="192.0.2.1")
    kept()
    found = {run.first & 255: (run.last & 255, run.state.value, run.flags) for run in runs(survey_at(subnet))}
    assert found[0] == (1, "reserved", 0)
    assert found[21] == (21, "node", HELD)
    assert found[232] == (232, "tracked", HELD | TRACKED)
    assert found[233] == (233, "free-in-pool", NEXT)
    assert found[234] == (239, "free-in-pool", 0)
    (usage,) = survey_at(subnet).pools.values()
    assert (usage.total, usage.used, str(usage.next)) == (8, 1, "192.0.2.233")


def test_it_tells_what_the_load_balancer_ranges_hand_out_next(gmc: Cluster) -> None:
    beta = workload_cluster(gmc, "beta")
    ranges = seen_config_map(data={"cidr-global": "192.0.2.160/30,2001:db8::/125", "search-order": "desc"})
    see(beta, seen_provider(), ranges, at=minutes(1))
    web = seen_service("web", annotation="192.0.2.163", labelled=True)
    see(beta, seen_provider(), ranges, web, at=minutes(3))
    subnet = declare(segment(), "192.0.2.0/24")
    kept(4)
    cidr_global = {(beta.path, "cidr-global"): (span("192.0.2.162"), span("2001:db8::7"))}
    found = survey_at(subnet)
    assert found.ranges == anew(subnet).ranges == cidr_global
    assert nexts(found) == {162, 233}
    assert nexts(survey_at(subnet, minutes(2))) == {163, 233}
    assert nexts(found.within(span("192.0.2.0/25"))) == set()


def nexts(survey: Survey) -> set[int]:
    """The last octets of what is handed out next."""
    return {run.first & 255 for run in runs(survey) if run.flags & NEXT}


def test_what_was_kept_in_another_form_is_surveyed_anew(
    gmc: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    subnet = declare(segment(), "192.0.2.0/24")
    kept()
    KeptSurvey.objects.update(states="", flags=b"", sizes="256")
    monkeypatch.setattr("ipviz.findings.surveys.FORM", FORM + 1)
    assert len(survey_at(subnet)) > 1
    assert kept(2) == 1


def test_it_is_kept_in_one_query_to_read_and_none_to_write_again(
    gmc: Cluster, django_assert_num_queries: Any
) -> None:
    subnet = declare(segment(), "192.0.2.0/24")
    assert (kept(1), kept(2)) == (1, 0)
    assert KeptSurvey.objects.get().at == minutes(1)
    with django_assert_num_queries(1):
        survey_at(subnet)
    with django_assert_num_queries(1):
        summaries_at([subnet])
    see(workload_cluster(gmc, "beta"), seen_service("web", annotation="192.0.2.99"), at=minutes(3))
    assert kept(4) == 1
    assert KeptSurvey.objects.get().at == minutes(4)


def test_a_subnet_that_was_declared_otherwise_since_is_surveyed_anew(gmc: Cluster) -> None:
    subnet = declare(segment(), "192.0.2.0/24")
    kept()
    subnet = declare(segment(), "192.0.2.0/24", gateway="192.0.2.254")
    gateway = span("192.0.2.254").first
    assert Run(gateway, gateway + 1, runs(survey_at(subnet))[0].state) in runs(survey_at(subnet))
    assert usage_of(summaries_at([subnet])[subnet.pk].tallies).reserved == 3
    assert kept(2) == 1


def test_of_a_past_moment_it_is_never_the_one_that_is_kept(gmc: Cluster) -> None:
    subnet = declare(segment(), "192.0.2.0/24")
    see(workload_cluster(gmc, "beta"), seen_service("web", annotation="192.0.2.99"), at=minutes(3))
    kept(4)
    then = {run.first for run in runs(survey_at(subnet, minutes(2)))}
    now = {run.first for run in runs(survey_at(subnet))}
    assert now - then >= {span("192.0.2.99").first}
    assert summaries_at([subnet], minutes(2))[subnet.pk].tallies != summaries_at([subnet])[subnet.pk].tallies


def test_what_cannot_be_read_and_what_is_suspected_are_flags() -> None:
    occupants = [svc("192.0.2.9", stale=True), svc("192.0.2.10")]
    intervals = intervals_of(DeclaredSubnet(span("192.0.2.0/24")), occupants, {span("192.0.2.10"): True})
    found = survey_of(span("192.0.2.0/24"), intervals, occupants, ())
    flags = {run.first & 255: run.flags for run in runs(found)}
    assert (flags[9], flags[10]) == (HELD | STALE, HELD | SUSPECTED)


places = st.integers(0, 255)


@given(
    st.lists(st.tuples(places, st.booleans()), max_size=40),
    st.lists(st.tuples(places, places).map(sorted), max_size=4),
    st.tuples(places, places).map(sorted),
)
def test_a_part_is_what_one_finds_who_looks_at_the_part(
    used: list[tuple[int, bool]], pools: list[list[int]], part: list[int]
) -> None:
    whole = span("192.0.2.0/24")
    occupants = [(alloc if is_tracked else svc)(at(whole, n)) for n, is_tracked in used]
    occupants += [pool(f"{at(whole, first)}-{at(whole, last)}") for first, last in pools]
    found = survey_of(whole, intervals_of(DeclaredSubnet(span("192.0.2.0/24")), occupants, {}), occupants, ())
    shown = Span(4, whole.first + part[0], whole.first + part[1])
    within = found.within(shown)
    assert states_of(runs(within)) == states_of(runs(found))[part[0] : part[1] + 1]
    assert (within.bounds[0], within.bounds[-1]) == (shown.first, shown.last + 1)
    assert sum(each.size for each in within.tallies) == shown.size


def states_of(listed: Iterable[Run]) -> list[tuple[str, int]]:
    """Address by address."""
    return [(run.state.value, run.flags) for run in listed for _ in range(run.size)]


def at(whole: Span, number: int) -> str:
    return address_text(whole.version, whole.first + number)

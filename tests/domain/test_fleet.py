"""The small fleet of tests/data/fleet, from its objects to the findings that are expected of it."""

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ipviz.domain.estate import ClusterFacts, DeclaredSubnet, Estate, PendingClaim
from ipviz.domain.intervals import State, intervals_of
from ipviz.domain.judge import judge
from ipviz.domain.occupants import Occupant
from ipviz.domain.seen import Read, Seen
from ipviz.domain.statements import pending_claims, statements_of
from ipviz.domain.usage import summary
from ipviz.kube.kinds import kinds_for
from ipviz.kube.listing import Page, Pages
from ipviz.kube.parse import parse
from tests.builders import AT, span, spans
from tests.story.fleet import FLEET, objects_of

EXPECTED = json.loads((FLEET / "expected.json").read_text())
PATHS = {
    "mc-gmc": "gmc",
    "wc-alpha": "gmc/org-giantswarm/alpha",
    "wc-beta": "gmc/org-acme/beta",
    "wc-gamma": "gmc/org-acme/gamma",
    "wc-delta": "gmc/org-giantswarm/delta",
}


def records_of(name: str, *, is_management: bool) -> dict[str, tuple[Seen, ...]]:
    """A file's objects, parsed as a poll parses what an API server lists."""

    def pages_of(kind: str) -> Pages:
        items = [each for each in objects_of(name) if each["kind"] == kind]

        def pages(_: Collection[object]) -> Iterator[Page]:
            yield Page(json.dumps({"metadata": {"resourceVersion": "1"}, "items": items}).encode())

        return pages

    seen = parse({kind.kind: pages_of(kind.kind) for kind in kinds_for(is_management=is_management)})
    reads = {kind: read for kind, read in seen.kinds.items() if isinstance(read, Read)}
    assert len(reads) == len(seen.kinds)
    assert not any(read.unreadable for read in reads.values())
    return {kind: read.records for kind, read in reads.items()}


@pytest.fixture(scope="module")
def fleet() -> Estate:
    occupants: list[Occupant] = []
    pending: list[PendingClaim] = []
    clusters = {}
    objects = {}
    for name, path in PATHS.items():
        is_management = "/" not in path
        objects[path] = records = records_of(name, is_management=is_management)
        occupants += statements_of(records, path=path, is_management=is_management)
        pending += pending_claims(records, path=path) if is_management else ()
        management = "" if is_management else "gmc"
        clusters[path] = ClusterFacts(path, management, read_at=dict.fromkeys(records, AT))
    subnet = DeclaredSubnet(span(EXPECTED["subnet"]), span(EXPECTED["gateway"]), spans(*EXPECTED["dhcp"]))
    return Estate(
        "default",
        tuple(occupants),
        clusters,
        pending=tuple(pending),
        subnets=(subnet,),
        records=objects,
        judged_at=datetime(2026, 11, 1, tzinfo=UTC),
    )


SUBJECTS = {
    ("H11", "10.10.222.238/30"): "10.10.222.236-10.10.222.239",
    ("H12", "gamma:ConfigMap kube-system/kube-vip-cloud-provider"): (
        "gmc/org-acme/gamma ConfigMap kube-system/kube-vip-cloud-provider range-global"
    ),
    ("P3", "gmc:IPAddressClaim org-acme/epsilon"): "gmc IPAddressClaim org-acme/epsilon",
    ("P5", "gmc:IPAddressClaim org-giantswarm/pssss"): "gmc IPAddressClaim org-giantswarm/pssss",
    ("P6", "gamma:Service kube-system/pending"): "gmc/org-acme/gamma Service kube-system/pending",
}
ALSO = {
    # The fleet names these beside others: machines that both bound .236, and db/pg that nobody announces.
    ("C11", "medium", "10.10.222.236"),
    ("P7", "low", "gmc/org-acme/beta Service db/pg"),
}


def subject_of(expected: dict[str, Any]) -> str:
    """The subject under which we report what the fleet's authors expect."""
    named = expected.get("range") or expected.get("ip") or expected.get("value") or expected["objects"][0]
    return SUBJECTS.get((expected["rule"], named), str(named))


def test_the_fleet_has_exactly_the_findings_that_are_expected_of_it(fleet: Estate) -> None:
    expected = {(each["rule"], each["severity"], subject_of(each)) for each in EXPECTED["must_report"]}
    assert {(v.rule, v.severity.value, v.subject) for v in judge(fleet)} == expected | ALSO


def test_they_name_the_objects_that_are_expected(fleet: Estate) -> None:
    by_subject = {(v.rule, v.subject): v for v in judge(fleet)}
    for each in EXPECTED["must_report"]:
        objects = {name for name in each.get("objects", ()) if ":" in name}
        verdict = by_subject[each["rule"], subject_of(each)]
        assert objects <= {f"{party.cluster.rsplit('/', 1)[-1]}:{party.ref}" for party in verdict.parties}


def test_they_are_said_as_people_say_them(fleet: Estate) -> None:
    titles = [verdict.title for verdict in judge(fleet)]
    provider = "ConfigMap kube-system/kube-vip-cloud-provider"
    assert titles == [
        "10.10.222.236 is used by beta/kube-system/nginx-ingress-controller and by the API of gamma",
        "10.10.222.236 of beta/kube-system/nginx-ingress-controller and the API of gamma is on the cards of "
        "several machines: beta-w-0 and gamma-cp-0",
        "10.10.222.236 is the next address that pool wc-cp-ips will hand out; "
        "beta/kube-system/nginx-ingress-controller and the API of gamma already answer on it",
        "10.10.222.237 lies in pool wc-cp-ips, which does not know that beta/db/pg uses it",
        "10.10.222.236-10.10.222.239 belongs to the load-balancer range of beta and to pool wc-cp-ips of gmc",
        "10.10.222.236, the API of gamma, lies in the load-balancer range of beta",
        "10.10.222.182 was chosen for alpha/shop/legacy-static; the next Service there will get it too",
        f"10.10.222.238/30 in {provider} of beta covers all of 10.10.222.236-10.10.222.239",
        "The load-balancer ranges of gamma (workload of gmc) are not what they seem: range-global is never "
        "looked at",
        "Claim org-acme/epsilon of gmc has no address: pool missing: there is no GlobalInClusterIPPool "
        "wc-cp-ipz",
        "Claim org-giantswarm/pssss of gmc serves no cluster that is known",
        "Service kube-system/pending of gamma (workload of gmc) has no address",
        "Service db/pg of beta (workload of gmc) has an address that nobody announces",
    ]


def test_a_second_road_to_the_management_cluster_changes_nothing(fleet: Estate) -> None:
    """gmc lists itself as a Cluster; read by that road too, its Services are seen twice."""
    road = "gmc/org-giantswarm/gmc"
    again = statements_of(records_of("mc-gmc", is_management=False), path=road, is_management=False)
    twice = replace(fleet, occupants=fleet.occupants + again, aliases={road: "gmc"})
    assert judge(twice) == judge(fleet)


def test_the_claim_that_waits_is_known(fleet: Estate) -> None:
    assert [(each.consumer_cluster, each.pool) for each in fleet.pending] == [
        ("gmc/org-acme/epsilon", "GlobalInClusterIPPool//wc-cp-ipz")
    ]


def test_its_map_says_who_is_where(fleet: Estate) -> None:
    found = intervals_of(fleet.subnets[0], fleet.occupants, {span("10.10.222.236"): False})
    states = {str(each.span): each.state for each in found}
    assert states["10.10.222.233"] is State.TRACKED
    assert states["10.10.222.184"] is State.MATCHED
    assert states["10.10.222.236"] is State.COLLISION
    assert states["10.10.222.237"] is State.UNTRACKED
    assert states["10.10.222.97"] is State.UNTRACKED
    assert states["10.10.222.31"] is State.NODE
    assert summary(found)[State.COLLISION] == 1
    assert sum(summary(found).values()) == 256

"""`at=`: each list as it was at a moment."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from ipviz.inventory.store import forget
from tests.api.asking import Api
from tests.api.conftest import BETA, MANAGEMENT, Estate
from tests.builders import seen_address, seen_claim, seen_cluster, seen_service
from tests.factories import minutes, see, workload_cluster

THEN = "2026-01-15T09:05:00Z"
"""Between the two looks that the estate begins with."""

TIMED = ("clusters/", "pools/", "claims/", "addresses/", "services/", "subnets/")


@pytest.fixture
def changed(estate: Estate) -> Estate:
    """Since then: wait has its address, alpha's is given up, beta's ingress has moved, another has come."""
    others = [each for each in MANAGEMENT if each.ref.name not in ("alpha", "wait")]
    given = seen_address("192.0.2.234", "wait")
    see(estate.gmc, *others, seen_claim("wait", address_name="wait"), given, at=minutes(9.5))
    moved = seen_service("ingress", namespace="kube-system", annotation="192.0.2.238", status=["192.0.2.238"])
    see(estate.beta, *BETA[:2], moved, seen_service("web", annotation="192.0.2.99"), at=minutes(9.5))
    estate.judged(9.6)
    estate.judged(9.7)
    return estate


def told(rows: list[Any], *fields: str) -> set[tuple[Any, ...]]:
    return {tuple(str(row[field]) for field in fields) for row in rows}


@pytest.mark.parametrize("path", TIMED)
def test_a_list_as_of_then_is_what_it_was_then(api: Api, estate: Estate, path: str) -> None:
    # Of a cluster that was never read nobody knows since when it is there.
    before = [row for row in api.rows(path) if row["name"] != "gamma" or path != "clusters/"]
    others = [each for each in MANAGEMENT if each.ref.name != "alpha"]
    see(estate.gmc, *others, at=minutes(9.5))
    see(estate.beta, *BETA[:2], seen_service("web", annotation="192.0.2.99"), at=minutes(9.5))
    then = api.rows(path, at="2026-01-15T09:09:10Z")
    assert [without_turns(row) for row in then] == [without_turns(row) for row in before]
    assert api.rows(path) != then


def without_turns(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("next_poll_at", "failures")}


def test_addresses_and_who_tracked_them(api: Api, changed: Estate) -> None:
    fields = ("cluster", "role", "tracked")
    assert told(api.rows("addresses/", within="192.0.2.233/32", segment="default", at=THEN), *fields) == {
        ("gmc", "ALLOC", "True"),
        ("gmc", "CPE", "True"),
    }
    assert api.names("addresses/", within="192.0.2.233/32", segment="default") == []
    assert api.names("addresses/", tracked="true", segment="default", at=THEN) == ["alpha", "alpha"]
    assert api.names("addresses/", tracked="true", segment="default") == ["wait"]


def test_pools_and_claims(api: Api, changed: Estate) -> None:
    (then,), (now,) = api.rows("pools/", at=THEN), api.rows("pools/")
    assert (then["used"], now["used"]) == (1, 1)
    assert (then["next_address"], now["next_address"]) == ("192.0.2.232", "192.0.2.232")
    claims = api.rows("claims/", at=THEN, q="wait")
    assert [(row["address"], bool(row["reason"])) for row in claims] == [(None, True)]
    assert [(row["address"], row["reason"]) for row in api.rows("claims/", q="wait")] == [
        ("192.0.2.234", None)
    ]


def test_services_are_found_by_what_they_held_then(api: Api, changed: Estate) -> None:
    assert api.names("services/", within="192.0.2.236/32", at=THEN) == ["ingress"]
    assert api.names("services/", within="192.0.2.236/32") == []
    assert api.names("services/") == ["ingress", "web"]
    assert api.names("services/", at=THEN) == ["ingress"]


def test_findings_that_stood_then(api: Api, changed: Estate) -> None:
    now = told(api.rows("findings/", status="open"), "rule", "first_address")
    then = told(api.rows("findings/", at="2026-01-15T09:09:10Z", status="open"), "rule", "first_address")
    assert ("C8", "192.0.2.236") in then
    assert ("C8", "192.0.2.236") not in now
    first = api.rows("findings/", at="2026-01-15T09:01:00Z", rule="C8")
    assert {row["status"] for row in first} == {"suspected"}


def test_one_finding_as_it_stood_then(api: Api, changed: Estate) -> None:
    early = "2026-01-15T09:01:00Z"
    for listed in api.rows("findings/", at=early):
        one = api.get(f"findings/{listed['id']}/", at=early).body
        assert one | listed == one
        assert [each["after"] for each in one["transitions"]] == [one["status"]]
    (moved,) = api.rows("findings/", rule="C8", within="192.0.2.236/32")
    assert (moved["status"], moved["resolved_at"]) == ("resolved", "2026-01-15T09:09:36Z")
    then = api.get(f"findings/{moved['id']}/", at=early).body
    assert (then["status"], then["opened_at"], then["resolved_at"]) == ("suspected", None, None)
    assert api.get(f"findings/{moved['id']}/", at="2026-01-15T09:00:03Z").status == 404


def test_a_subnet_and_its_map(api: Api, changed: Estate) -> None:
    path = f"subnets/{changed.subnet.pk}/"
    then, now = (api.get(path, **asked).body for asked in ({"at": THEN}, {}))
    assert then["untracked"] != now["untracked"]

    def holders(**asked: str) -> set[str]:
        intervals = api.get(f"{path}map/", **asked).body
        return {
            name["name"] for each in intervals if each["first"] == "192.0.2.99" for name in each["occupants"]
        }

    assert (holders(at=THEN), holders()) == (set(), {"web"})


def test_clusters_that_lived_then_and_how_well_they_were_seen(api: Api, estate: Estate) -> None:
    late = workload_cluster(estate.gmc, "late")
    see(late, at=minutes(9.5))
    see(estate.beta, *BETA, at=minutes(9.5), unread=("Service",))
    estate.hmc.retired_at = minutes(9.6)
    estate.hmc.save()
    forget(estate.hmc, at=minutes(9.6), why="its Cluster is gone")
    assert set(api.names("clusters/")) == {"gmc", "gamma", "beta", "late"}
    assert set(api.names("clusters/", at=THEN)) == {"gmc", "beta", "hmc"}
    outcomes = {
        asked: api.rows("clusters/", cluster="beta", **({"at": THEN} if asked else {}))[0]["last_snapshot"][
            "outcome"
        ]
        for asked in (True, False)
    }
    assert outcomes == {True: "whole", False: "partial"}


def test_one_cluster_is_told_of_a_moment_at_which_the_list_tells_it(api: Api, estate: Estate) -> None:
    late = workload_cluster(estate.gmc, "late")
    see(late, at=minutes(9.5))
    estate.hmc.retired_at = minutes(9.6)
    estate.hmc.save()
    told = {
        (cluster.name, at or "now"): api.get(f"clusters/{cluster.pk}/", **({"at": at} if at else {})).status
        for cluster in (late, estate.hmc)
        for at in (THEN, "")
    }
    assert told == {("late", THEN): 404, ("late", "now"): 200, ("hmc", THEN): 200, ("hmc", "now"): 404}


def test_what_was_stale_then(api: Api, estate: Estate) -> None:
    see(estate.beta, at=minutes(9.4), unread=("Node", "Service", "ConfigMap", "Deployment"))
    see(estate.beta, *BETA, at=minutes(9.8))
    for at, stale in (("2026-01-15T09:09:10Z", False), ("2026-01-15T09:09:30Z", True)):
        (row,) = api.rows("services/", at=at)
        assert (row["stale"], row["last_seen"]) == (stale, "2026-01-15T09:09:00Z")
    assert [row["stale"] for row in api.rows("services/")] == [False]


def test_snapshots_until_then(api: Api, estate: Estate) -> None:
    assert len(api.rows("snapshots/", at=THEN)) == 3
    assert len(api.rows("snapshots/")) == 6


@pytest.mark.parametrize("path", [*TIMED, "findings/", "snapshots/", "changes/", "lookup/192.0.2.1/"])
def test_of_the_time_before_anything_was_seen_nothing_is_told_rather_than_nothing_was(
    api: Api, path: str
) -> None:
    (words,) = api.refused(path, at="2026-01-15T08:59:59Z")["at"]
    assert "Nothing is known before 2026-01-15T09:00:00Z" in words


def test_a_moment_that_is_none_or_lies_ahead_is_named(api: Api) -> None:
    for path in ("addresses/", "lookup/192.0.2.1/", f"subnets/{api.rows('subnets/')[0]['id']}/map/"):
        assert "is not a moment" in api.refused(path, at="tuesday night")["at"][0]
        assert "lies ahead" in api.refused(path, at="2026-01-16")["at"][0]


def test_what_has_no_past_says_so(api: Api, operator: Api) -> None:
    assert "not told as of a moment" in api.refused("nowhere/", at=THEN)["at"][0]


@pytest.mark.parametrize("path", TIMED)
def test_the_past_takes_no_more_queries_than_the_present(
    api: Api, estate: Estate, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        see(
            estate.beta,
            *BETA[:2],
            seen_service("web", annotation=f"192.0.2.{60 + number}"),
            at=minutes(9.1 + number / 100),
        )
        others = [each for each in MANAGEMENT if number % 2 or each.ref.name != "alpha"]
        see(estate.gmc, *others, seen_cluster(f"c{number}", "192.0.2.200"), at=minutes(9.1 + number / 100))
    with django_assert_max_num_queries(14):
        assert api.rows(path, at="2026-01-15T09:09:20Z")

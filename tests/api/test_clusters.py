"""Clusters and snapshots: how well each is seen."""

import pytest

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Fault, Observation
from ipviz.inventory.store import store
from tests.api.asking import Api
from tests.api.conftest import Estate
from tests.builders import seen_service
from tests.factories import minutes, see, whole


def cluster(api: Api, path: str) -> dict[str, object]:
    found: dict[str, object] = next(row for row in api.rows("clusters/") if row["path"] == path)
    return found


def test_a_management_cluster(api: Api, estate: Estate) -> None:
    assert cluster(api, "gmc") == {
        "id": estate.gmc.pk,
        "name": "gmc",
        "path": "gmc",
        "namespace": "",
        "kind": "management",
        "management_cluster": None,
        "segment": "default",
        "vcenter": None,
        "port_groups": [],
        "same_as": None,
        "reachable": True,
        "failures": 0,
        "next_poll_at": None,
        "last_snapshot": {
            "taken_at": "2026-01-15T09:09:00Z",
            "outcome": "whole",
            "unread": [],
            "unreadable": [],
            "error": "",
            "fault": None,
            "road": None,
        },
    }


def test_a_workload_cluster_has_its_short_name_and_its_path(api: Api) -> None:
    beta = cluster(api, "gmc/org-acme/beta")
    assert (beta["name"], beta["kind"], beta["management_cluster"]) == ("beta", "workload", "gmc")


def test_what_was_not_read_is_told_with_its_reason(api: Api, estate: Estate) -> None:
    estate.seen(9.5, unread=("Service",))
    beta = cluster(api, "gmc/org-acme/beta")
    assert beta["reachable"] is True
    assert beta["last_snapshot"] == {
        "taken_at": "2026-01-15T09:09:30Z",
        "outcome": "partial",
        "unread": [{"kind": "Service", "reason": "403 Forbidden"}],
        "unreadable": [],
        "error": "",
        "fault": None,
        "road": None,
    }


def test_one_that_answers_nothing_is_not_reachable(api: Api, estate: Estate) -> None:
    store(estate.beta, Observation(error="connection refused"), taken_at=minutes(9.5), seconds=1)
    beta = cluster(api, "gmc/org-acme/beta")
    assert beta["reachable"] is False
    snapshot = beta["last_snapshot"]
    assert isinstance(snapshot, dict)
    assert (snapshot["outcome"], snapshot["error"]) == ("failed", "connection refused")


def test_a_cluster_that_fails_says_what_to_look_at_how_often_and_when_it_is_tried(
    api: Api, estate: Estate
) -> None:
    untrusted = Observation(error="another authority", fault=Fault.UNTRUSTED)
    store(estate.beta, untrusted, taken_at=minutes(9.5), seconds=1)
    Cluster.objects.filter(pk=estate.beta.pk).update(failures=3, next_poll_at=minutes(14))
    beta = cluster(api, "gmc/org-acme/beta")
    assert (beta["failures"], beta["next_poll_at"]) == (3, "2026-01-15T09:14:00Z")
    (latest, *_) = api.rows("snapshots/", cluster="beta")
    assert (latest["fault"], latest["road"], latest["error"]) == ("untrusted", None, "another authority")
    assert beta["last_snapshot"]["fault"] == "untrusted"  # type: ignore[index]


def test_one_that_was_read_by_a_second_road_says_by_which(api: Api, estate: Estate) -> None:
    store(estate.beta, whole(estate.beta, ()), taken_at=minutes(9.5), seconds=1, road="hmc/org-acme/beta")
    (latest, *_) = api.rows("snapshots/", cluster="beta")
    assert (latest["outcome"], latest["road"], latest["fault"]) == ("whole", "hmc/org-acme/beta", None)


def test_its_vcenter_and_port_groups_are_told(api: Api, estate: Estate) -> None:
    Cluster.objects.filter(pk=estate.beta.pk).update(vcenter="vc-a.example.com", port_groups=["prod"])
    beta = cluster(api, "gmc/org-acme/beta")
    assert (beta["vcenter"], beta["port_groups"]) == ("vc-a.example.com", ["prod"])


def test_one_that_nobody_polled_is_neither(api: Api) -> None:
    gamma = cluster(api, "gmc/org-acme/gamma")
    assert (gamma["reachable"], gamma["last_snapshot"]) == (None, None)


def test_nor_is_one_without_an_endpoint_or_one_that_is_another(api: Api, estate: Estate) -> None:
    Cluster.objects.filter(pk=estate.beta.pk).update(same_as=estate.gmc)
    assert cluster(api, "gmc/org-acme/beta")["same_as"] == "gmc"
    assert cluster(api, "gmc/org-acme/beta")["reachable"] is None
    Cluster.objects.filter(pk=estate.beta.pk).update(same_as=None, provisioned=False)
    assert cluster(api, "gmc/org-acme/beta")["reachable"] is None


def test_one_that_is_gone_is_not_listed(api: Api, estate: Estate) -> None:
    Cluster.objects.filter(pk=estate.beta.pk).update(retired_at=minutes(9.5))
    assert "beta" not in api.names("clusters/")
    assert api.get(f"clusters/{estate.beta.pk}/").status == 404


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"segment": "lab"}, ["hmc"]),
        ({"cluster": "beta"}, ["beta"]),
        ({"cluster": "gmc/org-acme/beta"}, ["beta"]),
        ({"within": "192.0.2.31/32"}, ["beta"]),
        ({"within": "192.0.2.233/32"}, ["gmc", "hmc"]),
        ({"within": "192.0.2.233/32", "segment": "default"}, ["gmc"]),
        ({"q": "MC"}, ["gmc", "hmc"]),
        ({"kind": "workload"}, ["beta", "gamma"]),
    ],
)
def test_they_are_filtered(api: Api, asked: dict[str, str], names: list[str]) -> None:
    assert api.names("clusters/", **asked) == names


def test_snapshots_say_what_each_poll_read(api: Api, estate: Estate) -> None:
    see(estate.beta, seen_service("only", annotation="192.0.2.9"), at=minutes(9.5), unread=("Node",))
    latest = api.rows("snapshots/")[0]
    assert (latest["cluster"], latest["cluster_path"]) == ("beta", "gmc/org-acme/beta")
    assert (latest["taken_at"], latest["outcome"], latest["seconds"]) == (
        "2026-01-15T09:09:30Z",
        "partial",
        0.1,
    )
    assert {kind: count for kind, count in latest["counts"].items() if count} == {"Node": 1, "Service": 1}
    assert latest["counts"]["ConfigMap"] == 0


@pytest.mark.parametrize(
    ("asked", "clusters"),
    [
        ({"cluster": "beta"}, ["beta", "beta"]),
        ({"segment": "lab"}, ["hmc", "hmc"]),
        ({"within": "192.0.2.31/32"}, ["beta", "beta"]),
        ({"q": "bet"}, ["beta", "beta"]),
        ({"outcome": "failed"}, []),
    ],
)
def test_snapshots_are_filtered(api: Api, asked: dict[str, str], clusters: list[str]) -> None:
    assert [row["cluster"] for row in api.rows("snapshots/", **asked)] == clusters

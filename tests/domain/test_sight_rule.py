"""B1: what we cannot see is said."""

from datetime import timedelta

import pytest

from ipviz.domain.estate import ClusterFacts
from tests.builders import AT, GAMMA, GMC, KINDS, estate, facts
from tests.verdicts import only, said


def test_a_cluster_that_cannot_be_read_is_high() -> None:
    verdict = only(estate(clusters=[facts(GAMMA, error="connection timed out")]), "B1")
    assert (verdict.severity, verdict.subject) == ("high", GAMMA)
    assert verdict.title == "gamma (workload of gmc) cannot be read"
    assert "connection timed out" in verdict.explanation
    assert verdict.span is None
    assert not verdict.rests_on
    assert [(party.cluster, party.ref.name) for party in verdict.parties] == [(GAMMA, "gamma")]


def test_some_unread_kinds_are_medium() -> None:
    verdict = only(estate(clusters=[facts(GMC, unread={"Service": "403", "Node": "403"})]), "B1")
    assert verdict.severity == "medium"
    assert verdict.title == "gmc can be read only in part: Node, Service cannot"


def test_all_unread_kinds_are_high() -> None:
    assert said(estate(clusters=[facts(GMC, unread=dict.fromkeys(KINDS, "403"))])) == [("B1", "high", GMC)]
    never = ClusterFacts(GMC, "", unread={"Service": "403"})
    assert said(estate(clusters=[never])) == [("B1", "high", GMC)]


def test_a_kind_that_its_api_does_not_know_is_medium() -> None:
    verdict = only(estate(clusters=[facts(GMC, missing=("IPAddress",))]), "B1")
    assert verdict.severity == "medium"
    assert verdict.title == "gmc does not know IPAddress"
    assert "Install" in verdict.remedy
    assert "/readyz" not in verdict.remedy


def test_a_cluster_that_is_read_whole_is_nothing() -> None:
    assert said(estate(clusters=[facts(GMC), facts(GAMMA)])) == []


def test_a_cluster_that_is_not_built_yet_is_no_blind_spot() -> None:
    assert said(estate(clusters=[facts(GAMMA, error="no endpoint", provisioned=False)])) == []


def test_a_second_road_that_is_closed_is_no_blind_spot() -> None:
    road = "gmc/org-giantswarm/gmc"
    assert said(estate(clusters=[facts(GMC), facts(road, error="refused")], aliases={road: GMC})) == []


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("x509: certificate signed by unknown authority", "another host may answer there"),
        ("403 Forbidden: services is forbidden", "kubectl auth can-i"),
        ("401 Unauthorized", "the Secret gamma-kubeconfig in namespace org-acme of gmc"),
        ("the kubeconfig names exec", "refused"),
        ("429 Too Many Requests", "more slowly"),
        ("connect: no route to host", "firewall"),
        ("it is raining", "firewall"),
    ],
)
def test_the_remedy_follows_the_cause(reason: str, advice: str) -> None:
    assert advice in only(estate(clusters=[facts(GAMMA, error=reason)]), "B1").remedy


def test_a_management_clusters_kubeconfig_is_a_mounted_file() -> None:
    assert "mounted" in only(estate(clusters=[facts(GMC, error="401 Unauthorized")]), "B1").remedy


def test_it_says_how_old_the_oldest_is_of_what_is_known() -> None:
    read_at = {"Service": AT, "Node": AT + timedelta(minutes=5)}
    seen = ClusterFacts(GMC, "", error="refused", read_at=read_at)
    assert "2026-02-01 10:00:00 UTC" in only(estate(clusters=[seen]), "B1").explanation


def test_objects_that_were_not_understood_are_medium_and_counted() -> None:
    verdict = only(
        estate(clusters=[facts(GMC, unreadable={"IPAddress": ("org-acme/a", "org-acme/b")})]), "B1"
    )
    assert verdict.severity == "medium"
    assert verdict.title == "gmc holds objects that were not understood: 2 IPAddress"


def test_a_cluster_that_nobody_tries_to_read_is_high() -> None:
    forgotten = facts(GMC, polled_at=AT - timedelta(minutes=21))
    verdict = only(estate(clusters=[forgotten], outdated_before=AT - timedelta(minutes=20)), "B1")
    assert (verdict.severity, verdict.title) == ("high", "gmc is not being read")
    assert "since 2026-02-01 09:39:00 UTC" in verdict.explanation
    assert "schedule and workers" in verdict.remedy


def test_a_cluster_that_was_tried_lately_or_was_never_due_is_nothing() -> None:
    limit = AT - timedelta(minutes=20)
    assert said(estate(clusters=[facts(GMC, polled_at=limit)], outdated_before=limit)) == []
    assert said(estate(clusters=[facts(GMC)], outdated_before=limit)) == []

"""What a judgement leaves in the tables."""

from collections import Counter

import pytest

from ipviz.clusters.models import Cluster
from ipviz.domain.seen import Ingress, PoolRef, Ref, SeenAddress, SeenCluster, SeenPool, SeenService
from ipviz.findings.detect import Changed, detect
from ipviz.findings.models import Finding, Transition
from ipviz.inventory.reading import estate_of
from tests.factories import management_cluster, minutes, see, segment, workload_cluster

pytestmark = pytest.mark.django_db


@pytest.fixture
def gmc() -> Cluster:
    return management_cluster()


@pytest.fixture
def beta(gmc: Cluster) -> Cluster:
    return workload_cluster(gmc, "beta")


def service(address: str, uid: str = "uid-web") -> SeenService:
    return SeenService(Ref("Service", "shop", "web", uid), annotation=address, ingress=(Ingress(address),))


def endpoint(host: str, name: str = "gamma") -> SeenCluster:
    return SeenCluster(Ref("Cluster", "org-acme", name, f"uid-{name}"), host=host, port=6443)


def judged(at: float) -> tuple[Changed, ...]:
    return detect(segment(), estate_of, at=minutes(at))


def standing() -> list[tuple[str, str, str]]:
    return [(f.rule, f.subject, f.status) for f in Finding.objects.standing()]


def test_a_collision_of_two_clusters_is_suspected_then_open(gmc: Cluster, beta: Cluster) -> None:
    see(gmc, endpoint("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.7"), at=minutes(0))
    (first,) = judged(1)
    assert (first.finding.rule, first.change.after) == ("C8", "suspected")
    assert judged(2) == ()
    see(gmc, endpoint("192.0.2.7"), at=minutes(3))
    assert judged(4) == ()
    see(beta, service("192.0.2.7"), at=minutes(5))
    (opened,) = judged(6)
    assert (opened.finding.pk, opened.change.after) == (first.finding.pk, "open")
    assert opened.finding.opened_at == minutes(6)
    assert opened.finding.first_seen == minutes(1)


def test_a_suspicion_that_the_second_look_does_not_share_ends_unopened(gmc: Cluster, beta: Cluster) -> None:
    see(gmc, endpoint("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.7"), at=minutes(0))
    judged(1)
    see(beta, service("192.0.2.8"), at=minutes(2))
    (ended,) = judged(3)
    assert ended.change.after == "resolved"
    assert ended.finding.opened_at is None
    assert standing() == []


def test_both_sides_are_parties_with_their_clusters(gmc: Cluster, beta: Cluster) -> None:
    see(gmc, endpoint("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.7"), at=minutes(0))
    judged(1)
    parties = {(p.cluster, p.kind, p.namespace, p.name, p.role) for p in Finding.objects.get().parties.all()}
    assert parties == {(gmc, "Cluster", "org-acme", "gamma", "CPE"), (beta, "Service", "shop", "web", "SVC")}


def test_a_service_made_anew_is_the_same_finding(gmc: Cluster, beta: Cluster) -> None:
    see(gmc, endpoint("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.7"), at=minutes(0))
    judged(1)
    see(beta, service("192.0.2.7", uid="another"), at=minutes(2))
    assert judged(3) == ()
    assert Finding.objects.count() == 1


def test_a_cluster_that_cannot_be_read_ends_nothing_and_marks_it_stale(gmc: Cluster, beta: Cluster) -> None:
    see(gmc, endpoint("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.7"), at=minutes(0))
    judged(1)
    see(beta, at=minutes(2), unread=("Service",))
    judged(3)
    collision = Finding.objects.get(rule="C8")
    assert (collision.status, collision.stale) == ("suspected", True)
    assert ("B1", beta.path, "open") in standing()
    see(beta, service("192.0.2.7"), at=minutes(4))
    judged(5)
    collision.refresh_from_db()
    assert not collision.stale
    assert ("B1", beta.path, "open") not in standing()


def test_a_finding_that_comes_back_is_the_same_row_and_another_occurrence(
    gmc: Cluster, beta: Cluster
) -> None:
    see(gmc, endpoint("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.7"), at=minutes(0))
    judged(1)
    see(beta, service("192.0.2.8"), at=minutes(2))
    judged(3)
    see(beta, service("192.0.2.7"), at=minutes(4))
    judged(5)
    finding = Finding.objects.get(rule="C8")
    assert (finding.status, finding.occurrences, finding.first_seen) == ("suspected", 2, minutes(5))
    assert [t.after for t in finding.transitions.all()] == ["suspected", "resolved", "suspected"]


def test_judging_again_writes_no_transition(gmc: Cluster, beta: Cluster) -> None:
    see(gmc, endpoint("192.0.2.7"), at=minutes(0))
    see(beta, service("192.0.2.7"), at=minutes(0))
    for at in range(1, 6):
        judged(at)
    assert Transition.objects.count() == 1
    assert Finding.objects.get().last_seen == minutes(5)


def test_a_duplicate_allocation_in_one_list_is_open_at_once(gmc: Cluster) -> None:
    pool = SeenPool(Ref("GlobalInClusterIPPool", "", "wc", "uid-pool"), ("192.0.2.1-192.0.2.9",), 24)
    twins = [
        SeenAddress(
            Ref("IPAddress", "org-acme", n, n), "192.0.2.7", 24, PoolRef("GlobalInClusterIPPool", "wc"), n
        )
        for n in ("one", "other")
    ]
    see(gmc, pool, *twins, at=minutes(0))
    (opened,) = (each for each in judged(1) if each.finding.rule == "C1")
    assert opened.change.after == "open"


def test_segments_do_not_meet(gmc: Cluster) -> None:
    see(gmc, endpoint("192.0.2.7"), at=minutes(0))
    other = workload_cluster(management_cluster("other", on="site-b"), "beta")
    see(other, service("192.0.2.7"), at=minutes(0))
    assert judged(1) == ()
    assert detect(segment("site-b"), estate_of, at=minutes(1)) == ()


def test_the_queries_of_a_judgement_do_not_grow_with_its_findings(
    gmc: Cluster, beta: Cluster, django_assert_max_num_queries: object
) -> None:
    addresses = [f"192.0.2.{n}" for n in range(1, 60)]
    see(gmc, *(endpoint(a, name=f"c{a.rsplit('.', 1)[1]}") for a in addresses), at=minutes(0))
    services = [
        SeenService(Ref("Service", "shop", f"s{n}", f"uid-{n}"), annotation=a)
        for n, a in enumerate(addresses)
    ]
    see(beta, *services, at=minutes(0))
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        assert Counter(each.finding.rule for each in judged(1)) == {"C8": 59, "P7": 59}
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        judged(2)

"""POST check/: whether addresses are free in everyone's view."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from ipviz.clusters.models import Cluster
from tests.api.asking import Api, Asked
from tests.api.conftest import Estate
from tests.builders import seen_service
from tests.factories import management_cluster, minutes, see, segment, workload_cluster


@pytest.fixture(autouse=True)
def _all_are_read(estate: Estate) -> None:
    for each in (workload_cluster(estate.gmc, "alpha"), Cluster.objects.get(name="gamma")):
        see(each, at=minutes(9))


def asked(api: Api, *spans: str, **more: Any) -> Asked:
    return api.post("check/", spans=list(spans), **more)


def words(answer: Asked) -> list[str]:
    return [each["words"] for each in answer.body["conflicts"]]


def test_what_nobody_uses_or_hands_out_is_free(api: Api) -> None:
    answer = asked(api, "192.0.2.180/30")
    assert answer.status == 200
    assert answer.body == {
        "free": True, "sure": True, "segment": "default", "spans": ["192.0.2.180-192.0.2.183"],
        "conflicts": [], "all_conflicts": True, "blind": [], "notes": [],
    }  # fmt: skip


def test_who_holds_an_address_is_named_in_words_and_data(api: Api) -> None:
    answer = asked(api, "192.0.2.236")
    assert answer.body["free"] is False
    told = words(answer)
    assert "192.0.2.236 is used by beta/kube-system/ingress (address of a LoadBalancer Service)" in told
    assert "192.0.2.236 is used by the API of gamma (API endpoint of a cluster)" in told
    assert "192.0.2.236 lies in pool wc-cp-ips of gmc" in told
    assert "192.0.2.236 lies in the load-balancer range of beta" in told
    (service,) = (each for each in answer.body["conflicts"] if each["kind"] == "Service")
    assert (service["first"], service["last"], service["what"]) == ("192.0.2.236", "192.0.2.236", "address")
    assert (service["cluster_path"], service["role"], service["stale"]) == ("gmc/org-acme/beta", "SVC", False)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("192.0.2.1", "192.0.2.1 is the gateway of 192.0.2.0/24"),
        ("192.0.2.254-192.0.2.255", "192.0.2.255 is the broadcast address of 192.0.2.0/24"),
        (
            "192.0.2.144/28",
            "192.0.2.144-192.0.2.150 lie in the DHCP range 192.0.2.20-192.0.2.150 of 192.0.2.0/24",
        ),
        ("192.0.2.31", "192.0.2.31 is used by node beta-0 of beta (address of a node)"),
    ],
)
def test_what_was_declared_stands_against_it_too(api: Api, wanted: str, said: str) -> None:
    assert said in words(asked(api, wanted))


def test_only_the_part_that_is_taken_is_told(api: Api) -> None:
    answer = asked(api, "192.0.2.224/28")
    pool = [each for each in answer.body["conflicts"] if each["what"] == "pool"]
    assert [(each["first"], each["last"]) for each in pool] == [("192.0.2.232", "192.0.2.239")]


def test_what_is_a_clusters_own_is_no_conflict_for_it(api: Api) -> None:
    told = words(asked(api, "192.0.2.236/30", **{"for": "beta"}))
    assert not any("beta" in each for each in told)
    assert any("gamma" in each for each in told)


def test_a_cluster_that_is_to_be_made_has_nothing_of_its_own(api: Api) -> None:
    answer = asked(api, "192.0.2.236", **{"for": "epsilon"})
    assert answer.body["free"] is False
    assert answer.body["notes"] == ["There is no cluster epsilon on segment default: nothing is its own."]
    assert asked(api, "192.0.2.180/30", **{"for": "epsilon"}).body["free"] is True


def test_a_pool_stands_not_against_whom_it_gave_the_address(api: Api) -> None:
    assert asked(api, "192.0.2.233", **{"for": "alpha"}).body["free"] is True
    assert "192.0.2.234 lies in pool wc-cp-ips of gmc" in words(asked(api, "192.0.2.234", **{"for": "alpha"}))


def test_segments_do_not_see_each_other(api: Api) -> None:
    assert asked(api, "192.0.2.236", segment="lab").body["free"] is True
    assert asked(api, "192.0.2.233", segment="lab").body["free"] is False


def test_where_something_cannot_be_read_it_is_not_sure(api: Api, estate: Estate) -> None:
    estate.seen(9.5, unread=("Service",))
    answer = asked(api, "192.0.2.180/30")
    assert (answer.body["free"], answer.body["sure"]) == (True, False)
    (blind,) = answer.body["blind"]
    assert blind["cluster_path"] == "gmc/org-acme/beta"
    assert blind["reason"].startswith("Service: ")


def test_where_nothing_was_read_lately_it_is_not_sure(api: Api, later: None) -> None:
    answer = asked(api, "192.0.2.180/30")
    assert (answer.body["free"], answer.body["sure"]) == (True, False)
    assert "not read since 2026-01-15 09:09:00 UTC" in answer.body["blind"][0]["reason"]


@pytest.fixture
def later(estate: Estate) -> Iterator[None]:
    with time_machine.travel(minutes(180), tick=False):
        yield


def test_a_segment_without_clusters_is_not_sure(viewer: Api) -> None:
    segment("dark")
    body = asked(viewer, "192.0.2.180/30", segment="dark").body
    assert (body["free"], body["sure"]) == (True, False)
    assert body["blind"] == [
        {"cluster": None, "cluster_path": None, "reason": "no cluster on segment dark is read"}
    ]


def test_host_bits_and_unknown_subnets_are_noted(api: Api) -> None:
    answer = asked(api, "192.0.2.182/30", "198.51.100.7")
    assert answer.body["notes"] == [
        "192.0.2.182/30 covers all of 192.0.2.180-192.0.2.183.",
        "198.51.100.7 lies in no subnet that is known on segment default.",
    ]


POOL = """
apiVersion: ipam.cluster.x-k8s.io/v1alpha2
kind: GlobalInClusterIPPool
metadata: {name: wc-cp-ips}
spec:
  addresses: [192.0.2.228-192.0.2.239]
  prefix: 24
  gateway: 192.0.2.1
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations: {kube-vip.io/loadbalancerIPs: 192.0.2.236}
spec: {type: LoadBalancer}
"""
VALUES = """
global:
  connectivity:
    network:
      controlPlaneEndpoint: {host: 192.0.2.181}
      loadBalancers:
        cidrBlocks: [192.0.2.236/30]
"""


def test_a_pool_is_not_in_its_own_way_but_others_are_in_its(api: Api) -> None:
    answer = asked(api, manifest=POOL)
    assert answer.body["spans"] == ["192.0.2.228-192.0.2.239"]
    told = words(answer)
    assert not any("pool wc-cp-ips" in each or "control plane of alpha" in each for each in told)
    assert any("lie in the load-balancer range of beta" in each for each in told)


@pytest.mark.parametrize(
    ("manifest", "spans"),
    [
        (SERVICE, ["192.0.2.236"]),
        (VALUES, ["192.0.2.181", "192.0.2.236-192.0.2.239"]),
        (VALUES.replace("global:\n", "").replace("\n  ", "\n"), ["192.0.2.181", "192.0.2.236-192.0.2.239"]),
        (SERVICE + "---\n" + VALUES, ["192.0.2.181", "192.0.2.236-192.0.2.239"]),
    ],
    ids=["a Service", "values", "older values", "several"],
)
def test_the_spans_of_a_manifest_are_found(api: Api, manifest: str, spans: list[str]) -> None:
    answer = asked(api, manifest=manifest)
    assert answer.status == 200, answer.body
    assert answer.body["spans"] == spans
    assert any("gamma" in each for each in words(answer))


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({}, "spans", "Give spans, or a manifest"),
        ({"spans": ["192.0.2.300"]}, "spans", "A span is an address"),
        ({"spans": ["192.0.2.9-192.0.2.1"]}, "spans", "out of order"),
        ({"spans": [f"192.0.2.{n}" for n in range(65)]}, "spans", "At most 64"),
        ({"spans": ["192.0.2.9"], "segment": "nowhere"}, "segment", "they are default, lab"),
        ({"manifest": "kind: Pod"}, "manifest", "nothing in it says"),
        ({"manifest": "["}, "manifest", "not YAML"),
        ({"manifest": "a: &a [1]\nb: *a"}, "manifest", "aliases"),
        ({"manifest": "a: !!int ''"}, "manifest", "not YAML"),
        ({"manifest": "a: !!timestamp x"}, "manifest", "not YAML"),
        ({"manifest": "just words"}, "manifest", "an object with fields"),
        ({"manifest": POOL.replace("228-", "x-")}, "manifest", "not an address, range or CIDR"),
        ({"manifest": POOL.replace("prefix: 24", "prefix: 99")}, "manifest", "would be refused"),
        ({"manifest": POOL.replace("prefix: 24", "prefix: x")}, "manifest", "wc-cp-ips: "),
        ({"manifest": VALUES.replace("181", "x")}, "manifest", "controlPlaneEndpoint.host"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_the_remedy(
    api: Api, body: dict[str, Any], field: str, said: str
) -> None:
    answer = api.post("check/", **body)
    assert (answer.status, answer.media_type) == (400, "application/problem+json")
    assert said in " ".join(answer.body["errors"][field])


def test_every_span_that_is_wrong_is_told_by_its_place(api: Api) -> None:
    answer = asked(api, *(f"192.0.2.{n}" for n in range(160, 198)), "192.0.2.300", "192.0.2.9-192.0.2.1")
    first, second = answer.body["errors"]["spans"]
    assert (answer.status, first[:19], second[:5]) == (400, "[38] '192.0.2.300' ", "[39] ")
    assert "out of order" in second


def test_as_many_spans_are_taken_as_the_document_says(api: Api) -> None:
    shape = api.get("schema/").body["components"]["schemas"]["Check"]["properties"]["spans"]
    most = [f"192.0.2.{n}" for n in range(shape["maxItems"])]
    assert (asked(api, *most).status, asked(api, *most, "192.0.2.200").status) == (200, 400)


def test_a_name_of_two_clusters_is_asked_about(api: Api, estate: Estate) -> None:
    workload_cluster(management_cluster("second"), "beta")
    answer = asked(api, "192.0.2.180", **{"for": "beta"})
    assert answer.status == 400
    assert "gmc/org-acme/beta, second/org-acme/beta" in answer.body["errors"]["for"][0]


def test_of_very_many_conflicts_the_first_are_told(
    api: Api, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipviz.planning.checks.MOST", 3)
    body = asked(api, "192.0.2.0/24").body
    assert (len(body["conflicts"]), body["all_conflicts"], body["free"]) == (3, False, False)


@pytest.mark.parametrize("piece", [1, 2, 5, 2000])
def test_all_is_looked_at_where_most_is_the_wishs_own(
    api: Api, estate: Estate, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    estate.seen(9.9, *(seen_service(f"web-{n}", annotation=f"192.0.2.{160 + n}") for n in range(9)))
    whole = asked(api, "192.0.2.0/24", **{"for": "beta"}).body["conflicts"]
    monkeypatch.setattr("ipviz.planning.checks.PIECE", piece)
    assert asked(api, "192.0.2.0/24", **{"for": "beta"}).body["conflicts"] == whole
    assert {each["name"] for each in whole} >= {"gamma", "wc-cp-ips"}


def test_its_queries_do_not_grow(api: Api, estate: Estate, django_assert_max_num_queries: Any) -> None:
    web = [seen_service(f"web-{n}", annotation=f"192.0.2.{160 + n}") for n in range(40)]
    estate.seen(9.9, *web)
    with django_assert_max_num_queries(10):
        assert len(asked(api, "192.0.2.0/24", **{"for": "beta"}).body["conflicts"]) > 0


def test_what_is_free_touches_nothing_that_is_told_of_the_subnet(api: Api, estate: Estate) -> None:
    """Against the map: an address is free here where the map has it free, and in nobody's range."""
    for interval in api.get(f"subnets/{estate.subnet.pk}/map/").body:
        free = asked(api, interval["first"], interval["last"]).body["free"]
        assert free == (interval["state"] == "free"), interval

"""The demo fleet: offered to who has nothing yet, and gone without a trace with the first real cluster."""

import json
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from django.utils import timezone

from demo.make_demo import FOLDER, files
from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.clusters.subnets import declare
from ipviz.findings.models import Finding
from ipviz.polling.demo import offer_demo, retire_demo
from ipviz.polling.round import Round, watch_and_look_again

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def finding(segment: Segment) -> Finding:
    return Finding.objects.create(
        segment=segment,
        rule="C8",
        subject="10.10.222.236",
        severity_rank=0,
        first_seen=AT,
        last_seen=AT,
    )


def test_the_committed_files_are_what_the_script_writes() -> None:
    committed = {str(path.relative_to(FOLDER)): path.read_text() for path in FOLDER.rglob("*.json")}
    assert committed == files(), "run: python -m demo.make_demo"


def test_it_is_the_network_of_the_readme() -> None:
    (pool,) = json.loads(files()["globalinclusterippools.json"])["items"]
    (address,) = json.loads(files()["ipaddresses.json"])["items"]
    assert pool["spec"]["addresses"] == ["10.10.222.232-10.10.222.239"]
    assert pool["status"]["ipAddresses"] == {"total": 8, "used": 1, "free": 7, "outOfRange": 0}
    assert address["metadata"]["name"] == "pssss"
    assert ip_address(address["spec"]["address"]) == ip_address("10.10.222.233")


@pytest.mark.django_db
def test_it_is_offered_where_nothing_is_registered() -> None:
    assert offer_demo()
    demo = Cluster.objects.get()
    assert (demo.path, demo.is_demo, demo.segment.name) == ("gmc", True, "default")
    assert Subnet.objects.get().dhcp == ["10.10.222.20-10.10.222.150"]


@pytest.mark.django_db
def test_what_there_is_to_find_in_it_and_no_more() -> None:
    offer_demo()
    list(Round(Cluster.objects.to_read().management(), clock=timezone.now))
    watch_and_look_again(Segment.objects.all(), clock=timezone.now)
    assert set(Finding.objects.values_list("rule", "severity", "status", "subject")) == {
        ("C4", "critical", "open", "10.10.222.188"),
        ("C5", "high", "open", "10.10.222.201"),
        ("C8", "critical", "open", "10.10.222.236"),
        ("H1", "high", "open", "10.10.222.236"),
        ("H1", "high", "open", "10.10.222.237"),
        ("H2", "high", "open", "10.10.222.236-10.10.222.239"),
        ("H3", "high", "open", "10.10.222.188-10.10.222.191"),
        ("H6", "high", "open", "10.10.222.236"),
        ("H11", "low", "open", "10.10.222.236-10.10.222.239"),
        ("P7", "low", "open", "gmc/org-research/lab Service notebooks/hub"),
        ("B1", "high", "open", "gmc/org-research/edge"),
    }


@pytest.mark.django_db
def test_offering_it_twice_registers_it_once_and_finds_it_where_it_is_now() -> None:
    offer_demo()
    Cluster.objects.update(dump="/elsewhere")
    assert offer_demo()
    assert Cluster.objects.get().dump == str(FOLDER)


@pytest.mark.django_db
def test_it_is_not_offered_beside_a_real_cluster() -> None:
    segment = Segment.objects.create(name="default")
    Cluster.objects.create(kind="management", path="blue", name="blue", segment=segment)
    assert not offer_demo()
    assert not retire_demo()
    assert Cluster.objects.get().path == "blue"


@pytest.mark.django_db
def test_it_is_not_mixed_with_what_was_found_in_a_cluster_that_is_gone() -> None:
    finding(Segment.objects.create(name="default"))
    assert not offer_demo()


@pytest.mark.django_db
def test_it_goes_with_all_that_it_brought() -> None:
    offer_demo()
    demo = Cluster.objects.get()
    Cluster.objects.create(
        kind="workload",
        path="gmc/org-acme/orders",
        name="orders",
        segment=demo.segment,
        management_cluster=demo,
        is_demo=True,
    )
    finding(demo.segment)
    assert retire_demo()
    assert [model.objects.count() for model in (Cluster, Finding, Subnet)] == [0, 0, 0]


@pytest.mark.django_db
def test_a_subnet_that_was_declared_anew_stays() -> None:
    offer_demo()
    declare(Segment.objects.get(), "10.10.222.0/24", name="prod-a", gateway="10.10.222.254")
    retire_demo()
    assert Subnet.objects.get().name == "prod-a"

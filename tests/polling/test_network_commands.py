"""What a person types about segments and subnets, and what is answered."""

import pytest
from django.core.management import CommandError, call_command

from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.findings.models import Finding
from tests.builders import seen_cluster, seen_pool
from tests.factories import management_cluster, see, workload_cluster

pytestmark = pytest.mark.django_db


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    call_command(*words)
    return capsys.readouterr().out


def refusal(*words: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command(*words)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_segments_are_added_listed_and_removed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "No segment is registered" in said(capsys, "segment", "list")
    assert said(capsys, "segment", "add", "site-b") == "segment site-b is registered.\n"
    assert "registered already" in refusal("segment", "add", "site-b")
    assert said(capsys, "segment", "list") == (
        "site-b  management clusters: none; workload clusters: 0; subnets: none\n"
    )
    assert said(capsys, "segment", "remove", "site-b") == "segment site-b is removed.\n"
    assert not Segment.objects.exists()


def test_the_list_says_what_is_on_a_segment_and_which_networks_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    gmc = management_cluster()
    workload_cluster(gmc, "beta")
    Cluster.objects.update(vcenter="vc-a.example.com", port_groups=["prod"])
    call_command("subnet", "add", "10.10.222.0/24")
    assert said(capsys, "segment", "list").splitlines() == [
        "default  management clusters: gmc; workload clusters: 1; subnets: 10.10.222.0/24",
        "  port group prod of vCenter vc-a.example.com: gmc, gmc/org-acme/beta",
    ]
    Cluster.objects.filter(name="beta").update(port_groups=["lab"])
    assert "look like separate networks" in said(capsys, "segment", "list")


def test_a_cluster_that_moves_leaves_no_collision_behind(capsys: pytest.CaptureFixture[str]) -> None:
    see(management_cluster(), seen_cluster("beta", "192.0.2.236"))
    see(management_cluster("hmc"), seen_cluster("delta", "192.0.2.236"))
    call_command("watch")
    assert Finding.objects.standing().filter(rule="C7").exists()
    assert "no segment site-b" in refusal("segment", "move", "hmc", "site-b")
    call_command("segment", "add", "site-b")
    assert said(capsys, "segment", "move", "hmc", "site-b") == (
        "hmc and its workload clusters are on segment site-b now, not on default.\n"
    )
    assert not Finding.objects.standing().filter(rule="C7").exists()


def test_a_subnet_is_told_back_as_it_was_declared(capsys: pytest.CaptureFixture[str]) -> None:
    management_cluster()
    words = (
        "subnet",
        "add",
        "10.10.222.7/24",
        "--gateway",
        "10.10.222.1",
        "--dhcp",
        "10.10.222.20-10.10.222.90",
    )
    assert said(capsys, *words, "--dhcp", "10.10.222.200-10.10.222.220") == (
        "10.10.222.0/24 is declared on segment default: gateway 10.10.222.1, "
        "DHCP 10.10.222.20-10.10.222.90, 10.10.222.200-10.10.222.220.\n"
    )
    assert said(capsys, "subnet", "add", "10.10.222.0/24", "--name", "prod-a") == (
        "10.10.222.0/24 is declared on segment default: gateway unknown, no DHCP range.\n"
    )
    assert Subnet.objects.count() == 1


def test_what_it_overlaps_and_that_nobody_is_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("subnet", "add", "10.10.222.0/24", "--segment", "site-b")
    answer = said(capsys, "subnet", "add", "10.10.222.128/25", "--segment", "site-b")
    assert "It overlaps 10.10.222.0/24, which is declared on site-b too." in answer
    assert "No cluster is on segment site-b yet." in answer


def test_a_subnet_that_is_refused_leaves_no_segment_behind() -> None:
    assert "is not a CIDR" in refusal("subnet", "add", "10.10.222", "--segment", "typo")
    assert not Segment.objects.filter(name="typo").exists()


def test_every_segments_subnets_are_listed_and_inferred_ones_name_their_pools(
    capsys: pytest.CaptureFixture[str],
) -> None:
    see(management_cluster(), seen_pool("10.10.223.8/29", gateway="10.10.223.1"))
    call_command("watch")
    call_command("subnet", "add", "10.10.222.0/24", "--segment", "site-b", "--name", "lab")
    assert said(capsys, "subnet", "list").splitlines() == [
        "10.10.223.0/24    inferred from pool wc-cp-ips of gmc, gateway unknown, no DHCP range, "
        "segment default",
        "10.10.222.0/24  lab  declared, gateway unknown, no DHCP range, segment site-b",
    ]
    assert "10.10.223.0/24" not in said(capsys, "subnet", "list", "--segment", "site-b")

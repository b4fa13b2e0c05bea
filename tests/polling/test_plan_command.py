"""What a person types about plans, and what is answered.

The estate is that of the API's tests: gmc's pool wc-cp-ips hands out .232 to .239, of which beta's
load-balancer range is .236 to .239; nodes lease .20 to .150.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
import yaml
from django.core.management import CommandError, call_command

from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.findings.models import Finding
from ipviz.planning.manifests import wanted_by
from tests.api.conftest import NOW, Estate, built
from tests.builders import seen_service

CIDR = "192.0.2.0/24"
NEW = "198.51.100.0/24"


@pytest.fixture(autouse=True)
def estate(db: None) -> Iterator[Estate]:
    with time_machine.travel(NOW, tick=False):
        yield built()


class Typed:
    """What is typed after `manage.py plan`, and what comes of it."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        """Everything that is said; it fails where the command ends with another code."""
        out, err = self.apart(*words, code=code)
        assert err == ""
        return out

    def apart(self, *words: str, code: int = 0) -> tuple[str, str]:
        self._capsys.readouterr()
        ended = 0
        try:
            call_command("plan", *words)
        except SystemExit as end:
            ended = int(end.code or 0)
        assert ended == code
        return tuple(self._capsys.readouterr())  # type: ignore[return-value]


@pytest.fixture
def plan(capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(capsys)


def refusal(*words: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("plan", *words)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def row(said: str, what: str) -> list[str]:
    """Range, size and state of the table's only line for that."""
    (found,) = [line for line in said.splitlines() if f"  {what}  " in line]
    where, size = found.split()[:2]
    return [where, size, found.partition(what)[2].strip()]


def kept() -> list[dict[str, str]]:
    planned: list[dict[str, str]] = Subnet.objects.get(cidr=CIDR, segment__name="default").planned
    return planned


def test_a_table_says_what_is_there_what_is_new_and_what_is_left(plan: Typed) -> None:
    said = plan("divide", CIDR)
    assert said.splitlines()[0] == (
        "192.0.2.0/24 on segment default, for 131 addresses by DHCP, 2 workload clusters and 4 later, "
        "with 3 for load balancers each, in a block for each:"
    )
    assert row(said, "DHCP for nodes") == ["192.0.2.20-192.0.2.150", "131", "there already"]
    assert row(said, "ingress of the management cluster")[2] == "new"
    assert "Note: 192.0.2.236-192.0.2.239: in a pool, and used past it." in said
    assert "clusters more would fit into that." in said
    assert kept() == []


def test_what_is_asked_for_is_divided(plan: Typed) -> None:
    counts = ("--nodes", "40", "--clusters", "3", "--later", "2", "--balancers", "6")
    said = plan("divide", NEW, "--gateway", "198.51.100.1", "--management", "hmc", "--pool", *counts)
    assert row(said, "DHCP for nodes")[1] == "40"
    assert row(said, "pool for load balancers svc-lb-ips")[1] == "30"
    assert "198.51.100.1 " not in said
    in_blocks = plan("divide", NEW, "--blocks", "--balancers", "6", "--control-plane-pool", "cp")
    assert in_blocks.count("/29  ") == 5
    assert "pool for control planes cp" in in_blocks
    assert "There is a pool wc-cp-ips" in refusal("divide", NEW, "--control-plane-pool", "wc-cp-ips")


def test_what_does_not_fit_says_what_would_and_is_neither_kept_nor_written(
    plan: Typed, tmp_path: Path
) -> None:
    file = tmp_path / "plan.yaml"
    said = plan("divide", CIDR, "--nodes", "400", "--keep", "--yaml", str(file), code=1)
    assert "It does not fit: 269 addresses are wanted for the DHCP for nodes" in said
    assert "The smallest subnet that would do, were nothing there: /23." in said
    assert "No YAML is written." in said
    assert "more would fit" not in said
    assert not file.exists()
    assert kept() == []


def test_a_part_that_was_chosen_is_taken_or_says_who_is_in_the_way(plan: Typed) -> None:
    said = plan("divide", CIDR, "--part", "ingress=192.0.2.8", "--part", "block=192.0.2.180/30=epsilon")
    assert row(said, "ingress of the management cluster") == ["192.0.2.8", "1", "new"]
    assert row(said, "load-balancer block of epsilon") == ["192.0.2.180/30", "4", "new"]
    said = plan("divide", CIDR, "--part", "ingress=192.0.2.31", code=1)
    assert row(said, "ingress of the management cluster") == ["192.0.2.31", "1", "can't be"]
    assert (
        "Not so: 192.0.2.31 (ingress of the management cluster) is not free: 192.0.2.31 lies in the DHCP"
        in said
    )


def test_a_plan_is_kept_shown_respected_and_forgotten(plan: Typed) -> None:
    assert "no plan of 192.0.2.0/24 is kept on segment default" in refusal("show", CIDR)
    before = plan("free", CIDR, "--prefix", "30").splitlines()[0]
    said = plan("divide", CIDR, "--part", f"block={before}=epsilon", "--keep")
    assert said.endswith("Kept as the plan of 192.0.2.0/24 on segment default.\n")
    assert plan("show", CIDR) == said.replace("Kept as the plan of 192.0.2.0/24 on segment default.\n", "")
    assert f"Passed over: {before}" in plan("free", CIDR, "--prefix", "30")
    assert plan("forget", CIDR) == "The plan of 192.0.2.0/24 on segment default is forgotten.\n"
    assert plan("free", CIDR, "--prefix", "30").splitlines()[0] == before
    assert "no plan" in refusal("forget", CIDR)


def test_a_plan_is_judged_when_it_is_kept_and_when_it_is_forgotten(plan: Typed, estate: Estate) -> None:
    def left_by_reality() -> bool:
        return Finding.objects.standing().filter(rule="H17").exists()

    estate.seen(9.8, seen_service("stray", annotation="192.0.2.180", status=["192.0.2.180"]))
    # As it was planned before somebody came: what is used now can't be chosen.
    subnet = Subnet.objects.get(pk=estate.subnet.pk)
    subnet.planned = [{"use": "ingress", "range": "192.0.2.180", "name": "gmc"}]
    for words in (("divide", CIDR, "--part", "ingress=192.0.2.8", "--keep"), ("forget", CIDR)):
        subnet.save()
        call_command("watch")
        assert left_by_reality()
        plan(*words)
        assert not left_by_reality()


def test_a_subnet_that_nobody_knew_is_declared_by_keeping_its_plan(plan: Typed) -> None:
    Segment.objects.create(name="site-b")
    said = plan("divide", NEW, "--segment", "site-b", "--gateway", "198.51.100.1", "--keep")
    assert said.endswith("Kept as the plan of 198.51.100.0/24 on segment site-b, which is declared for it.\n")
    made = Subnet.objects.get(cidr=NEW, segment__name="site-b")
    assert (made.declared, made.gateway) == (True, "198.51.100.1")
    assert made.planned


def test_the_yaml_is_one_stream_that_check_reads(plan: Typed, tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    assert plan("divide", NEW, "--blocks", "--yaml", str(file)).endswith(f"Written: {file}\n")
    text = file.read_text()
    assert {each.get("kind") for each in yaml.safe_load_all(text) if each} >= {
        "ConfigMap",
        "GlobalInClusterIPPool",
    }
    yaml_alone, table = plan.apart("divide", NEW, "--blocks", "--yaml", "-")
    assert yaml_alone == text
    assert "range " in table
    assert wanted_by(text).spans


def test_a_new_cluster_is_told_its_addresses(plan: Typed) -> None:
    said = plan("cluster", "epsilon", "--organization", "acme", "--balancers", "4")
    assert "control plane   192.0.2.232, which pool wc-cp-ips hands out next" in said
    assert "load balancers  192.0.2.4/30, a block of its own" in said
    assert "It is there and free" in said
    text, _ = plan.apart("cluster", "epsilon", "--organization", "acme", "--yaml", "-")
    values = next(each for each in yaml.safe_load_all(text) if each and "global" in each)
    assert values["global"]["metadata"] == {"name": "epsilon", "organization": "acme"}


def test_a_new_cluster_that_cannot_be_had_says_what_is_missing(plan: Typed, tmp_path: Path) -> None:
    file = tmp_path / "epsilon.yaml"
    words = ("epsilon", "--organization", "acme", "--segment", "lab", "--yaml", str(file))
    said = plan("cluster", *words, code=1)
    assert "No pool for control planes has an address left" in said
    assert said.endswith("It can't be had as it is.\nNo YAML is written.\n")
    assert not file.exists()


def test_a_new_cluster_whose_next_address_is_taken_says_by_whom(
    plan: Typed, estate: Estate, tmp_path: Path
) -> None:
    estate.seen(9.8, seen_service("stray", annotation="192.0.2.232", status=["192.0.2.232"]))
    file = tmp_path / "epsilon.yaml"
    said = plan("cluster", "epsilon", "--organization", "acme", "--yaml", str(file), code=1)
    assert "Not free: 192.0.2.232 is used by beta/shop/stray" in said
    assert not file.exists()


def test_a_range_for_a_cluster_is_the_next_free_block_or_what_is_wanted(plan: Typed, tmp_path: Path) -> None:
    said = plan("range", "gamma", "--balancers", "3")
    assert said.startswith("192.0.2.4/30 for gmc/org-acme/gamma on segment default: it is the next aligned")
    assert "It is there and free" in said
    text, _ = plan.apart("range", "gamma", "--range", "192.0.2.8/29", "--yaml", "-")
    assert str(*wanted_by(text).spans) == "192.0.2.8-192.0.2.15"
    file = tmp_path / "range.yaml"
    said = plan("range", "gamma", "--range", "192.0.2.236/30", "--yaml", str(file), code=1)
    assert "Not free: 192.0.2.236-192.0.2.239 lie in the load-balancer range of beta." in said
    assert said.endswith("It can't be had as it is.\nNo YAML is written.\n")
    assert not file.exists()


def test_free_addresses_come_with_why_others_were_passed_over(plan: Typed) -> None:
    said = plan("free", CIDR, "--prefix", "29", "--count", "2")
    assert said.splitlines()[:2] == ["192.0.2.8/29", "192.0.2.152/29"]
    assert "Passed over: 192.0.2.0/29: 192.0.2.0 is the network address of 192.0.2.0/24." in said
    assert (
        "Passed over: 192.0.2.16-192.0.2.151: 192.0.2.20-192.0.2.150 lie in the DHCP range "
        "192.0.2.20-192.0.2.150 of 192.0.2.0/24.\n"
    ) in said, "all of its neighbours in one line"
    assert "Free in 192.0.2.0/24 on segment default: " in said
    fewer = plan("free", CIDR, "--prefix", "26", "--count", "2", code=1)
    assert "There are no more than 0 of them." in fewer


@pytest.mark.parametrize(
    ("words", "named", "remedy"),
    [
        (("divide", "192.0.2"), "'192.0.2' is not a CIDR", "like 192.0.2.0/24"),
        (("divide", CIDR, "--segment", "typo"), "no segment typo is registered", "segment add typo"),
        (("divide", CIDR, "--gateway", "192.0.2.9"), "with gateway 192.0.2.1", "subnet add --help"),
        (("divide", NEW, "--gateway", CIDR), "is not a gateway", "like 192.0.2.1"),
        (("divide", CIDR, "--nodes", "-4"), "'-4' is no number", "from 0 to 1000000"),
        (("divide", CIDR, "--part", "attic=192.0.2.9"), "--part attic=192.0.2.9", "USE is one of api, "),
        (("divide", CIDR, "--part", "dhcp"), "--part dhcp", "FIRST-LAST or a CIDR"),
        (("divide", NEW, "--yaml", "/"), "/ can't be written", "Name another file"),
        (("show", "203.0.113.0/24"), "no subnet 203.0.113.0/24 is known", "subnet add --help"),
        (("forget", "somewhere"), "no subnet somewhere is known", "known there are: 192.0.2.0/24"),
        (("free", CIDR, "--prefix", "20"), "--prefix from 24 to 32", "not 20"),
        (("free", CIDR, "--count", "0"), "'0' is no number", "from 1 to 1000"),
        (("range", "gamma", "--range", "192.0.2"), "--range 192.0.2", "a CIDR or FIRST-LAST"),
        (("range", "gamma", "--balancers", "2048"), "No aligned block of", "is free on segment default"),
        (("cluster", "Epsilon", "--organization", "acme"), "'Epsilon' is no name", "small letters"),
        (
            ("cluster", "epsilon", "--organization", "acme", "--management", "nobody"),
            "No management cluster nobody on segment default",
            "there are: gmc",
        ),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_a_slip_of_the_pen_is_named_with_what_to_do(words: tuple[str, ...], named: str, remedy: str) -> None:
    said = refusal(*words)
    assert named in said
    assert remedy in said


def test_nothing_is_there_yet_and_a_network_can_be_planned_all_the_same(plan: Typed) -> None:
    Cluster.objects.all().delete()
    Segment.objects.all().delete()
    assert "DHCP for nodes" in plan("divide", NEW)
    assert not Segment.objects.exists()
    plan("divide", NEW, "--keep")
    assert Subnet.objects.get(cidr=NEW).segment.name == "default"

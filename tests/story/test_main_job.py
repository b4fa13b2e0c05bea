"""The main job, told over real API servers and over fake ones: from `cluster add` to findings that end.

gmc is a management cluster that lists itself; beta and gamma are its workload clusters; epsilon has no
endpoint yet. beta's load-balancer range was typed as 10.10.222.238/30, which lies in the pool wc-cp-ips, and
gamma's endpoint was typed by hand.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ipviz.clusters.models import Cluster
from ipviz.findings.models import Finding
from ipviz.inventory.models import Occupancy, Version
from tests.apiserver import READER
from tests.needs import apiserver
from tests.story.fleet import Server, find, load_fleet
from tests.story.servers import fake_servers, real_servers

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ("gmc", "beta", "gamma")
COLLISION = ("C8", "10.10.222.236", "critical")
RANGE_IN_POOL = ("H2", "10.10.222.236-10.10.222.239", "high")
ENDPOINT_IN_POOL = ("H1", "10.10.222.236", "critical")
SERVICE_IN_POOL = ("H1", "10.10.222.237", "high")
BOUND_TWICE = ("C11", "10.10.222.236", "medium")
EXPECTED = {
    COLLISION,
    BOUND_TWICE,
    RANGE_IN_POOL,
    ENDPOINT_IN_POOL,
    SERVICE_IN_POOL,
    ("H6", "10.10.222.236", "high"),
    ("H11", "10.10.222.236-10.10.222.239", "low"),
    ("H12", "gmc/org-acme/gamma ConfigMap kube-system/kube-vip-cloud-provider range-global", "high"),
    ("P5", "gmc IPAddressClaim org-giantswarm/pssss", "low"),
    # Their Clusters have no server here, and are left out; what was claimed for them stays.
    ("P5", "gmc IPAddressClaim org-giantswarm/alpha", "medium"),
    ("P5", "gmc IPAddressClaim org-giantswarm/delta", "medium"),
    *(("P5", f"gmc IPAddressClaim org-giantswarm/delta-svc-lb-{n}", "medium") for n in range(3)),
}
# The objects of a real server were made just now, and may still be on their way.
AGED = {
    ("P3", "gmc IPAddressClaim org-acme/epsilon", "high"),
    ("P6", "gmc/org-acme/gamma Service kube-system/pending", "medium"),
    ("P7", "gmc/org-acme/beta Service db/pg", "low"),
}


class Story:
    """The running servers, and what a person types and sees."""

    def __init__(self, servers: Mapping[str, Server], folder: Path, *, are_aged: bool) -> None:
        self.servers = servers
        self.expected = EXPECTED | AGED if are_aged else EXPECTED
        self.kubeconfig = folder / "gmc.kubeconfig"
        self.kubeconfig.write_text(servers["gmc"].kubeconfig(READER))
        load_fleet(servers, "gmc", ["beta", "gamma"])

    def add(self) -> None:
        network = ("10.10.222.0/24", "--gateway", "10.10.222.1", "--dhcp", "10.10.222.20-10.10.222.150")
        call_command("subnet", "add", *network)
        call_command("cluster", "add", "gmc", "--kubeconfig", str(self.kubeconfig))

    def poll(self) -> int:
        """One round; returns the exit code."""
        try:
            call_command("poll")
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    def findings(self, status: str = "open") -> set[tuple[str, str, str]]:
        return {(f.rule, f.subject, f.severity) for f in Finding.objects.filter(status=status)}


@pytest.fixture(params=[pytest.param("real", marks=pytest.mark.requires("apiserver")), "fake"])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Story]:
    assets = apiserver()
    is_real = request.param == "real"
    servers = (
        real_servers(tmp_path / "planes", assets, *NAMES) if is_real and assets else fake_servers(*NAMES)
    )
    with servers as each:
        yield Story(each, tmp_path, are_aged=not is_real)


def written() -> tuple[object, object]:
    """Every row of what was seen, and whether it still is."""
    return (
        list(Version.objects.order_by("pk").values_list("pk", "seen_until")),
        list(Occupancy.objects.order_by("pk").values_list("pk", "seen_until")),
    )


def test_all_findings_and_none_more_then_evidence_ends_one_and_blindness_none(story: Story) -> None:
    story.add()
    assert story.poll() == 0
    assert story.findings() == story.expected
    assert story.findings("suspected") == set()
    _both_sides_are_named()
    _the_second_road_is_one_cluster()

    # Polling an unchanged fleet again changes nothing.
    before = written()
    assert story.poll() == 0
    assert story.findings() == story.expected
    assert written() == before

    # The Service moves to a free address of its own.
    service = find("wc-beta", "Service", "kube-system", "nginx-ingress-controller")
    moved = {
        "metadata": {"annotations": {"kube-vip.io/loadbalancerIPs": "10.10.222.170"}},
        "spec": {"loadBalancerIP": "10.10.222.170"},
        "status": {"loadBalancer": {"ingress": [{"ip": "10.10.222.170"}]}},
    }
    story.servers["beta"].patch(service, moved)
    assert story.poll() == 0
    # Its machine still lists the old one, which kube-vip may have left there.
    after = story.expected - {COLLISION, BOUND_TWICE}
    after |= {("C10", "10.10.222.236", "medium"), ("H13", "10.10.222.170", "info")}
    assert story.findings() == after
    assert story.findings("resolved") == {COLLISION, BOUND_TWICE}

    # beta can no longer be read: what was known of it stands, and says how old it is.
    story.servers["beta"].stop()
    assert story.poll() == 1
    assert story.findings() == after | {("B1", "gmc/org-acme/beta", "high")}
    stale = {f.rule for f in Finding.objects.filter(status="open", stale=True)}
    assert stale - {"P7"} == {"H1", "H2", "H6", "H11", "H13"}
    assert not Finding.objects.get(rule="H1", subject="10.10.222.236").stale


def _both_sides_are_named() -> None:
    parties = {str(party) for party in Finding.objects.get(rule="C8").parties.all()}
    assert parties == {
        "Service kube-system/nginx-ingress-controller in gmc/org-acme/beta",
        "Cluster org-acme/gamma in gmc",
    }


def _the_second_road_is_one_cluster() -> None:
    itself = Cluster.objects.get(path="gmc/org-giantswarm/gmc")
    assert itself.same_as == Cluster.objects.get(path="gmc")
    assert not Occupancy.objects.of(itself).exists()


def test_a_malformed_object_is_named_the_rest_is_stored_and_what_was_known_of_it_stays(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    story.add()
    assert story.poll() == 0
    before = set(Version.objects.now().of_kind("IPAddress").values_list("name", flat=True))
    address = find("mc-gmc", "IPAddress", "org-giantswarm", "pssss")
    story.servers["gmc"].delete(address)
    address["spec"]["address"] = "not-an-ip"
    story.servers["gmc"].create([address])
    capsys.readouterr()
    assert story.poll() == 1
    assert "IPAddress org-giantswarm/pssss" in capsys.readouterr().out
    assert set(Version.objects.now().of_kind("IPAddress").values_list("name", flat=True)) == before
    assert story.findings() == story.expected | {("B1", "gmc", "medium")}


def test_a_kubeconfig_that_points_nowhere_is_refused_in_one_line(story: Story, tmp_path: Path) -> None:
    story.add()
    story.poll()
    dead = tmp_path / "dead.kubeconfig"
    dead.write_text(story.kubeconfig.read_text())
    story.servers["gmc"].stop()
    with pytest.raises(CommandError) as refused:
        call_command("cluster", "add", "other", "--kubeconfig", str(dead))
    assert "\n" not in str(refused.value)
    assert "refused" in str(refused.value)
    assert [c.name for c in Cluster.objects.management()] == ["gmc"]
    known = Occupancy.objects.now().count()
    assert story.poll() == 1
    assert Occupancy.objects.now().count() == known

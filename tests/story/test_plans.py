"""What a plan writes, made so: real API servers take all of it, and nothing is found of its making."""

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from ipviz.clusters.models import Subnet
from ipviz.domain.plans import Use
from ipviz.domain.spans import Span, parse_entry, single
from ipviz.findings.models import Finding
from ipviz.inventory.models import Occupancy
from ipviz.planning.manifests import wanted_by
from ipviz.planning.writing import dumped, service_manifest
from tests.apiserver import READER
from tests.envtest import ApiServer, collection_path, object_path
from tests.needs import apiserver
from tests.story.fleet import find
from tests.story.servers import real_servers

pytestmark = [pytest.mark.requires("apiserver"), pytest.mark.django_db(transaction=True)]

CIDR = "10.10.222.0/24"
MADE = ("GlobalInClusterIPPool", "ConfigMap")
"""What of a plan's YAML is an object; the rest are values of charts."""

Object = dict[str, Any]


class Site:
    """gmc, a management cluster that is empty at first, and beta, which will be its workload cluster."""

    def __init__(self, gmc: ApiServer, beta: ApiServer, folder: Path) -> None:
        self.gmc = gmc
        self.beta = beta
        self.yaml = folder / "plan.yaml"
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(gmc.kubeconfig(READER))
        call_command("subnet", "add", CIDR, "--gateway", "10.10.222.1")
        call_command("cluster", "add", "gmc", "--kubeconfig", str(kubeconfig))
        call_command("poll")

    def divide(self, *words: str) -> list[Object]:
        """Keep a plan; what it wrote that is an object."""
        call_command("plan", "divide", CIDR, *words, "--keep", "--yaml", str(self.yaml))
        return [
            each for each in yaml.safe_load_all(self.yaml.read_text()) if each and each.get("kind") in MADE
        ]

    def findings(self) -> set[tuple[str, str]]:
        """All that stands after another poll."""
        call_command("poll")
        return set(Finding.objects.standing().values_list("rule", "subject"))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    assets = apiserver()
    assert assets
    with real_servers(tmp_path / "planes", assets, "gmc", "beta") as servers:
        gmc, beta = servers.values()
        assert isinstance(gmc, ApiServer)
        assert isinstance(beta, ApiServer)
        yield Site(gmc, beta, tmp_path)


def planned(use: Use) -> list[Span]:
    parts = Subnet.objects.get(cidr=CIDR).as_declared().planned
    return [part.span for part in parts if part.use is use]


def addresses(span: Span, number: int) -> list[str]:
    return [str(single(span.version, span.first + each)) for each in range(number)]


def apply(server: ApiServer, manifest: Object) -> None:
    """As `kubectl apply` does: make it, or bring it to what is written."""
    answer = server.send("POST", collection_path(manifest), manifest)
    assert answer.status in (201, 409), answer.data
    if answer.status == 409:
        stands = server.request("GET", object_path(manifest))
        server.request("PUT", object_path(manifest), {**stands, **manifest, "metadata": stands["metadata"]})


def would_be_taken(server: ApiServer, manifest: Object) -> bool:
    answer = server.send("POST", f"{collection_path(manifest)}?dryRun=All", manifest)
    return bool(answer.status == 201)


def kinds(made: Iterable[Object]) -> list[str]:
    return [each["kind"] for each in made]


def running(manifest: Object) -> Object:
    """A Service for which kube-vip answers."""
    ingress = [{"ip": manifest["spec"]["loadBalancerIP"]}]
    return {**manifest, "status": {"loadBalancer": {"ingress": ingress}}}


def services(block: Span, number: int) -> list[Object]:
    return [running(service_manifest(each, f"web-{n}")) for n, each in enumerate(addresses(block, number))]


def cluster(server: ApiServer, namespace: str, api: str) -> list[Object]:
    """A cluster as its management cluster knows it, with its API at that address."""
    found = [find("mc-gmc", kind, namespace, server.name) for kind in ("Cluster", "VSphereCluster")]
    for each in found:
        each["spec"]["controlPlaneEndpoint"]["host"] = api
    secret = find("mc-gmc", "Secret", namespace, f"{server.name}-kubeconfig")
    secret["data"]["value"] = base64.b64encode(server.kubeconfig(READER).encode()).decode()
    return [*found, secret]


def make_gmc(site: Site, api: str, ingress: str) -> None:
    """The management cluster gets its own two addresses."""
    service = running(service_manifest(ingress, "ingress-nginx-controller", "kube-system"))
    site.gmc.create([*cluster(site.gmc, "org-giantswarm", api), service])


def make_beta(site: Site, api: str, nodes: Iterable[str]) -> None:
    """Its API has an address of IPAM, its nodes have theirs, and kube-vip and its cloud provider run."""
    claim, address = (find("mc-gmc", kind, "org-acme", "beta") for kind in ("IPAddressClaim", "IPAddress"))
    address["spec"]["address"] = api
    site.gmc.create([claim, address, *cluster(site.beta, "org-acme", api)])
    provider = find("wc-beta", "Deployment", "kube-system", "kube-vip-cloud-provider")
    container = provider["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "KUBEVIP_CONFIG_MAP", "value": "kubevip"}]
    pod = find("wc-beta", "Pod", "kube-system", "kube-vip-beta-cp-0")
    says = {"vip_address": api, "svc_enable": "true"}
    for each in pod["spec"]["containers"][0]["env"]:
        each["value"] = says.get(each["name"], each["value"])
    made = [provider, pod]
    for name, node_address in zip(("beta-cp-0", "beta-w-0"), nodes, strict=True):
        node = find("wc-beta", "Node", "", name)
        node["status"]["addresses"] = [{"type": "InternalIP", "address": node_address}]
        made.append(node)
    site.beta.create(made)


def test_an_empty_subnet_becomes_as_it_was_planned_and_nothing_is_found(site: Site) -> None:
    made = site.divide("--nodes", "60", "--clusters", "2", "--later", "2", "--balancers", "4", "--blocks")
    assert kinds(made) == ["GlobalInClusterIPPool", *["ConfigMap"] * 4]
    pool, *maps = made
    assert all(would_be_taken(site.beta, each) for each in maps), "each is for a cluster of its own"
    apply(site.gmc, pool)
    assert site.findings() == set(), "the pool lies where it was planned"

    (control_planes,), (dhcp,), (block, *_) = map(planned, (Use.CONTROL_PLANES, Use.DHCP, Use.BLOCK))
    make_gmc(site, *(str(span) for use in (Use.API, Use.INGRESS) for span in planned(use)))
    make_beta(site, addresses(control_planes, 1)[0], addresses(dhcp, 2))
    apply(site.beta, maps[0])
    site.beta.create(services(block, 3))
    assert site.findings() == set()
    assert Occupancy.objects.now().filter(kind="Service").count() == 4
    site.beta.create([running(service_manifest(str(single(4, block.last)), "last"))])
    assert {rule for rule, _ in site.findings()} == {"P8"}, "it is full, as it was asked for"


def test_around_what_is_there_a_pool_grows_and_excludes_and_what_was_found_ends(site: Site) -> None:
    """beta runs by itself; a Service of it has an address of the pool that its API came from."""
    pool = {
        "apiVersion": "ipam.cluster.x-k8s.io/v1alpha2",
        "kind": "GlobalInClusterIPPool",
        "metadata": {"name": "wc-cp-ips"},
        "spec": {"addresses": ["10.10.222.232-10.10.222.235"], "prefix": 24, "gateway": "10.10.222.1"},
    }
    apply(site.gmc, pool)
    make_gmc(site, "10.10.222.10", "10.10.222.11")
    make_beta(site, "10.10.222.232", ["10.10.222.41", "10.10.222.42"])
    legacy = running(service_manifest("10.10.222.234", "legacy"))
    site.beta.create([legacy])
    assert ("H1", "10.10.222.234") in site.findings()

    made = site.divide("--nodes", "60", "--clusters", "3", "--later", "3", "--balancers", "3", "--blocks")
    grown, *maps = made
    assert grown["spec"]["addresses"][0] == "10.10.222.232-10.10.222.235"
    assert grown["spec"]["excludedAddresses"] == ["10.10.222.234"]
    assert grown["spec"]["gateway"] == "10.10.222.1"
    assert planned(Use.API) == [parse_entry("10.10.222.10")], "gmc lists itself, and is no workload cluster"
    block = parse_entry(maps[0]["data"]["cidr-global"])
    apply(site.gmc, grown)
    apply(site.beta, maps[0])
    site.beta.create(services(block, 3))
    assert site.findings() == {("H13", "10.10.222.234"), ("H16", "10.10.222.234")}, "it is still elsewhere"
    site.beta.delete(legacy)
    assert site.findings() == set()


def test_both_pools_of_a_plan_without_blocks_are_taken(site: Site) -> None:
    made = site.divide("--clusters", "3", "--balancers", "5", "--pool")
    assert kinds(made) == ["GlobalInClusterIPPool"] * 2
    for each in made:
        apply(site.gmc, each)
        # No webhook of the provider runs here, and it refuses what its definition lets pass.
        assert wanted_by(dumped(each)).spans
    assert site.findings() == set()
    assert sorted(each["metadata"]["name"] for each in made) == ["svc-lb-ips", "wc-cp-ips"]

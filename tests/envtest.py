"""Real Kubernetes API servers for the tests: several kube-apiservers over one etcd.

`KUBEBUILDER_ASSETS` names the folder with both programs, as `setup-envtest` lays it out. Only the API runs:
what a controller would write, a test writes itself, through the status subresource.
"""

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import urllib3
import yaml

from tests.apiserver import ADMIN, READER

READER_NAME = "ipviz-reader"
READY_SECONDS = 120

Object = dict[str, Any]

PLURALS = {
    "Namespace": "namespaces",
    "Node": "nodes",
    "Service": "services",
    "ConfigMap": "configmaps",
    "Secret": "secrets",
    "Pod": "pods",
    "Deployment": "deployments",
    "DaemonSet": "daemonsets",
    "Lease": "leases",
    "GlobalInClusterIPPool": "globalinclusterippools",
    "InClusterIPPool": "inclusterippools",
    "GlobalInClusterPrefixPool": "globalinclusterprefixpools",
    "InClusterPrefixPool": "inclusterprefixpools",
    "IPAddressClaim": "ipaddressclaims",
    "IPAddress": "ipaddresses",
    "Cluster": "clusters",
    "VSphereCluster": "vsphereclusters",
    "Machine": "machines",
    "VSphereMachine": "vspheremachines",
    "VSphereVM": "vspherevms",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "CustomResourceDefinition": "customresourcedefinitions",
    "ServiceAccount": "serviceaccounts",
    "NetworkPolicy": "networkpolicies",
    "Ingress": "ingresses",
    "PodDisruptionBudget": "poddisruptionbudgets",
    "HTTPRoute": "httproutes",
    "ServiceMonitor": "servicemonitors",
    "PrometheusRule": "prometheusrules",
}


class ApiServer:
    """One running kube-apiserver, spoken to as its administrator."""

    def __init__(self, name: str, port: int, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.name = name
        self.url = f"https://127.0.0.1:{port}"
        self.folder = folder
        self.process = process

    @property
    def ca(self) -> bytes:
        return (self.folder / "certs" / "apiserver.crt").read_bytes()

    def kubeconfig(self, token: str = ADMIN) -> str:
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": self.name,
                "contexts": [{"name": self.name, "context": {"cluster": self.name, "user": self.name}}],
                "clusters": [
                    {
                        "name": self.name,
                        "cluster": {
                            "server": self.url,
                            "certificate-authority-data": base64.b64encode(self.ca).decode(),
                        },
                    }
                ],
                "users": [{"name": self.name, "user": {"token": token}}],
            }
        )

    def request(self, method: str, path: str, body: Object | None = None, *, patch: bool = False) -> Object:
        answer = self.send(method, path, body, patch=patch)
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.data[:500]!r}")
        found: Object = json.loads(answer.data)
        return found

    def send(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        *,
        patch: bool = False,
        token: str = ADMIN,
    ) -> urllib3.BaseHTTPResponse:
        """Ask as whoever has the token, and take any answer."""
        http = urllib3.PoolManager(ca_certs=str(self.folder / "certs" / "apiserver.crt"))
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if patch:
            headers["Content-Type"] = "application/merge-patch+json"
        return http.request(method, self.url + path, body=json.dumps(body) if body else None, headers=headers)

    def create(self, objects: Iterable[Object]) -> None:
        """Create objects, their namespaces first, and write their status where they have one."""
        listed = [_without_server_fields(each) for each in objects]
        spaces = {each["metadata"]["namespace"] for each in listed if "namespace" in each["metadata"]}
        for space in sorted(spaces - {"kube-system", "default"}):
            with contextlib.suppress(AssertionError):  # it is there already
                self.request("POST", "/api/v1/namespaces", {"metadata": {"name": space}})
        for each in listed:
            if each["kind"] == "Namespace":
                continue
            made = self.request("POST", collection_path(each), each)
            if "status" in each:
                made["status"] = each["status"]
                with contextlib.suppress(AssertionError):  # a kind without the status subresource
                    self.request("PUT", object_path(each) + "/status", made)

    def patch(self, of: Object, body: Object) -> None:
        """Merge into an object; its status goes through the subresource."""
        if "status" in body:
            self.request("PATCH", object_path(of) + "/status", {"status": body["status"]}, patch=True)
        rest = {key: value for key, value in body.items() if key != "status"}
        if rest:
            self.request("PATCH", object_path(of), rest, patch=True)

    def delete(self, of: Object) -> None:
        self.request("PATCH", object_path(of), {"metadata": {"finalizers": None}}, patch=True)
        self.request("DELETE", object_path(of))

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            with contextlib.suppress(Exception):
                http = urllib3.PoolManager(
                    ca_certs=str(self.folder / "certs" / "apiserver.crt"), retries=False
                )
                answer = http.request(
                    "GET", f"{self.url}/readyz", headers={"Authorization": f"Bearer {ADMIN}"}
                )
                if answer.data == b"ok":
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                log = (self.folder / "log").read_text(errors="replace")[-2000:]
                raise AssertionError(f"the API server {self.name} did not become ready:\n{log}")
            time.sleep(0.1)  # polling a server's readiness: there is no event to wait for


class ControlPlanes:
    """etcd, and as many API servers as have names, side by side."""

    def __init__(self, folder: Path, assets: Path) -> None:
        self.folder = folder
        self.assets = assets
        self.servers: dict[str, ApiServer] = {}
        self.etcd: subprocess.Popen[bytes] | None = None

    def start(self, *names: str) -> dict[str, ApiServer]:
        self.folder.mkdir()
        client, peer = free_port(), free_port()
        self.etcd = subprocess.Popen(
            [
                str(self.assets / "etcd"),
                f"--data-dir={self.folder / 'etcd'}",
                "--unsafe-no-fsync",
                f"--listen-client-urls=http://127.0.0.1:{client}",
                f"--advertise-client-urls=http://127.0.0.1:{client}",
                f"--listen-peer-urls=http://127.0.0.1:{peer}",
                f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
                f"--initial-cluster=default=http://127.0.0.1:{peer}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        key = self.folder / "sa.key"
        subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
        for name in names:
            self.servers[name] = self._start(name, client, key)
        for server in self.servers.values():
            server.wait_until_ready()
        return self.servers

    def _start(self, name: str, etcd_port: int, key: Path) -> ApiServer:
        folder = self.folder / name
        folder.mkdir()
        tokens = folder / "tokens.csv"
        tokens.write_text(f'{ADMIN},admin,1,"system:masters"\n{READER},{READER_NAME},2\n')
        port = free_port()
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                _command(self.assets, folder, name, etcd_port, key, port), stdout=log, stderr=log
            )
        return ApiServer(name, port, folder, process)

    def stop(self) -> None:
        for server in self.servers.values():
            server.stop()
        if self.etcd:
            self.etcd.kill()
            self.etcd.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _command(assets: Path, folder: Path, name: str, etcd_port: int, key: Path, port: int) -> list[str]:
    return [
        str(assets / "kube-apiserver"),
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        f"--etcd-prefix=/{name}",
        f"--cert-dir={folder / 'certs'}",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--service-account-issuer=https://kubernetes.default",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--authorization-mode=RBAC",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--disable-admission-plugins=ServiceAccount",
    ]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def collection_path(of: Object) -> str:
    version = of["apiVersion"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    space = of["metadata"].get("namespace")
    middle = f"/namespaces/{space}" if space else ""
    return f"{root}{middle}/{PLURALS[of['kind']]}"


def object_path(of: Object) -> str:
    return f"{collection_path(of)}/{of['metadata']['name']}"


def _without_server_fields(of: Object) -> Object:
    """As a person would create it; owners are named by uids of another life, so they go too."""
    own = {"uid", "resourceVersion", "creationTimestamp", "ownerReferences", "managedFields", "generation"}
    metadata = {key: value for key, value in of["metadata"].items() if key not in own}
    return {**of, "metadata": metadata}


def small_crds() -> list[Object]:
    """Definitions just large enough to hold our objects, for where the real ones are not at hand."""
    wanted: Mapping[str, tuple[str, list[str], bool]] = {
        "GlobalInClusterIPPool": ("ipam.cluster.x-k8s.io", ["v1alpha2"], False),
        "InClusterIPPool": ("ipam.cluster.x-k8s.io", ["v1alpha2"], True),
        "GlobalInClusterPrefixPool": ("ipam.cluster.x-k8s.io", ["v1alpha2"], False),
        "InClusterPrefixPool": ("ipam.cluster.x-k8s.io", ["v1alpha2"], True),
        "IPAddressClaim": ("ipam.cluster.x-k8s.io", ["v1beta2", "v1beta1"], True),
        "IPAddress": ("ipam.cluster.x-k8s.io", ["v1beta2", "v1beta1"], True),
        "Cluster": ("cluster.x-k8s.io", ["v1beta2", "v1beta1"], True),
        "Machine": ("cluster.x-k8s.io", ["v1beta2", "v1beta1"], True),
        "VSphereCluster": ("infrastructure.cluster.x-k8s.io", ["v1beta1"], True),
        "VSphereMachine": ("infrastructure.cluster.x-k8s.io", ["v1beta1"], True),
        "VSphereVM": ("infrastructure.cluster.x-k8s.io", ["v1beta1"], True),
    }
    return [small_crd(kind, *facts) for kind, facts in wanted.items()]


def small_crd(
    kind: str, group: str, versions: list[str], namespaced: bool, spec: Object | None = None
) -> Object:
    """One definition; with a schema of its `spec` it takes nothing else."""
    anything: Object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    shape = {"type": "object", "properties": {"spec": spec}} if spec else anything
    schema = {"openAPIV3Schema": shape}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{PLURALS[kind]}.{group}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"},
        },
        "spec": {
            "group": group,
            "scope": "Namespaced" if namespaced else "Cluster",
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": PLURALS[kind],
                "singular": kind.lower(),
            },
            "versions": [
                {
                    "name": v,
                    "served": True,
                    "storage": v == versions[0],
                    "schema": schema,
                    "subresources": {"status": {}},
                }
                for v in versions
            ],
        },
    }


def real_crds(folder: Path) -> list[Object]:
    """The newest definitions of each project in a folder laid out as PROJECT/VERSION/*.yaml."""
    found: dict[str, Object] = {}
    for project in sorted(folder.iterdir()):
        # Read in this order, `main-…` comes last, and the newest definition of a name stands.
        for version in sorted(project.iterdir(), reverse=True):
            for path in sorted(version.glob("*.yaml")):
                definition = yaml.safe_load(path.read_text())
                found[definition["metadata"]["name"]] = definition
    return list(found.values())


def install_crds(server: ApiServer, definitions: Iterable[Object]) -> None:
    """Create definitions, and wait until each of their kinds is served."""
    names = []
    for definition in definitions:
        server.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
        names.append(definition["metadata"]["name"])
    deadline = time.monotonic() + READY_SECONDS
    for name in names:
        while not _is_established(server, name):
            assert time.monotonic() < deadline, f"{name} was not established"
            time.sleep(0.1)  # as above


def _is_established(server: ApiServer, name: str) -> bool:
    found = server.request("GET", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}")
    conditions = found.get("status", {}).get("conditions", [])
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)

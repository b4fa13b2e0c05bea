"""The servers on which a story is told: real API servers over one etcd, or fake ones."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.apiserver import FakeApiServer
from tests.envtest import READER_NAME, ControlPlanes, install_crds, real_crds, small_crds
from tests.story.fleet import Server

RBAC = Path(__file__).parent.parent.parent / "deploy" / "rbac"


@contextmanager
def real_servers(folder: Path, assets: Path, *names: str) -> Iterator[Mapping[str, Server]]:
    """Real ones; the management cluster, named first, gets the definitions and our reader's rights."""
    planes = ControlPlanes(folder, assets)
    try:
        servers = planes.start(*names)
        management, *workload = servers.values()
        crds = os.environ.get("IPVIZ_TEST_CRDS")
        install_crds(management, real_crds(Path(crds)) if crds else small_crds())
        management.create([*rights("management.yaml"), *secret_rights(names)])
        for server in workload:
            server.create(rights("workload.yaml"))
        yield servers
    finally:
        planes.stop()


@contextmanager
def fake_servers(*names: str) -> Iterator[Mapping[str, Server]]:
    fakes = {name: FakeApiServer(name) for name in names}
    try:
        for fake in fakes.values():
            fake.start()
        yield fakes
    finally:
        for fake in fakes.values():
            fake.stop()


def rights(name: str) -> list[dict[str, Any]]:
    """The manifest that we ship, bound to the test's reader, who has no service account to be."""
    manifests = [each for each in yaml.safe_load_all((RBAC / name).read_text()) if each]
    kept = [each for each in manifests if each["kind"] not in {"Namespace", "ServiceAccount", "Secret"}]
    for each in kept:
        if "subjects" in each:
            each["subjects"] = [{"kind": "User", "name": READER_NAME}]
    return kept


def secret_rights(clusters: Iterable[str]) -> list[dict[str, Any]]:
    """The kubeconfigs' Role in each namespace of the fleet, for these clusters' Secrets by name."""
    made = []
    for namespace in ("org-giantswarm", "org-acme"):
        for each in rights("kubeconfigs.yaml"):
            each["metadata"]["namespace"] = namespace
            for rule in each.get("rules", []):
                rule["resourceNames"] = [f"{cluster}-kubeconfig" for cluster in clusters]
            made.append(each)
    return made

"""Reading a server, real or fake, as the suites do: what was observed, and why something was not."""

import base64
from typing import Any, Protocol

from ipviz.domain.seen import Observation, Unread
from ipviz.kube.connection import Connection
from ipviz.kube.errors import KubeError
from ipviz.kube.fetch import LiveSource
from ipviz.kube.kinds import kinds_for, kinds_named
from ipviz.kube.kubeconfig import from_secret
from ipviz.kube.limits import Limits
from ipviz.kube.parse import parse
from ipviz.kube.trust import Trust
from tests.apiserver import ADMIN
from tests.kube.samples import meta

HERE = Trust("gmc/org-acme/green", loopback=True)
"""The servers of the tests are on this machine."""
SOON = Limits(connect=1.0, read=0.3, total=2.0)
ALL = kinds_for(is_management=True)
WORKLOAD = kinds_for(is_management=False)


class Server(Protocol):
    def kubeconfig(self, token: str = ADMIN) -> str: ...


def typed(kind: str, of: Any, api_version: str = "v1") -> Any:
    return {"kind": kind, "apiVersion": api_version, **of}


def connection_to(server: Server, token: str = ADMIN) -> Connection:
    return from_secret(server.kubeconfig(token).encode(), "the test", HERE)


def observe(server: Server, *kinds: str, token: str = ADMIN, limits: Limits = SOON) -> Observation:
    return observe_at(connection_to(server, token), *kinds, limits=limits)


def observe_at(connection: Connection, *kinds: str, limits: Limits = SOON) -> Observation:
    with LiveSource(connection, limits) as source:
        return parse(source.listing(kinds_named(*kinds) if kinds else ALL))


def observe_workload(management: Server, name: str = "green", *, token: str = ADMIN) -> Observation:
    """Read a workload cluster through its management cluster, as a poll does."""
    try:
        with LiveSource(connection_to(management, token)) as source:
            workload = source.workload("org-acme", name, HERE)
        with workload:
            return parse(workload.listing(WORKLOAD))
    except KubeError as error:
        return Observation(error=str(error), fault=error.fault, retry_after=error.retry_after)


def kubeconfig_secret(content: str | bytes, name: str = "green") -> Any:
    data = content if isinstance(content, bytes) else content.encode()
    return typed(
        "Secret",
        {
            "metadata": meta(f"{name}-kubeconfig", "org-acme"),
            "data": {"value": base64.b64encode(data).decode()},
        },
    )


def reason(found: Observation, kind: str) -> str:
    read = found.kinds[kind]
    assert isinstance(read, Unread), read
    return read.reason


def unread(found: Observation) -> list[str]:
    return [kind for kind, read in found.kinds.items() if isinstance(read, Unread)]

"""Where a cluster is read from, behind one small face: a live API server, or a folder of files."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from ipviz.kube.dump import DumpSource
from ipviz.kube.kinds import Kind
from ipviz.kube.limits import Limits
from ipviz.kube.listing import Listing
from ipviz.kube.trust import STRICT, Trust


class Source(Protocol):
    """One cluster as a place to read from. A context manager; close it, since it may hold key files."""

    def listing(self, kinds: Iterable[Kind]) -> Listing: ...

    def workload(self, namespace: str, name: str, trust: Trust = STRICT) -> "Source":
        """The source of a workload cluster, which lives on when this one is closed, in the time that is left.

        Args:
            namespace: of the Cluster object.
            name: of the Cluster object.
            trust: what the operator allows its kubeconfig besides.

        Raises:
            KubeError: its kubeconfig or its folder cannot be read or used; the text says why.
        """
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_source(
    *,
    kubeconfig: Path | str | None = None,
    context: str | None = None,
    in_cluster: bool = False,
    dump: Path | str | None = None,
    limits: Limits | None = None,
) -> Source:
    """Open the one place that is given; the network is not touched before the first page is read.

    Args:
        limits: how long and how much is read from a live cluster, and in how long of its workload clusters.

    Raises:
        KubeError: the kubeconfig, service account or folder cannot be used.
        ValueError: not exactly one place is given.
    """
    if sum(map(bool, (kubeconfig, in_cluster, dump))) != 1:
        raise ValueError("give one of kubeconfig, in_cluster and dump")
    if dump:
        return DumpSource(Path(dump))
    # The client library takes a third of a second to import, which readers of dumps need not pay.
    from ipviz.kube.connection import in_cluster_connection
    from ipviz.kube.fetch import LiveSource
    from ipviz.kube.kubeconfig import from_file

    if in_cluster:
        return LiveSource(in_cluster_connection(), limits)
    return LiveSource(from_file(Path(kubeconfig or ""), context or ""), limits)

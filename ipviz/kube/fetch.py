"""Fetch what a live cluster lists, page by page, with as few rights as will do.

Versions are resolved for each resource, since one API group serves its kinds in different ones. Of a kind
that is read by name, and of the kubeconfig Secret, only these objects are asked for.
"""

import base64
import binascii
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import msgspec

from ipviz.kube import wire
from ipviz.kube.client import Api, Query, client_for
from ipviz.kube.connection import Connection
from ipviz.kube.dial import Line
from ipviz.kube.errors import (
    BadKubeconfig,
    Expired,
    Forbidden,
    KubeError,
    Malformed,
    NoKubeconfig,
    NoSuchObject,
    NotFound,
    NotInstalled,
    UnexpectedStatus,
    Unsupported,
)
from ipviz.kube.kinds import Kind, Name, is_plain_name
from ipviz.kube.kubeconfig import from_secret
from ipviz.kube.limits import Deadline, Limits
from ipviz.kube.listing import Listing, Page
from ipviz.kube.trust import STRICT, Trust

PAGE_OBJECTS = 500

T = TypeVar("T")


class LiveSource:
    """One API server, from now until its deadline. Not for several threads at once.

    Args:
        deadline: of the whole read, where it began before: a workload cluster's at its management cluster.

    Raises:
        BadKubeconfig: the credentials are not usable.
    """

    def __init__(
        self, connection: Connection, limits: Limits | None = None, deadline: Deadline | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._deadline = deadline or Deadline(self._limits.total)
        self._open = ExitStack()
        line = Line(connection, self._limits, self._deadline)
        client = self._open.enter_context(client_for(connection, line))
        self._api = Api(client, connection, self._limits, line)
        self._versions: dict[str, tuple[str, ...]] = {}
        self._resources: dict[tuple[str, str], frozenset[str]] = {}
        self._groups: frozenset[str] | None = None

    def listing(self, kinds: Iterable[Kind]) -> Listing:
        return {kind.kind: partial(self._pages, kind) for kind in kinds}

    def workload(self, namespace: str, name: str, trust: Trust = STRICT) -> "LiveSource":
        """Read the cluster's kubeconfig Secret, which is kept in memory only, and open its API server."""
        connection = self._workload_connection(namespace, name, trust)
        return LiveSource(connection, self._limits, self._deadline)

    def close(self) -> None:
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _workload_connection(self, namespace: str, name: str, trust: Trust) -> Connection:
        origin = f"Secret {namespace}/{name}-kubeconfig"
        if not is_plain_name(namespace) or not is_plain_name(name):
            raise BadKubeconfig(f"{origin}: not a name that a Secret can have")
        path = f"/api/v1/namespaces/{namespace}/secrets/{name}-kubeconfig"
        try:
            secret = _decoded(self._api.get(path, what=origin, quotes=False), wire.Secret, origin)
        except NoSuchObject as error:
            raise NoKubeconfig(
                f"{origin} is not there: the cluster has no control plane yet, or is gone"
            ) from error
        except Forbidden as error:
            raise NoKubeconfig(f"{error} - grant `get` on `secrets` in {namespace}") from error
        except KubeError as error:
            # What is wrong between us and the management cluster says nothing of this one.
            raise NoKubeconfig(f"{origin} not read: {error}", retry_after=error.retry_after) from error
        if not secret.data or not secret.data.value:
            raise BadKubeconfig(f"{origin}: has no key `value`")
        try:
            content = base64.b64decode(secret.data.value, validate=True)
        except (binascii.Error, ValueError):
            raise BadKubeconfig(f"{origin}: `value` is not base64") from None
        return from_secret(content, origin, trust)

    def _pages(self, kind: Kind, names: Collection[Name]) -> Iterator[Page]:
        version = self._version(kind)
        if not names:
            yield from self._list(kind, version)
        for namespace, name in names:
            yield from self._object(kind, version, namespace, name)

    def _list(self, kind: Kind, version: str) -> Iterator[Page]:
        """All pages of one moment.

        Raises:
            Expired: the server has forgotten that moment, or a page is of another one.
        """
        path = _path(kind, version, kind.namespace)
        where = f" in {kind.namespace}" if kind.namespace else ""
        what = f"{kind.resource}{where}"
        moment, next_page = None, ""
        while True:
            query: Query = [("limit", str(PAGE_OBJECTS)), *([("continue", next_page)] if next_page else [])]
            page = Page(self._get_known(path, query, what))
            yield page
            # Decoded by who took it, in most cases: so that each page is gone through once.
            meta = page.meta or _decoded(page.body, wire.PageHead, what).metadata or wire.ListMeta()
            if next_page and meta.resource_version != moment:
                raise Expired(f"the list of {what} changed its resourceVersion while it was read")
            moment = meta.resource_version
            if not meta.next_page:
                return
            if meta.next_page == next_page:
                raise Malformed(f"the list of {what} does not go on: two pages have one continue token")
            next_page = meta.next_page

    def _object(self, kind: Kind, version: str, namespace: str, name: str) -> Iterator[Page]:
        """One object as a list; none where it is not there."""
        what = f"{kind.kind} {namespace}/{name}" if namespace else f"{kind.kind} {name}"
        if not is_plain_name(name) or (namespace and not is_plain_name(namespace)):
            raise Malformed(f"{what}: not a name that an object can have")
        try:
            body = self._get_known(f"{_path(kind, version, namespace)}/{quote(name)}", (), what)
        except NoSuchObject:
            return
        _decoded(body, wire.PageHead, what)
        yield Page(b'{"items":[' + body + b"]}")

    def _get_known(self, path: str, query: Query, what: str) -> bytes:
        """Read from a resource that is served, where 404 without a Kubernetes reason is somebody else's."""
        try:
            return self._api.get(path, query, what=what)
        except NoSuchObject:
            raise
        except NotFound as error:
            raise UnexpectedStatus(f"{error}: is it a Kubernetes API server?") from error

    def _version(self, kind: Kind) -> str:
        """The newest version that both sides know.

        Raises:
            NotInstalled: the API server has no such resource in any version.
            Unsupported: it has, in versions that we do not read.
        """
        if kind.is_builtin:
            return kind.versions[0]
        served = self._served_versions(kind.group)
        ours = [version for version in kind.versions if version in served]
        for version in ours:
            if kind.plural in self._served_resources(kind.group, version):
                return version
        others = [v for v in served if v not in ours and kind.plural in self._served_resources(kind.group, v)]
        if others:
            theirs, reads = ", ".join(others), ", ".join(kind.versions)
            raise Unsupported(f"{kind.resource} is served as {theirs}, and this program reads {reads}")
        raise NotInstalled(f"{kind.resource} is not installed")

    def _served_versions(self, group: str) -> tuple[str, ...]:
        if group not in self._versions:
            path = f"/apis/{group}"
            try:
                found = _decoded(self._api.get(path, what=path), wire.GroupVersions, path)
                self._versions[group] = tuple(each.version for each in found.versions)
            except NotFound as error:
                if group in self._served_groups():
                    raise UnexpectedStatus(f"{error}, though it is listed under /apis") from error
                self._versions[group] = ()
        return self._versions[group]

    def _served_groups(self) -> frozenset[str]:
        """All API groups: asked to be sure that who says 404 is a Kubernetes API server at all."""
        if self._groups is None:
            try:
                found = _decoded(self._api.get("/apis", what="/apis"), wire.GroupList, "/apis")
            except NotFound as error:
                raise UnexpectedStatus(f"{error}: is it a Kubernetes API server?") from error
            self._groups = frozenset(each.name for each in found.groups)
        return self._groups

    def _served_resources(self, group: str, version: str) -> frozenset[str]:
        if (group, version) not in self._resources:
            path = f"/apis/{group}/{version}"
            found = _decoded(self._get_known(path, (), path), wire.ResourceList, path)
            self._resources[group, version] = frozenset(each.name for each in found.resources)
        return self._resources[group, version]


def _path(kind: Kind, version: str, namespace: str) -> str:
    root = f"/apis/{kind.group}/{version}" if kind.group else f"/api/{version}"
    middle = f"/namespaces/{quote(namespace)}" if namespace else ""
    return f"{root}{middle}/{kind.plural}"


def _decoded(body: bytes, as_type: type[T], what: str) -> T:
    """Decode what is needed here; the reason is not chained where it could quote a Secret."""
    try:
        return msgspec.json.decode(body, type=as_type)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the answer for {what} is not the JSON that was asked for: {error}") from None

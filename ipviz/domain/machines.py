"""Virtual machines: the objects that speak of one and the same, under one name (docs/domain.md, "Machines").

A management cluster sees a machine as a Machine, a VSphereMachine and a VSphereVM, and its own machines as
Nodes besides. The cluster that runs on it sees only the Node. So the name is the Node's wherever it is known.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ipviz.domain.seen import Seen, SeenMachine, SeenNode, SeenVSphereMachine
from ipviz.domain.spans import Span, address_or_none, is_drawable

View = SeenNode | SeenMachine | SeenVSphereMachine
_Key = tuple[str, str, str]
"""What two views of one machine have in common: a provider's id, or an object's kind, namespace and name."""

MOST_TELLING_FIRST = ("Node", "Machine", "VSphereMachine", "VSphereVM")
_NAMED_BY = ("Node", "Machine's node", "VSphereVM", "VSphereMachine", "Machine")


@dataclass(frozen=True, slots=True)
class VirtualMachine:
    """One machine; its views in the order of `MOST_TELLING_FIRST`."""

    name: str
    views: tuple[View, ...]

    @property
    def is_own(self) -> bool:
        """Say whether it is a Node of the cluster in which it was seen."""
        return isinstance(self.views[0], SeenNode)

    @property
    def namespace(self) -> str:
        return next((each.ref.namespace for each in self.views if each.ref.namespace), "")

    @property
    def cluster_name(self) -> str:
        """The name of its Cluster, or empty."""
        named = (each.cluster_name for each in self.views if not isinstance(each, SeenNode))
        return next(filter(None, named), "")

    @property
    def provider_id(self) -> str:
        """What a view of it is known by to its provider, in lower case; empty where none says it."""
        return next((each.provider_id.lower() for each in self.views if each.provider_id), "")

    @property
    def terminating(self) -> bool:
        return any(each.terminating for each in self.views)

    def addresses(self) -> Iterator[tuple[Span, View]]:
        """Each address once, with the most telling view that lists it."""
        told: set[Span] = set()
        for view in self.views:
            for text in view.addresses:
                address = address_or_none(text)
                if address and is_drawable(address) and address not in told:
                    told.add(address)
                    yield address, view


def machines_of(
    records: Mapping[str, tuple[Seen, ...]], own: tuple[str, str] | None = None
) -> tuple[VirtualMachine, ...]:
    """Join the views of each machine: by the provider's id, else by owners and references.

    Args:
        records: of one cluster, by kind.
        own: namespace and name of the Cluster that it is itself, whose Machines refer to its Nodes.
    """
    views = [
        view
        for kind in MOST_TELLING_FIRST
        for view in sorted((r for r in records.get(kind, ()) if isinstance(r, View)), key=lambda r: r.ref)
    ]
    return tuple(VirtualMachine(_name(each), tuple(each)) for each in _joined(views, own))


def _joined(views: Iterable[View], own: tuple[str, str] | None) -> Iterable[list[View]]:
    """Groups of views that share a key, directly or through others."""
    parents: dict[_Key, _Key] = {}

    def root(key: _Key) -> _Key:
        while (parent := parents.setdefault(key, key)) != key:
            parents[key] = key = parents[parent]
        return key

    keyed = [(view, _keys(view, own)) for view in views]
    for _, keys in keyed:
        for key in keys[1:]:
            parents[root(key)] = root(keys[0])
    groups: dict[_Key, list[View]] = {}
    for view, keys in keyed:
        groups.setdefault(root(keys[0]), []).append(view)
    return groups.values()


def _keys(view: View, own: tuple[str, str] | None) -> list[_Key]:
    namespace = view.ref.namespace
    keys = [(view.ref.kind, namespace, view.ref.name)]
    if view.provider_id:
        keys.append(("id", "", view.provider_id.lower()))
    if isinstance(view, SeenMachine):
        if view.infrastructure:
            keys.append(("VSphereMachine", namespace, view.infrastructure))
        if view.node and (namespace, view.cluster_name) == own:
            keys.append(("Node", "", view.node))
    elif isinstance(view, SeenVSphereMachine):
        if view.ref.kind == "VSphereVM":
            # CAPV gives it its VSphereMachine's name.
            keys.append(("VSphereMachine", namespace, view.owner or view.ref.name))
        elif view.owner:
            keys.append(("Machine", namespace, view.owner))
    return keys


def _name(views: Iterable[View]) -> str:
    """The name that its cluster knows it by, as far as can be told: a VM's is that of the Node it becomes."""
    names: dict[str, str] = {}
    for view in views:
        names.setdefault(view.ref.kind, view.ref.name)
        if isinstance(view, SeenMachine) and view.node:
            names.setdefault("Machine's node", view.node)
    return next(names[source] for source in _NAMED_BY if source in names)

"""Parse what was fetched: from pages of JSON to one observation. Pure, and never raises for what it reads.

What cannot be read whole is `Unread`, with the reason; one bad object is `Unreadable`, and the rest of its
list is kept; a kind that the API server does not know is read, and empty.
"""

import contextlib
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from ipviz.domain.seen import Observation, Read, Seen, SeenCloudProvider, Unread, Unreadable
from ipviz.kube import wire
from ipviz.kube.errors import (
    Disconnected,
    Expired,
    Forbidden,
    Interrupted,
    KubeError,
    Malformed,
    NotInstalled,
    one_line,
)
from ipviz.kube.kinds import KINDS, NAME_LIMIT, Kind, Name, wanted_names
from ipviz.kube.listing import Listing, Pages
from ipviz.kube.records import READINGS, Reading

STARTS = 4
"""A list that expires while it is read is started again three times."""

UNNAMED = "(unnamed)"

_NUL = "\x00"
_ESCAPED_NUL = b"\\u0000"
_raw_pages = msgspec.json.Decoder(wire.Page[msgspec.Raw])


def parse(listing: Listing) -> Observation:
    """Read and parse all kinds of a listing, one after the other.

    Reading stops at the first failure that the other kinds would share, so that a dead cluster costs one
    timeout and not one for each kind.
    """
    kinds = [kind for kind in KINDS if kind.kind in listing]
    results: dict[str, Read | Unread] = {}
    faults: dict[str, KubeError] = {}
    for kind in kinds:
        fault = next((each for each in faults.values() if isinstance(each, Disconnected)), None)
        try:
            if fault:
                raise fault
            results[kind.kind] = _read(kind, listing[kind.kind], _more_names(kind, results, faults))
        except KubeError as error:
            results[kind.kind] = Unread(str(error))
            faults[kind.kind] = _shared(error) if len(results) == 1 else error
    return Observation(results, _why_nothing(results))


def _shared(first: KubeError) -> KubeError:
    """A server that breaks off on the first question is not asked the others."""
    return Disconnected(str(first)) if isinstance(first, Interrupted) else first


def _why_nothing(results: dict[str, Read | Unread]) -> str:
    reasons = [each.reason for each in results.values() if isinstance(each, Unread)]
    return reasons[0] if reasons and len(reasons) == len(results) else ""


def _more_names(
    kind: Kind, results: dict[str, Read | Unread], faults: dict[str, KubeError]
) -> tuple[Name, ...]:
    """The ConfigMaps that Deployments of the cloud provider name.

    Raises:
        KubeError: they could not be read this time, so that a ConfigMap that they named before would look
            gone. Where we may never read them, nothing can have been known through them.
    """
    if kind.kind != "ConfigMap":
        return ()
    fault = faults.get("Deployment")
    if fault and not isinstance(fault, Forbidden):
        raise KubeError(f"which ConfigMaps to read is said by Deployments, and these were not read: {fault}")
    deployments = results.get("Deployment")
    if not isinstance(deployments, Read):
        return ()
    return tuple(
        (each.config_namespace, each.config_map)
        for each in deployments.records
        if isinstance(each, SeenCloudProvider)
    )


def _read(kind: Kind, pages: Pages, more: Collection[Name]) -> Read:
    """Read one kind whole.

    Raises:
        KubeError: it could not be.
    """
    names = wanted_names(kind, more) if kind.names else ()
    for start in range(1, STARTS + 1):
        found = _Found(kind)
        try:
            for page in pages(names):
                found.add_page(page)
        except NotInstalled:
            return Read(installed=False)
        except Expired:
            if start == STARTS:
                raise
        else:
            return found.as_read()
    raise AssertionError("the last start returns or raises")


class _Found:
    """The objects of one kind, as page after page is added."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind.kind
        self.reading: Reading = READINGS[kind.kind]
        self.items = msgspec.json.Decoder(self.reading.struct)
        self.typed_pages = msgspec.json.Decoder(wire.Page[self.reading.struct])  # type: ignore[name-defined]
        self.by_uid: dict[str, Seen] = {}
        self.unreadable: list[Unreadable] = []

    def as_read(self) -> Read:
        return Read(tuple(self.by_uid.values()), tuple(self.unreadable))

    def add_page(self, body: bytes) -> None:
        """Take a page at once where all of it is sound, and object by object where it is not.

        Raises:
            Malformed: not a list in JSON.
        """
        # Perhaps a NUL, which no database keeps: then each object is looked at.
        if _ESCAPED_NUL not in body:
            with contextlib.suppress(ValueError, RecursionError):
                items = self.typed_pages.decode(body).items or ()
                for record in [self.reading.record(self.kind, each) for each in items]:
                    self._add(record)
                return
        self._add_one_by_one(body)

    def _add_one_by_one(self, body: bytes) -> None:
        try:
            items = _raw_pages.decode(body).items or ()
        except (ValueError, RecursionError) as error:
            raise Malformed(f"the list of {self.kind} objects is not one: {_why(error)}") from error
        for item in items:
            try:
                record = self.reading.record(self.kind, self.items.decode(item))
                if record and any(_NUL in text for text in _texts(record)):
                    raise ValueError("holds a NUL character")
            except (ValueError, RecursionError) as error:
                self.unreadable.append(_unreadable(self.kind, item, _why(error)))
            else:
                self._add(record)

    def _add(self, record: Seen | None) -> None:
        """Keep a record once: a dump may hold an object twice; two objects with one uid are a fault."""
        if record is None:
            return
        first = self.by_uid.setdefault(record.ref.uid, record)
        if first.ref != record.ref:
            ref = record.ref
            self.unreadable.append(
                Unreadable(self.kind, ref.namespace, ref.name, f"it has the uid of {first.ref}")
            )


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return one_line(str(error))


def _unreadable(kind: str, item: msgspec.Raw, reason: str) -> Unreadable:
    """Name the object as well as it lets us."""
    try:
        found: Any = msgspec.json.decode(item)
    except (ValueError, RecursionError):
        found = None
    meta = found.get("metadata") if isinstance(found, dict) else None
    meta = meta if isinstance(meta, dict) else {}
    name, namespace = meta.get("name"), meta.get("namespace")
    return Unreadable(
        kind,
        one_line(namespace, NAME_LIMIT) if isinstance(namespace, str) else "",
        (one_line(name, NAME_LIMIT) if isinstance(name, str) else "") or UNNAMED,
        reason,
    )


def _texts(value: Any) -> Iterator[str]:
    """All text in a record."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts(each)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _texts(getattr(value, name))

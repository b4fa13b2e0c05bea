"""Parse what was fetched: from pages of JSON to one observation. Pure, and never raises for what it reads.

What cannot be read whole is `Unread`, with the reason; one bad object is `Unreadable`, and the rest of its
list is kept; a kind that the API server does not know is read, and empty.
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from operator import eq
from typing import Any

import msgspec

from ipviz.domain.seen import (
    RECORD_OF_KIND,
    Observation,
    Read,
    Seen,
    SeenCloudProvider,
    Unread,
    Unreadable,
)
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
from ipviz.kube.listing import Listing, Page, Pages
from ipviz.kube.records import READINGS, Reading

STARTS = 4
"""A list that expires while it is read is started again three times."""

UNNAMED = "(unnamed)"

_NAMING_KINDS = tuple(kind for kind, record in RECORD_OF_KIND.items() if record is SeenCloudProvider)

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
    shared: KubeError | None = None
    for kind in kinds:
        try:
            if shared:
                raise shared
            results[kind.kind] = _read(kind, listing[kind.kind], _more_names(kind, results, faults))
        except KubeError as error:
            results[kind.kind] = Unread(str(error))
            faults[kind.kind] = error
            if _is_shared(error, is_first=len(results) == 1):
                shared = error
    return _observed(results, tuple(faults.values()))


def _is_shared(error: KubeError, *, is_first: bool) -> bool:
    """A server that breaks off on the first question is not asked the others."""
    return isinstance(error, Disconnected) or (is_first and isinstance(error, Interrupted))


def _observed(results: Mapping[str, Read | Unread], faults: Sequence[KubeError]) -> Observation:
    waits = [each.retry_after for each in faults if each.retry_after is not None]
    wait = max(waits, default=None)
    if faults and len(faults) == len(results):
        return Observation(results, str(faults[0]), faults[0].fault, wait)
    return Observation(results, retry_after=wait)


def _more_names(
    kind: Kind, results: Mapping[str, Read | Unread], faults: Mapping[str, KubeError]
) -> tuple[Name, ...]:
    """The ConfigMaps that workloads of the cloud provider name.

    Raises:
        KubeError: they could not be read this time, so that a ConfigMap that they named before would look
            gone. Where we may never read them, nothing can have been known through them.
    """
    if kind.kind != "ConfigMap":
        return ()
    for name in _NAMING_KINDS:
        fault = faults.get(name)
        if fault and not isinstance(fault, Forbidden):
            raise KubeError(f"which ConfigMaps to read is said by {name}s, and these were not read: {fault}")
    lists = (results.get(name) for name in _NAMING_KINDS)
    return tuple(
        (each.config_namespace, each.config_map)
        for read in lists
        if isinstance(read, Read)
        for each in read.records
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
                page.let_go()
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
        # Which struct it is, is known only here, at run time.
        self.typed_pages = msgspec.json.Decoder(wire.Page[self.reading.struct])  # type: ignore[name-defined]
        self.records: list[Seen] = []
        self.unreadable: list[Unreadable] = []

    def as_read(self) -> Read:
        # Looked for at the end, and sorted: an index of all would take more memory than a few pages do.
        uids = [record.ref.uid for record in self.records]
        uids.sort()
        if any(map(eq, uids, islice(uids, 1, None))):
            self._keep_each_once()
        del uids
        return Read(tuple(self.records), tuple(self.unreadable))

    def add_page(self, page: Page) -> None:
        """Take a page at once where all of it is sound, and object by object where it is not.

        Raises:
            Malformed: not a list in JSON.
        """
        # Perhaps a NUL, which no database keeps: then each object is looked at.
        if _ESCAPED_NUL not in page.body:
            with contextlib.suppress(ValueError, RecursionError):
                items = page.items(self.typed_pages)
                records = [self.reading.record(self.kind, each) for each in items]
                self.records += [each for each in records if each is not None]
                return
        self._add_one_by_one(page)

    def _add_one_by_one(self, page: Page) -> None:
        try:
            items = page.items(_raw_pages)
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
                self.records += [record] if record else []

    def _keep_each_once(self) -> None:
        """A dump may hold an object twice; two objects with one uid are a fault."""
        by_uid: dict[str, Seen] = {}
        for record in self.records:
            ref = record.ref
            first = by_uid.setdefault(ref.uid, record).ref
            if first != ref:
                reason = f"it has the uid of {first}"
                self.unreadable.append(Unreadable(self.kind, ref.namespace, ref.name, reason))
        self.records = list(by_uid.values())


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

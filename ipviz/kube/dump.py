"""A cluster as a folder of files, as `kubectl get KIND -A -o json` writes them.

A dump is taken whole: a kind that no file mentions has no objects. A file that cannot be read, or that
holds an API server's `Status` in the place of objects, makes the kind unread that its name tells
(`services.json`), and every kind where its name tells none. Names of files and folders come from outside,
so nothing is read that does not lie in the folder.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from ipviz.kube import wire
from ipviz.kube.errors import BadDump, Forbidden, KubeError, LeftOut, Malformed, NotInstalled, Unsupported
from ipviz.kube.kinds import KINDS, Kind, Name, is_plain_name
from ipviz.kube.listing import Listing, Page
from ipviz.kube.trust import STRICT, Trust

FILE_LIMIT = 1 << 30
PAGE_OBJECTS = 500

_file = msgspec.json.Decoder(wire.DumpFile)
_status = msgspec.json.Decoder(wire.Status)
_typed = msgspec.json.Decoder(wire.Typed)
_named = msgspec.json.Decoder(wire.Named)
_KINDS = {(kind.kind, kind.group): kind for kind in KINDS}


class DumpSource:
    """One cluster's dump; a workload cluster's lies in `workload/<namespace>_<name>/` of its own.

    Raises:
        BadDump: the folder is not there, or holds no .json file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._last: _File | None = None
        if not folder.is_dir():
            raise BadDump(
                f"dump {folder} is not a folder: make it with `kubectl get KIND -A -o json > FILE.json`"
            )
        if not self._paths():
            raise BadDump(f"dump {folder} holds no .json file: write some with `kubectl get KIND -A -o json`")

    def listing(self, kinds: Iterable[Kind]) -> Listing:
        return {kind.kind: partial(self._pages, kind) for kind in kinds}

    def workload(self, namespace: str, name: str, trust: Trust = STRICT) -> "DumpSource":
        if not is_plain_name(namespace) or not is_plain_name(name):
            raise BadDump(f"{namespace}/{name} is not a cluster's name, so it has no folder in {self.folder}")
        folder = self.folder / "workload" / f"{namespace}_{name}"
        if not _lies_in(folder, self.folder):
            raise BadDump(f"dump {folder} lies outside {self.folder}")
        return DumpSource(folder)

    def close(self) -> None:
        """Let go of what is held; it can be read again."""
        self._last = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _paths(self) -> list[Path]:
        try:
            return sorted(path for path in self.folder.iterdir() if path.suffix == ".json")
        except OSError as error:
            raise BadDump(f"dump {self.folder} cannot be read: {error.strerror}") from error

    def _pages(self, kind: Kind, names: Collection[Name]) -> Iterator[Page]:
        """The objects of a kind, of which one file at a time is held."""
        if fault := self._index.faults.get(kind.kind):
            raise fault
        for path in self._index.paths.get(kind.kind, ()):
            file = self._opened(path)
            items = [item for found, _, item in file.objects() if found is kind]
            if names:
                items = [item for item in items if _name_of(item) in names]
            for first in range(0, len(items), PAGE_OBJECTS):
                page = b",".join(map(bytes, items[first : first + PAGE_OBJECTS]))
                yield Page(b'{"apiVersion":"%s","items":[%s]}' % (file.api_version.encode(), page))

    def _opened(self, path: Path) -> "_File":
        """A file, kept until another is asked for: one that holds several kinds is asked for in a row."""
        if self._last is None or self._last.path != path:
            self._last = None  # so that never two are held
            self._last = _File(path, self.folder)
        return self._last

    @cached_property
    def _index(self) -> "_Index":
        index = _Index()
        for path in self._paths():
            try:
                index.add(self._opened(path))
            except KubeError as error:
                index.blame(path, error)
        return index


class _File:
    """One file: a list of one kind or of several, or one object.

    Raises:
        Malformed: it cannot be read, or holds neither.
        KubeError: what a `Status` in it says.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        self.path = path
        content = _read(path, folder)
        try:
            file = _file.decode(content)
            status = _status.decode(content) if file.kind == "Status" else None
        except (ValueError, RecursionError) as error:
            raise Malformed(f"{path}: not a list or object in JSON, or cut off: {error}") from error
        if status:
            raise _left_out(path, status)
        is_list = file.items is not msgspec.UNSET
        if not is_list and (file.kind or "").endswith("List"):
            raise Malformed(f"{path}: a list without items")
        self.items = (file.items or []) if is_list else [msgspec.Raw(content)]
        self.is_whole = not (file.metadata and file.metadata.next_page)
        self.kind = (file.kind or "").removesuffix("List")
        """That of all items, where the list is one of a kind: only the list may say it."""
        self.api_version = (file.api_version or "") if self.kind else ""

    def objects(self) -> Iterator[tuple[Kind, str, msgspec.Raw]]:
        """Each object of a kind that we read, with its kind and version.

        Raises:
            Malformed: holds what is no object.
        """
        for item in self.items:
            try:
                typed = _typed.decode(item)
            except (ValueError, RecursionError) as error:
                raise Malformed(f"{self.path}: not a list of objects: {error}") from error
            name = typed.kind or self.kind
            if not name:
                raise Malformed(f"{self.path}: holds an object without a kind")
            group, _, version = (typed.api_version or self.api_version).rpartition("/")
            if kind := _KINDS.get((name, group)):
                yield kind, version, item


class _Index:
    """Which files hold objects of a kind, and the kinds that are not whole."""

    def __init__(self) -> None:
        self.paths: dict[str, list[Path]] = {}
        self.faults: dict[str, KubeError] = {}

    def add(self, file: _File) -> None:
        """Note the kinds of a file; objects of those that we do not know are left out.

        Raises:
            Malformed: holds what is no object, or is not whole and does not tell of which kind.
        """
        own = {file.kind} & {kind.kind for kind in KINDS}
        found = dict.fromkeys(own)
        for kind, version, _ in file.objects():
            found[kind.kind] = None
            if version not in kind.versions:
                reads = ", ".join(kind.versions)
                told = f"{kind.kind} in version {version}, and this program reads {reads}"
                self.faults.setdefault(kind.kind, Unsupported(f"{file.path}: {told}"))
        for name in found:
            self.paths.setdefault(name, []).append(file.path)
        if not file.is_whole:
            fault = Malformed(
                f"{file.path}: the first part of a list (its `continue` is set): fetch all of it, "
                "with `kubectl get KIND -A -o json`"
            )
            if not found:
                raise fault
            for name in found:
                self.faults.setdefault(name, fault)

    def blame(self, path: Path, fault: KubeError) -> None:
        """Mark as unread what the file's name tells, or everything."""
        stem = path.stem.lower()
        named = [kind for kind in KINDS if stem in _stems(kind)]
        for kind in named or KINDS:
            self.faults.setdefault(kind.kind, fault)


def _left_out(path: Path, status: wire.Status) -> KubeError:
    """What stands in the place of a kind that could not be read when the dump was made."""
    said = f"{path}: left out when the dump was made: {status.message or status.reason or 'no reason given'}"
    if status.reason == "NotFound":
        return NotInstalled(said)
    return Forbidden(said) if status.reason == "Forbidden" else LeftOut(said)


def _read(path: Path, folder: Path) -> bytes:
    if not _lies_in(path, folder):
        raise Malformed(f"{path}: a link that leaves the dump's folder")
    try:
        if not path.is_file():
            raise Malformed(f"{path}: not a file")
        if path.stat().st_size > FILE_LIMIT:
            raise Malformed(f"{path}: larger than 1 GiB")
        return path.read_bytes()
    except OSError as error:
        raise Malformed(f"{path}: cannot be read: {error.strerror}") from error


def _lies_in(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a loop of links
        return False


def _stems(kind: Kind) -> set[str]:
    """How people name the file of a kind."""
    return {kind.kind.lower(), f"{kind.kind.lower()}list", kind.plural, kind.resource}


def _name_of(item: msgspec.Raw) -> Name | None:
    try:
        meta = _named.decode(item).metadata
    except (ValueError, RecursionError):
        return None
    return meta.namespace or "", meta.name

"""A cluster as a folder of files, as `kubectl get KIND -A -o json` writes them.

A dump is taken whole: a kind that no file mentions has no objects. A file that cannot be read makes the
kind unread that its name tells (`services.json`), and every kind where its name tells none. Names of files
and folders come from outside, so nothing is read that does not lie in the folder.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from ipviz.kube import wire
from ipviz.kube.errors import BadDump, KubeError, Malformed, Unsupported
from ipviz.kube.kinds import KINDS, Kind, Name, is_plain_name
from ipviz.kube.listing import Listing

FILE_LIMIT = 1 << 30
PAGE_OBJECTS = 500

_file = msgspec.json.Decoder(wire.DumpFile)
_typed = msgspec.json.Decoder(wire.Typed)
_named = msgspec.json.Decoder(wire.Named)


class DumpSource:
    """One cluster's dump; a workload cluster's lies in `workload/<namespace>_<name>/` of its own.

    Raises:
        BadDump: the folder is not there, or holds no .json file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not folder.is_dir():
            raise BadDump(
                f"dump {folder} is not a folder: make it with `kubectl get KIND -A -o json > FILE.json`"
            )
        if not self._paths():
            raise BadDump(f"dump {folder} holds no .json file: write some with `kubectl get KIND -A -o json`")

    def listing(self, kinds: Iterable[Kind]) -> Listing:
        return {kind.kind: partial(self._pages, kind) for kind in kinds}

    def workload(self, namespace: str, name: str) -> "DumpSource":
        if not is_plain_name(namespace) or not is_plain_name(name):
            raise BadDump(f"{namespace}/{name} is not a cluster's name, so it has no folder in {self.folder}")
        folder = self.folder / "workload" / f"{namespace}_{name}"
        if not _lies_in(folder, self.folder):
            raise BadDump(f"dump {folder} lies outside {self.folder}")
        return DumpSource(folder)

    def close(self) -> None:
        """Nothing is held open."""

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

    def _pages(self, kind: Kind, names: Collection[Name]) -> Iterator[bytes]:
        found = self._contents
        if fault := found.faults.get(kind.kind):
            raise fault
        items = found.items.get(kind.kind, [])
        if names:
            items = [item for item in items if _name_of(item) in names]
        for first in range(0, len(items), PAGE_OBJECTS):
            page = items[first : first + PAGE_OBJECTS]
            yield b'{"items":[' + b",".join(map(bytes, page)) + b"]}"

    @cached_property
    def _contents(self) -> "_Contents":
        """All files, read once."""
        contents = _Contents()
        for path in self._paths():
            try:
                contents.add(path, self.folder)
            except KubeError as error:
                contents.blame(path, error)
        return contents


class _Contents:
    """The objects of a dump by kind, and the kinds that are not whole."""

    def __init__(self) -> None:
        self.items: dict[str, list[msgspec.Raw]] = {}
        self.faults: dict[str, KubeError] = {}

    def add(self, path: Path, folder: Path) -> None:
        """Sort the objects of one file by their own kinds; those that we do not know are left out.

        Raises:
            Malformed: it cannot be read, or holds what is no object.
        """
        content = _read(path, folder)
        try:
            file = _file.decode(content)
            items = [msgspec.Raw(content)] if file.items is None else file.items
            pairs = [(_typed.decode(item), item) for item in items]
        except (ValueError, RecursionError) as error:
            raise Malformed(f"{path}: not a list or object in JSON, or cut off: {error}") from error
        for typed, item in pairs:
            self._add_object(typed, file, item, path)

    def _add_object(self, typed: wire.Typed, file: wire.Typed, item: msgspec.Raw, path: Path) -> None:
        """Sort one object; in a typed list (`ServiceList`) only the list says what it is."""
        name = typed.kind or (file.kind or "").removesuffix("List")
        if not name:
            raise Malformed(f"{path}: holds an object without a kind")
        group, _, version = (typed.api_version or file.api_version or "").rpartition("/")
        kind = next((each for each in KINDS if (each.kind, each.group) == (name, group)), None)
        if kind is None:
            return
        if version not in kind.versions:
            reads = ", ".join(kind.versions)
            fault = Unsupported(f"{path}: {name} in version {version}, and this program reads {reads}")
            self.faults.setdefault(kind.kind, fault)
        self.items.setdefault(kind.kind, []).append(item)

    def blame(self, path: Path, fault: KubeError) -> None:
        """Mark as unread what the file's name tells, or everything."""
        stem = path.stem.lower()
        named = [kind for kind in KINDS if stem in _stems(kind)]
        for kind in named or KINDS:
            self.faults.setdefault(kind.kind, fault)


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

"""Writing a dump: what is read of a cluster, in files as `kubectl get KIND -A -o json` writes them.

Only what the program reads is written, so that a dump can be handed on: no Secret, of Pods and Deployments
kube-vip's own, of ConfigMaps those that are asked for by name. A kind that could not be read is no empty
list: the API server's `Status`, or one in its words, stands in its place.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ipviz.domain.seen import Observation, Read, Unread
from ipviz.kube import wire
from ipviz.kube.errors import Forbidden, KubeError
from ipviz.kube.kinds import KINDS, Kind, Name
from ipviz.kube.listing import Listing, Page, Pages
from ipviz.kube.parse import parse
from ipviz.kube.records import READINGS

LEFT_OUT = "(left out)"

_HEAD = b'{"apiVersion":"v1","kind":"List","metadata":{},"items":['
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# What says where kube-vip gets its addresses from. Others may hold a password, as `bgp_peers` does.
_KNOWN_VARIABLE = re.compile(r"(?:KUBEVIP|vip|cp|svc|lb)_\w+|bgp_enable|address|port")

_page = msgspec.json.Decoder(wire.DumpFile)


def export(listing: Listing, folder: Path) -> Observation:
    """Read a cluster, and write what is read into a folder; both are alike, kind by kind."""
    files = {kind.kind: _File(kind, folder) for kind in KINDS if kind.kind in listing}
    observation = parse({name: partial(file.keep, listing[name]) for name, file in files.items()})
    for name, read in observation.kinds.items():
        files[name].finish(read)
    return observation


def leave_out(kinds: Iterable[Kind], folder: Path, why: KubeError) -> Observation:
    """Write into a folder that nothing of a cluster could be read."""
    unread = Unread(str(why))
    for kind in kinds:
        _File(kind, folder).finish(unread)
    return Observation({kind.kind: unread for kind in kinds}, str(why), why.fault)


class _File:
    """The file of one kind."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.kind = kind
        self.path = folder / f"{kind.plural}.json"
        self.reading = READINGS[kind.kind]
        self.items = msgspec.json.Decoder(self.reading.struct)
        self.fault: KubeError | None = None

    def keep(self, pages: Pages, names: Collection[Name]) -> Iterator[Page]:
        """Hand on the pages, and write them: from the start each time, since a list may be started again."""
        with self.path.open("wb") as file:
            file.write(_HEAD)
            between = b"\n"
            try:
                for page in pages(names):
                    for item in self._kept(page.body):
                        file.write(between + item)
                        between = b",\n"
                    yield page
            except KubeError as error:
                self.fault = error
                raise
            file.write(b"\n]}\n")

    def finish(self, read: Read | Unread) -> None:
        """Say what is in the place of a list that was not read whole."""
        if isinstance(read, Unread):
            reason = "Forbidden" if isinstance(self.fault, Forbidden) else "InternalError"
            self._write_status(reason, read.reason)
        elif not read.installed:
            self._write_status("NotFound", f"{self.kind.resource} is not installed")

    def _write_status(self, reason: str, message: str) -> None:
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "reason": reason,
            "message": message,
        }
        self.path.write_bytes(msgspec.json.encode(status) + b"\n")

    def _kept(self, page: bytes) -> Iterator[bytes]:
        """The objects of a page that the program reads, or that it could not understand."""
        try:
            head = _page.decode(page)
        except (ValueError, RecursionError):
            return  # `parse`, which gets it next, says so
        for item in head.items or []:
            try:
                if self.reading.record(self.kind.kind, self.items.decode(item)) is None:
                    continue
            except (ValueError, RecursionError):
                pass
            yield self._cleaned(item, head.api_version or "")

    def _cleaned(self, item: msgspec.Raw, api_version: str) -> bytes:
        """An object that says what it is, without what only its writers need."""
        try:
            of = msgspec.json.decode(item)
            if not isinstance(of, dict):
                return bytes(item)
            own = of.get("apiVersion") or api_version or self._usual_version()
            of = {**of, "apiVersion": own, "kind": of.get("kind") or self.kind.kind}
            if isinstance(meta := of.get("metadata"), dict):
                meta.pop("managedFields", None)
                if isinstance(notes := meta.get("annotations"), dict):
                    notes.pop(_LAST_APPLIED, None)
            if self.kind.is_builtin:
                _empty_variables(of)
            return msgspec.json.encode(of)
        except (ValueError, RecursionError):
            return bytes(item)

    def _usual_version(self) -> str:
        group, version = self.kind.group, self.kind.versions[0]
        return f"{group}/{version}" if group else version


def _empty_variables(of: Any) -> None:
    """Take the values of environment variables that say nothing of addresses."""
    if isinstance(of, list):
        for each in of:
            _empty_variables(each)
    elif isinstance(of, dict):
        for key, value in of.items():
            if key == "env" and isinstance(value, list):
                for each in value:
                    _empty(each)
            else:
                _empty_variables(value)


def _empty(variable: Any) -> None:
    if isinstance(variable, dict) and "value" in variable:
        name = variable.get("name")
        if not isinstance(name, str) or not _KNOWN_VARIABLE.fullmatch(name):
            variable["value"] = LEFT_OUT

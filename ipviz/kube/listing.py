"""What a source gives and `parse` takes: for each kind, a way to its pages."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

from msgspec.json import Decoder

from ipviz.kube import wire
from ipviz.kube.kinds import Name

T = TypeVar("T")


class Page:
    """One JSON list as it was read. Who decodes its objects tells its source at once how it goes on."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.meta: wire.ListMeta | None = None
        """None until it was decoded."""

    def items(self, decoder: Decoder[wire.Page[T]]) -> list[T]:
        """Decode its objects.

        Raises:
            ValueError: it is no list, or one of other objects.
            RecursionError: it is nested too deeply.
        """
        found = decoder.decode(self.body)
        self.meta = found.metadata or wire.ListMeta()
        return found.items or []

    def let_go(self) -> None:
        """Hold the bytes no longer, since the next page may be read while this one has a name."""
        self.body = b""


Pages = Callable[[Collection[Name]], Iterator[Page]]
"""The JSON lists that hold the objects of one kind, page by page, read anew by each call.

The argument names more objects of a kind that is read by name; for a kind that is listed it is empty.
Calling it or taking a page raises `KubeError`; `Expired` means that the list must be started again.
"""

Listing = Mapping[str, Pages]
"""Kind to its pages. Nothing is asked of a cluster before a page is taken."""

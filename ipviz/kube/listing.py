"""What a source gives and `parse` takes: for each kind, a way to its pages."""

from collections.abc import Callable, Collection, Iterator, Mapping

from ipviz.kube.kinds import Name

Pages = Callable[[Collection[Name]], Iterator[bytes]]
"""The JSON lists that hold the objects of one kind, page by page, read anew by each call.

The argument names more objects of a kind that is read by name; for a kind that is listed it is empty.
Calling it or taking a page raises `KubeError`; `Expired` means that the list must be started again.
"""

Listing = Mapping[str, Pages]
"""Kind to its pages. Nothing is asked of a cluster before a page is taken."""

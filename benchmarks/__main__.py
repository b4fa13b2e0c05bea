"""`make bench`: what the program costs, as ratios to something that everybody knows, each from one run."""

import json
import time
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from ipviz.domain.seen import Observation, Read
from ipviz.kube.kinds import Name
from ipviz.kube.listing import Listing
from ipviz.kube.parse import parse

Result = TypeVar("Result")

OBJECTS = 100_000
PAGE = 500


def address(number: int) -> dict[str, object]:
    """An IPAddress as the provider makes it."""
    name = f"machine-{number}"
    return {
        "apiVersion": "ipam.cluster.x-k8s.io/v1beta2",
        "kind": "IPAddress",
        "metadata": {
            "name": name,
            "namespace": "org-acme",
            "uid": f"00000000-0000-4000-8000-{number:012x}",
            "resourceVersion": str(number),
            "creationTimestamp": "2026-01-15T08:00:00Z",
            "finalizers": ["ipam.cluster.x-k8s.io/ProtectAddress"],
        },
        "spec": {
            "address": f"2001:db8::{number >> 16:x}:{number & 0xFFFF:x}",
            "prefix": 64,
            "claimRef": {"name": name},
            "poolRef": {"apiGroup": "ipam.cluster.x-k8s.io", "kind": "InClusterIPPool", "name": "nodes"},
        },
    }


def pages() -> list[bytes]:
    return [
        json.dumps({"metadata": {}, "items": [address(n) for n in range(first, first + PAGE)]}).encode()
        for first in range(0, OBJECTS, PAGE)
    ]


def seconds(work: Callable[[], Result]) -> tuple[float, Result]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def parse_addresses() -> None:
    """Against the standard library's decoding, which only makes dictionaries of the same bytes."""
    bodies = pages()

    def listed(names: Collection[Name]) -> Iterator[bytes]:
        yield from bodies

    listing: Listing = {"IPAddress": listed}
    parsing, observation = seconds(lambda: parse(listing))
    decoding, _ = seconds(lambda: [json.loads(body) for body in bodies])
    print(
        f"parse {records_in(observation):,} IPAddress objects: {parsing:.2f} s, "
        f"{parsing / decoding:.2f} times json.loads alone ({decoding:.2f} s)"
    )


def records_in(observation: Observation) -> int:
    return sum(len(read.records) for read in observation.kinds.values() if isinstance(read, Read))


if __name__ == "__main__":
    parse_addresses()

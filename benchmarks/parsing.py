"""Parsing alone, against the standard library's decoding, which only makes dictionaries of the same bytes."""

import json
import time
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from ipviz.domain.seen import Observation, Read
from ipviz.kube.connection import Connection
from ipviz.kube.fetch import LiveSource
from ipviz.kube.kinds import Name, kinds_named
from ipviz.kube.listing import Listing, Page
from ipviz.kube.parse import parse

Result = TypeVar("Result")


def measure(url: str) -> None:
    with LiveSource(Connection(url, "the benchmark")) as source:
        bodies = [page.body for page in source.listing(kinds_named("IPAddress"))["IPAddress"](())]

    def listed(names: Collection[Name]) -> Iterator[Page]:
        yield from map(Page, bodies)

    listing: Listing = {"IPAddress": listed}
    parsing, observation = seconds(lambda: parse(listing))
    decoding, _ = seconds(lambda: [json.loads(body) for body in bodies])
    print(
        f"parse {records_in(observation):,} IPAddress objects: {parsing:.2f} s, "
        f"{parsing / decoding:.2f} times json.loads alone ({decoding:.2f} s)",
        flush=True,
    )


def seconds(work: Callable[[], Result]) -> tuple[float, Result]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def records_in(observation: Observation) -> int:
    return sum(len(read.records) for read in observation.kinds.values() if isinstance(read, Read))

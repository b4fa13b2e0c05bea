"""Fetching and parsing against the official client's list calls, over HTTP and each in a fresh process."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.fleet import Fleet
from benchmarks.server import path_of

MEMORY = 1 / 3
"""At most so much of the other's peak."""


@dataclass(frozen=True, slots=True)
class Rival:
    """A list call of the official client, and how many times faster we are to be; `side` is as in `side`."""

    kind: str
    objects: int
    side: str
    call: str
    times: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Cost:
    seconds: float
    bytes: int


def measure(fleet: Fleet, url: str) -> bool:
    """Print a line for each rival; say whether all goals are met."""
    addresses, services = fleet.addresses, fleet.services
    rivals = (
        Rival("IPAddress", addresses, "client", "DynamicClient.get", times=8, rounds=3),
        Rival("Service", services, "client", "list_service_for_all_namespaces", times=18, rounds=8),
        # It makes no objects, so it is here only to be known.
        Rival("IPAddress", addresses, "dictionaries", "list_cluster_custom_object", times=0, rounds=2),
    )
    met = [_compare(rival, url) for rival in rivals]
    return all(met)


def _compare(rival: Rival, url: str) -> bool:
    _warm(url + path_of(rival.kind))
    rounds = [
        (_cost("ipviz", rival.kind, url), _cost(rival.side, rival.kind, url)) for _ in range(rival.rounds)
    ]
    ours, theirs = (_least(costs) for costs in zip(*rounds, strict=True))
    times, memory = theirs.seconds / ours.seconds, ours.bytes / theirs.bytes
    is_fast, is_lean = times >= rival.times, memory <= MEMORY
    print(
        f"fetch and parse {rival.objects:,} {rival.kind} objects: {ours.seconds:.2f} s,"
        f" {times:.1f} times faster than the official client's {rival.call} ({theirs.seconds:.1f} s),"
        f" peak memory {memory:.2f} of its ({ours.bytes >> 20:,} of {theirs.bytes >> 20:,} MiB)"
        f"{'' if is_fast else f' - needs {rival.times:g} times'}"
        f"{'' if is_lean else f' - needs {MEMORY:.2f} of its memory'}",
        flush=True,
    )
    return is_fast and is_lean


def _least(costs: Sequence[Cost]) -> Cost:
    """What else the machine does can only add to what a thing costs."""
    return Cost(min(each.seconds for each in costs), min(each.bytes for each in costs))


def _warm(url: str) -> None:
    """Have the server write the objects, and hold none of them here."""
    with urllib.request.urlopen(f"{url}?limit=1") as answer:
        answer.read()


def _cost(side: str, kind: str, url: str) -> Cost:
    command = [sys.executable, "-m", "benchmarks.side", side, kind, url]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Cost(**json.loads(done.stdout))

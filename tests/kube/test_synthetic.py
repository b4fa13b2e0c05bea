"""The synthetic fleet of the benchmarks: the same by each way of reading it, and for each seed another."""

from pathlib import Path

from benchmarks.fleet import KINDS, Fleet
from benchmarks.server import serving
from ipviz.domain.seen import Read
from ipviz.kube.connection import Connection
from ipviz.kube.fetch import LiveSource
from ipviz.kube.kinds import kinds_named
from ipviz.kube.parse import parse
from ipviz.kube.source import open_source

FLEET = Fleet(addresses=1100, services=40)


def test_a_dump_of_it_is_what_its_server_lists(tmp_path: Path) -> None:
    FLEET.write_dump(tmp_path)
    kinds = kinds_named(*KINDS)
    with open_source(dump=tmp_path) as source:
        dumped = parse(source.listing(kinds))
    with serving(FLEET) as url, LiveSource(Connection(url, "the test")) as source:
        assert parse(source.listing(kinds)) == dumped
    reads = {kind: read for kind, read in dumped.kinds.items() if isinstance(read, Read)}
    assert not any(read.unreadable for read in reads.values())
    assert {kind: len(read.records) for kind, read in reads.items()} == {
        "Namespace": 1,
        "GlobalInClusterIPPool": 1,
        "IPAddressClaim": 1100,
        "IPAddress": 1100,
        "Cluster": 11,
        "Service": 10,
    }


def test_it_is_the_same_for_the_same_seed_only() -> None:
    assert list(FLEET.objects("IPAddress")) == list(Fleet(1100, 40).objects("IPAddress"))
    other = Fleet(1100, 40, seed=2).objects("IPAddress")
    assert next(FLEET.objects("IPAddress")) != next(other)

"""What reading a long list takes, besides what is kept of it: a few pages, however many there are."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from benchmarks.fleet import Fleet
from benchmarks.server import serving
from ipviz.domain.seen import Observation, Read
from ipviz.kube.connection import Connection
from ipviz.kube.fetch import PAGE_OBJECTS, LiveSource
from ipviz.kube.kinds import kinds_named
from ipviz.kube.limits import Limits
from ipviz.kube.parse import parse
from tests.kube.samples import Object, ip_address, page, pages

FLEET = Fleet(addresses=20_000, services=0)
PATIENT = Limits(read=60.0, total=600.0)
ADDRESSES = kinds_named("IPAddress")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server in a process of its own, so that its memory is not ours."""
    with serving(FLEET) as running:
        yield running


@pytest.fixture
def besides() -> Iterator[Callable[[Callable[[], Observation]], int]]:
    """How many bytes reading takes at its peak, over those of what it gives."""

    def measured(read: Callable[[], Observation]) -> int:
        gc.collect()
        tracemalloc.start()
        found = read()
        gc.collect()
        kept, peak = tracemalloc.get_traced_memory()
        assert isinstance(found.kinds["IPAddress"], Read)
        return peak - kept

    yield measured
    tracemalloc.stop()


def test_a_long_list_takes_less_than_three_pages_besides_its_records(
    url: str, besides: Callable[[Callable[[], Observation]], int]
) -> None:
    with LiveSource(Connection(url, "the test"), PATIENT) as source:
        listed = source.listing(ADDRESSES)
        sizes = [len(each.body) for each in listed["IPAddress"](())]
        assert len(sizes) == FLEET.addresses // PAGE_OBJECTS
        assert besides(lambda: parse(listed)) < 3 * max(sizes)


def test_bad_objects_among_the_good_take_no_more(
    besides: Callable[[Callable[[], Observation]], int],
) -> None:
    def objects(number: int) -> list[Object]:
        good = [ip_address(f"a-{number}-{n}", note="x" * 1000) for n in range(PAGE_OBJECTS - 1)]
        return [*good, ip_address(f"bad-{number}", "not-an-address")]

    bodies = [page(*objects(number)) for number in range(20)]
    # Two pages are what reading takes of them (see above), so that one is left.
    assert besides(lambda: parse({"IPAddress": pages(*bodies)})) < max(map(len, bodies))

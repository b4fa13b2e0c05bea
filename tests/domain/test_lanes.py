"""Lanes: nothing is drawn over anything, and nothing is drawn lower than it has to be."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.lanes import Extent, lanes_of

POOL, RANGE, DHCP = range(3)

extents = st.tuples(st.integers(0, 60), st.integers(1, 20), st.integers(0, 3)).map(
    lambda each: Extent(each[0], each[0] + each[1], each[2])
)


@given(st.lists(extents, max_size=25))
def test_no_two_in_a_lane_overlap_and_there_are_as_many_as_the_deepest_overlap(listed: list[Extent]) -> None:
    lanes = lanes_of(listed)
    for (one, its), (other, others) in combinations(zip(listed, lanes, strict=True), 2):
        assert its != others or one.end <= other.begin or other.end <= one.begin
    deepest = max((sum(e.begin <= point < e.end for e in listed) for point in range(81)), default=0)
    assert max(lanes, default=-1) + 1 == deepest


@given(st.lists(extents, unique=True, max_size=12), st.randoms())
def test_the_order_in_which_they_are_told_does_not_matter(listed: list[Extent], lot: object) -> None:
    shuffled = list(listed)
    lot.shuffle(shuffled)  # type: ignore[attr-defined]
    assert dict(zip(listed, lanes_of(listed), strict=True)) == dict(
        zip(shuffled, lanes_of(shuffled), strict=True)
    )


def test_what_overlaps_nothing_is_at_the_top_and_else_a_pool_is_above_the_dhcp_range_around_it() -> None:
    dhcp, pools, alone = (
        Extent(20, 151, DHCP),
        [Extent(30, 40, POOL), Extent(60, 70, POOL)],
        Extent(151, 160, DHCP),
    )
    assert lanes_of([dhcp, *pools, alone]) == [1, 0, 0, 0]


def test_of_the_same_place_each_kind_keeps_its_order() -> None:
    assert lanes_of([Extent(0, 9, DHCP), Extent(0, 9, RANGE), Extent(0, 9, POOL)]) == [2, 1, 0]

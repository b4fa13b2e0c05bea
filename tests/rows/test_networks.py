"""Which subnet an address lies in: as looking at each of them finds it."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.spans import Span, enclosing_network, first_key, last_key, network_text, single
from ipviz.rows.networks import Networks

BITS = 6
"""Of a family so small that subnets nest, touch and lie apart in every way."""


@dataclass(frozen=True)
class Declared:
    segment_id: int
    span: Span

    @property
    def cidr(self) -> str:
        return network_text(self.span)

    @property
    def first_key(self) -> str:
        return first_key(self.span)

    @property
    def last_key(self) -> str:
        return last_key(self.span)


spans = st.builds(
    lambda number, length: enclosing_network(single(4, number), length),
    st.integers(0, 2**BITS - 1),
    st.integers(32 - BITS, 32),
)
subnets = st.sets(st.builds(Declared, st.integers(1, 2), spans), max_size=12)


@given(subnets, st.integers(1, 2), spans)
def test_the_smallest_around_is_the_one_that_a_search_finds(
    declared: set[Declared], segment: int, asked: Span
) -> None:
    around = [each for each in declared if each.segment_id == segment and each.span.contains(asked)]
    smallest = min(around, key=lambda each: each.span.size, default=None)
    found = Networks(declared).smallest_around(segment, first_key(asked), last_key(asked))
    assert (found.cidr if found else None) == (smallest.cidr if smallest else None)

"""Which subnet an address lies in, for many addresses at once."""

from collections import defaultdict
from collections.abc import Iterable

from ipviz.clusters.models import Subnet
from ipviz.domain.spans import Span, enclosing_network, prefix_length


class Networks:
    """The subnets by segment, length and first address: CIDRs are looked up, not searched."""

    def __init__(self, subnets: Iterable[Subnet]) -> None:
        self._by_length: dict[tuple[int, int, int], dict[int, Subnet]] = defaultdict(dict)
        for subnet in subnets:
            span = subnet.span
            length = prefix_length(span)
            if length is not None:
                self._by_length[(subnet.segment_id, span.version, length)][span.first] = subnet
        self._longest_first = sorted(self._by_length, key=lambda key: -key[2])

    def smallest_around(self, segment_id: int, span: Span) -> Subnet | None:
        for segment, version, length in self._longest_first:
            if (segment, version) == (segment_id, span.version):
                network = enclosing_network(span, length)
                subnet = self._by_length[(segment, version, length)].get(network.first)
                if subnet and network.contains(span):
                    return subnet
        return None

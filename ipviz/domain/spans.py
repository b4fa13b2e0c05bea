"""Addresses and ranges as plain numbers, and the arithmetic on them.

Everything else in the program compares addresses through `Span`, never as text: `fd00::1` and
`fd00:0::1` are one address, and `::ffff:192.0.2.1` is 192.0.2.1. No function here costs work per
address of a range.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Final

BITS = {4: 32, 6: 128}
_KEY_HEX_DIGITS = 32
_MAPPED_PREFIX = 96


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A run of addresses of one family; `first` and `last` both belong to it."""

    version: int
    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    @property
    def is_single(self) -> bool:
        return self.first == self.last

    @property
    def first_text(self) -> str:
        """The first address, as commands take it."""
        return address_text(self.version, self.first)

    def contains(self, other: "Span") -> bool:
        return self.version == other.version and self.first <= other.first <= other.last <= self.last

    def meets(self, other: "Span") -> bool:
        return self.version == other.version and self.first <= other.last and other.first <= self.last

    def intersection(self, other: "Span") -> "Span | None":
        if not self.meets(other):
            return None
        return Span(self.version, max(self.first, other.first), min(self.last, other.last))

    def __str__(self) -> str:
        """Write one address, or both ends: `192.0.2.1`, `192.0.2.1-192.0.2.9`."""
        first = address_text(self.version, self.first)
        return first if self.is_single else f"{first}-{address_text(self.version, self.last)}"


BY_PLACE: Final = attrgetter("version", "first", "last")
"""Sorts spans as they sort by themselves, several times as fast."""


def address_text(version: int, number: int) -> str:
    if version == 4:  # several times as fast as the library's, and asked for each row of every list
        return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return str(ipaddress.IPv6Address(number))


def single(version: int, number: int) -> Span:
    return Span(version, number, number)


def parse_address(text: str) -> Span:
    """Read one address; an IPv4-mapped IPv6 address is its IPv4 address, a zone is not accepted.

    Raises:
        ValueError: not an address.
    """
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise ValueError(f"{text!r} names a zone")
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
    return single(address.version, int(address))


@lru_cache(1 << 16)  # objects repeat one another, and each rule reads them again
def address_or_none(text: str) -> Span | None:
    """Read an address where anything else, a DNS name say, is no error."""
    try:
        return parse_address(text)
    except ValueError:
        return None


def parse_network(text: str) -> Span:
    """Read a CIDR; host bits are masked, as Go's netipx does (`10.0.0.5/30` is .4 to .7).

    Raises:
        ValueError: not `ADDRESS/LENGTH`; dotted masks and zones are refused, as Go refuses them.
    """
    address, slash, length = text.partition("/")
    if not slash or not re.fullmatch(r"0|[1-9][0-9]{0,2}", length):
        raise ValueError(f"{text!r} is not a CIDR")
    network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    base = network.network_address
    if isinstance(base, ipaddress.IPv6Address):
        if "%" in address:
            raise ValueError(f"{text!r} names a zone")
        if base.ipv4_mapped is not None and network.prefixlen >= _MAPPED_PREFIX:
            return enclosing_network(single(4, int(base.ipv4_mapped)), network.prefixlen - _MAPPED_PREFIX)
    return Span(network.version, int(base), int(network.broadcast_address))


def parse_range(text: str) -> Span:
    """Read `FIRST-LAST`, without white space, in order, of one family.

    Raises:
        ValueError: anything else; the short form `10.0.0.10-20` too.
    """
    left, dash, right = text.partition("-")
    if not dash:
        raise ValueError(f"{text!r} is not a range")
    first, last = parse_address(left), parse_address(right)
    if first.version != last.version:
        raise ValueError(f"{text!r} mixes IPv4 and IPv6")
    if first.first > last.last:
        raise ValueError(f"{text!r} is out of order")
    return Span(first.version, first.first, last.last)


def parse_entry(text: str) -> Span:
    """Read an entry of an in-cluster pool: an address, `FIRST-LAST` or a CIDR; `-` is looked for first.

    Source: cluster-api-ipam-provider-in-cluster, internal/poolutil/pool.go, AddressToIPSet.

    Raises:
        ValueError: not one of the three; white space is never trimmed.
    """
    if "-" in text:
        return parse_range(text)
    if "/" in text:
        return parse_network(text)
    return parse_address(text)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sort, and join what overlaps or touches: the fewest spans that hold the same addresses."""
    joined: list[Span] = []
    for span in sorted(spans, key=BY_PLACE):
        before = joined[-1] if joined else None
        if before and before.version == span.version and span.first <= before.last + 1:
            if span.last > before.last:
                joined[-1] = Span(before.version, before.first, span.last)
        else:
            joined.append(span)
    return tuple(joined)


def subtracted(spans: Iterable[Span], holes: Iterable[Span]) -> tuple[Span, ...]:
    """What is left of `spans` when every address of `holes` is taken out. O(n log n)."""
    left: list[Span] = []
    cuts = merged(holes)
    at = 0
    for span in merged(spans):
        first = span.first
        while at < len(cuts) and (cuts[at].version, cuts[at].last) < (span.version, first):
            at += 1
        cut = at
        while cut < len(cuts) and cuts[cut].meets(span):
            if cuts[cut].first > first:
                left.append(Span(span.version, first, cuts[cut].first - 1))
            first = cuts[cut].last + 1
            cut += 1
        if first <= span.last:
            left.append(Span(span.version, first, span.last))
    return tuple(left)


def intersected(ours: Iterable[Span], theirs: Iterable[Span]) -> tuple[Span, ...]:
    """The addresses that both hold, as merged spans. O(n log n)."""
    left, right = merged(ours), merged(theirs)
    both: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        common = left[i].intersection(right[j])
        if common:
            both.append(common)
        if (left[i].version, left[i].last) < (right[j].version, right[j].last):
            i += 1
        else:
            j += 1
    return tuple(both)


def count(spans: Iterable[Span]) -> int:
    """How many addresses, each counted once."""
    return sum(span.size for span in merged(spans))


def around(spans: Sequence[Span]) -> Span:
    """From the first address of any to the last; there must be one, and all of one version."""
    return Span(spans[0].version, min(each.first for each in spans), max(each.last for each in spans))


def smallest_network(span: Span) -> Span:
    """The smallest network that holds all of it."""
    return enclosing_network(span, BITS[span.version] - (span.first ^ span.last).bit_length())


def networks_of(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The fewest CIDR-aligned spans that hold the same addresses, in order."""
    aligned: list[Span] = []
    for span in merged(spans):
        first = span.first
        while first <= span.last:
            room = (span.last - first + 1).bit_length() - 1
            zeros = (first & -first).bit_length() - 1 if first else BITS[span.version]
            size = 1 << min(room, zeros)
            aligned.append(Span(span.version, first, first + size - 1))
            first += size
    return tuple(aligned)


def prefix_length(span: Span) -> int | None:
    """The length of the CIDR that the span is, or None when it is not one."""
    size = span.size
    if size & (size - 1) or span.first % size:
        return None
    return BITS[span.version] - (size.bit_length() - 1)


def network_text(span: Span) -> str:
    """Write as `192.0.2.0/24`.

    Raises:
        ValueError: the span is not CIDR-aligned.
    """
    length = prefix_length(span)
    if length is None:
        raise ValueError(f"{span} is not a CIDR")
    return f"{address_text(span.version, span.first)}/{length}"


def enclosing_network(address: Span, length: int) -> Span:
    """The network of that prefix length in which the span's first address lies."""
    host_bits = BITS[address.version] - length
    first = address.first >> host_bits << host_bits
    return Span(address.version, first, first + (1 << host_bits) - 1)


def is_drawable(address: Span) -> bool:
    """Say whether an address can belong to a host on a segment.

    Link-local, loopback, multicast and unspecified addresses say nothing about who uses a subnet.
    """
    value = ipaddress.ip_address(address_text(address.version, address.first))
    return not (value.is_link_local or value.is_loopback or value.is_multicast or value.is_unspecified)


_OF_NO_SEGMENT = tuple(
    map(
        parse_network,
        ("0.0.0.0/32", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "::/127", "fe80::/10", "ff00::/8"),
    )
)


def drawable_parts(spans: Iterable[Span]) -> tuple[Span, ...]:
    """What of these ranges can belong to hosts on a segment, merged and in order."""
    return subtracted(spans, _OF_NO_SEGMENT)


def sort_key(version: int, number: int) -> str:
    """A fixed-width text that sorts as addresses do: IPv4 first, then IPv6, each in order."""
    return f"{version}{number:0{_KEY_HEX_DIGITS}x}"


def place(version: int, number: int) -> int:
    """What `sort_key` writes, read as one number: the family, and below it the address."""
    return (version << BITS[6]) + number


def first_key(span: Span) -> str:
    return sort_key(span.version, span.first)


def last_key(span: Span) -> str:
    return sort_key(span.version, span.last)


def span_from_keys(first: str, last: str) -> Span:
    """Read back what `first_key` and `last_key` wrote."""
    return Span(int(first[0]), number_of_key(first), number_of_key(last))


def number_of_key(key: str) -> int:
    """The address, without its family."""
    return int(key[1:], 16)

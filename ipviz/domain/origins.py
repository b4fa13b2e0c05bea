"""Where a request comes from, through proxies that are trusted to say so."""

from collections.abc import Collection, Sequence

from ipviz.domain.spans import Span, parse_address, parse_network


def parse_origin(text: str) -> Span:
    """Read a network or an address that somebody may come from.

    Raises:
        ValueError: neither a CIDR nor an address.
    """
    return parse_network(text) if "/" in text else parse_address(text)


def origin(peer: str, forwarded: str, trusted: Sequence[Span]) -> Span | None:
    """The address that the request began at; None where that is none, as on a local socket.

    Args:
        peer: who is connected with us.
        forwarded: `X-Forwarded-For`: each proxy adds whom it has the request from, at the end. What stands
            before the last that no trusted proxy wrote may be anybody's invention.
        trusted: the proxies that are believed.
    """
    address = _read(peer)
    for text in reversed(forwarded.split(",")):
        if address is None or not is_among(address, trusted):
            break
        address = _read(text)
    return address


def is_trusted(peer: str, trusted: Collection[Span]) -> bool:
    """Whether who is connected with us is one of the proxies that are believed."""
    address = _read(peer)
    return address is not None and is_among(address, trusted)


def is_among(address: Span, networks: Collection[Span]) -> bool:
    return any(network.contains(address) for network in networks)


def _read(text: str) -> Span | None:
    try:
        return parse_address(text.strip())
    except ValueError:
        return None

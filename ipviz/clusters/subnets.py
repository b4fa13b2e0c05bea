"""Declared and inferred subnets; the writer of their rows."""

from collections.abc import Callable, Iterable

from ipviz.clusters.models import Segment, Subnet
from ipviz.domain.spans import (
    Span,
    first_key,
    last_key,
    network_text,
    parse_address,
    parse_network,
    parse_range,
)


class WrongSubnet(ValueError):
    """What was asked for cannot be declared; the text says what and why."""


def declare(
    segment: Segment, cidr: str, *, name: str = "", gateway: str = "", dhcp: Iterable[str] = ()
) -> Subnet:
    """Declare a subnet, or change what was declared of it. An inferred one becomes declared.

    Raises:
        WrongSubnet: a CIDR, gateway or range that is none, or lies outside.
    """
    span = _read(parse_network, cidr, "CIDR")
    if gateway and not span.contains(_read(parse_address, gateway, "gateway")):
        raise WrongSubnet(f"the gateway {gateway} is not in {cidr}")
    scopes = [_read(parse_range, text, "DHCP range") for text in dhcp]
    for scope in scopes:
        if not span.contains(scope):
            raise WrongSubnet(f"the DHCP range {scope} is not in {cidr}")
    subnet, _ = Subnet.objects.update_or_create(
        segment=segment,
        cidr=network_text(span),
        defaults={
            "first_key": first_key(span),
            "last_key": last_key(span),
            "name": name,
            "gateway": str(parse_address(gateway)) if gateway else "",
            "dhcp": [f"{scope}" if not scope.is_single else f"{scope}-{scope}" for scope in scopes],
            "declared": True,
        },
    )
    # What was only inferred inside a declared subnet has nothing more to say.
    Subnet.objects.inferred().on(segment.name).inside(span).delete()
    return subnet


def infer(segment: Segment, networks: Iterable[Span]) -> None:
    """Keep one inferred subnet for each network that no declared or wider one covers, and no others.

    Source: docs/domain.md, "Subnets": a pool's prefix is a hint and may be wrong, so they are marked.
    """
    declared = [subnet.span for subnet in Subnet.objects.declared().on(segment.name)]
    wanted = {
        network_text(span): span
        for span in _outermost(networks)
        if not any(known.contains(span) for known in declared)
    }
    standing = Subnet.objects.inferred().on(segment.name)
    standing.exclude(cidr__in=list(wanted)).delete()
    known = set(standing.values_list("cidr", flat=True))
    Subnet.objects.bulk_create(
        Subnet(segment=segment, cidr=cidr, first_key=first_key(span), last_key=last_key(span), declared=False)
        for cidr, span in sorted(wanted.items())
        if cidr not in known
    )


def _outermost(networks: Iterable[Span]) -> list[Span]:
    """Those that lie in no other; CIDRs nest or are disjoint, so sorting puts the outer one first."""
    outer: list[Span] = []
    for span in sorted(set(networks), key=lambda s: (s.version, s.first, -s.last)):
        if not (outer and outer[-1].contains(span)):
            outer.append(span)
    return outer


def _read(parse: Callable[[str], Span], text: str, what: str) -> Span:
    try:
        return parse(text)
    except ValueError as error:
        raise WrongSubnet(f"{text!r} is not a {what}: {error}") from error

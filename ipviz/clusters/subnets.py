"""Declared and inferred subnets; the writer of their rows."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

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
    """Declare a subnet, or say anew all that was declared of it. An inferred one becomes declared.

    Raises:
        WrongSubnet: a CIDR, gateway or range that is none, or one that cannot be where it is.
    """
    span = _read(parse_network, cidr, "CIDR")
    if gateway:
        _check_gateway(span, _read(parse_address, gateway, "gateway"))
    scopes = sorted(_read(parse_range, text, "DHCP range") for text in dhcp)
    _check_scopes(span, scopes)
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


def retract(segment: str, cidr: str) -> Segment:
    """Take back a declaration; the segment has to be judged anew.

    Raises:
        WrongSubnet: it is none, or it was not declared.
    """
    text = network_text(_read(parse_network, cidr, "CIDR"))
    subnet = Subnet.objects.whole().on(segment).filter(cidr=text).first()
    if subnet is None:
        names = ", ".join(s.cidr for s in Subnet.objects.declared().on(segment)) or "none"
        raise WrongSubnet(f"{text} is not declared on segment {segment}; declared there are: {names}")
    if not subnet.declared:
        raise WrongSubnet(f"{text} is not declared but inferred from a pool, and goes with that pool")
    subnet.delete()
    return subnet.segment


def declared_across(subnet: Subnet) -> list[Subnet]:
    """The other declared subnets of its segment that share addresses with it: one holds the other."""
    return list(Subnet.objects.declared().on(subnet.segment.name).meeting(subnet.span).exclude(pk=subnet.pk))


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


def _check_gateway(span: Span, gateway: Span) -> None:
    if not span.contains(gateway):
        raise WrongSubnet(f"the gateway {gateway} is not in {network_text(span)}")
    if span.version == 4 and span.size > 2 and gateway.first in (span.first, span.last):
        raise WrongSubnet(
            f"the gateway {gateway} is the network or broadcast address of {network_text(span)}"
        )


def _check_scopes(span: Span, scopes: Sequence[Span]) -> None:
    for scope in scopes:
        if not span.contains(scope):
            raise WrongSubnet(f"the DHCP range {scope} is not in {network_text(span)}")
    for before, after in pairwise(scopes):
        if before.meets(after):
            raise WrongSubnet(f"the DHCP ranges {before} and {after} overlap")


def _read(parse: Callable[[str], Span], text: str, what: str) -> Span:
    try:
        return parse(text)
    except ValueError as error:
        raise WrongSubnet(f"{text!r} is not a {what}: {error}") from error

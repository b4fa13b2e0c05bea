"""Declared and inferred subnets; the writer of their rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from django.db import transaction

from ipviz.audit.record import Kind, changed, changing, made, named, removed
from ipviz.clusters.models import DEFAULT_SEGMENT, Cluster, Segment, Subnet
from ipviz.clusters.registry import segment_named
from ipviz.domain.plans import Part as Planned
from ipviz.domain.scope import EVERYTHING, Scope
from ipviz.domain.spans import (
    Span,
    first_key,
    last_key,
    network_text,
    parse_address,
    parse_network,
    parse_range,
)

SUBNET = Kind(
    "subnet",
    lambda subnet: f"{subnet} on {subnet.segment}",
    named("segment", "cidr", "name", "gateway", "dhcp", "planned", "needs"),
)

Part = Literal["cidr", "gateway", "dhcp"]
EXAMPLES: dict[Part, str] = {
    "cidr": "192.0.2.0/24",
    "gateway": "192.0.2.1",
    "dhcp": "192.0.2.20-192.0.2.90",
}


class WrongSubnet(ValueError):
    """What was asked for cannot be declared; the text says what and why, `about` which part is wrong."""

    def __init__(self, text: str, about: Part = "cidr") -> None:
        super().__init__(text)
        self.about = about


class DeclaredAlready(WrongSubnet):
    """Another declaration of it stands, which whoever says something new does not mean to write over."""

    def __init__(self, subnet: Subnet) -> None:
        super().__init__(f"{subnet.cidr} is declared already on segment {subnet.segment}")
        self.subnet = subnet


@transaction.atomic
def declare_new(
    segment_name: str, cidr: str, *, name: str = "", gateway: str = "", dhcp: Iterable[str] = ()
) -> Subnet:
    """Declare a subnet that was not, on a segment that is made where it is new, and have that judged anew.

    Raises:
        DeclaredAlready: it stands, with what may be other facts.
        WrongSubnet: as `declare` does.
    """
    segment = Segment.objects.select_for_update(no_key=True).get(pk=segment_named(segment_name).pk)
    known = known_subnet(cidr, segment.name)
    if known and known.declared:
        raise DeclaredAlready(known)
    return _judged_anew(declare(segment, cidr, name=name, gateway=gateway, dhcp=dhcp))


@transaction.atomic
def declare_anew(
    subnet: Subnet,
    *,
    name: str | None = None,
    gateway: str | None = None,
    dhcp: Iterable[str] | None = None,
) -> Subnet:
    """Say anew what is given of a declared subnet, and have its segment judged anew; what is None stays.

    Raises:
        WrongSubnet: as `declare` does, or it is not declared any more.
    """
    stands = Subnet.objects.declared().filter(pk=subnet.pk).select_related("segment")
    found = stands.select_for_update(no_key=True, of=("self",)).first()
    if found is None:
        raise WrongSubnet(f"{subnet.cidr} is not declared any more")
    return _judged_anew(
        declare(
            found.segment,
            found.cidr,
            name=found.name if name is None else name,
            gateway=found.gateway if gateway is None else gateway,
            dhcp=found.dhcp if dhcp is None else dhcp,
        )
    )


@transaction.atomic
def withdraw(subnet: Subnet) -> None:
    """Take back the declaration, and have its segment judged anew.

    Raises:
        WrongSubnet: as `retract` does.
    """
    Segment.objects.filter(pk=retract(subnet.segment.name, subnet.cidr).pk).ask_to_judge()


def _judged_anew(subnet: Subnet) -> Subnet:
    Segment.objects.filter(pk=subnet.segment_id).ask_to_judge()
    return subnet


def known_subnet(cidr: str, segment: str, scope: Scope = EVERYTHING) -> Subnet | None:
    """The declared or inferred subnet of that CIDR, where there is one that is seen."""
    try:
        text = network_text(parse_network(cidr))
    except ValueError:
        return None
    return Subnet.objects.in_scope(scope).whole().on(segment or DEFAULT_SEGMENT).filter(cidr=text).first()


@transaction.atomic
def declare(
    segment: Segment, cidr: str, *, name: str = "", gateway: str = "", dhcp: Iterable[str] = ()
) -> Subnet:
    """Declare a subnet, or say anew all that was declared of it. An inferred one becomes declared.

    Raises:
        WrongSubnet: a CIDR, gateway or range that is none, or one that cannot be where it is.
    """
    span = _read(parse_network, cidr, "CIDR", "cidr")
    if gateway:
        _check_gateway(span, _read(parse_address, gateway, "gateway", "gateway"))
    scopes = sorted(_read(parse_range, text, "DHCP range", "dhcp") for text in dhcp)
    _check_scopes(span, scopes)
    known = Subnet.objects.declared().whole().on(segment.name).filter(cidr=network_text(span)).first()
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
    if known:
        changed(SUBNET, subnet, SUBNET.facts_of(known))
    else:
        made(SUBNET, subnet)
    # What was only inferred inside a declared subnet has nothing more to say.
    Subnet.objects.inferred().on(segment.name).inside(span).delete()
    return subnet


def undeclared(segment: Segment, cidr: str, gateway: str = "") -> Subnet:
    """A subnet to think about, which is stored nowhere.

    Raises:
        WrongSubnet: as `declare` does.
    """
    span = _read(parse_network, cidr, "CIDR", "cidr")
    if gateway:
        _check_gateway(span, _read(parse_address, gateway, "gateway", "gateway"))
    keys = {"first_key": first_key(span), "last_key": last_key(span)}
    return Subnet(segment=segment, cidr=network_text(span), gateway=gateway, declared=False, **keys)


@transaction.atomic
def plan(subnet: Subnet, parts: Iterable[Planned], needs: Mapping[str, object]) -> Subnet:
    """Set parts of a subnet aside, in the place of what was planned before, and have its segment judged anew.

    Args:
        needs: what was asked for, to be asked again.

    Raises:
        WrongSubnet: it is not declared: what is only inferred goes with its pool, and the plan would too.
    """
    found = (
        Subnet.objects.declared().filter(pk=subnet.pk).select_for_update(no_key=True, of=("self",)).first()
    )
    if found is None:
        raise WrongSubnet(f"{subnet.cidr} is not declared: declare it before you plan it")
    with changing(SUBNET, found, "planned"):
        found.planned = [{"use": each.use, "range": str(each.span), "name": each.name} for each in parts]
        found.needs = dict(needs)
        found.save(update_fields=["planned", "needs"])
    return _judged_anew(found)


@transaction.atomic
def retract(segment: str, cidr: str) -> Segment:
    """Take back a declaration; the segment has to be judged anew.

    Raises:
        WrongSubnet: it is none, or it was not declared.
    """
    text = network_text(_read(parse_network, cidr, "CIDR", "cidr"))
    subnet = Subnet.objects.whole().on(segment).filter(cidr=text).first()
    if subnet is None:
        names = ", ".join(s.cidr for s in Subnet.objects.declared().on(segment)) or "none"
        raise WrongSubnet(f"{text} is not declared on segment {segment}; declared there are: {names}")
    if not subnet.declared:
        raise WrongSubnet(f"{text} is not declared but inferred from a pool, and goes with that pool")
    removed(SUBNET, subnet)
    subnet.delete()
    return subnet.segment


def declared_meeting(subnet: Subnet) -> list[Subnet]:
    """The declared subnets of its segment that share addresses with it, of which it may be one itself."""
    return list(Subnet.objects.declared().on(subnet.segment.name).meeting(subnet.span))


def declared_across(subnet: Subnet) -> list[Subnet]:
    """The others of these: of two, one holds the other."""
    return [each for each in declared_meeting(subnet) if each.pk != subnet.pk]


def facts_of(subnet: Subnet) -> str:
    """What is declared of it, in words."""
    dhcp = ", ".join(subnet.dhcp)
    return f"gateway {subnet.gateway or 'unknown'}, {f'DHCP {dhcp}' if dhcp else 'no DHCP range'}"


def declared_in_words(subnet: Subnet) -> Iterator[str]:
    """What whoever declared it is told: what stands now, what it overlaps, and that nobody is there."""
    segment = subnet.segment
    yield f"{subnet.cidr} is declared on segment {segment}: {facts_of(subnet)}."
    for other in declared_across(subnet):
        yield f"It overlaps {other.cidr}, which is declared on {segment} too."
    if not Cluster.objects.live().on(segment.name).exists():
        yield f"No cluster is on segment {segment} yet."


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
        raise WrongSubnet(f"the gateway {gateway} is not in {network_text(span)}", "gateway")
    if span.version == 4 and span.size > 2 and gateway.first in (span.first, span.last):
        raise WrongSubnet(
            f"the gateway {gateway} is the network or broadcast address of {network_text(span)}", "gateway"
        )


def _check_scopes(span: Span, scopes: Sequence[Span]) -> None:
    for scope in scopes:
        if not span.contains(scope):
            raise WrongSubnet(f"the DHCP range {scope} is not in {network_text(span)}", "dhcp")
    for before, after in pairwise(scopes):
        if before.meets(after):
            raise WrongSubnet(f"the DHCP ranges {before} and {after} overlap", "dhcp")


def _read(parse: Callable[[str], Span], text: str, what: str, about: Part) -> Span:
    try:
        return parse(text)
    except ValueError as error:
        raise WrongSubnet(f"{text!r} is not a {what} like {EXAMPLES[about]}: {error}", about) from error

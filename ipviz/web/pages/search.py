"""Search from anywhere: an address or a CIDR has a page of its own, a part of a name has a list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.spans import Span, network_text, parse_address, parse_network
from ipviz.inventory.models import Occupancy, Version

MOST = 50
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the search leads: straight to a page, or to a list."""

    url: str = ""
    context: dict[str, Any] | None = None


def answer_to(text: str, at: datetime) -> Answer:
    text = text.strip()
    if address := _read(parse_address, text):
        return Answer(url=reverse("web:address", args=[str(address)]))
    if span := _read(parse_network, text):
        if Subnet.objects.around(span).exists():
            return Answer(url=reverse("web:subnet", args=[network_text(span).replace("/", "-")]))
        return Answer(context={"at": at, "q": text, "unknown_subnet": network_text(span)})
    return Answer(context={"at": at, "q": text, **_named(text)})


def _read(parse: Any, text: str) -> Span | None:
    try:
        span: Span = parse(text)
    except ValueError:
        return None
    return span


def _named(text: str) -> dict[str, Any]:
    if len(text) < SHORTEST:
        return {"is_short": True}
    objects = list(Version.objects.now().named(text)[: MOST + 1])
    spans = _spans_of(objects[:MOST])
    return {
        "clusters": list(Cluster.objects.live().named(text)[:MOST]),
        "subnets": list(Subnet.objects.whole().named(text)[:MOST]),
        "objects": [(each, spans.get((each.cluster_id, each.kind, each.uid), [])) for each in objects[:MOST]],
        "has_more": len(objects) > MOST,
    }


def _spans_of(objects: Iterable[Version]) -> dict[tuple[int, str, str], list[Span]]:
    """What each object states, by cluster, kind and uid."""
    found: dict[tuple[int, str, str], list[Span]] = {}
    for row in Occupancy.objects.now().stated_by(objects):
        spans = found.setdefault((row.cluster_id, row.kind, row.uid), [])
        if row.span not in spans:
            spans.append(row.span)
    return found

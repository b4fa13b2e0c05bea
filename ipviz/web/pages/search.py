"""Search from anywhere: an address or a CIDR has a page of its own; a range, a name, a MAC have a list."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from ipviz.clusters.models import DEFAULT_SEGMENT, Cluster, Subnet
from ipviz.domain.macs import read_mac
from ipviz.domain.scope import Scope
from ipviz.domain.spans import Span, network_text, parse_address, parse_network, parse_range
from ipviz.inventory.models import Occupancy, Version

MOST = 50
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the search leads: straight to a page, or to a list."""

    url: str = ""
    context: dict[str, Any] | None = None


def answer_to(text: str, at: datetime, scope: Scope) -> Answer:
    text = text.strip()
    shown = {"at": at, "q": text}
    if address := _read(parse_address, text):
        return _in_its_segment("address", str(address), address, shown, scope)
    if span := _read(parse_network, text):
        written = network_text(span).replace("/", "-")
        if Subnet.objects.in_scope(scope).around(span).exists():
            return _in_its_segment("subnet", written, span, shown, scope)
        return Answer(context={**shown, "unknown_subnet": network_text(span)})
    if span := _read(parse_range, text):
        return Answer(context={**shown, "span": span, **_in_range(span, scope)})
    if mac := _read(read_mac, text):
        held = Version.objects.in_scope(scope).now().with_mac(mac)
        return Answer(context={**shown, "mac": mac, **_listed(held)})
    return Answer(context={**shown, **_named(text, scope)})


def _read(parse: Callable[[str], Any], text: str) -> Any:
    """None where it is none."""
    try:
        return parse(text)
    except ValueError:
        return None


def _in_its_segment(page: str, written: str, span: Span, shown: dict[str, Any], scope: Scope) -> Answer:
    """The page of it, or the choice between those of several segments, where the same numbers mean others."""
    names = set(Subnet.objects.in_scope(scope).around(span).values_list("segment__name", flat=True))
    if page == "address":
        held = Occupancy.objects.in_scope(scope).now().addresses().within(span)
        names |= set(held.values_list("cluster__segment__name", flat=True))
    urls = {name: _url(page, written, name) for name in sorted(names or {DEFAULT_SEGMENT})}
    if len(urls) == 1:
        return Answer(url=next(iter(urls.values())))
    return Answer(context={**shown, "places": urls.items()})


def _url(page: str, written: str, segment: str) -> str:
    url = reverse(f"web:{page}", args=[written])
    return url if segment == DEFAULT_SEGMENT else f"{url}?{urlencode({'segment': segment})}"


def _in_range(span: Span, scope: Scope) -> dict[str, Any]:
    """Who holds something between two addresses, on whatever segment, in order."""
    rows = Occupancy.objects.in_scope(scope).now().addresses().within(span).whole()
    found = list(rows.order_by("first_key", "pk")[: MOST + 1])
    return {"occupants": found[:MOST], "has_more": len(found) > MOST}


def _named(text: str, scope: Scope) -> dict[str, Any]:
    if len(text) < SHORTEST:
        return {"is_short": True}
    return {
        "clusters": list(Cluster.objects.in_scope(scope).live().named(text)[:MOST]),
        "subnets": list(Subnet.objects.in_scope(scope).whole().named(text)[:MOST]),
        **_listed(Version.objects.in_scope(scope).now().named(text)),
    }


def _listed(versions: Any) -> dict[str, Any]:
    objects = list(versions[: MOST + 1])
    spans = _spans_of(objects[:MOST])
    return {
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

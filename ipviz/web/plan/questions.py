"""The pages of the other questions: which address, which range, and what a new cluster needs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import QueryDict

from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.scope import Scope
from ipviz.domain.spans import BITS, Span, parse_entry
from ipviz.planning.checks import check
from ipviz.planning.errors import CannotPlan
from ipviz.planning.free_space import LATELY, free_space
from ipviz.planning.new_cluster import new_cluster
from ipviz.planning.ranges import range_for
from ipviz.planning.writing import entry, files_of_address
from ipviz.web.plan.forms import AddressForm, NewClusterForm, RangeForm

_SIZES = (1, 2, 4, 8, 16, 32, 64)


def questions_page(scope: Scope) -> dict[str, Any]:
    planned = [each for each in Subnet.objects.in_scope(scope).whole().declared() if each.planned]
    return {"planned": [(subnet, subnet.as_declared().planned) for subnet in planned]}


def address_page(asked: QueryDict, now: datetime, scope: Scope) -> dict[str, Any]:
    """The next free addresses, or blocks, of a subnet, and one of them checked as a pipeline would."""
    seen = Subnet.objects.in_scope(scope).whole()
    known = list(seen.order_by("-declared", "segment__name", "first_key"))
    if not known:
        return {"subnets": known}
    choices = [(str(each.pk), _named(each, known)) for each in known]
    data = {"subnet": choices[0][0], "size": "1", "count": "8", **_said(asked)}
    form = AddressForm(data, subnets=choices, sizes=[(str(size), _in_words(size)) for size in _SIZES])
    page: dict[str, Any] = {"form": form, "subnets": known, "at": now}
    if not form.is_valid():
        return page
    subnet = next(each for each in known if str(each.pk) == form.cleaned_data["subnet"])
    size = min(int(form.cleaned_data["size"]), subnet.span.size)
    found = free_space(subnet, size=size, number=form.cleaned_data["count"], since=now - LATELY)
    page |= {
        "subnet": subnet,
        "found": found,
        "size": size,
        "largest": entry(found.largest) if found.largest else "",
        "prefix": BITS[subnet.span.version] - (size.bit_length() - 1),
    }
    if found.found:
        # A link may be older than what is free now.
        picked = next((each for each in found.found if each.first_text == asked.get("pick")), found.found[0])
        read_since = now - settings.POLL_PATIENCE
        page["picked"] = picked
        page["verdict"] = check(subnet.segment.name, (picked,), "", frozenset(), read_since)
        page["files"] = files_of_address(picked)
    return page


def range_page(asked: QueryDict, now: datetime, scope: Scope) -> dict[str, Any]:
    clusters = Cluster.objects.in_scope(scope).live().workload().first_roads()
    form = RangeForm(_filled(RangeForm, asked) if asked else None, scope=scope)
    page: dict[str, Any] = {"form": form, "clusters": clusters, "at": now}
    if not asked or not form.is_valid():
        return page
    typed = form.cleaned_data
    wanted: Span | None = parse_entry(typed["wanted"]) if typed["wanted"] else None
    try:
        page["found"] = range_for(
            typed["segment"],
            typed["cluster"],
            typed["balancers"],
            wanted,
            since=now - LATELY,
            read_since=now - settings.POLL_PATIENCE,
        )
    except CannotPlan as error:
        form.add_error(error.field, str(error))
    return page


def cluster_page(asked: QueryDict, now: datetime, scope: Scope) -> dict[str, Any]:
    form = NewClusterForm(_filled(NewClusterForm, asked) if asked else None, scope=scope)
    page: dict[str, Any] = {"form": form, "at": now}
    if not asked or not form.is_valid():
        return page
    typed = form.cleaned_data
    try:
        page["found"] = new_cluster(
            typed["segment"],
            typed["name"],
            typed["organization"],
            balancers=typed["balancers"],
            management=typed["management"],
            since=now - LATELY,
            read_since=now - settings.POLL_PATIENCE,
        )
    except CannotPlan as error:
        form.add_error(error.field, str(error))
    return page


def _filled(form: type[RangeForm | NewClusterForm], asked: QueryDict) -> dict[str, Any]:
    """What was typed; what a link leaves out is as the form begins."""
    fields: Mapping[str, Any] = form.base_fields
    begin = {name: field.initial for name, field in fields.items() if field.initial is not None}
    return {**begin, **_said(asked)}


def _said(asked: QueryDict) -> dict[str, str]:
    return {name: str(asked[name]) for name in asked}


def _named(subnet: Subnet, known: list[Subnet]) -> str:
    segments = {each.segment.name for each in known}
    named = f"{subnet.cidr} {subnet.name}".rstrip()
    return f"{named} on {subnet.segment.name}" if len(segments) > 1 else named


def _in_words(size: int) -> str:
    if size == 1:
        return "one address"
    return f"{size} addresses, aligned (a /{BITS[4] - size.bit_length() + 1} of IPv4)"

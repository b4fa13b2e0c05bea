"""The page on which a subnet is divided: what was typed, what comes of it, drawn and as files."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from ipviz.clusters.models import DEFAULT_SEGMENT, Segment, Subnet
from ipviz.clusters.subnets import WrongSubnet
from ipviz.domain.needs import Needs
from ipviz.domain.plans import Part, Use
from ipviz.domain.scope import Scope
from ipviz.domain.spans import count, network_text, prefix_length
from ipviz.planning.dividing import Proposal, needs_of, planned_with, proposal_of, subnet_at
from ipviz.planning.errors import CannotPlan
from ipviz.planning.free_space import LATELY
from ipviz.planning.ground import Standing, standing_in
from ipviz.planning.writing import File
from ipviz.web.plan.drawing import drawing_of
from ipviz.web.plan.forms import DivideForm, SubnetToDivideForm, typed_of


@dataclass(frozen=True, slots=True)
class PartLine:
    part: Part
    text: str
    cidr: str
    size: int
    is_kept: bool
    is_chosen: bool


def divide_page(asked: QueryDict, now: datetime, scope: Scope) -> dict[str, Any]:
    """With `proposal` where something could be divided."""
    asked_for = _network(asked, scope)
    network = SubnetToDivideForm(asked_for or None, scope=scope)
    known = list(Subnet.objects.in_scope(scope).whole())
    page: dict[str, Any] = {
        "network": network,
        "subnets": known,
        "at": now,
        "made_for": _made_for(asked_for),
        "several": _several_segments(known, scope),
    }
    subnet = _subnet(network) if network.data.get("cidr") else None
    if subnet is None:
        return page
    is_of_another = asked.get("of", page["made_for"]) != page["made_for"]
    typed = {} if is_of_another else {name: str(asked[name]) for name in asked}
    return {**page, "subnet": subnet, **_divided(subnet, typed, now - LATELY)}


def _network(asked: QueryDict, scope: Scope) -> dict[str, str]:
    """What was asked for, or else the first subnet that was declared."""
    if "cidr" in asked:
        segment = asked.get("segment", DEFAULT_SEGMENT)
        return {"cidr": str(asked["cidr"]), "segment": segment, "gateway": asked.get("gateway", "")}
    seen = Subnet.objects.in_scope(scope).whole()
    first = seen.order_by("-declared", "segment__name", "first_key").first()
    if first is None:
        return {}
    return {"cidr": first.cidr, "segment": first.segment.name, "gateway": first.gateway}


def _made_for(network: dict[str, str]) -> str:
    """For which subnet a form is made: numbers that were typed for another are none of its own."""
    return f"{network.get('cidr', '').strip()} {network.get('segment', '')}".strip()


def _several_segments(known: list[Subnet], scope: Scope) -> bool:
    several = Segment.objects.in_scope(scope).count() > 1
    return several or any(each.segment.name != DEFAULT_SEGMENT for each in known)


def _subnet(network: SubnetToDivideForm) -> Subnet | None:
    if not network.is_valid():
        return None
    typed = network.cleaned_data
    segment = Segment.objects.filter(name=typed["segment"]).first() or Segment(name=typed["segment"])
    try:
        return subnet_at(segment, typed["cidr"], typed["gateway"])
    except WrongSubnet as error:
        network.add_error(error.about if error.about in network.fields else "cidr", str(error))
        return None


def _divided(subnet: Subnet, typed: dict[str, str], since: datetime) -> dict[str, Any]:
    management = typed.get("management", subnet.needs.get("management", ""))
    standing = standing_in(subnet, since, management)
    first = _first_needs(standing)
    form = DivideForm(typed_of(first) | typed)
    proposal = _proposed(form, standing)
    if proposal is None:
        return {"form": form}
    return {
        "form": form,
        "proposal": proposal,
        "drawing": drawing_of(proposal),
        "lines": _lines(proposal),
        "files": _in_order(proposal),
        "left": count(proposal.division.left),
        "is_planned": bool(subnet.planned),
        "is_as_kept": bool(subnet.planned) and _parts(proposal) == set(subnet.as_declared().planned),
    }


def _first_needs(standing: Standing) -> Needs:
    """As it was planned; as it stands, where a name of the plan means something else by now."""
    try:
        return needs_of(standing, planned_with(standing.subnet))
    except CannotPlan:
        return standing.first_needs


def _proposed(form: DivideForm, standing: Standing) -> Proposal | None:
    if not form.is_valid():
        return None
    try:
        return proposal_of(standing, form.asked())
    except CannotPlan as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None


def _parts(proposal: Proposal) -> set[Part]:
    return {*proposal.division.kept, *proposal.division.parts}


def _in_order(proposal: Proposal) -> list[File]:
    """What has to be done first; where DHCP stays as it is, what is told of it comes last."""
    is_new = any(part.use is Use.DHCP for part in proposal.division.parts)
    return sorted(proposal.files, key=lambda file: file.name == "dhcp.txt" and not is_new)


def _lines(proposal: Proposal) -> list[PartLine]:
    """In the order of their addresses."""
    division, chosen = proposal.division, set(proposal.needs.fixed)
    parts = [*((part, True) for part in division.kept), *((part, False) for part in division.parts)]
    return [
        PartLine(
            part,
            str(part.span),
            network_text(part.span) if prefix_length(part.span) is not None else "",
            part.span.size,
            is_kept,
            part in chosen,
        )
        for part, is_kept in sorted(parts, key=lambda each: each[0].span)
    ]

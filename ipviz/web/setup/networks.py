"""What the pages of segments and subnets show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.domain.scope import Scope
from ipviz.inventory.origins import gateway_of, origins_of
from ipviz.web.networks import NamedNetworks, named_by
from ipviz.web.setup.forms import MoveForm, SegmentForm, SubnetForm


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """A segment, what is on it, and the networks that its clusters name."""

    segment: Segment
    management: Sequence[Cluster]
    workload: int
    subnets: Sequence[Subnet]
    named: NamedNetworks | None

    @property
    def can_be_removed(self) -> bool:
        return not self.management and not any(each.declared for each in self.subnets)


@dataclass(frozen=True, slots=True)
class SubnetLine:
    """`origins` are the pools that an inferred one comes from."""

    subnet: Subnet
    origins: Sequence[str]


def segments_page(
    add: SegmentForm, move: MoveForm | None, scope: Scope, *, may_operate: bool, refused: str = ""
) -> dict[str, Any]:
    """`move` is a form that was filled in, where one was."""
    lines = segment_lines(scope)
    clusters = [each for line in lines for each in line.management if each.same_as is None]
    return {
        "lines": lines,
        "add": add,
        "move": move or _move_form(None, clusters, [line.segment for line in lines]),
        "can_move": len(lines) > 1 and bool(clusters),
        "refused": refused,
        "may_operate": may_operate,
        "may_add": may_operate and scope.is_everything,
    }


def segment_lines(scope: Scope) -> list[SegmentLine]:
    """Of those that are seen whole. Three queries, however many there are."""
    clusters = list(Cluster.objects.in_scope(scope).live().whole())
    subnets = list(Subnet.objects.in_scope(scope).whole())
    named = {each.segment: each for each in named_by(clusters)}
    return [
        SegmentLine(
            segment,
            [each for each in clusters if each.segment == segment and each.is_management],
            sum(
                each.segment == segment and not each.is_management and each.same_as is None
                for each in clusters
            ),
            [each for each in subnets if each.segment == segment],
            named.get(segment.name),
        )
        for segment in Segment.objects.in_scope(scope)
    ]


def move_form(typed: Mapping[str, Any], scope: Scope) -> MoveForm:
    clusters = Cluster.objects.in_scope(scope).live().management().first_roads()
    return _move_form(typed, list(clusters), list(Segment.objects.in_scope(scope)))


def _move_form(
    typed: Mapping[str, Any] | None, clusters: Sequence[Cluster], segments: Sequence[Segment]
) -> MoveForm:
    return MoveForm(typed, clusters=clusters, segments=segments, auto_id="move_%s")


def subnets_page(form: SubnetForm, scope: Scope, *, may_operate: bool) -> dict[str, Any]:
    subnets = list(Subnet.objects.in_scope(scope).whole())
    origins = origins_of(subnets)
    lines = [SubnetLine(each, origins.get(each.pk, ())) for each in subnets]
    return {"lines": lines, "form": form, "may_operate": may_operate}


def subnet_page(subnet: Subnet, form: SubnetForm, *, may_operate: bool) -> dict[str, Any]:
    return {"subnet": subnet, "form": form, "may_operate": may_operate}


def suggested(asked: Mapping[str, str], known: Subnet | None) -> dict[str, str]:
    """What the form says at first: what was asked for, and the gateway that an inferred one's pools name."""
    gateway = gateway_of(known) if known and not known.declared else None
    return {**({"gateway": str(gateway)} if gateway else {}), **asked}

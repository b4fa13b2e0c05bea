"""How plans are told: their shapes for the schema, and their rows."""

from typing import Any

from rest_framework.serializers import BooleanField, CharField, ChoiceField, IntegerField, ListField

from ipviz.api.checking import VerdictSerializer, verdict_row
from ipviz.api.serializers import Shape
from ipviz.domain.plans import Part, Use
from ipviz.domain.spans import Span, address_text, network_text, prefix_length
from ipviz.planning.dividing import Proposal, stored
from ipviz.planning.new_cluster import NewCluster, Offer
from ipviz.planning.writing import File
from ipviz.rows.row import Row, place_of


class StretchSerializer(Shape):
    first = CharField()
    last = CharField()
    cidr = CharField(allow_null=True, help_text="Where it is one.")
    size = IntegerField()


class PlannedPartSerializer(StretchSerializer):
    use = ChoiceField([use.value for use in Use])
    name = CharField(help_text="The pool's, or the cluster's; empty for a later one.")
    words = CharField()
    kept = BooleanField(help_text="It is there already.")


class FaultSerializer(Shape):
    use = ChoiceField([use.value for use in Use])
    range = CharField()
    words = CharField()


class FileSerializer(Shape):
    name = CharField()
    about = CharField()
    text = CharField()


class NeedsShape(Shape):
    nodes = IntegerField()
    clusters = IntegerField()
    later = IntegerField()
    balancers = IntegerField()
    in_blocks = BooleanField()
    management = CharField()
    control_plane_pool = CharField()
    balancer_pool = CharField()


class ProposalSerializer(Shape):
    segment = CharField()
    subnet = CharField()
    fits = BooleanField()
    needs = NeedsShape(help_text="As it was asked, and as it stands there where nothing was said.")
    parts = PlannedPartSerializer(many=True, help_text="In the order of their addresses.")
    left = StretchSerializer(many=True, help_text="What is free beside them.")
    more_clusters = IntegerField(help_text="So many would fit into what is left.")
    faults = FaultSerializer(many=True, help_text="Parts that were chosen and can't be.")
    lack = CharField(allow_null=True, help_text="The need that is the hardest to meet, where not all fits.")
    smallest = CharField(allow_null=True, help_text="The smallest subnet that would do, like /23.")
    notes = ListField(child=CharField(), help_text="What else to think of.")
    files = FileSerializer(many=True, help_text="What makes it so, to be pasted.")


class PoolOfferSerializer(Shape):
    pool = CharField()
    next = ListField(child=CharField(), help_text="The addresses that it hands out next.")


class ClusterPlanSerializer(Shape):
    cluster = CharField()
    cluster_path = CharField()
    free = BooleanField(help_text="All of it is there, and free in everyone's view.")
    control_planes = PoolOfferSerializer(allow_null=True)
    balancers = PoolOfferSerializer(allow_null=True, help_text="Null where a block takes its place.")
    block = CharField(allow_null=True, help_text="A CIDR: what is planned for it, or the next that is free.")
    problems = ListField(child=CharField(), help_text="What is missing.")
    check = VerdictSerializer(allow_null=True, help_text="As check/ tells it of these addresses.")
    files = FileSerializer(many=True)


def proposal_row(proposal: Proposal) -> Row:
    division = proposal.division
    parts = [(part, True) for part in division.kept] + [(part, False) for part in division.parts]
    return {
        "segment": proposal.subnet.segment.name,
        "subnet": proposal.subnet.cidr,
        "fits": proposal.fits,
        "needs": stored(proposal.needs),
        "parts": [_part(*each) for each in sorted(parts, key=lambda each: each[0].span)],
        "left": [_stretch(span) for span in division.left],
        "more_clusters": division.more,
        "faults": [_fault(part, words) for part, words in proposal.faults],
        "lack": proposal.lack or None,
        "smallest": f"/{proposal.smallest}" if proposal.smallest is not None else None,
        "notes": list(proposal.notes),
        "files": [_file(each) for each in proposal.files],
    }


def cluster_plan_row(segment: str, found: NewCluster) -> Row:
    return {
        **place_of(found.path),
        "free": found.is_free,
        "control_planes": _offer(found.control_planes),
        "balancers": _offer(found.balancers),
        "block": network_text(found.block.span) if found.block else None,
        "problems": list(found.problems),
        "check": verdict_row(segment, found.verdict, ()) if found.verdict else None,
        "files": [_file(each) for each in found.files],
    }


def _part(part: Part, is_kept: bool) -> Row:
    told = {"use": part.use.value, "name": part.name, "words": part.words, "kept": is_kept}
    return {**_stretch(part.span), **told}


def _stretch(span: Span) -> Row:
    is_network = prefix_length(span) is not None
    return {
        "first": span.first_text,
        "last": address_text(span.version, span.last),
        "cidr": network_text(span) if is_network else None,
        "size": span.size,
    }


def _fault(part: Part, words: str) -> Row:
    return {"use": part.use.value, "range": str(part.span), "words": words}


def _offer(offer: Offer | None) -> Row | None:
    return {"pool": offer.name, "next": list(map(str, offer.next))} if offer else None


def _file(file: File) -> dict[str, Any]:
    return {"name": file.name, "about": file.about, "text": file.text}

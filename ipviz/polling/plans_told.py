"""What plans are in lines of text, for who types: a proposal, a new cluster's addresses, free space."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby

from ipviz.clusters.models import Subnet
from ipviz.domain.needs import Needs
from ipviz.domain.plans import Part
from ipviz.domain.spans import Span, count, merged
from ipviz.planning.checks import Verdict
from ipviz.planning.dividing import Proposal
from ipviz.planning.free_space import FreeSpace
from ipviz.planning.new_cluster import NewCluster, Offer
from ipviz.planning.ranges import RangeForCluster
from ipviz.planning.reasons import Passed
from ipviz.planning.writing import entry

_TOLD = 8
"""So many stretches of what is left are told."""


def proposal_in_lines(proposal: Proposal) -> Iterator[str]:
    """What was asked, a table of the parts, what stands against it, and what is left."""
    subnet, division = proposal.subnet, proposal.division
    yield f"{subnet.cidr} on segment {subnet.segment}, for {_asked(proposal.needs)}:"
    yield from ("", *_table(_rows(proposal)), "")
    yield from (f"Note: {note}" for note in proposal.notes)
    yield from (f"Not so: {words}." for _, words in proposal.faults)
    if proposal.lack:
        yield f"It does not fit: {proposal.lack}"
        yield _smallest(subnet, proposal.smallest)
    yield _left(division.left)
    if proposal.fits:
        yield f"{_number(division.more, 'cluster')} more would fit into that."


def new_cluster_in_lines(found: NewCluster, segment: str) -> Iterator[str]:
    yield f"{found.path} on segment {segment}:"
    yield ""
    if found.control_planes:
        yield f"control plane   {_offered(found.control_planes)}"
    if found.balancers:
        yield f"load balancers  {_offered(found.balancers)}"
    if found.block:
        yield f"load balancers  {entry(found.block.span)}, a block of its own"
    yield ""
    yield from found.problems
    yield from _verdict(found.verdict) if found.verdict else ()
    yield _fate(found.verdict if found.is_free else None)


def range_in_lines(found: RangeForCluster, segment: str) -> Iterator[str]:
    where = entry(found.block.span)
    yield f"{where} for {found.cluster} on segment {segment}: {found.block.why}."
    yield from _verdict(found.verdict)
    yield _fate(found.verdict)


def free_space_in_lines(found: FreeSpace, subnet: Subnet, wanted: int) -> Iterator[str]:
    """What is free, one a line, then why others are not."""
    yield from (entry(span) for span in found.found)
    if len(found.found) < wanted:
        yield f"There {'is' if len(found.found) == 1 else 'are'} no more than {len(found.found)} of them."
    yield ""
    yield from _passed(found.passed)
    if untold := found.passed_count - len(found.passed):
        yield f"Passed over: {untold} more."
    largest = f"; the largest block of them is {entry(found.largest)}" if found.largest else ""
    yield f"Free in {subnet.cidr} on segment {subnet.segment}: {_number(found.size, 'address')}{largest}."


def _asked(needs: Needs) -> str:
    where = "in a block for each" if needs.in_blocks else "from one pool"
    return (
        f"{_number(needs.nodes, 'address')} by DHCP, {_number(needs.clusters, 'workload cluster')} "
        f"and {needs.later} later, with {needs.balancers} for load balancers each, {where}"
    )


def _rows(proposal: Proposal) -> Iterator[tuple[str, ...]]:
    wrong = {part for part, _ in proposal.faults}
    parts: Iterable[tuple[Part, str]] = chain(
        ((part, "there already") for part in proposal.division.kept),
        ((part, "can't be" if part in wrong else "new") for part in proposal.division.parts),
    )
    for part, state in sorted(parts, key=lambda each: each[0].span):
        yield entry(part.span), f"{part.span.size}", part.words, state


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    every = [("range", "size", "what for", ""), *rows]
    first, second, third, _ = (max(map(len, column)) for column in zip(*every, strict=True))
    for where, size, what, state in every:
        yield f"{where:{first}}  {size:>{second}}  {what:{third}}  {state}".rstrip()


def _smallest(subnet: Subnet, prefix: int | None) -> str:
    if prefix is None:
        return "No subnet would be large enough."
    return f"The smallest subnet that would do, were nothing there: /{prefix}."


def _left(left: Sequence[Span]) -> str:
    if not left:
        return "Nothing is left."
    more = f" and {len(left) - _TOLD} stretches more" if len(left) > _TOLD else ""
    told = ", ".join(entry(span) for span in left[:_TOLD])
    return f"Left: {_number(count(left), 'address')}: {told}{more}."


def _passed(passed: Iterable[Passed]) -> Iterator[str]:
    """Neighbours that are not free for one reason in one line: a DHCP range covers many."""
    for words, group in groupby(passed, key=lambda each: each.words):
        for span in merged(each.span for each in group):
            yield f"Passed over: {entry(span)}: {words}."


def _offered(offer: Offer) -> str:
    following = ", ".join(map(str, offer.next))
    return f"{following}, which pool {offer.name} hands out next"


def _number(many: int, noun: str) -> str:
    ending = "" if many == 1 else "es" if noun.endswith("s") else "s"
    return f"{many} {noun}{ending}"


def _fate(verdict: Verdict | None) -> str:
    if verdict is None or not verdict.is_free:
        return "It can't be had as it is."
    return "It is there and free." if verdict.is_sure else "It is there and free, as far as can be seen."


def _verdict(verdict: Verdict) -> Iterator[str]:
    yield from (f"Not free: {each.words}." for each in verdict.conflicts)
    yield from (f"Not looked at: {each.cluster or 'everything'}: {each.reason}." for each in verdict.blind)
    yield from (f"Note: {note}" for note in verdict.notes)

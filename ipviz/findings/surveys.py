"""Surveys of subnets: as of now the one that was kept at the last judgement, of the past made anew.

On this floor, because the worst state of a map, a collision, is what findings say of an address. The only
writer of kept surveys.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

import numpy as np

from ipviz.clusters.models import Segment, Subnet
from ipviz.domain.estate import Estate
from ipviz.domain.intervals import State
from ipviz.domain.next_addresses import NextOfRanges, next_of_all_ranges
from ipviz.domain.pools import PoolUsage
from ipviz.domain.runs import Column, Runs, column, in_state, surveyed
from ipviz.domain.spans import Span, parse_address, parse_entry
from ipviz.domain.survey import PoolId, Survey, Tally, survey_of
from ipviz.findings.census import Census
from ipviz.findings.models import Finding, KeptSurvey

COLUMNS = ("declared", "sizes", "states", "flags", "tallies", "pools", "ranges", "findings")
FORM = 2
"""Counted up where a survey tells something else than before: what was kept until then is not read."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A subnet in numbers, and the pools that hand out of it."""

    tallies: Sequence[Tally]
    findings: int
    pools: Mapping[PoolId, PoolUsage]


def keep_surveys(segment: Segment, estate: Estate, *, at: datetime) -> int:
    """Survey every subnet of a segment and keep what differs from before; the rows written."""
    subnets = list(Subnet.objects.filter(segment=segment))
    following = next_of_all_ranges(estate)
    census = Census.of(segment.pk, estate.occupants, Finding.objects.standing().of_segments([segment.pk]))
    kept = {row.pk: row for row in KeptSurvey.objects.filter(subnet__segment=segment)}
    rows = [_row(subnet, census, following, at) for subnet in subnets]
    fresh = [row for row in rows if row.pk not in kept]
    altered = [row for row in rows if row.pk in kept and _facts(row) != _facts(kept[row.pk])]
    KeptSurvey.objects.bulk_create(fresh)
    KeptSurvey.objects.bulk_update(altered, [*COLUMNS, "at"], batch_size=100)
    return len(fresh) + len(altered)


def lacks_surveys(segment: Segment) -> bool:
    """Say whether none is kept of one of its subnets, as of one that was retracted and declared again."""
    kept = KeptSurvey.objects.filter(subnet__segment=segment)
    return Subnet.objects.filter(segment=segment).exclude(pk__in=kept.values("pk")).exists()


def survey_at(subnet: Subnet, at: datetime | None = None) -> Survey:
    """The subnet as it is known now, or was at a moment; one query where it is kept."""
    kept = None if at else KeptSurvey.objects.filter(pk=subnet.pk, declared=_declared(subnet)).first()
    if kept:
        return _value(subnet, kept)
    census = Census.read([subnet], at)
    return _surveyed(subnet, census, census.next_of_ranges(subnet))


def free_at(subnet: Subnet) -> Runs:
    """What is plainly free as it is known now; no query where it is kept and the subnet came `with_runs`."""
    kept = getattr(subnet, "survey", None)
    if kept and kept.declared == _declared(subnet):
        return in_state(subnet.span.version, _bounds(subnet.span, kept), kept.states, State.FREE)
    return surveyed(survey_at(subnet), State.FREE)


def summaries_at(subnets: Sequence[Subnet], at: datetime | None = None) -> Mapping[int, Summary]:
    """Each in numbers, by its id; a bounded number of queries."""
    kept = kept_summaries(subnets) if at is None else {}
    left = [each for each in subnets if each.pk not in kept]
    census = Census.read(left, at)
    return {**kept, **{each.pk: _counted(each, census) for each in left}}


def kept_summaries(subnets: Sequence[Subnet]) -> Mapping[int, Summary]:
    """Those of which a survey is kept as they are declared now, by their ids; one query."""
    declared = {each.pk: _declared(each) for each in subnets}
    rows = KeptSurvey.objects.of(subnets).counted()
    return {row.pk: _summary(row) for row in rows if row.declared == declared[row.pk]}


def _summary(kept: KeptSurvey) -> Summary:
    return Summary(_tallies(kept), kept.findings, _pools(kept))


def _tallies(kept: KeptSurvey) -> tuple[Tally, ...]:
    return tuple(Tally(size, State(state), flags) for size, state, flags in kept.tallies)


def _counted(subnet: Subnet, census: Census) -> Summary:
    """Without what ranges hand out next, which changes no number."""
    survey = _surveyed(subnet, census, {})
    return Summary(survey.tallies, len(census.findings(subnet)), survey.pools)


def _surveyed(subnet: Subnet, census: Census, following: NextOfRanges) -> Survey:
    findings = {each.span for each in census.findings(subnet) if each.span}
    intervals, occupants = census.intervals(subnet, following), census.occupants(subnet)
    return survey_of(subnet.span, intervals, occupants, findings, following)


def _row(subnet: Subnet, census: Census, following: NextOfRanges, at: datetime) -> KeptSurvey:
    survey = _surveyed(subnet, census, following)
    return KeptSurvey(
        subnet=subnet,
        declared=_declared(subnet),
        sizes=",".join(map(str, survey.sizes())),
        states=survey.states,
        flags=survey.flags,
        tallies=[list(each) for each in survey.tallies],
        pools=[[*pool, *_told(usage)] for pool, usage in survey.pools.items()],
        ranges=[[*key, *map(str, following)] for key, following in survey.ranges.items()],
        findings=len(census.findings(subnet)),
        at=at,
    )


def kept_next(subnets: Iterable[Subnet]) -> dict[PoolId, tuple[Span, ...]]:
    """What the ranges in subnets, which come `with_surveys`, hand out next: none where one is full."""
    found: dict[PoolId, tuple[Span, ...]] = {}
    for subnet in subnets:
        kept = getattr(subnet, "survey", None)
        if kept and kept.declared == _declared(subnet):
            found |= {pool: (usage.next,) if usage.next else () for pool, usage in _pools(kept).items()}
            found |= _ranges(kept)
    return found


def _value(subnet: Subnet, kept: KeptSurvey) -> Survey:
    span = subnet.span
    bounds, flags = _bounds(span, kept).tolist(), bytes(kept.flags)
    return Survey(span, bounds, kept.states, flags, _pools(kept), _tallies(kept), _ranges(kept))


def _bounds(span: Span, kept: KeptSurvey) -> Column:
    """The first address of each run, and the one after the last."""
    if span.version == 4:
        sizes = np.fromstring(kept.sizes, np.int64, sep=",")
    else:
        sizes = column(span.version, [int(size) for size in kept.sizes.split(",")])
    bounds: Column = np.cumsum(np.append(span.first, sizes))
    return bounds


def _pools(kept: KeptSurvey) -> dict[PoolId, PoolUsage]:
    return {(cluster, key): _usage(*facts) for cluster, key, *facts in kept.pools}


def _ranges(kept: KeptSurvey) -> dict[PoolId, tuple[Span, ...]]:
    return {(cluster, key): tuple(map(parse_address, told)) for cluster, key, *told in kept.ranges}


def _told(usage: PoolUsage) -> list[int | str | None]:
    *numbers, following, left = astuple(usage)
    return [*numbers, str(usage.next) if following else None, left]


def _usage(
    total: int, used: int, free: int, out_of_range: int, following: str | None, left: int
) -> PoolUsage:
    return PoolUsage(total, used, free, out_of_range, parse_entry(following) if following else None, left)


def _facts(row: KeptSurvey) -> tuple[object, ...]:
    return tuple(
        bytes(value) if isinstance(value, memoryview) else value
        for value in (getattr(row, name) for name in COLUMNS)
    )


def _declared(subnet: Subnet) -> str:
    return f"{FORM}: {subnet.cidr} {subnet.gateway} {subnet.dhcp} {subnet.declared}"

"""What was before a clash, and what comes after it without anybody's doing, in words."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from ipviz.domain.occupants import RANGE_ROLES, Occupant, Role
from ipviz.domain.scene import Scene, pool_id
from ipviz.domain.spans import Span
from ipviz.domain.words import Namer, listed, pool_name

ONE_ROUND: Final = timedelta(minutes=2)
"""Clusters are looked at one after the other: what lies closer together may have been there before."""


def past_of(occupants: Sequence[Occupant], scene: Scene) -> str:
    """Since when each side has been seen, who was first, and who probably answers now."""
    sides = [each for each in occupants if each.role not in RANGE_ROLES]
    namer = Namer.among(occupants)
    return " ".join(filter(None, (_order(sides, namer), _answering(sides, scene, namer))))


def _order(sides: Sequence[Occupant], namer: Namer) -> str:
    """Who was seen first; what was first seen in one round of looking has no order."""
    since: dict[str, datetime] = {}
    for each in sides:
        if each.since:
            name = _named(each, namer)
            since[name] = min(each.since, since.get(name, each.since))
    if len(since) < 2:
        return ""
    first, *later = sorted(since, key=lambda name: (since[name], name))
    if since[later[-1]] - since[first] < ONE_ROUND:
        return f"All were first seen at about {_moment(since[first])}."
    told = listed(f"{name} at {_moment(since[name])}" for name in later)
    return f"{_started(first)} was seen first, at {_moment(since[first])}; {told}."


def _answering(sides: Sequence[Occupant], scene: Scene, namer: Namer) -> str:
    """The nodes that answer ARP for it, by annotations and leases.

    Which one does for an endpoint, kube-vip in the cluster says, and not the object that states it.
    """
    clusters = {each.consumer.cluster for each in sides} | {each.cluster for each in sides}
    stated = {
        each: None for span in dict.fromkeys(side.span for side in sides) for each in scene.stated(span)
    }
    holders = {
        f"node {each.holder} for {_named(each, namer)}"
        for each in stated
        if each.holder and each.announced and not each.foreign and each.consumer.cluster in clusters
    }
    if not holders:
        return ""
    told = listed(sorted(holders))
    if len(holders) == 1:
        return f"By leases and annotations {told} answers now; who else does is not known."
    return f"By leases and annotations {told} answer now, and each host believes whom it heard last."


def future_of(occupants: Iterable[Occupant], scene: Scene, at: Span | None) -> str:
    """What the pools and load-balancer ranges among them will hand out next, and who is there already.

    Args:
        at: what it is about. Of a single address that is told only where it is the next one: what comes
            before it is another's matter.
    """
    told: dict[str, None] = {}
    listed_ones = list(occupants)
    namer = Namer.among(listed_ones)
    for each in listed_ones:
        following = following_of(each, scene)
        if following and _is_told_at(at, following):
            told.setdefault(_fate(each, following, scene, namer))
    return " ".join(told)


def _is_told_at(at: Span | None, following: Span) -> bool:
    return at is None or not at.is_single or following.contains(at)


def following_of(occupant: Occupant, scene: Scene) -> Span | None:
    if occupant.role is Role.POOL:
        return scene.pools[pool_id(occupant)].next
    return scene.next_of_balancer(occupant) if occupant.role is Role.LBRANGE else None


def _fate(occupant: Occupant, following: Span, scene: Scene, namer: Namer) -> str:
    where = namer.cluster(occupant.cluster)
    if occupant.role is Role.POOL:
        who = f"The next claim on pool {pool_name(occupant)} of {where}"
    else:
        who = f"The next Service of {where} that {occupant.pool} serves"
    users = [
        each
        for each in scene.spot(following).occupants
        if each.role is not Role.ALLOC or occupant.role is Role.LBRANGE
    ]
    there = f", which is already in use by {listed(_named(each, namer) for each in users)}" if users else ""
    return f"{who} will be given {following}{there}."


def _named(occupant: Occupant, namer: Namer) -> str:
    return namer.holder(occupant) if occupant.role is Role.ALLOC else namer.occupant(occupant)


def _started(phrase: str) -> str:
    """As a sentence begins; names stay as they are written."""
    return f"T{phrase[1:]}" if phrase.startswith("the ") else phrase


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"

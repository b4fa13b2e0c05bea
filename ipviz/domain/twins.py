"""Two paths of one cluster whose identity could not be read, told by the objects that both have.

Kubernetes gives each object a uid of its own, which neither a move nor a restore keeps. So one uid in two
clusters is one object, read by two roads.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache

from ipviz.domain.occupants import Occupant


def twins_among(occupants: Iterable[Occupant], unidentified: Collection[str]) -> dict[str, str]:
    """Each second path to its first, of those clusters that share an object with another.

    Args:
        unidentified: the paths of the clusters whose `kube-system` was never read; the others are told apart
            by that. O(n) in the occupants, and nothing where there is none.
    """
    if not unidentified:
        return {}
    first_of: dict[tuple[str, str], str] = {}
    aliases: dict[str, str] = {}
    for each in occupants:
        if _is_made_up(each):
            continue
        here = _resolved(each.cluster, aliases)
        there = _resolved(first_of.setdefault((each.ref.kind, each.ref.uid), each.cluster), aliases)
        if here != there and (here in unidentified or there in unidentified):
            first, second = sorted((here, there), key=lambda p: (p in unidentified, p.count("/"), p))
            aliases[second] = first
    return {path: _resolved(path, aliases) for path in aliases}


def _is_made_up(occupant: Occupant) -> bool:
    """An export may leave uids out; names are the same in many clusters."""
    return occupant.ref.uid == f"{occupant.ref.namespace}/{occupant.ref.name}"


def _resolved(path: str, aliases: dict[str, str]) -> str:
    while path in aliases:
        path = aliases[path]
    return path


def first_paths(aliases: Mapping[str, str]) -> Callable[[str], str]:
    """A cluster's first path; what is reached through a second road to its management cluster follows."""

    @cache
    def named(path: str) -> str:
        if path in aliases:
            return aliases[path]
        management, slash, rest = path.partition("/")
        through = aliases.get(management, management) + slash + rest
        return aliases.get(through, through)

    return named

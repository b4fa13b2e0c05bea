"""H9: several management clusters live on one network."""

from collections.abc import Iterable
from itertools import combinations, product

from ipviz.domain.hints import Network, are_apart
from ipviz.domain.members import Member
from ipviz.domain.rules.rule import Clash, Rule, Words
from ipviz.domain.scene import Scene
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import listed, steps

_SUBJECT = "management clusters"
"""One finding a segment, whoever joins or leaves."""


def _neighbours(scene: Scene) -> Iterable[Clash]:
    managing = [each for each in scene.members.values() if each.is_management and _manages(each)]
    pairs = [
        (one, other)
        for one, other in combinations(managing, 2)
        if any(not are_apart(*pair) for pair in product(_networks(one, scene), _networks(other, scene)))
    ]
    found = {each.path: each.facts for pair in pairs for each in pair}
    if found:
        about = tuple(found[path] for path in sorted(found))
        lists = frozenset((path, "Cluster") for path in found)
        yield Clash(_SUBJECT, Severity.MEDIUM, about=about, absent=lists)


def _networks(member: Member, scene: Scene) -> set[Network | None]:
    """Where it and its workload clusters live; None is an unknown network."""
    managed = (path for path, each in scene.members.items() if each.facts.management == member.path)
    return {scene.network_of(path) for path in (member.path, *managed)}


def _manages(member: Member) -> bool:
    """Say whether it hands out addresses, or builds clusters that use them."""
    return bool(member.pools or member.clusters)


def _tell(clash: Clash) -> Words:
    names = [each.path for each in clash.about]
    return Words(
        title=f"{listed(names)} manage clusters on one network",
        explanation=H9.explain(clash),
        remedy=steps(
            "If they live on different networks, give each a segment of its own, and this and every clash "
            f"between them goes: manage.py segment move {names[-1]} NAME",
            "If they share one, part their pools and load-balancer ranges, and let ipviz read all of them: "
            "it is the only one that sees both.",
            "For new installations, give each management cluster a subnet of its own.",
        ),
    )


H9 = Rule(
    id="H9",
    finding_class=FindingClass.HAZARD,
    severity=Severity.MEDIUM,
    title="Several management clusters live on one network",
    what=(
        "Each of them hands out addresses of the network and knows nothing of what the others gave away. "
        "Nothing has to clash yet, but only care keeps them apart."
    ),
    remedy="Give each management cluster a subnet of its own; tell ipviz where they have one already.",
    on_segment=_neighbours,
    tell=_tell,
)

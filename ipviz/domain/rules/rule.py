"""What a rule is: its words, and how it finds what it is about."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ipviz.domain.estate import ClusterFacts, Evidence
from ipviz.domain.members import Member
from ipviz.domain.occupants import Occupant
from ipviz.domain.scene import Scene
from ipviz.domain.seen import Ref
from ipviz.domain.spans import Span
from ipviz.domain.verdicts import FindingClass, Severity


@dataclass(frozen=True, slots=True)
class Clash:
    """What a rule found of one subject, before it is put into words."""

    subject: str
    severity: Severity
    occupants: tuple[Occupant, ...] = ()
    """Every side, in a fixed order; the rule's words rest on it."""
    note: str = ""
    """One sentence on what makes this case milder, or worse, than the rule's usual one."""
    span: Span | None = None
    absent: frozenset[Evidence] = frozenset()
    """Lists in which something was looked for and not found."""
    about: tuple[ClusterFacts, ...] = ()
    """The cluster, for a blind spot; clusters, where it is about these themselves."""
    objects: tuple[tuple[str, Ref], ...] = ()
    """Objects that it is about beside its occupants, each with the path of its cluster."""
    is_next: bool = False
    """The allocator hands out this address next."""
    brief: str = ""
    """What a title says of this case, where its sides alone do not."""
    apart: str = ""
    """What to do where it is none, because its sides seem to be on separate networks."""
    fresh_until: datetime | None = None
    """Until then it is none yet: what was just made may still be on its way."""


Part = Span | str
"""What a rule is asked about at a time: an address, a cluster by its path, or all, which is an empty text."""


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    explanation: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, declared in one place.

    `title`, `what` and `remedy` are for the page of rules; `tell` words one clash. `severity` is the usual
    one, which a single clash may fall below, or exceed.

    It is asked in one way or two, so that after a change it is asked only where that may matter
    (`ipviz.domain.standing`).

    Args:
        at_addresses: about the addresses that a scene goes over; each clash is about its span alone.
        of_clusters: about one cluster, by its own objects and the addresses that these and its users state.
        on_segment: about the segment as a whole: its ranges, its clusters, what is declared of it.
    """

    id: str
    finding_class: FindingClass
    severity: Severity
    title: str
    what: str
    remedy: str
    tell: Callable[[Clash], Words]
    at_addresses: Callable[[Scene], Iterable[Clash]] | None = None
    of_clusters: Callable[[Scene, Member], Iterable[Clash]] | None = None
    on_segment: Callable[[Scene], Iterable[Clash]] | None = None

    def clashes(self, scene: Scene) -> Iterator[tuple[Part, Clash]]:
        """All that it finds in what the scene goes over, each with the part of it that was asked about."""
        if self.at_addresses:
            yield from ((clash.span, clash) for clash in self.at_addresses(scene) if clash.span)
        if self.of_clusters:
            for member in scene.gone_over:
                yield from ((member.path, clash) for clash in self.of_clusters(scene, member))
        if self.on_segment:
            yield from (("", clash) for clash in self.on_segment(scene))

    def explain(self, clash: Clash) -> str:
        return " ".join(filter(None, (self.what, clash.note)))

    def say(self, clash: Clash) -> Words:
        """The clash in words; as a possible one, where its sides seem to be on separate networks."""
        words = self.tell(clash)
        if not clash.apart:
            return words
        remedy = f"{clash.apart}\nIf they share one:\n{words.remedy}"
        return Words(f"{words.title}, if they share a network", words.explanation, remedy)


def clash_at(
    span: Span, severity: Severity, occupants: Iterable[Occupant], note: str = "", apart: str = ""
) -> Clash:
    return Clash(str(span), severity, tuple(occupants), note, span, apart=apart)


def clash_about(
    path: str,
    ref: Ref,
    severity: Severity,
    note: str,
    *,
    brief: str = "",
    part: str = "",
    absent: frozenset[Evidence] = frozenset(),
) -> Clash:
    """What a rule found of one object of the cluster at that path, or of a part of it."""
    subject = f"{path} {ref} {part}" if part else f"{path} {ref}"
    return Clash(subject, severity, note=note, brief=brief, objects=((path, ref),), absent=absent)

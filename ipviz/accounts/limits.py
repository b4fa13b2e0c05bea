"""What a token or a person is limited to: what is seen, and of a token whence and how often it may ask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ipviz.alerts.wishing import known_segment
from ipviz.clusters.models import Cluster
from ipviz.domain.origins import parse_origin
from ipviz.domain.scope import Scope

ASKED_PER_MINUTE = 1200
"""Of a token that says nothing else: twenty a second, so that no program takes the site from the others."""
MOST_PER_MINUTE = 1_000_000
MOST_NAMES = 100


class LimitRefused(ValueError):
    """A limit that can't be; `field` is which one, and the message says why, in one line."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def known_network(text: str) -> None:
    try:
        parse_origin(text)
    except ValueError:
        written = "One is written like 192.0.2.0/24, 2001:db8::/64 or 192.0.2.7."
        raise ValueError(f"{text!r} is no network. {written}") from None


def known_path(path: str) -> None:
    """That of a cluster, or of an organisation in a management cluster in which there is one."""
    if not Cluster.objects.in_scope(Scope(clusters=frozenset({path}))).exists():
        raise ValueError(
            f"There is no cluster {path}: say its path, like gmc/org-acme/beta, as the list of clusters does,"
            " or gmc/org-acme for all of an organisation."
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """`networks` are CIDRs and addresses, `segments` names, `clusters` paths (as `Scope` has them).

    Empty is no limit.
    """

    networks: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    per_minute: int | None = None

    def check(self) -> None:
        """Raise LimitRefused for the first that can't be."""
        for field, check in CHECKS.items():
            names: tuple[str, ...] = getattr(self, field)
            if len(names) > MOST_NAMES:
                raise LimitRefused(field, f"These are more than {MOST_NAMES}.")
            for name in names:
                try:
                    check(name)
                except ValueError as error:
                    raise LimitRefused(field, str(error)) from error
        if self.per_minute is not None and not 1 <= self.per_minute <= MOST_PER_MINUTE:
            raise LimitRefused("per_minute", f"It is a number of requests from 1 to {MOST_PER_MINUTE:,}.")


CHECKS: Mapping[str, Callable[[str], None]] = {
    "networks": known_network,
    "segments": known_segment,
    "clusters": known_path,
}

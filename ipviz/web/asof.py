"""Looking: who does, at which moment, and the ones next to it at which something changed."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from ipviz.accounts.scopes import scope_of
from ipviz.domain.moments import moment_text, read_past_moment
from ipviz.domain.scope import Scope
from ipviz.findings.querysets import TransitionQuerySet
from ipviz.inventory.models import Snapshot
from ipviz.inventory.moments import Steps, steps_around
from ipviz.inventory.querysets import OccupancyQuerySet

NONE = Steps()


@dataclass(frozen=True, slots=True)
class AsOf:
    """`scope` is what whoever looks may see.

    `at` is None for now. `fault` says why what was asked for is no moment; it is told as of now then.
    `known` is the first moment of which something is known.
    """

    now: datetime
    scope: Scope
    at: datetime | None = None
    fault: str = ""
    steps: Steps = NONE
    known: datetime | None = None

    @property
    def is_unknown(self) -> bool:
        """Nothing is known of that moment, so what looks free may have been in use."""
        return self.at is not None and (self.known is None or self.at < self.known)

    @property
    def moment(self) -> datetime:
        """What is looked at, now or then."""
        return self.at or self.now

    @property
    def text(self) -> str:
        """The moment as an address of the web has it."""
        return moment_text(self.moment)

    @property
    def typed(self) -> str:
        """As the browser's own field for a moment has it."""
        return self.moment.strftime("%Y-%m-%dT%H:%M:%S")

    @property
    def previous(self) -> str:
        return moment_text(self.steps.previous) if self.steps.previous else ""

    @property
    def next(self) -> str:
        return moment_text(self.steps.next) if self.steps.next else ""


def as_of(
    request: HttpRequest,
    now: datetime,
    rows: OccupancyQuerySet | None = None,
    found: TransitionQuerySet | None = None,
) -> AsOf:
    """What `?at=` asks for.

    Args:
        rows: all that ever were there, to tell the moments next to it.
        found: what happened to findings there, which is a moment as well: a collision is seen a little later
            than who is part of it.
    """
    at, fault, scope = None, "", scope_of(request)
    if text := request.GET.get("at", ""):
        try:
            at = read_past_moment(text, now=now)
        except ValueError as error:
            fault = str(error)
    steps = steps_around(rows.in_scope(scope), at) if rows is not None else NONE
    if found is not None:
        found = found.in_scope(scope)
        steps = steps.joined(Steps(found.before(at), found.after(at) if at else None))
    # Where something changed before it, something is known of it.
    known = steps.previous or (Snapshot.objects.in_scope(scope).known_since() if at else None)
    return AsOf(now, scope, at, fault, steps, known)

"""Which tables a backup holds, and which not and why: every table is named here (a test compares).

In: what people entered and decided, and what the program remembers of having said, so that nobody is told
twice. Out: what the next polls find again, and what is good for a moment only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet


@dataclass(frozen=True, slots=True)
class Part:
    """One table in a backup.

    Args:
        label: of its model.
        without: its fields that are of the moment, and begin anew.
        only: which of its rows; all, unless it is said.
    """

    label: str
    without: frozenset[str] = frozenset()
    only: Mapping[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> type[Model]:
        return apps.get_model(self.label)

    @property
    def fields(self) -> list[str]:
        meta = self.model._meta
        return [f.name for f in (*meta.local_fields, *meta.local_many_to_many) if f.name not in self.without]

    def rows(self) -> QuerySet[Any]:
        return self.model._base_manager.filter(**self.only).order_by("pk")


PARTS = (
    Part("auth.user", without=frozenset({"user_permissions"})),
    Part("audit.entry"),
    Part("accounts.personlimits"),
    Part("accounts.provideridentity"),
    Part("accounts.apitoken"),
    Part("clusters.segment"),
    Part("clusters.subnet", only={"declared": True}),
    # Workload clusters too: a finding that stands ends when its cluster is not there.
    Part(
        "clusters.cluster",
        without=frozenset({"next_poll_at", "turn_given_at", "leased_until", "lease", "failures"}),
    ),
    Part("findings.finding"),
    Part("findings.party"),
    Part("findings.transition"),
    Part("alerts.subscription"),
    Part("alerts.silence"),
    Part("alerts.delivery", without=frozenset({"lease_until"})),
    Part("alerts.try"),
    Part("alerts.alert"),
    # The numbers go on where they were, so that who follows a feed misses nothing, or learns that it did.
    Part("inventory.feed"),
)
"""In this order: a row may name others by their names only if they come before it."""

LEFT_OUT = {
    "auth.group": "the roles, which every database has from the start",
    "auth.permission": "Django's own; roles are groups",
    "contenttypes.contenttype": "Django's own",
    "sessions.session": "whoever is signed in signs in again",
    "axes.accessattempt": "who guesses now, for a quarter of an hour",
    "axes.accessattemptexpiration": "who guesses now, for a quarter of an hour",
    "axes.accessfailurelog": "not written",
    "axes.accesslog": "not written",
    "accounts.signinlink": "good for a day; a new one is printed at need",
    "clusters.judgerequest": "every poll asks again",
    "polling.pulse": "whether the schedule is alive now",
    "polling.judging": "how long judgements took here",
    "findings.keptsurvey": "the next judgement keeps a new one",
    "inventory.snapshot": "what polls saw",
    "inventory.listdigest": "what polls saw",
    "inventory.version": "what polls saw",
    "inventory.occupancy": "what polls saw",
    "inventory.change": "what polls saw",
    "inventory.usagesample": "what polls saw",
}

"""Recording what somebody changed, in the transaction that changes it; the only writer of the audit's table.

Who writes what people enter says so here, by one of these words: `made`, `changing` (or `changed`),
`removed`, `happened`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from ipviz.audit.actor import actor
from ipviz.audit.models import NAME_LENGTH, WHO_LENGTH, Entry
from ipviz.domain.edits import Facts, edited, plain

Fact = Callable[[Any], object]
NOTHING: Facts = {}


def named(*fields: str) -> dict[str, Fact]:
    """Facts that are attributes of that name."""
    return {field: attrgetter(field) for field in fields}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing, how one is named, and which facts of one are told.

    Each fact is named, and no other is ever told: a secret is not left out, it was never asked for.
    """

    word: str
    name: Callable[[Any], str]
    facts: Mapping[str, Fact]

    def facts_of(self, thing: Model) -> Facts:
        # Plain at once: a list may be changed in place later.
        return {name: plain(fact(thing)) for name, fact in self.facts.items()}


def made(kind: Kind, thing: Model) -> None:
    _write(kind, thing, "made", NOTHING, kind.facts_of(thing))


def removed(kind: Kind, thing: Model) -> None:
    """To be said before it is, while it can still be told."""
    _write(kind, thing, "removed", kind.facts_of(thing), NOTHING)


@contextmanager
def changing(kind: Kind, thing: Model, action: str = "changed", /, **besides: object) -> Iterator[None]:
    """What is different of it at the end is recorded, and nothing where nothing is.

    Args:
        besides: facts that go with the change, and are no fields of the thing.
    """
    with transaction.atomic():
        before = kind.facts_of(thing)
        yield
        changed(kind, thing, before, action, **besides)


def changed(kind: Kind, thing: Model, before: Facts, action: str = "changed", /, **besides: object) -> None:
    """The same, of a thing that was looked at before as another object."""
    after = kind.facts_of(thing)
    if edited(before, after) != ({}, {}):
        _write(kind, thing, action, before, {**after, **besides})


def happened(kind: Kind, thing: Model, action: str, *, who: str = "", **facts: object) -> None:
    """Something was done with it that changes no fact of it.

    Args:
        who: where that is not whoever acts now, as with somebody who is just signing in.
    """
    _write(kind, thing, action, NOTHING, facts, who)


def _write(kind: Kind, thing: Model, action: str, before: Facts, after: Facts, who: str = "") -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("What is audited is written in one transaction with it.")
    by, (old, new) = actor(), edited(before, after)
    Entry.objects.create(
        at=timezone.now(),
        who=(who or by.who)[:WHO_LENGTH],
        origin=by.origin,
        request_id=by.request_id,
        kind=kind.word,
        ref="" if thing.pk is None else str(thing.pk),
        name=kind.name(thing)[:NAME_LENGTH],
        action=action,
        before=old,
        after=new,
    )

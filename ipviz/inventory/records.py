"""Domain values to and from what the tables hold."""

from datetime import datetime
from functools import cache
from typing import Any, Protocol

import msgspec

from ipviz.domain.occupants import Consumer, Occupant, Purpose, Role
from ipviz.domain.seen import RECORD_OF_KIND, Port, Ref, Seen
from ipviz.domain.spans import first_key, last_key, span_from_keys
from ipviz.inventory.models import Occupancy

_encoder = msgspec.json.Encoder(order="deterministic")


def encode(record: Seen) -> str:
    """The same text for equal records."""
    return _encoder.encode(record).decode()


@cache
def _decoder(kind: str) -> msgspec.json.Decoder[Seen]:
    return msgspec.json.Decoder(RECORD_OF_KIND[kind])


def decode(kind: str, text: str) -> Seen:
    return _decoder(kind).decode(text)


def facts_of(occupant: Occupant) -> dict[str, Any]:
    """What a row's own columns do not say, without what is at its default."""
    facts = {
        "pool": occupant.pool,
        "ports": [str(port) for port in occupant.ports],
        "terminating": occupant.terminating,
        "paused": occupant.paused,
        "silent": not occupant.announced,
        "foreign": occupant.foreign,
        "holder": occupant.holder,
        "allocation_prefix": occupant.allocation_prefix,
        "by": occupant.consumer.by,
        "weak": occupant.consumer.weak,
        "machine": occupant.consumer.machine,
    }
    return {name: value for name, value in facts.items() if value}


def row_of(occupant: Occupant) -> Occupancy:
    """An unsaved row without its cluster and times."""
    return Occupancy(
        kind=occupant.ref.kind,
        uid=occupant.ref.uid,
        namespace=occupant.ref.namespace,
        name=occupant.ref.name,
        role=occupant.role.value,
        first_key=first_key(occupant.span),
        last_key=last_key(occupant.span),
        consumer_cluster=occupant.consumer.cluster,
        purpose=occupant.consumer.purpose.value,
        prefix=occupant.prefix,
        facts=facts_of(occupant),
    )


class OccupantRow(Protocol):
    """What an occupant is made from: a row as a model, or its columns alone, which costs less."""

    cluster_id: int
    kind: str
    uid: str
    namespace: str
    name: str
    role: str
    first_key: str
    last_key: str
    consumer_cluster: str
    purpose: str
    prefix: int
    facts: Any
    since: datetime


OCCUPANT_COLUMNS = tuple(OccupantRow.__annotations__)


def occupant_of(row: OccupantRow, *, path: str, stale: bool) -> Occupant:
    """The domain's value of a row, with `since` from its time."""
    facts = row.facts
    return Occupant(
        span=span_from_keys(row.first_key, row.last_key),
        role=Role(row.role),
        cluster=path,
        ref=Ref(row.kind, row.namespace, row.name, row.uid),
        consumer=Consumer(
            row.consumer_cluster,
            Purpose(row.purpose),
            facts.get("by", ""),
            facts.get("weak", False),
            facts.get("machine", ""),
        ),
        pool=facts.get("pool", ""),
        ports=tuple(_port(text) for text in facts.get("ports", ())),
        terminating=facts.get("terminating", False),
        paused=facts.get("paused", False),
        announced=not facts.get("silent", False),
        foreign=facts.get("foreign", False),
        holder=facts.get("holder", ""),
        allocation_prefix=facts.get("allocation_prefix", 0),
        prefix=row.prefix,
        since=row.since,
        stale=stale,
    )


def _port(text: str) -> Port:
    protocol, _, number = text.rpartition("/")
    return Port(protocol, int(number))

"""Whatever a cluster lists is read, stored and judged without a fault, and what is left out is named."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipviz.domain.hints import networks_of
from ipviz.domain.leases import settled
from ipviz.domain.seen import Observation, Read, Seen, Unread
from ipviz.domain.statements import pending_claims, statements_of
from ipviz.inventory.records import decode, encode
from ipviz.kube.errors import one_line
from ipviz.kube.kinds import NAME_LIMIT
from ipviz.kube.parse import UNNAMED, parse
from ipviz.kube.records import READINGS
from tests.kube.samples import Object, page, pages
from tests.kube.shapes import (
    EXAMPLES,
    allowed,
    anything,
    kinds_with_schemas,
    odd,
    schemas,
)

AT = datetime(2026, 1, 20, tzinfo=UTC)
slowly = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def good(kind: str, name: str) -> Object:
    """The example under another name, for which it is kept by all that may be kept of its kind."""
    example = EXAMPLES[kind]
    return {**example, "metadata": {**example["metadata"], "name": name, "uid": f"uid-of-good-{name}"}}


def name_of(of: Any) -> str:
    """The name by which an object is reported."""
    meta = of.get("metadata") if isinstance(of, dict) else None
    name = meta.get("name") if isinstance(meta, dict) else None
    return (one_line(name, NAME_LIMIT) if isinstance(name, str) else "") or UNNAMED


def stored_and_judged(found: Observation) -> None:
    """Do with it all that a poll does, but for the database."""
    records: dict[str, tuple[Seen, ...]] = {}
    for kind, read in settled(found, AT).kinds.items():
        assert isinstance(read, Read), read
        records[kind] = read.records
        for record in read.records:
            assert decode(kind, encode(record)) == record
    for is_management in (True, False):
        statements_of(records, path="gmc", is_management=is_management)
    pending_claims(records, path="gmc")
    networks_of(records)


def check(kind: str, of: Any) -> None:
    """An object between two good ones is kept, of no interest, or named; and they are kept."""
    before, after = good(kind, "first"), good(kind, "last")
    found = parse({kind: pages(page(before, of, after))})
    read = found.kinds[kind]
    assert isinstance(read, Read), read
    names = [record.ref.name for record in read.records]
    assert [names[0], names[-1]] == ["first", "last"]
    assert len(read.records) + len(read.unreadable) <= 3
    assert [each.name for each in read.unreadable] in ([], [name_of(of)])
    assert all(each.kind == kind and each.reason for each in read.unreadable)
    stored_and_judged(found)


@pytest.mark.parametrize("kind", READINGS)
def test_an_example_is_kept(kind: str) -> None:
    read = parse({kind: pages(page(EXAMPLES[kind]))}).kinds[kind]
    assert isinstance(read, Read)
    assert (len(read.records), read.unreadable) == (1, ())


@pytest.mark.parametrize("kind", READINGS)
@given(data=st.data())
@settings(slowly, max_examples=60)
def test_with_anything_in_any_place_an_object_is_kept_or_named(kind: str, data: st.DataObject) -> None:
    check(kind, data.draw(odd(EXAMPLES[kind])))


@pytest.mark.parametrize("kind", kinds_with_schemas())
@given(data=st.data())
@settings(slowly, max_examples=50)
def test_what_a_schema_allows_is_kept_or_named(kind: str, data: st.DataObject) -> None:
    check(kind, data.draw(allowed(data.draw(st.sampled_from(schemas(kind))))))


@given(kind=st.sampled_from(list(READINGS)), of=anything)
@settings(slowly)
def test_what_is_no_object_at_all_is_named(kind: str, of: Any) -> None:
    check(kind, of)


@given(cluster=st.fixed_dictionaries({kind: st.lists(odd(of), max_size=2) for kind, of in EXAMPLES.items()}))
@settings(slowly, max_examples=120)
def test_a_whole_cluster_of_odd_objects_can_be_judged(cluster: Mapping[str, list[Any]]) -> None:
    found = parse({kind: pages(page(EXAMPLES[kind], *odds)) for kind, odds in cluster.items()})
    stored_and_judged(found)


edits = st.lists(
    st.tuples(st.sampled_from(["flip", "cut", "put"]), st.integers(0, 1 << 16), st.integers(1, 255)),
    min_size=1,
    max_size=3,
)


def edited(body: bytes, edit: tuple[str, int, int]) -> bytes:
    how, at, with_ = edit
    at %= len(body)
    if how == "flip":
        return body[:at] + bytes([body[at] ^ with_]) + body[at + 1 :]
    if how == "cut":
        return body[:at] + body[at + with_ :]
    return body[:at] + bytes([with_]) + body[at:]


@given(kind=st.sampled_from(list(READINGS)), edits=edits)
@settings(slowly, max_examples=800)
def test_of_a_list_with_broken_bytes_all_is_kept_that_is_whole(
    kind: str, edits: list[tuple[str, int, int]]
) -> None:
    objects = [good(kind, name) for name in ("first", "second", "third")]
    body = page(*objects)
    for edit in edits:
        body = edited(body, edit)
    found = parse({kind: pages(body)})
    read = found.kinds[kind]
    if isinstance(read, Unread):
        assert read.reason.startswith(f"the list of {kind} objects is not one: ")
        return
    whole = [each["metadata"]["name"] for each in objects if json.dumps(each).encode() in body]
    assert set(whole) <= {record.ref.name for record in read.records}
    assert all(each.name and each.reason for each in read.unreadable)
    stored_and_judged(found)

"""One bad object fails alone, by name and with a reason; text from clusters is hostile."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.seen import Read
from ipviz.domain.spans import address_or_none
from ipviz.kube.parse import parse
from tests.kube.samples import (
    Object,
    ip_address,
    listing,
    load_balancer,
    meta,
    names_of,
    page,
    pages,
    read,
    record,
    unread,
    unreadable,
)


def test_one_bad_object_fails_alone() -> None:
    found = read("IPAddress", ip_address("red"), ip_address("bad", "not-an-ip"), ip_address("blue"))
    assert names_of(found) == ["red", "blue"]
    assert [str(each) for each in found.unreadable] == [
        "IPAddress org-acme/bad: 'not-an-ip': not an IP address"
    ]


def without(path: str, of: Object) -> Object:
    first, _, rest = path.partition(".")
    return {k: without(rest, v) if k == first else v for k, v in of.items() if rest or k != first}


def with_spec(**spec: Any) -> Object:
    return ip_address("bad", **spec)


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        pytest.param(ip_address("bad", ""), "'': not an IP address", id="empty"),
        pytest.param(ip_address("bad", 7), "Expected `str`, got `int` - at `$.spec.address`", id="number"),
        pytest.param(ip_address("bad", "fe80::1%eth0"), "'fe80::1%eth0': not an IP address", id="zone"),
        pytest.param(
            with_spec(prefix="24"), "Expected `int`, got `str` - at `$.spec.prefix`", id="prefix as text"
        ),
        pytest.param(
            with_spec(prefix=129), "Expected `int` <= 128 - at `$.spec.prefix`", id="prefix too long"
        ),
        pytest.param(with_spec(prefix=10**400), "Expected `int` <= 128 - at `$.spec.prefix`", id="huge"),
        pytest.param(without("spec", with_spec()), "Object missing required field `spec`", id="no spec"),
        pytest.param(
            without("spec.poolRef.name", with_spec()),
            "Object missing required field `name` - at `$.spec.poolRef`",
            id="no pool",
        ),
        pytest.param(
            with_spec(poolRef={"kind": "p\x00", "name": "p"}),
            "holds a NUL character",
            id="NUL in a kept text",
        ),
    ],
)
def test_the_reason_says_where_and_what(of: Object, reason: str) -> None:
    found = unreadable("IPAddress", of)
    assert (found.namespace, found.name, found.reason) == ("org-acme", "bad", reason)


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.07",
        "192.0.2",
        "192.0.2.1.",
        "192.0.2.256",
        "192.0.2.7\n",
        "192.0.2.\u0667",
        "1.2.3.4.5",
        "::g",
    ],
)
def test_what_only_looks_like_an_address_is_none(text: str) -> None:
    assert unreadable("IPAddress", ip_address("bad", text)).reason == f"{text!r}: not an IP address"


@given(octets=st.lists(st.integers(0, 300), min_size=4, max_size=4))
def test_an_address_of_four_octets_is_told_as_the_standard_library_does(octets: list[int]) -> None:
    text = ".".join(map(str, octets))
    assert bool(read("IPAddress", ip_address("blue", text)).records) == (address_or_none(text) is not None)


@pytest.mark.parametrize(
    "entry",
    ["192.0.2.300", "192.0.2.9-192.0.2.1", "192.0.2.0/255.255.255.0", " 192.0.2.1", "192.0.2.1-9", ""],
)
def test_a_pool_with_an_entry_that_the_provider_refuses_is_named_with_it(entry: str) -> None:
    good = {"addresses": ["192.0.2.1"], "prefix": 24}
    for spec in (
        {**good, "addresses": ["192.0.2.1", entry]},
        {**good, "excludedAddresses": [entry]},
    ):
        found = unreadable("InClusterIPPool", {"metadata": meta("pool", "org-acme"), "spec": spec})
        assert found.reason == f"{entry!r}: not an address, range or CIDR"


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (None, "(unnamed)"),
        (7, "(unnamed)"),
        ([], "(unnamed)"),
        ({}, "(unnamed)"),
        ({"metadata": "text"}, "(unnamed)"),
        ({"metadata": {"name": 7}}, "(unnamed)"),
        ({"metadata": {"name": "half"}}, "half"),
        ({"metadata": {"name": "two\nlines\u202e"}}, "two lines"),
        ({"metadata": {"name": "n" * 300}}, "n" * 252 + "…"),
    ],
)
def test_an_object_is_named_as_well_as_it_lets_us(item: Any, name: str) -> None:
    assert unreadable("IPAddress", item).name == name


@pytest.mark.parametrize("name", ["", "a/b", "a\x00b", "a\nb"])
def test_a_name_that_no_object_can_have_is_refused(name: str) -> None:
    of = ip_address()
    of["metadata"]["name"] = name
    assert "name" in unreadable("IPAddress", of).reason


@pytest.mark.parametrize("name", ["n" * 253, "\u202eevil", "<script>alert(1)</script>".replace("/", "")])
def test_a_strange_name_is_kept_for_the_pages_to_escape(name: str) -> None:
    of = ip_address()
    of["metadata"]["name"] = name
    assert record("IPAddress", of).ref.name == name


def test_a_nul_in_what_we_do_not_keep_does_no_harm() -> None:
    of = ip_address()
    of["metadata"]["annotations"] = {"note": "a\x00b"}
    assert record("IPAddress", of).address == "192.0.2.7"


def test_a_text_that_only_quotes_a_nul_is_none() -> None:
    annotations = {"kube-vip.io/vipHost": "a\\u0000b"}
    assert record("Service", load_balancer(metadata={"annotations": annotations})).holder == "a\\u0000b"


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00"])
def test_a_creation_time_that_is_none_is_refused(time: str) -> None:
    of = load_balancer(metadata={"creationTimestamp": time})
    assert "creationTimestamp" in unreadable("Service", of).reason


def test_a_port_is_a_port_number() -> None:
    assert (
        "$.spec.ports[0].port"
        in unreadable("Service", load_balancer(spec={"ports": [{"port": 65536}]})).reason
    )


def test_a_bad_ingress_address_is_named() -> None:
    of = load_balancer(status={"loadBalancer": {"ingress": [{"ip": "here"}]}})
    assert unreadable("Service", of).reason == "'here': not an IP address"


def test_an_object_that_is_listed_twice_counts_once() -> None:
    assert names_of(read("IPAddress", ip_address("blue"), ip_address("blue"))) == ["blue"]


def test_two_objects_with_one_uid_are_reported() -> None:
    red, blue = ip_address("red"), ip_address("blue")
    blue["metadata"]["uid"] = red["metadata"]["uid"]
    found = read("IPAddress", red, blue)
    assert names_of(found) == ["red"]
    assert [str(each) for each in found.unreadable] == [
        "IPAddress org-acme/blue: it has the uid of IPAddress org-acme/red"
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>login</html>",
        b"{}",
        b"[]",
        b"null",
        b'{"items": 7}',
        b'{"items": {"a": 1}}',
        b'{"kind": "Status", "status": "Failure"}',
        page(ip_address())[:-3],
        page(ip_address()) + b"x",
        page(ip_address()).decode().encode("utf-16"),
        b'{"items":' + b"[" * 100_000,
        b'{"items":[{"metadata":{"name":"\\ud800"}}]}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_list_leaves_the_kind_unread(body: bytes) -> None:
    assert unread("IPAddress", body).startswith("the list of IPAddress objects is not one: ")


def test_an_object_that_is_nested_too_deeply_is_said_of_its_list() -> None:
    of = json.dumps(ip_address("bad", "@@")).encode().replace(b'"@@"', b"[" * 3000 + b"]" * 3000)
    body = b'{"items":[' + of + b"]}"
    assert unread("IPAddress", body) == "the list of IPAddress objects is not one: nested too deeply"


def test_an_object_that_is_not_utf_8_fails_alone() -> None:
    bad = json.dumps(ip_address("bad", "@@")).encode().replace(b"@@", b"\xff\xfe")
    body = b'{"items":[' + bad + b"," + json.dumps(ip_address("blue")).encode() + b"]}"
    found = parse({"IPAddress": pages(body)}).kinds["IPAddress"]
    assert names_of(found) == ["blue"]
    assert isinstance(found, Read)
    assert [each.reason for each in found.unreadable] == ["not UTF-8"]


def test_an_empty_list_is_read_and_empty() -> None:
    assert read("IPAddress") == Read()
    assert parse(listing(IPAddress=b'{"items":null}')).kinds["IPAddress"] == Read()

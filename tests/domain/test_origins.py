"""Where a request comes from, through proxies that may or may not be believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.origins import origin, parse_origin

TRUSTED = [parse_origin("10.0.0.0/8"), parse_origin("2001:db8:1::/48")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),  # a stranger says what it likes
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),  # what comes before may be invented
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", " 2001:db8:2::1 ,2001:db8:1::7", "2001:db8:2::1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "", None),  # a proxy that does not say whom it serves
        ("10.0.0.1", "unknown", None),
        ("", "198.51.100.1", None),
    ],
)
def test_the_last_that_no_trusted_proxy_is(peer: str, forwarded: str, expected: str | None) -> None:
    found = origin(peer, forwarded, TRUSTED)
    assert (str(found) if found else None) == expected


@given(st.lists(st.ip_addresses().map(str), max_size=5), st.ip_addresses(v=4).map(str))
def test_nothing_that_a_stranger_writes_is_believed(written: list[str], peer: str) -> None:
    if not peer.startswith("10."):
        assert origin(peer, ", ".join(written), TRUSTED) == parse_origin(peer)


@pytest.mark.parametrize("text", ["", "nonsense", "192.0.2.0/33", "192.0.2.0/255.255.255.0", "host.example"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_origin(text)

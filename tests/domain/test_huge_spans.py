"""Pools and ranges of any size: right, and none is ever walked address by address (it would never end)."""

import pytest

from ipviz.domain.estate import DeclaredSubnet, Estate
from ipviz.domain.seen import Seen
from tests.builders import (
    BETA,
    GMC,
    estate,
    estate_seen,
    lb_range,
    pool,
    prefix_pool,
    seen_address,
    seen_cluster,
    seen_config_map,
    seen_pool,
    seen_prefix_pool,
    seen_provider,
    seen_service,
    span,
    svc,
)  # fmt: skip
from tests.verdicts import only, said, severities


def gmc(*seen: Seen, beta: tuple[Seen, ...] = ()) -> Estate:
    return estate_seen({GMC: list(seen), BETA: list(beta)})


def test_a_whole_class_a_network_as_a_pool() -> None:
    huge = seen_pool("10.0.0.0/8", prefix=8)
    taken = seen_address("10.0.0.1", "alpha")
    found = gmc(
        huge,
        taken,
        seen_cluster("alpha", "10.0.0.1"),
        seen_cluster("gamma", "10.0.0.2"),
        seen_cluster("x", "10.99.0.1"),
    )
    assert [each for each in said(found) if each[0] == "H1"] == [
        ("H1", "critical", "10.0.0.2"),
        ("H1", "high", "10.99.0.1"),
    ]
    assert severities(found, "P2") == []


def test_everything_as_a_pool_and_as_a_range() -> None:
    everything = seen_pool("0.0.0.0/0", prefix=0)
    service = seen_service("web", annotation="203.0.113.7", labelled=True, status=["203.0.113.7"])
    config = seen_config_map(data={"cidr-global": "0.0.0.0/1,128.0.0.0/1"})
    found = gmc(everything, beta=(seen_provider(), config, service))
    met = [subject for rule, _, subject in said(found) if rule == "H2"]
    assert (met[0], len(met)) == ("0.0.0.1-126.255.255.255", 4)
    assert severities(found, "H1") == ["high"]


def test_a_pool_of_more_prefixes_than_can_be_counted() -> None:
    huge = seen_prefix_pool("2000::/3", length=64)
    node = seen_cluster("gamma", "2000::7")
    verdict = only(gmc(huge, node), "H1")
    assert (verdict.severity, verdict.subject) == ("critical", "2000::7")
    assert "will be given 2000::-2000::ffff:ffff:ffff:ffff" in verdict.explanation


def test_a_handed_out_prefix_and_a_service_deep_inside() -> None:
    given = seen_address(
        "2001:db8:0:7::", "net", pool="pods", pool_kind="GlobalInClusterPrefixPool", prefix=64
    )
    service = seen_service("web", annotation="2001:db8:0:7:dead::1", status=["2001:db8:0:7:dead::1"])
    verdict = only(gmc(seen_prefix_pool("2001:db8::/32"), given, beta=(service,)), "C3")
    assert verdict.subject == "2001:db8:0:7:dead::1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.0.0.0/8", "10.255.255.255-11.255.255.255"),
        ("2001:db8::-2001:db8::ffff", "2001:db8::ffff-2001:db8::1:0:0"),
    ],
)
def test_ranges_that_touch_at_one_address(one: str, other: str) -> None:
    touching = str(span(one).intersection(span(other)))
    assert said(estate(pool(one), pool(other, "more"))) == [("H5", "high", touching)]
    assert said(estate(pool(one), lb_range(other))) == [("H2", "high", touching)]
    beside = f"{span(one).first_text}-{span(one).first_text}"
    assert said(estate(pool(beside), lb_range(other))) == []


def test_a_pool_of_prefixes_around_an_address_and_a_declared_subnet() -> None:
    subnet = DeclaredSubnet(span("2001:db8::/64"), span("2001:db8::1"))
    found = estate(prefix_pool("2001:db8::/32"), svc("2001:db8::1"), subnets=[subnet])
    assert {rule for rule, _, _ in said(found)} == {"C12", "H1"}

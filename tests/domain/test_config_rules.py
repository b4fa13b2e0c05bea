"""H11 and H12: configurations that do not say what their authors meant."""

import pytest

from ipviz.domain.estate import Estate
from ipviz.domain.seen import Seen
from tests.builders import (
    BETA,
    GMC,
    estate_seen,
    facts,
    seen_config_map,
    seen_pool,
    seen_provider,
    seen_service,
)  # fmt: skip
from tests.verdicts import only, party_names, said, severities

SUBJECT = f"{BETA} ConfigMap kube-system/kubevip"


def beta(data: dict[str, str], *seen: Seen, version: str = "v0.0.10") -> Estate:
    return estate_seen({GMC: [], BETA: [seen_provider(version=version), seen_config_map(data=data), *seen]})


def test_a_cidr_with_host_bits_covers_its_neighbours() -> None:
    verdict = only(beta({"cidr-global": "192.0.2.238/30"}), "H11")
    assert (verdict.severity, verdict.subject) == ("low", "192.0.2.236-192.0.2.239")
    assert verdict.title == (
        "192.0.2.238/30 in ConfigMap kube-system/kubevip of beta covers all of 192.0.2.236-192.0.2.239"
    )
    assert "192.0.2.238/30 is read as 192.0.2.236/30" in verdict.explanation


@pytest.mark.parametrize(
    "value", ["192.0.2.236/30", "192.0.2.236/32", "192.0.2.1-192.0.2.9", "192.0.2.0/x", ""]
)
def test_an_aligned_one_and_what_is_none_do_not(value: str) -> None:
    assert severities(beta({"cidr-global": value}), "H11") == []


def test_the_entries_of_pools_count_too() -> None:
    pool = seen_pool("192.0.2.5/30", "192.0.2.16/28", excluded=["192.0.2.18/31", "192.0.2.21/30"])
    found = estate_seen({GMC: [pool]})
    assert [each[2] for each in said(found) if each[0] == "H11"] == [
        "192.0.2.4-192.0.2.7",
        "192.0.2.20-192.0.2.23",
    ]


def test_two_that_write_the_same_are_one_finding() -> None:
    verdict = only(beta({"cidr-global": "192.0.2.238/30", "cidr-shop": "192.0.2.237/30"}), "H11")
    assert party_names(verdict) == [f"{BETA} ConfigMap kube-system/kubevip"]


def test_an_empty_key_that_hides_a_range_is_high() -> None:
    """cidr-global "" is found first, and ends the search."""
    verdict = only(beta({"cidr-global": "", "range-global": "192.0.2.1-192.0.2.9"}), "H12")
    assert (verdict.severity, verdict.subject) == ("high", f"{SUBJECT} range-global")
    assert verdict.title == (
        "The load-balancer ranges of beta (workload of gmc) are not what they seem: range-global is never "
        "looked at"
    )
    assert "cidr-global is there, though empty" in verdict.explanation


def test_a_range_of_a_namespace_that_another_key_shadows_is_medium() -> None:
    data = {"cidr-global": "192.0.2.0/28", "range-shop": "192.0.2.32-192.0.2.40"}
    verdict = only(beta(data), "H12")
    assert (verdict.severity, verdict.subject) == ("medium", f"{SUBJECT} range-shop")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"cidr-global": "", "range-global": ""},
        {"cidr-global": "192.0.2.0/28"},
        {"cidr-global": "192.0.2.0/28", "range-global": ""},
        {"cidr-shop": "192.0.2.0/28", "range-global": "192.0.2.32-192.0.2.40"},
        {"cidr-global": "0.0.0.0/32"},
        {"cidr-global": "192.0.2.1-192.0.2.9", "kubevip-services": "{}", "search-order": "desc"},
    ],
)
def test_what_charts_write_and_what_works_is_nothing(data: dict[str, str]) -> None:
    assert said(beta(data)) == []


@pytest.mark.parametrize(
    "value",
    ["192.0.2.0/28,192.0.2.32-192.0.2.40", "192.0.2.0/28, 192.0.2.32/28", "192.0.2.9", "192.0.2.9-192.0.2.1"],
)
def test_a_value_that_cannot_be_read_is_high(value: str) -> None:
    verdict = only(beta({"cidr-global": value}), "H12")
    assert verdict.severity == "high"
    assert verdict.title.endswith("cidr-global cannot be read")


@pytest.mark.parametrize("annotation", ["lb.example.com", "192.0.2.1, 192.0.2.2", ""])
def test_an_annotation_that_stops_every_new_service_is_high(annotation: str) -> None:
    odd = seen_service("odd", annotation=annotation, labelled=True, status=["192.0.2.1"])
    verdict = only(beta({"cidr-global": "192.0.2.0/28"}, odd), "H12")
    assert (verdict.severity, verdict.subject) == ("high", f"{BETA} Service shop/odd")
    assert verdict.title == (
        "The annotation of shop/odd keeps new Services of beta (workload of gmc) from addresses"
    )
    unlabelled = seen_service("odd", annotation=annotation, status=["192.0.2.1"])
    assert severities(beta({"cidr-global": "192.0.2.0/28"}, unlabelled), "H12") == []


def test_a_config_map_that_is_not_there_is_medium() -> None:
    verdict = only(estate_seen({GMC: [], BETA: [seen_provider()]}), "H12")
    assert verdict.severity == "medium"
    assert verdict.rests_on == {(BETA, "Deployment"), (BETA, "ConfigMap")}
    assert said(estate_seen({GMC: [], BETA: []})) == []
    blind = facts(BETA, never=["ConfigMap"])
    assert said(estate_seen({GMC: [], BETA: [seen_provider()]}, clusters=[blind])) == []

"""Findings: the worst first, and all of their sides."""

from typing import Any

import pytest

from ipviz.domain.verdicts import Severity
from ipviz.findings.models import Finding
from tests.api.asking import Api
from tests.api.conftest import MANAGEMENT, Estate
from tests.factories import minutes, see


def collision(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.rows("findings/", class_="collision")[0]
    return found


def test_a_collision_with_its_sides(api: Api) -> None:
    found = collision(api)
    assert found["rule"].startswith("C")
    assert (found["status"], found["segment"], found["stale"]) == ("open", "default", False)
    assert (found["first_address"], found["last_address"]) == ("192.0.2.236", "192.0.2.236")
    assert "192.0.2.236" in found["title"]
    assert found["explanation"]
    assert found["remedy"]
    assert (found["first_seen"], found["resolved_at"]) == ("2026-01-15T09:00:06Z", None)
    sides = {(p["cluster"], p["cluster_path"], p["kind"], p["name"], p["role"]) for p in found["parties"]}
    assert sides == {
        ("gmc", "gmc", "Cluster", "gamma", "CPE"),
        ("beta", "gmc/org-acme/beta", "Service", "ingress", "SVC"),
    }
    assert {p["since"] for p in found["parties"]} == {"2026-01-15T09:00:00Z"}


def test_the_worst_come_first_and_of_those_the_newest(api: Api) -> None:
    order = [(Severity(row["severity"]).rank, row["first_seen"]) for row in api.rows("findings/")]
    assert len(order) > 1
    assert [rank for rank, _ in order] == sorted(rank for rank, _ in order)


def test_one_that_ended_is_still_listed(api: Api, estate: Estate) -> None:
    found = collision(api)
    see(estate.beta, at=minutes(9.5))
    estate.judged(9.6)
    assert found["id"] not in [row["id"] for row in api.rows("findings/", status="open,suspected")]
    ended = api.get(f"findings/{found['id']}/").body
    assert (ended["status"], ended["resolved_at"]) == ("resolved", "2026-01-15T09:09:36Z")
    assert found["id"] in [row["id"] for row in api.rows("findings/", status="resolved")]


def test_one_that_rests_on_what_cannot_be_read_is_stale(api: Api, estate: Estate) -> None:
    found = collision(api)
    estate.seen(9.5, unread=("Service",))
    estate.judged(9.6)
    stale = api.get(f"findings/{found['id']}/").body
    assert (stale["status"], stale["stale"]) == ("open", True)
    assert {party["cluster"]: party["stale"] for party in stale["parties"]} == {"gmc": False, "beta": True}


def test_a_blind_spot_is_found_by_its_cluster(api: Api, estate: Estate) -> None:
    see(estate.gmc, *MANAGEMENT, at=minutes(9.5))
    estate.seen(9.7, unread=("Service",))
    estate.judged(9.8)
    blind = api.rows("findings/", cluster="beta", class_="blind-spot")[0]
    assert (blind["first_address"], blind["last_address"]) == (None, None)
    assert blind["parties"][0]["cluster_path"] == "gmc/org-acme/beta"


@pytest.mark.parametrize(
    "asked",
    [
        {"cluster": "beta"},
        {"cluster": "gmc/org-acme/beta"},
        {"within": "192.0.2.236/31"},
        {"q": "INGRESS"},
        {"segment": "default"},
        {"status": "open"},
        {"status": "open,suspected", "severity": "critical,high"},
        {"class_": "collision,hazard"},
    ],
)
def test_the_collision_is_found_by(api: Api, asked: dict[str, str]) -> None:
    assert collision(api) in api.rows("findings/", **asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"cluster": "eta"},
        {"cluster": "hmc"},
        {"within": "192.0.2.0/25"},
        {"within": "2001:db8::/32"},
        {"q": "nobody"},
        {"segment": "lab"},
        {"status": "resolved"},
        {"class_": "capacity"},
        {"rule": "P1,B1"},
    ],
)
def test_and_not_by(api: Api, asked: dict[str, str]) -> None:
    assert collision(api) not in api.rows("findings/", **asked)


def test_rules_are_asked_for_by_name(api: Api) -> None:
    rule = collision(api)["rule"]
    assert {row["rule"] for row in api.rows("findings/", rule=f"{rule},H9")} == {rule}
    assert Finding.objects.exclude(rule=rule).exists()

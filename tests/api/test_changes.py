"""The feed of what happened."""

import pytest

from ipviz.domain.seen import Observation
from ipviz.inventory.store import store
from tests.api.asking import Api
from tests.api.conftest import BETA, MANAGEMENT, Estate
from tests.builders import seen_service
from tests.factories import minutes, see


@pytest.fixture
def happened(estate: Estate) -> Estate:
    """beta's web comes, moves and goes; alpha goes from gmc; hmc can't be read."""
    for at, address in ((9.2, "192.0.2.60"), (9.3, "192.0.2.61")):
        see(estate.beta, *BETA, seen_service("web", annotation=address), at=minutes(at))
    see(estate.beta, *BETA, at=minutes(9.4))
    see(estate.gmc, *(each for each in MANAGEMENT if each.ref.name != "alpha"), at=minutes(9.5))
    store(estate.hmc, Observation(error="no route to host"), taken_at=minutes(9.6), seconds=1)
    return estate


def told(api: Api, **asked: str) -> list[tuple[str, str | None, str]]:
    return [(row["what"], row["kind"], row["name"]) for row in api.rows("changes/", **asked)]


def test_the_latest_comes_first(api: Api, happened: Estate) -> None:
    rows = told(api)
    assert rows[0] == ("unreadable", None, "hmc")
    assert set(rows[1:4]) == {
        ("went", "IPAddress", "alpha"),
        ("went", "IPAddressClaim", "alpha"),
        ("went", "Cluster", "alpha"),
    }
    assert rows[4:] == [
        ("went", "Service", "web"),
        ("changed", "Service", "web"),
        ("appeared", "Service", "web"),
    ]


def test_a_change_says_what_differs(api: Api, happened: Estate) -> None:
    (row,) = api.rows("changes/", what="changed")
    assert (row["at"], row["cluster"], row["segment"]) == ("2026-01-15T09:09:18Z", "beta", "default")
    assert row["differences"] == [{"field": "annotation", "before": "192.0.2.60", "after": "192.0.2.61"}]
    assert api.rows("changes/", what="unreadable")[0]["reason"] == "no route to host"


def test_it_is_asked_by_place_kind_name_and_time(api: Api, happened: Estate) -> None:
    assert {row[2] for row in told(api, cluster="beta")} == {"web"}
    assert told(api, segment="lab") == [("unreadable", None, "hmc")]
    assert told(api, kind="Cluster") == [("went", "Cluster", "alpha")]
    assert len(told(api, q="alph", what="went,changed")) == 3
    assert told(api, since="2026-01-15T09:09:36Z") == [("unreadable", None, "hmc")]
    assert told(api, until="2026-01-15T09:09:12Z") == [("appeared", "Service", "web")]
    assert told(api, at="2026-01-15T09:09:12Z") == [("appeared", "Service", "web")]


def test_within_tells_all_that_happened_to_what_ever_held_an_address_there(
    api: Api, happened: Estate
) -> None:
    assert [row[0] for row in told(api, within="192.0.2.60/31")] == ["went", "changed", "appeared"]
    assert {row[1] for row in told(api, within="192.0.2.233/32", segment="default")} == {
        "IPAddress",
        "Cluster",
    }
    assert told(api, within="203.0.113.0/24") == []


@pytest.mark.parametrize(
    ("field", "value"), [("what", "exploded"), ("since", "tuesday"), ("until", "x"), ("within", "beta")]
)
def test_what_is_asked_wrongly_is_named(api: Api, field: str, value: str) -> None:
    assert field in api.refused("changes/", **{field: value})

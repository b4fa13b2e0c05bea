"""How full things were, and when a pool runs out."""

from datetime import timedelta

import pytest

from ipviz.inventory.models import UsageSample
from ipviz.inventory.reading import estate_of
from ipviz.inventory.usage import sample
from tests.api.asking import Api
from tests.api.conftest import Estate
from tests.factories import minutes, segment

KEY = "GlobalInClusterIPPool//wc-cp-ips"


@pytest.fixture
def sampled(estate: Estate) -> Estate:
    for name in ("default", "lab"):
        sample(segment(name), estate_of(name), at=minutes(9.3))
    return estate


def test_pools_and_subnets_are_told_alike(api: Api, sampled: Estate) -> None:
    rows = {(row["segment"], row["kind"], row["name"]): row for row in api.rows("usage/")}
    assert set(rows) == {
        ("default", "GlobalInClusterIPPool", "wc-cp-ips"),
        ("default", "Subnet", "192.0.2.0/24"),
        ("lab", "Subnet", "192.0.2.0/24"),
    }
    pool = rows["default", "GlobalInClusterIPPool", "wc-cp-ips"]
    (told,) = api.rows("pools/")
    assert [pool[name] for name in ("total", "used", "free")] == [
        told[name] for name in ("total", "used", "free")
    ]
    assert (pool["cluster"], pool["at"], pool["step"]) == ("gmc", "2026-01-15T09:09:00Z", 60)


def test_it_is_asked_by_place_name_step_and_time(api: Api, sampled: Estate) -> None:
    def count(**asked: str) -> int:
        return len(api.rows("usage/", **asked))

    assert count(segment="lab") == 1
    assert count(cluster="gmc") == 1
    assert count(within="192.0.2.0/28", segment="default") == 1
    assert count(q="wc-cp") == 1
    assert count(step="3600") == 0
    assert count(step="60,3600") == 3
    assert count(since="2026-01-15T09:09:30Z") == 0
    assert count(at="2026-01-15T09:08:00Z") == 0


@pytest.mark.parametrize(("field", "value"), [("step", "61"), ("since", "x"), ("within", "x"), ("at", "x")])
def test_what_is_asked_wrongly_is_named(api: Api, field: str, value: str) -> None:
    assert field in api.refused("usage/", **{field: value})


def test_a_pool_tells_when_it_runs_out(api: Api, estate: Estate) -> None:
    (row,) = api.rows("pools/")
    assert row["runs_out"]["day"] is None
    assert row["runs_out"]["why"] == "too little is known: 0 of the 8 days that it takes"
    UsageSample.objects.bulk_create(
        UsageSample(
            segment=segment(), cluster=estate.gmc, pool=KEY, step=3600,
            at=minutes(0) - timedelta(days=14 - day), total=8,
            used=day // 2, most=day // 2, free=8 - day // 2,
        )
        for day in range(14)
    )  # fmt: skip
    (row,) = api.rows("pools/")
    assert row["runs_out"]["earliest"] <= row["runs_out"]["day"] <= row["runs_out"]["latest"]

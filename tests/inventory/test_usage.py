"""How full pools and subnets were: what is kept of it, and how it ages."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from ipviz.alerts.policy import Policy
from ipviz.clusters.models import Cluster, Segment
from ipviz.clusters.subnets import declare
from ipviz.inventory import usage
from ipviz.inventory.models import UsageSample
from ipviz.inventory.reading import estate_of
from ipviz.inventory.usage import age_samples, forecasts, sample
from ipviz.polling.watch import watch
from tests.builders import seen_address, seen_claim, seen_node, seen_pool
from tests.factories import management_cluster, minutes, see, segment

pytestmark = pytest.mark.django_db

POOL = "GlobalInClusterIPPool//wc-cp-ips"
NOTHING_SENT = Policy(base_url="", mail_from="", mail_is_configured=False, recipients=())


@pytest.fixture
def gmc() -> Cluster:
    return management_cluster()


def used(gmc: Cluster, count: int, at: datetime, *, unread: tuple[str, ...] = ()) -> None:
    """Have so many addresses of the pool be handed out, and look at it."""
    addresses = [seen_address(f"192.0.2.{232 + n}", f"a{n}") for n in range(count)]
    see(gmc, seen_pool("192.0.2.232-192.0.2.239"), *addresses, at=at, unread=unread)
    sample(segment(), estate_of("default"), at=at)


def told(**of: Any) -> list[tuple[datetime, int, int, int]]:
    rows = UsageSample.objects.filter(**of).order_by("at")
    return [(row.at, row.step, row.used, row.most) for row in rows]


def test_a_sample_is_written_where_something_changed_and_once_an_hour(gmc: Cluster) -> None:
    for minute, count in ((0, 1), (1, 1), (2, 2), (30, 2), (61.5, 2), (62, 2), (122, 2)):
        used(gmc, count, minutes(minute))
    assert [(at, number) for at, _, number, _ in told(pool=POOL)] == [
        (minutes(0), 1),
        (minutes(2), 2),
        (minutes(62), 2),
        (minutes(122), 2),
    ]


def test_within_one_minute_the_last_number_stands_and_the_most_is_kept(gmc: Cluster) -> None:
    for minute, count in ((0.1, 1), (0.3, 5), (0.9, 2)):
        used(gmc, count, minutes(minute))
    assert told(pool=POOL) == [(minutes(0), 60, 2, 5)]


def test_a_cluster_that_moved_within_a_minute_goes_on_where_it_was(gmc: Cluster) -> None:
    used(gmc, 1, minutes(0.1))
    lab = Segment.objects.create(name="lab")
    Cluster.objects.filter(pk=gmc.pk).update(segment=lab)
    see(gmc, seen_pool("192.0.2.232-192.0.2.239"), seen_address("192.0.2.232", "a0"), at=minutes(0.5))
    sample(lab, estate_of("lab"), at=minutes(0.6))
    assert told(pool=POOL) == [(minutes(0), 60, 1, 1)]


def test_what_cannot_be_read_gives_no_sample_and_no_drop(gmc: Cluster) -> None:
    used(gmc, 3, minutes(0))
    used(gmc, 0, minutes(90), unread=("IPAddress",))
    assert [number for _, _, number, _ in told(pool=POOL)] == [3]
    used(gmc, 4, minutes(95))
    assert [number for _, _, number, _ in told(pool=POOL)] == [3, 4]


def test_pending_claims_and_free_addresses_are_told(gmc: Cluster) -> None:
    see(gmc, seen_pool("192.0.2.232-192.0.2.239"), seen_claim("wait"), seen_address("192.0.2.233", "a"))
    sample(segment(), estate_of("default"), at=minutes(0))
    row = UsageSample.objects.get(pool=POOL)
    assert (row.total, row.used, row.free, row.pending) == (8, 1, 7, 1)


def test_a_subnet_has_its_own(gmc: Cluster) -> None:
    subnet = declare(segment(), "192.0.2.0/24", gateway="192.0.2.1")
    see(gmc, seen_address("192.0.2.233", "a"), seen_node("n", "192.0.2.20"))
    sample(segment(), estate_of("default"), at=minutes(0))
    row = UsageSample.objects.get(subnet=subnet)
    assert (row.total, row.used, row.free) == (256, 2, 251)


def test_judging_a_segment_samples_it(gmc: Cluster) -> None:
    see(gmc, seen_pool("192.0.2.232-192.0.2.239"))
    watch(segment(), policy=NOTHING_SENT, at=minutes(0))
    assert UsageSample.objects.filter(pool=POOL).count() == 1


def test_many_pools_cost_no_more_queries(
    gmc: Cluster, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pools = [seen_pool(f"198.51.100.{n}-198.51.100.{n + 3}", name=f"pool-{n}") for n in range(0, 200, 4)]
    see(gmc, *pools)
    estate = estate_of("default")
    with django_assert_max_num_queries(7):
        assert sample(segment(), estate, at=minutes(0)) == 50
    with django_assert_max_num_queries(6):
        assert sample(segment(), estate, at=minutes(1)) == 0


def at_step(pool: str = POOL, *, cluster: Cluster, at: datetime, number: int, step: int = 60) -> UsageSample:
    return UsageSample(
        segment=cluster.segment, cluster=cluster, pool=pool, step=step, at=at, total=99, used=number,
        most=number + 1, free=99 - number,
    )  # fmt: skip


def test_minutes_become_hours_and_hours_days(gmc: Cluster) -> None:
    UsageSample.objects.bulk_create(
        at_step(cluster=gmc, at=minutes(each), number=number)
        for each, number in ((0, 1), (10, 7), (50, 3), (60, 4), (61, 2))
    )
    later = minutes(61) + timedelta(days=2, hours=1)
    assert age_samples(later) == 5
    assert told(pool=POOL) == [(minutes(0), 3600, 3, 8), (minutes(60), 3600, 2, 5)]
    assert age_samples(later) == 0
    assert age_samples(minutes(0) + timedelta(days=62)) == 2
    assert told(pool=POOL) == [(minutes(0).replace(hour=0), 86400, 2, 8)]


def test_what_is_young_stays_as_it_is(gmc: Cluster) -> None:
    UsageSample.objects.bulk_create([at_step(cluster=gmc, at=minutes(0), number=1)])
    assert age_samples(minutes(0) + timedelta(days=2)) == 0


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 50)), unique_by=lambda each: each[0], max_size=40)
)
def test_however_it_is_cut_into_batches_the_peaks_and_the_last_numbers_stand(
    lot: list[tuple[int, int]],
) -> None:
    UsageSample.objects.all().delete()
    gmc = Cluster.objects.filter(path="gmc").first() or management_cluster()
    for pool in ("a", "b"):
        UsageSample.objects.bulk_create(
            at_step(pool, cluster=gmc, at=minutes(minute), number=number) for minute, number in lot
        )
    hours: dict[datetime, list[int]] = {}
    for minute, number in sorted(lot):
        hours.setdefault(minutes(minute - minute % 60), []).append(number)
    wanted = [(hour, 3600, numbers[-1], max(numbers) + 1) for hour, numbers in sorted(hours.items())]
    batch, usage.BATCH = usage.BATCH, 7
    try:
        age_samples(minutes(700) + timedelta(days=3))
    finally:
        usage.BATCH = batch
    assert told(pool="a") == told(pool="b") == wanted


def test_a_pool_that_fills_evenly_has_its_day(gmc: Cluster) -> None:
    UsageSample.objects.bulk_create(
        at_step(cluster=gmc, at=minutes(0) + timedelta(days=day), number=3 * day, step=3600)
        for day in range(20)
    )
    now = minutes(30) + timedelta(days=19)
    told = forecasts([(gmc.pk, POOL), (gmc.pk, "another")], [58 + 30, 10], at=now)
    assert told[gmc.pk, POOL].day == (now + timedelta(days=10)).date()
    assert told[gmc.pk, "another"].why.startswith("too little is known: 0")

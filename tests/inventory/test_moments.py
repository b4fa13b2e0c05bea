"""Stepping from one moment of change to the next."""

import pytest

from ipviz.domain.seen import Ingress, Ref, SeenService
from ipviz.inventory.models import Occupancy
from ipviz.inventory.moments import Steps, steps_around
from tests.factories import management_cluster, minutes, see, workload_cluster

pytestmark = pytest.mark.django_db


def service(address: str) -> SeenService:
    return SeenService(Ref("Service", "shop", "web", "uid"), annotation=address, ingress=(Ingress(address),))


def test_each_step_leads_to_the_next_moment_at_which_something_began_or_ended() -> None:
    beta = workload_cluster(management_cluster(), "beta")
    for minute, address in ((0, "192.0.2.7"), (1, "192.0.2.7"), (2, "192.0.2.8"), (5, "192.0.2.9")):
        see(beta, service(address), at=minutes(minute))
    rows = Occupancy.objects.of(beta)
    assert steps_around(rows, None) == Steps(minutes(5))
    assert steps_around(rows, minutes(5)) == Steps(minutes(2))
    assert steps_around(rows, minutes(3)) == Steps(minutes(2), minutes(5))
    assert steps_around(rows, minutes(2)) == Steps(minutes(0), minutes(5))
    assert steps_around(rows, minutes(0)) == Steps(None, minutes(2))


def test_where_nothing_ever_was_there_is_no_step() -> None:
    assert steps_around(Occupancy.objects.all(), None) == Steps()

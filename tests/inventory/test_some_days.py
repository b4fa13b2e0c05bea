"""Some days of the year that `make bench` lives through: what is kept of them, and what a lookup costs."""

import pytest

from benchmarks.year import CHANGES_A_DAY, OBJECTS, live, lookup_cost
from ipviz.inventory.models import Change, Occupancy, Snapshot, Version

pytestmark = pytest.mark.django_db

DAYS = 3
OF_THE_LAST_HOUR = 120


def test_of_each_day_little_more_is_kept_than_its_changes() -> None:
    days = list(live(DAYS))
    assert len(days) == DAYS
    changes = DAYS * CHANGES_A_DAY
    assert Change.objects.count() == changes
    assert Version.objects.count() == Occupancy.objects.count() == OBJECTS + changes
    assert Version.objects.now().count() == OBJECTS
    assert Snapshot.objects.count() <= changes + DAYS * 24 + OF_THE_LAST_HOUR
    assert lookup_cost().queries <= 20

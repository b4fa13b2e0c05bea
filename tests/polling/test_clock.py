"""A clock that is set back by an hour: nothing waits until it has caught up, and two looks stay two."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery import Celery
from django.db.models import F

from ipviz.alerts.announce import announce
from ipviz.alerts.gather import gather
from ipviz.alerts.models import Delivery
from ipviz.clusters.leases import Pace, claim_turn, take
from ipviz.clusters.models import Cluster, JudgeRequest
from ipviz.inventory.models import Snapshot
from ipviz.polling.beat import Scheduler
from ipviz.polling.policy import policy
from ipviz.polling.poll import begin
from ipviz.polling.watch import watch
from tests.alerts.stories import ANNA, AT, HOUR, MINUTE, POLICY, opens, subscribed, suspected
from tests.factories import management_cluster, minutes, see, segment, workload_cluster
from tests.story.collisions import collide

pytestmark = pytest.mark.django_db

PACE = Pace(interval=timedelta(seconds=30), deadline=timedelta(seconds=60))

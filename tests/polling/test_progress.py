"""How a round is shown to who typed `manage.py poll`."""

import io
import re

import pytest
from django.core.management.base import OutputWrapper
from django.utils import timezone

from ipviz.clusters.models import Cluster
from ipviz.polling.demo import offer_demo
from ipviz.polling.progress import NAMED, show, state
from ipviz.polling.round import Round
from tests.factories import management_cluster

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(out: io.StringIO) -> str:
    show(Round(Cluster.objects.to_read().management(), clock=timezone.now), OutputWrapper(out))
    return out.getvalue()


def test_elsewhere_each_cluster_has_its_line_as_it_is_read() -> None:
    offer_demo()
    lines = shown(io.StringIO()).splitlines()
    assert lines[0].startswith("gmc: ")
    assert sum(line.startswith("gmc/") for line in lines) == Cluster.objects.count() - 1
    assert not re.search(r"[\r\x1b]| of \d+ clusters read", "\n".join(lines))


def test_on_a_terminal_one_line_tells_how_far_it_is_and_the_clusters_follow_in_order() -> None:
    offer_demo()
    text = shown(Terminal())
    count = Cluster.objects.count()
    drawn, _, lines = text.rpartition("\r\x1b[K")
    assert "0 of 1 clusters read" in drawn
    assert f"{count} of {count} clusters read" in drawn
    assert "\n" not in drawn
    named = [line.split(":")[0] for line in lines.splitlines() if line.startswith("gmc")]
    assert named == sorted(named)
    assert len(named) == count


def test_it_says_whom_it_waits_for() -> None:
    clusters = [management_cluster(f"mc-{n}") for n in range(NAMED + 2)]
    waiting = Round(clusters, clock=timezone.now)
    assert state(waiting) == "0 of 5 clusters read"
    waiting.reading = {object(): cluster for cluster in clusters}  # type: ignore[misc]
    assert state(waiting) == "0 of 5 clusters read; waiting for mc-0, mc-1, mc-2 and 2 more"


def test_a_cluster_that_is_named_twice_is_read_once() -> None:
    offer_demo()
    gmc = Cluster.objects.to_read().get(path="gmc")
    polled = list(Round([gmc, gmc, *Cluster.objects.to_read()], clock=timezone.now))
    paths = [each.look.cluster.path for each in polled]
    assert len(paths) == len(set(paths))

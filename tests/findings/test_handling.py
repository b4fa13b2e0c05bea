"""What people do with a finding, and what the judge does after."""

from functools import partial

import pytest

from ipviz.clusters.models import Cluster
from ipviz.domain.lifecycle import ACKNOWLEDGED_FOR, CannotHandle, Status, acknowledged, reopened, silenced
from ipviz.domain.seen import Ingress, Ref, SeenCluster, SeenService
from ipviz.findings.detect import Changed, detect
from ipviz.findings.handle import handle
from ipviz.findings.models import Finding
from ipviz.inventory.reading import estate_of
from tests.factories import management_cluster, minutes, see, segment, workload_cluster

pytestmark = pytest.mark.django_db


class Story:
    """An endpoint and a Service on one address, and who joins them."""

    def __init__(self) -> None:
        self.gmc = management_cluster()
        self.beta = workload_cluster(self.gmc, "beta")

    def seen(self, at: float, *services: str) -> None:
        endpoint = SeenCluster(Ref("Cluster", "org-acme", "gamma", "uid"), host="192.0.2.7", port=6443)
        see(self.gmc, endpoint, at=minutes(at))
        self._serve(self.beta, at, *services)

    def _serve(self, cluster: Cluster, at: float, *names: str) -> None:
        found = [
            SeenService(Ref("Service", "shop", n, n), annotation="192.0.2.7", ingress=(Ingress("192.0.2.7"),))
            for n in names
        ]
        see(cluster, *found, at=minutes(at))

    def judged(self, at: float) -> tuple[Changed, ...]:
        return detect(segment(), estate_of, at=minutes(at))

    @property
    def collision(self) -> Finding:
        return Finding.objects.get(rule="C8")


@pytest.fixture
def story() -> Story:
    story = Story()
    for at in (0, 2):
        story.seen(at, "web")
        story.judged(at + 1)
    assert story.collision.status == "open"
    return story


def acknowledge(story: Story, at: float, reason: str = "on it") -> Finding:
    decision = partial(acknowledged, reason=reason, until=minutes(at) + ACKNOWLEDGED_FOR, at=minutes(at))
    return handle(story.collision, decision, by="anna", at=minutes(at))


def silence(story: Story, at: float, until: float) -> Finding:
    decision = partial(silenced, reason="a lab", until=minutes(until), at=minutes(at))
    return handle(story.collision, decision, by="anna", at=minutes(at), until=minutes(until))


def told(story: Story) -> list[tuple[str, str, str]]:
    return [(each.after, each.by, each.reason) for each in story.collision.transitions.all()][2:]


def test_acknowledged_it_stays_so_while_nothing_changes(story: Story) -> None:
    assert acknowledge(story, 4).status == "acknowledged"
    story.seen(5, "web")
    assert story.judged(6) == ()
    assert story.collision.status == "acknowledged"
    assert told(story) == [("acknowledged", "anna", "acknowledged until 2026-01-18 09:04 UTC: on it")]


def test_a_party_that_joins_opens_it_again(story: Story) -> None:
    acknowledge(story, 4)
    story.seen(5, "web", "more")
    (changed,) = (each for each in story.judged(6) if each.finding.rule == "C8")
    assert changed.change.reason == "worse: Service shop/more joined"
    assert story.collision.status == "open"
    story.seen(7, "web", "more")
    assert "C8" not in {each.finding.rule for each in story.judged(8)}


def test_a_silence_has_an_end_and_a_reason(story: Story) -> None:
    silence(story, 4, until=10)
    assert (story.collision.status, story.collision.handled_until) == ("silenced", minutes(10))
    assert story.judged(9) == ()
    story.judged(10)
    assert (story.collision.status, story.collision.handled_until) == ("open", None)
    assert told(story) == [
        ("silenced", "anna", "silenced until 2026-01-15 09:10 UTC: a lab"),
        ("open", "", "its silence ended"),
    ]


def test_when_it_is_no_longer_so_it_is_resolved_and_comes_back_anew(story: Story) -> None:
    silence(story, 4, until=600)
    story.seen(5)
    story.judged(6)
    assert (story.collision.status, story.collision.handled_until) == ("resolved", None)
    story.seen(7, "web")
    story.judged(8)
    assert (story.collision.status, story.collision.occurrences) == ("suspected", 2)


def test_it_can_be_taken_back(story: Story) -> None:
    silence(story, 4, until=600)
    taken = handle(story.collision, partial(reopened, reason="a mistake"), by="ben", at=minutes(5))
    assert (taken.status, taken.handled_until) == ("open", None)
    assert told(story)[-1] == ("open", "ben", "a mistake")
    assert story.collision.opened_at == minutes(3)


def test_what_is_silent_with_others_is_not_taken_back_alone(story: Story) -> None:
    """The next judgement would silence it again."""
    Finding.objects.update(status="silenced", muted_by=12)
    with pytest.raises(CannotHandle, match="silence 12"):
        handle(story.collision, partial(reopened, reason="a mistake"), by="ben", at=minutes(5))


def test_what_makes_no_sense_leaves_no_trace(story: Story) -> None:
    story.seen(5)
    story.judged(6)
    before = told(story)
    with pytest.raises(CannotHandle, match="resolved"):
        acknowledge(story, 7)
    assert (Status(story.collision.status), told(story)) == (Status.RESOLVED, before)

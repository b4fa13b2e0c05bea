"""Two who judge and four who deliver, at once: one mail each, however often each is asked."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F
from django.utils import timezone

from ipviz.alerts.gather import REST, WAIT
from ipviz.alerts.models import Alert, Delivery
from ipviz.clusters.models import Segment
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch
from tests.factories import NINE, segment
from tests.postbox import Postbox
from tests.redis import RedisServer
from tests.story.collisions import MANY, collide, end_some
from tests.story.workers import Workers, workers

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.requires("redis-server"),
]
PEOPLE = [f"{name}@example.com" for name in ("anna", "bert", "carla")]
NAMES = ("judge-1", "judge-2", "post-1", "post-2", "post-3", "post-4")


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    box.start()
    yield box
    box.stop()


@pytest.fixture
def crew(tmp_path: Path, redis: RedisServer, postbox: Postbox) -> Iterator[Workers]:
    url = f"smtp://{postbox.host}:{postbox.port}"
    with workers(tmp_path, redis.url, *NAMES, EMAIL_URL=url, IPVIZ_ALERT_TO=",".join(PEOPLE)) as running:
        yield running


def minutes_past_nine() -> float:
    return (timezone.now() - NINE) / timedelta(minutes=1)


def everybody_judges(crew: Workers, redis: RedisServer, *, alerts: int) -> None:
    Segment.objects.ask_to_judge()
    for _ in range(10):
        crew.queue.send_task("ipviz.polling.tasks.watch_segment", [segment().pk])
    crew.wait_until(lambda: Alert.objects.count() == alerts and redis.undone() == 0)


def everybody_delivers(crew: Workers, redis: RedisServer, postbox: Postbox, *, mails: int) -> None:
    Alert.objects.update(at=F("at") - WAIT)  # they have waited long enough for more
    Delivery.objects.update(at=F("at") - REST)  # and the last mail is long ago
    for _ in range(40):
        crew.queue.send_task("ipviz.polling.tasks.deliver")
    crew.wait_until(lambda: len(postbox.envelopes) >= mails and redis.undone() == 0)


def test_one_mail_each(crew: Workers, redis: RedisServer, postbox: Postbox) -> None:
    collide(at=minutes_past_nine())
    watch(segment(), policy=policy(), at=timezone.now())
    collide(at=minutes_past_nine())
    everybody_judges(crew, redis, alerts=MANY * len(PEOPLE))
    everybody_delivers(crew, redis, postbox, mails=len(PEOPLE))
    end_some(at=minutes_past_nine())
    ended = MANY // 3
    everybody_judges(crew, redis, alerts=(MANY + ended) * len(PEOPLE))
    everybody_delivers(crew, redis, postbox, mails=2 * len(PEOPLE))
    assert Counter(mail["To"] for mail in postbox.mails()) == dict.fromkeys(PEOPLE, 2)
    assert len({mail["Message-ID"] for mail in postbox.mails()}) == 2 * len(PEOPLE)
    told = [each.alerts.count() for each in Delivery.objects.order_by("pk")]
    assert sorted(told) == [ended] * len(PEOPLE) + [MANY] * len(PEOPLE)
    assert set(Delivery.objects.values_list("status", "tries")) == {("sent", 1)}
